// What the estimators of support vectors search for, how, in which rows, and a warning of searches that ended early.
import { PipelineError } from '../../core/errors/errors.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';

const C_NEEDED = 'C is the weight of the losses beside the penalty: a number above 0';

export interface SearchOptions {
  /** Weight of the losses, above 0; smaller values make the border smoother, or the function flatter. Default 1. */
  readonly C?: number | undefined;
  /** Stop when the conditions of the least of the dual problem hold to within this. Default 1e-3. */
  readonly tol?: number | undefined;
  /** Maximum number of steps, of two numbers each, of each search. Default 10 million, or 100 a row where that is more, as in libsvm. */
  readonly maxIter?: number | undefined;
}

export const searchParams = {
  C: z.number({ error: C_NEEDED }).positive({ error: C_NEEDED }).default(1).describe('weight of the losses beside the penalty'),
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

/** @throws E_DATA for several values a row */
export function checkOneValue(owner: string, { name, values }: { readonly name: string; readonly values: { readonly cols: number } }): void {
  if (values.cols === 1) return;
  throw new PipelineError('E_DATA', `${owner}: the rows of ${name} have ${values.cols} values each; one is needed.`, {
    hint: 'Fit a model for each of the values.',
  });
}
