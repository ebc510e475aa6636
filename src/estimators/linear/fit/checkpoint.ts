// What a fit leaves behind to go on after a crash: where every solver, the objective and the device stand, or all its
// results. What is read back fits the fit that asks, or it is not used.
import type { LbfgsbResult, LbfgsbState } from '../../solver/lbfgsb.ts';
import type { Batch, BatchState } from '../batch.ts';
import type { Losses } from './objective.ts';

/** In the middle of a fit, between two iterations. */
export interface FitState {
  readonly solvers: readonly (LbfgsbState | LbfgsbResult)[];
  readonly losses: Losses;
  readonly batch: BatchState;
  /** The objective of each model after each iteration. */
  readonly history: readonly (readonly number[])[];
}

/** @param width parameters a model */
export function isFitState(saved: unknown, batch: Batch, models: number, width: number): saved is FitState {
  const given = saved as FitState | null | undefined;
  try {
    return (
      given?.solvers.length === models &&
      given.solvers.every((solver) => isSolver(solver, width)) &&
      isNumbers(given.losses.origin, models) &&
      isNumbers(given.losses.changes, models) &&
      isNumbers(given.batch.steps, models) &&
      isHistory(given.history, models) &&
      batch.fits(given.batch)
    );
  } catch {
    return false; // not even the fields are there
  }
}

/** A training that was finished. */
export interface FinishedFit<T> {
  readonly trained: readonly T[];
  readonly history: readonly (readonly number[])[];
}

/** @param isOne whether it is what one of the models became */
export function isFinished<T>(saved: unknown, models: number, isOne: (one: unknown) => boolean): saved is FinishedFit<T> {
  const { trained, history } = (saved ?? {}) as Partial<FinishedFit<T>>;
  const all = Array.isArray(trained) && trained.length === models && isHistory(history, models);
  return all && trained.every(isOne);
}

export function isHistory(history: unknown, models: number): boolean {
  return Array.isArray(history) && history.length === models && history.every((losses) => Array.isArray(losses) && isNumbers(losses, losses.length));
}

function isSolver(solver: LbfgsbState | LbfgsbResult, width: number): boolean {
  const isVector = (vector: Float64Array): boolean => vector instanceof Float64Array && vector.length === width;
  if (!isVector(solver.x) || !isVector(solver.gradient) || !isNumbers([solver.value, solver.iterations], 2)) return false;
  if ('status' in solver) return ['converged', 'max-iter', 'flat', 'stalled'].includes(solver.status);
  return isNumbers([solver.evaluations], 1) && solver.memory.every(({ s, y, sy }) => isVector(s) && isVector(y) && sy > 0);
}

function isNumbers(values: readonly number[], count: number): boolean {
  return values.length === count && values.every((value) => typeof value === 'number');
}
