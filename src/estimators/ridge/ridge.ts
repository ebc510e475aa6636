// Least squares with an L2 penalty, in closed form: one pass over the rows, however many folds and penalties.
import { valuesOf, weightsOf } from '../../core/data/dataset.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { linearValues } from '../linear/linearValues.ts';
import { ridgeModels } from './models.ts';

/** Options that ridge and ridgeClassifier share. */
export interface RidgeOptions {
  /** Weight of the L2 penalty; 0 for none. Default 1. */
  readonly alpha?: number | undefined;
  /** Fit a constant term. Default true. */
  readonly fitIntercept?: boolean | undefined;
}

export const ridgeParams = z.strictObject({
  alpha: z
    .number()
    .min(0, { error: 'alpha is the weight of the L2 penalty: a number of 0 or more' })
    .default(1)
    .describe('weight of the L2 penalty; 0 for none'),
  fitIntercept: z.boolean().default(true).describe('fit a constant term'),
} satisfies ShapeOf<RidgeOptions>);

/**
 * `sklearn.linear_model.Ridge(solver='cholesky')`: finds w and c that minimise `sum of weight * (y - w x - c)^2 + alpha * |w|^2`, for
 * each output separately. It solves the normal equations around the weighted means. With `alpha: 0` this is plain least squares; of
 * several solutions, the one with the shortest w. All folds and all `alpha` of a grid share one pass over the rows.
 *
 * Rows `[rows, cols]` with values `[rows, outputs]`; a model has `coef`, `[outputs][cols]`, and `intercept`,
 * `[outputs]`.
 *
 * @throws E_PARAMS for an alpha below 0; when training, E_DATA for rows without values, rows that weigh nothing, and too many columns
 *   for their pairs to fit on the device
 * @example
 * gridSearch(ridge(), { alpha: [0.1, 1, 10] }, { folds: 5 });
 */
export const ridge = defineEstimator<RidgeOptions>()({
  name: 'ridge',
  kind: 'regressor',
  params: ridgeParams,
  scales: true,
  shards: true,
  sumsByFold: true,
  async trainTogether(rows, models, folds, context) {
    const { cols } = rows.values;
    const values = valuesOf(rows);
    const targets = Array.from({ length: cols }, (_, output) => Float64Array.from(rows.rows, (_id, row) => values[row * cols + output]!));
    const weights = weightsOf(rows);
    return ridgeModels('ridge', rows, models, { targets, weights, folds }, context);
  },
  outputs: ({ coef }) => coef.length,
  scores: linearValues,
});
