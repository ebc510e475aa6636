// What one_pass.wgsl does to its buffers, on the host: what the kernels do whose work it is, one after the other.
import type { HostLaunch } from '../../core/compute.ts';
import { gradientReference } from '../gradient/gradient.reference.ts';
import { decodeWeightColumns, unpackTiles } from '../lib/unpack.ts';
import { marginsReference } from '../margins/margins.reference.ts';
import { rowLossReference, type RowLoss } from '../rowLoss/rowLoss.reference.ts';

type Params = 'words' | 'quads' | 'offset' | 'stride' | 'rows' | 'block' | 'tiles' | 'known' | 'first' | 'columns' | 'allTiles' | 'losses';
type Binding = 'x' | 'rows' | 'rowWeights' | 'columns' | 'weights' | 'order' | 'margins' | 'direction' | 'residuals' | 'losses' | 'partials' | 'filled';
type OnePassLaunch = HostLaunch<Params, Binding, 'MODELS' | 'VECTORS' | 'TILE_QUADS' | 'WORKGROUP'>;

export const onePassOnHost =
  (loss: RowLoss) =>
  ({ params, buffers, sizes, grid }: OnePassLaunch): void => {
    const { words, offset, stride, block, tiles, known, first } = params;
    const { MODELS, VECTORS, TILE_QUADS, WORKGROUP } = sizes;
    const quads = Math.min(params.quads, (grid[1] ?? 1) * tiles * TILE_QUADS);
    const x = unpackTiles(buffers.x, { dtype: 'u8', words, quads, tileQuads: TILE_QUADS });
    const count = Math.min(x.rows, params.rows - offset * 4);
    const order = new Uint32Array(buffers.order);
    const filled = new Uint32Array(buffers.filled);
    for (let quad = 0; quad < Math.ceil(count / 4); quad++) {
      let some = 0;
      for (let at = 0; at < order.length; at++) {
        const bit = Math.floor(at / WORKGROUP);
        const word = order[at]!;
        if (word >= words) continue;
        for (let row = quad * 4; row < quad * 4 + 4; row++) {
          for (let j = row * x.cols + word * 4; j < row * x.cols + word * 4 + 4; j++) {
            if (known !== 0 && ((filled[offset + quad]! >>> bit) & 1) === 0) x.data[j] = 0;
            else if (x.data[j] !== 0) some |= 1 << bit;
          }
        }
      }
      if (known === 0) filled[offset + quad] = some;
    }

    const [codes, rowWeights] = [new Uint32Array(buffers.rows, offset * 16, count), new Float32Array(buffers.rowWeights, offset * 16, count)];
    const [packed, losses, partials] = [new Float32Array(buffers.weights), new Float32Array(buffers.losses), new Float32Array(buffers.partials)];
    decodeWeightColumns(buffers.columns)
      .slice(first, first + grid[0] * MODELS)
      .forEach((column, i) => {
        const [group, m] = [Math.floor(i / MODELS), i % MODELS];
        const before = (first + group * MODELS) * words;
        // The constant is a feature here: no intercept behind it.
        const weights = Float32Array.from({ length: x.cols + 1 }, (_, j) => (j < x.cols ? packed[(before + (j >> 2) * MODELS + m) * 4 + (j & 3)]! : 0));
        const direction = new Float32Array(buffers.direction, (column.slot * stride + offset) * 16, count);
        const margins = new Float32Array(buffers.margins, (column.slot * stride + offset) * 16, count);
        const moved = marginsReference({ x: { ...x, rows: count }, weights: [weights], steps: [column.step], direction: [direction], margins: [margins] });
        margins.set(moved.margins[0]!);
        direction.set(moved.direction[0]!);
        const lossOf = (rows: readonly number[]) =>
          rowLossReference(loss, {
            truth: rows.map((row) => codes[row]! & 0xffffff),
            folds: rows.map((row) => codes[row]! >>> 24),
            weights: rows.map((row) => rowWeights[row]!),
            columns: [{ ...column, step: column.trial ?? 0 }],
            margins: [rows.map((row) => margins[row]!)],
            direction: [rows.map((row) => direction[row]!)],
          });
        const all = lossOf([...margins.keys()]).residuals[0]!;
        for (let lane = 0; lane < 4; lane++) {
          for (let tile = 0; tile < Math.ceil(quads / TILE_QUADS); tile++) {
            const own = Array.from({ length: TILE_QUADS }, (_, q) => (tile * TILE_QUADS + q) * 4 + lane).filter((row) => row < count);
            const { change, slope } = lossOf(own);
            const at = params.losses + (group * params.allTiles + offset / TILE_QUADS + tile) * VECTORS * WORKGROUP + m * 4 + lane;
            losses.set([change[0]!, slope[0]!], at * 2);
          }
        }
        new Float32Array(buffers.residuals, (column.slot * stride + offset) * 16, count).set(all);
        const residuals = Float64Array.from({ length: x.rows }, (_, row) => all[row] ?? 0);
        gradientReference(x, [residuals], tiles * TILE_QUADS * 4).forEach(([sums], z) =>
          partials.set(sums!.subarray(0, words * 4), ((block + z) * params.columns + first + i) * words * 4),
        );
      });
  };
