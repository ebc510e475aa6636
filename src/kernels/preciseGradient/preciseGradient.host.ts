// What precise_gradient.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { gradientReference } from '../gradient/gradient.reference.ts';
import type { RowDtype } from '../lib/tiles.ts';
import { fromPieces, toTwofold, unpackTiles } from '../lib/unpack.ts';

type PreciseGradient = HostLaunch<
  'words' | 'quads' | 'offset' | 'stride' | 'block' | 'blocks' | 'tiles',
  'x' | 'residuals' | 'partials',
  'WORKGROUP' | 'TILE_QUADS'
>;

export const preciseGradientOnHost =
  (dtype: RowDtype) =>
  ({ params, buffers, sizes, grid }: PreciseGradient & { readonly buffers: { readonly xLow?: ArrayBuffer } }): void => {
    const { words, quads, offset, stride, block, blocks, tiles } = params;
    const x = unpackTiles(buffers.x, { dtype, words, quads, tileQuads: sizes.TILE_QUADS }, buffers.xLow);
    const pieces = new Float32Array(buffers.residuals);
    const residuals = Array.from({ length: grid[2] }, (_, column) => fromPieces(pieces, (column * stride + offset) * 4, x.rows));
    gradientReference(x, residuals, tiles * sizes.TILE_QUADS * 4)
      .slice(0, grid[1])
      .forEach((sums, y) =>
        sums.forEach((column, c) => {
          const features = column.subarray(0, Math.min(words, grid[0] * sizes.WORKGROUP) * 4);
          toTwofold(features, new Float32Array(buffers.partials), (c * blocks + block + y) * words);
        }),
      );
  };
