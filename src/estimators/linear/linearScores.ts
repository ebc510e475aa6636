// Scores of weights over rows: what fitted models say. In f32 on the device around the rows' frame; what the frame leaves out
// of every row, and the intercept, is added in float64, so that small differences between rows outlive a large level.
import type { Compute } from '../../core/compute.ts';
import type { Dataset, Scaling } from '../../core/data/dataset.ts';
import { encodeWeightColumns, NO_FOLD } from '../../kernels/lib/weightColumn.ts';
import { isSparse } from '../../core/data/csr.ts';
import { affinesOf, toDevice, type MeasuredFrame } from '../rows/frame.ts';
import { tilesOnDevice } from '../rows/tilesOnDevice.ts';
import { groupsOf, sizeOf } from './batchSizes.ts';
import { hostScores } from './hostScores.ts';
import { isCheap, products } from './precise/preciseProducts.ts';
import { linearRows, productsOf, type DeviceColumn, type LinearRows } from './products.ts';

/** Scores that are on the device at once; more columns take more passes. */
const SCORES_BYTES = 64e6;

/** Weights of one column of a model. */
export interface ScoredColumn {
  /** Over features as scaled, `[cols + 1]`, the intercept last. */
  readonly weights: Float64Array;
  readonly scaling: Scaling | undefined;
}

/**
 * Of few values that are no bytes, in about float64 throughout: f32 around the middle of a column loses the seconds of a time that is
 * years away from it.
 *
 * @param options.precise in about float64 throughout, however long it takes
 * @param options.classes columns a model; by default all are of one
 * @returns `[rows]` for each column
 */
export async function linearScores(
  compute: Compute,
  data: Pick<Dataset, 'x' | 'rows' | 'name'>,
  scored: readonly ScoredColumn[],
  options: { readonly precise?: boolean; readonly classes?: number } = {},
): Promise<readonly Float64Array[]> {
  if (compute.onHost) return hostScores(data, scored);
  const precise = options.precise || (data.x.dtype !== 'u8' && isCheap({ rows: data.rows.length, cols: data.x.cols }, options.classes ?? scored.length));
  const rows = await (precise ? tilesOnDevice(compute, data, { low: true }) : linearRows(compute, data));
  try {
    const affines = affinesOf(rows.frame, scored);
    const columns = scored.map(({ weights }, i) => toDevice(weights, affines[i]!));
    if ('further' in rows || !precise) {
      const scores = [...(await f32Scores(compute, rows, columns))];
      if (data.x.dtype === 'u8' || isSparse(data)) return scores;
      const lost = [...columns.keys()].filter((i) => losesDigits(columns[i]!.weights, rows.frame, scores[i]!));
      if (lost.length > 0) {
        const again = await linearScores(
          compute,
          data,
          lost.map((i) => scored[i]!),
          { precise: true },
        );
        lost.forEach((i, at) => (scores[i] = again[at]!));
      }
      return scores;
    }
    const each = await products(
      compute,
      rows,
      columns.map((column) => column.weights),
    );
    return each.map((product, i) => product.map((value) => value + columns[i]!.bias));
  } finally {
    rows.release();
  }
}

/** Of what scores vary by: more than this in rounding is seen. */
const MOST_ROUNDING = 1e-4;

/** Whether f32 loses what tells rows apart: in a column that it holds too coarsely, or in columns that cancel. @param weights of the device's columns */
function losesDigits(weights: Float64Array, { coarse, rms }: MeasuredFrame, scores: Float64Array): boolean {
  let size = 0;
  for (let j = 0; j < rms.length; j++) {
    if (coarse[j] === 1 && weights[j] !== 0) return true;
    size += Math.abs(weights[j]! * rms[j]!);
  }
  const mean = scores.reduce((sum, score) => sum + score / scores.length, 0);
  const spread = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2 / scores.length, 0));
  return 2 ** -24 * size > MOST_ROUNDING * spread;
}

async function f32Scores(compute: Compute, rows: LinearRows, all: readonly DeviceColumn[]): Promise<readonly Float64Array[]> {
  const { shape } = rows;
  const columnBytes = Math.max(shape.quads * 16, shape.cols * 4 + 16);
  const most = Math.max(8, Math.floor(Math.min(SCORES_BYTES, compute.limits.maxBindingBytes) / columnBytes));
  const scores: Float64Array[] = [];
  for (let from = 0; from < all.length; from += most) {
    const columns = all.slice(from, from + most);
    const slots = sizeOf(groupsOf(columns.length));
    const own = productsOf(compute, rows, columns.length);
    const buffers = {
      columns: compute.create('columns', slots * 32),
      direction: compute.create('scores', shape.quads * 16 * slots),
      margins: compute.create('margins', shape.quads * 16 * slots),
    };
    try {
      const all = Array.from({ length: slots }, (_, slot) => ({ slot, positive: 0, heldOut: NO_FOLD, step: 0, positiveWeight: 0, negativeWeight: 0 }));
      compute.write(buffers.columns, encodeWeightColumns(all));
      await own.margins(
        columns.map((column) => ({ ...column, bias: 0 })),
        buffers,
      );
      await compute.lend(buffers.direction, { sizeBytes: columns.length * shape.quads * 16 }, (bytes) =>
        columns.forEach(({ bias }, i) => {
          const products = new Float32Array(bytes, i * shape.quads * 16, shape.rows);
          const own = new Float64Array(shape.rows);
          for (let row = 0; row < own.length; row++) own[row] = products[row]! + bias;
          scores.push(own);
        }),
      );
    } finally {
      own.release();
      compute.release(...Object.values(buffers));
    }
  }
  return scores;
}
