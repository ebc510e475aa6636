// What both estimators do with stochastic gradient descent: rows held once for all classes or outputs, rows held back, averages, and a
// warning where passes did not suffice.
import { weightsOf } from '../../core/data/dataset.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { LinearFields } from '../linear/linearValues.ts';
import { checkAnyWeight, warnOfPasses } from '../solver/passes.ts';
import { descend, type Problem } from './descent.ts';
import { rowsOnHost } from '../rows/rowsOnHost.ts';
import type { SgdParams } from './params.ts';

export interface SgdFields extends LinearFields {
  /** Passes over the rows: the most that a class or an output took. */
  readonly nIter: number;
}

/** @throws E_DATA for rows that weigh nothing, and for numbers that become too large */
export async function fitted(
  owner: string,
  rows: RowsOf,
  problems: readonly (() => Problem)[],
  { average, ...params }: SgdParams,
  context: Pick<StageContext, 'signal' | 'emit' | 'stage'>,
): Promise<SgdFields> {
  const held = await rowsOnHost(rows);
  const learned = await descend(held, problems, { ...params, average: Number(average) }, context.signal);
  const nIter = Math.max(...learned.map((one) => one.nIter));
  if (nIter === params.maxIter && params.tol !== null)
    warnOfPasses(owner, rows.name, nIter, 'Raise maxIter or tol, or give features one scale with standardize().', context);
  const chosen = learned.map((one) => one.average ?? one);
  return { coef: chosen.map(({ weights }) => weights), intercept: Float64Array.from(chosen, ({ intercept }) => intercept), nIter };
}

/** What rows count, `[rows]`. @throws E_DATA where all that are held back weigh nothing, or all others */
export function rowWeights(owner: string, rows: RowsOf & Parameters<typeof weightsOf>[0], held: Uint32Array | undefined): Float64Array {
  const weights = Float64Array.from(weightsOf(rows) ?? new Float32Array(rows.rows.length).fill(1));
  const left = new Set(held);
  checkAnyWeight(
    owner,
    `rows of ${rows.name} that it trains on`,
    weights,
    Uint32Array.from(weights.keys()).filter((row) => !left.has(row)),
  );
  if (held) checkAnyWeight(owner, `rows of ${rows.name} held back to tell when to stop`, weights, held);
  return weights;
}
