// What bags say of the rows that they left out.
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import { withColumns } from './columns.ts';
import type { Bag } from './draw.ts';

export interface LeftOut {
  /** Mean of what is said, `[rows][width]`; NaN of a row that is in every bag. */
  readonly mean: Float64Array;
  /** Positions of the rows that some bag left out. */
  readonly rows: Uint32Array;
}

/**
 * @param say what a model says of some rows, `[rows][width]`
 * @throws E_PARAMS where every bag has all rows
 */
export async function leftOut<M, R extends RowsOf>(
  owner: string,
  rows: R,
  bags: readonly Bag[],
  models: readonly M[],
  width: number,
  say: (model: M, rows: R) => Promise<Float64Array>,
  signal: AbortSignal,
): Promise<LeftOut> {
  const count = rows.rows.length;
  const [times, sums] = [new Uint32Array(count), new Float64Array(count * width)];
  for (const [i, { rows: drawn, features }] of bags.entries()) {
    await letOthersIn();
    throwIfCancelled(signal);
    const known = new Set(drawn);
    const left = Uint32Array.from(rows.rows.keys()).filter((at) => !known.has(at));
    if (left.length === 0) continue;
    const own = { ...rows, rows: left.map((at) => rows.rows[at]!) };
    const said = await say(models[i]!, features ? withColumns(own, features) : own);
    for (const [k, at] of left.entries()) {
      times[at]!++;
      for (let c = 0; c < width; c++) sums[at * width + c]! += said[k * width + c]!;
    }
  }
  const scored = Uint32Array.from(times.keys()).filter((at) => times[at]! > 0);
  if (scored.length === 0) {
    throw new PipelineError('E_PARAMS', `${owner}: oobScore scores rows by bags that left them out, and every bag has all rows.`, {
      hint: 'Set bootstrap to true or maxSamples below 1, and draw more bags.',
    });
  }
  return { mean: sums.map((sum, at) => sum / times[Math.floor(at / width)]!), rows: scored };
}
