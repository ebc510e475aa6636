// When training stops early, and whether rounds still make a difference. As scikit-learn 1.9.
import type { BoostingParams } from './params.ts';

/** 'auto' stops early where there are more rows. */
const MANY_ROWS = 10_000;

export function stopsEarly({ earlyStopping }: Pick<BoostingParams, 'earlyStopping'>, rows: number): boolean {
  return earlyStopping === 'auto' ? rows > MANY_ROWS : earlyStopping;
}

/** Whether none of the last rounds is better than the one before them. @param scores the higher the better */
export function hasStopped(scores: readonly number[], { nIterNoChange, tol }: Pick<BoostingParams, 'nIterNoChange' | 'tol'>): boolean {
  if (scores.length <= nIterNoChange) return false;
  const before = scores.at(-nIterNoChange - 1)! + tol;
  return scores.slice(-nIterNoChange).every((score) => !(score > before));
}
