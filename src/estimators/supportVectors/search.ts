// How the estimators of support vectors search, and a warning of searches that ended early.
import type { StageContext } from '../../dsl/stage/context.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';

export interface SearchOptions {
  /** Stop when the conditions of the least of the dual problem hold to within this. Default 1e-3. */
  readonly tol?: number | undefined;
  /** Maximum number of steps, of two numbers each, of each search. Default 10 million, or 100 a row where that is more, as in libsvm. */
  readonly maxIter?: number | undefined;
}

export const searchParams = {
  tol: z.number().positive().default(1e-3).describe('stop when slopes are no farther apart'),
  maxIter: z.int().min(1).optional().describe('maximum number of steps; by default 10 million, or 100 a row'),
} satisfies ShapeOf<SearchOptions>;

/** One warning, however many models there are. @param late names of those that did not converge, of `all` */
export function warnOfConvergence(owner: string, rows: string, late: readonly string[], all: number, { emit, stage }: StageContext): void {
  if (late.length === 0) return;
  emit({
    type: 'warning',
    stage,
    code: 'W_CONVERGENCE',
    message: `${owner}: ${late.length === 1 ? late[0] : `${late.length} of ${all} models`} of ${rows} did not converge within maxIter steps.`,
    hint: 'Scale the features with standardize() or minMax(), or raise maxIter or tol.',
  });
}
