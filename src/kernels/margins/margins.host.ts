// What margins.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import type { RowDtype } from '../lib/tiles.ts';
import { decodeWeightColumns, unpackTiles } from '../lib/unpack.ts';
import { marginsReference } from './margins.reference.ts';

type Margins = HostLaunch<
  'words' | 'quads' | 'offset' | 'stride' | 'first',
  'x' | 'weights' | 'columns' | 'direction' | 'margins',
  'MODELS' | 'WORKGROUP' | 'TILE_QUADS'
>;

export const marginsOnHost =
  (dtype: RowDtype) =>
  ({ params, buffers, sizes, grid }: Margins & { readonly sizes: { readonly QUADS?: number } }): void => {
    const { words, offset, stride, first } = params;
    const { MODELS, WORKGROUP, TILE_QUADS, QUADS = 1 } = sizes;
    const quads = Math.min(params.quads, grid[0] * WORKGROUP * QUADS);
    const x = unpackTiles(buffers.x, { dtype, words, quads, tileQuads: TILE_QUADS });
    const columns = decodeWeightColumns(buffers.columns);
    const packed = new Float32Array(buffers.weights);
    for (let column = first; column < first + grid[1] * MODELS; column++) {
      const { slot, step } = columns[column]!;
      const m = (column - first) % MODELS;
      const group = (column - m) * words;
      // The constant is a feature here: no intercept behind it.
      const weights = Float32Array.from({ length: x.cols + 1 }, (_, j) => (j < x.cols ? packed[(group + (j >> 2) * MODELS + m) * 4 + (j & 3)]! : 0));
      const direction = new Float32Array(buffers.direction, (slot * stride + offset) * 16, x.rows);
      const margins = new Float32Array(buffers.margins, (slot * stride + offset) * 16, x.rows);
      const next = marginsReference({ x, weights: [weights], steps: [step], direction: [direction], margins: [margins] });
      margins.set(next.margins[0]!);
      direction.set(next.direction[0]!);
    }
  };
