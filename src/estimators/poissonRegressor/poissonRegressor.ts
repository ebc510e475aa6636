// Regression of counts: the Poisson loss with an L2 penalty.
import { valuesOf, weightsOf } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator, type TrainingRows } from '../define/define.ts';
import { fieldsOf, fitColumns, summaryOf } from '../linear/fit/fitColumns.ts';
import { linearValues } from '../linear/linearValues.ts';
import { poisson } from '../linear/losses/poisson.ts';

export interface PoissonRegressorOptions {
  /** Weight of the L2 penalty; 0 for none. Default 1. */
  readonly alpha?: number | undefined;
  /** Stop when no entry of the gradient is larger than this. Default 1e-4. */
  readonly tol?: number | undefined;
  /** Maximum number of iterations of L-BFGS. Default 100. */
  readonly maxIter?: number | undefined;
  /** Fit a constant term. Default true. */
  readonly fitIntercept?: boolean | undefined;
}

const params = z.strictObject({
  alpha: z
    .number()
    .min(0, { error: 'alpha is the weight of the L2 penalty: a number of 0 or more' })
    .default(1)
    .describe('weight of the L2 penalty; 0 for none'),
  tol: z.number().positive().default(1e-4).describe('stop when no entry of the mean gradient is larger'),
  maxIter: z.int().min(0).default(100).describe('maximum number of iterations'),
  fitIntercept: z.boolean().default(true).describe('fit a constant term'),
} satisfies ShapeOf<PoissonRegressorOptions>);

/**
 * `sklearn.linear_model.PoissonRegressor(solver='lbfgs')`: models counts y with mean exp(w x + c). It finds w and c that minimise
 * `weighted mean of exp(w x + c) - y (w x + c), plus alpha * |w|^2 / 2`: half the mean Poisson deviance, up to a constant, plus the
 * penalty. Weights may be exposures if y is a count per exposure.
 *
 * Rows `[rows, cols]` with values `[rows, 1]` of 0 or more; a model predicts means, and has `coef`, `[1][cols]`, and
 * `intercept`, `[1]`. All folds and points of a grid share each pass over the rows.
 *
 * @throws E_PARAMS for invalid parameters; when training, E_DATA for values below 0, rows that are all 0 or weigh nothing, and more
 *   than one value per row
 * @example
 * fit(chain(standardize(), poissonRegressor({ alpha: 0.01 })));
 */
export const poissonRegressor = defineEstimator<PoissonRegressorOptions>()({
  name: 'poissonRegressor',
  kind: 'regressor',
  params,
  scales: true,
  shards: true,
  async trainTogether(rows, models, folds, context) {
    const learned = { truth: countsOf(rows), folds: folds?.fold, weights: weightsOf(rows) };
    const columns = models.map(({ name, heldOut, scaling, params: { alpha, ...search } }) => ({ ...search, name, heldOut, scaling, penalty: () => alpha }));
    const fitted = await fitColumns('poissonRegressor', rows, poisson, learned, columns, context);
    return fitted.map((column) => fieldsOf([column]));
  },
  outputs: () => 1,
  scores: async (model, rows, context) => poisson.link!(await linearValues(model, rows, context), 1),
  summary: summaryOf,
});

function countsOf(rows: TrainingRows<'regressor'>): Float64Array {
  const { cols } = rows.values;
  const counts = valuesOf(rows);
  const below = counts.findIndex((count) => count < 0);
  if (cols === 1 && below < 0) return counts;
  const arrived = cols === 1 ? `row ${rows.rows[below]} of ${rows.name} has ${counts[below]}` : `${rows.name} has ${cols} values a row`;
  throw new PipelineError('E_DATA', `poissonRegressor: ${arrived}; one value of 0 or more is needed.`, {
    hint: cols === 1 ? 'Counts are never below 0: use ridge for other values.' : 'Fit one model for each value.',
  });
}
