// What estimators that learn in passes over the rows check, warn of and end with.
import { PipelineError } from '../../core/errors/errors.ts';
import type { StageContext } from '../../dsl/stage/context.ts';

/** @param what which rows @throws E_DATA where none of them has a weight above 0 */
export function checkAnyWeight(owner: string, what: string, weights: ArrayLike<number>, rows: Uint32Array): void {
  if (rows.some((row) => weights[row]! > 0)) return;
  throw new PipelineError('E_DATA', `${owner}: all ${what} weigh 0.`, { hint: 'Give at least one of them a weight above 0.' });
}

/** Share of the weights of the rows held back that is of rows predicted right. */
export function shareRight(held: Uint32Array, weights: ArrayLike<number>, isRight: (row: number, at: number) => boolean): number {
  let [right, all] = [0, 0];
  for (const [at, row] of held.entries()) {
    all += weights[row]!;
    if (isRight(row, at)) right += weights[row]!;
  }
  return right / all;
}

export function warnOfPasses(owner: string, rows: string, maxIter: number, hint: string, { emit, stage }: Pick<StageContext, 'emit' | 'stage'>): void {
  emit({
    type: 'warning',
    stage,
    code: 'W_CONVERGENCE',
    message: `${owner}: training on ${rows} stopped after maxIter ${maxIter} passes, and the last of them still made a difference.`,
    hint,
  });
}

/** Weights that became infinite or NaN. */
export function tooLarge(owner: string, pass: number, cure: string): PipelineError {
  return new PipelineError('E_DATA', `${owner}: weights became too large for numbers in pass ${pass}.`, {
    hint: `Give features one scale with standardize(), and values too, or ${cure}.`,
  });
}
