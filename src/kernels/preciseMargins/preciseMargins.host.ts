// What precise_margins.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import type { RowDtype } from '../lib/tiles.ts';
import { fromPieces, toTwofold, unpackTiles } from '../lib/unpack.ts';
import { marginsReference } from '../margins/margins.reference.ts';

type PreciseMargins = HostLaunch<'words' | 'quads' | 'offset' | 'stride', 'x' | 'weights' | 'margins', 'WORKGROUP' | 'TILE_QUADS'>;

export const preciseMarginsOnHost =
  (dtype: RowDtype) =>
  ({ params, buffers, sizes, grid }: PreciseMargins & { readonly buffers: { readonly xLow?: ArrayBuffer } }): void => {
    const { words, offset, stride } = params;
    const quads = Math.min(params.quads, grid[0] * sizes.WORKGROUP);
    const x = unpackTiles(buffers.x, { dtype, words, quads, tileQuads: sizes.TILE_QUADS }, buffers.xLow);
    const pieces = new Float32Array(buffers.weights);
    const zero = new Float64Array(x.rows);
    for (let column = 0; column < grid[1]; column++) {
      const weights = [...fromPieces(pieces, column * x.cols, x.cols), 0];
      const { direction } = marginsReference({ x, weights: [weights], steps: [0], direction: [zero], margins: [zero] });
      toTwofold(direction[0]!, new Float32Array(buffers.margins), column * stride + offset);
    }
  };
