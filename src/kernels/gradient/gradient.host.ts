// What gradient.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import type { RowDtype } from '../lib/tiles.ts';
import { decodeWeightColumns, unpackTiles } from '../lib/unpack.ts';
import { gradientReference } from './gradient.reference.ts';

type Gradient = HostLaunch<
  'words' | 'quads' | 'offset' | 'stride' | 'first' | 'columns' | 'block' | 'tiles',
  'x' | 'columns' | 'residuals' | 'partials',
  'MODELS' | 'WORKGROUP' | 'TILE_QUADS'
>;

export const gradientOnHost =
  (dtype: RowDtype) =>
  ({ params, buffers, sizes, grid }: Gradient): void => {
    const { words, quads, offset, stride, first, block, tiles } = params;
    const { MODELS, WORKGROUP, TILE_QUADS } = sizes;
    const [across, groups, blocks] = grid;
    const x = unpackTiles(buffers.x, { dtype, words, quads, tileQuads: TILE_QUADS });
    const residuals = decodeWeightColumns(buffers.columns)
      .slice(first, first + groups * MODELS)
      .map(({ slot }) => new Float32Array(buffers.residuals, (slot * stride + offset) * 16, x.rows));
    const partials = new Float32Array(buffers.partials);
    gradientReference(x, residuals, tiles * TILE_QUADS * 4)
      .slice(0, blocks)
      .forEach((sums, z) =>
        sums.forEach((column, c) => {
          const features = column.subarray(0, Math.min(words, across * WORKGROUP) * 4);
          partials.set(features, ((block + z) * params.columns + first + c) * words * 4);
        }),
      );
  };
