// Plain least squares: one pass over the rows, however many folds.
import { valuesOf, weightsOf } from '../../core/data/dataset.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { linearValues } from '../linear/linearValues.ts';
import { ridgeModels } from '../ridge/models.ts';

export interface LinearRegressionOptions {
  /** Fit a constant term. Default true. */
  readonly fitIntercept?: boolean | undefined;
}

const params = z.strictObject({
  fitIntercept: z.boolean().default(true).describe('fit a constant term'),
} satisfies ShapeOf<LinearRegressionOptions>);

/**
 * `sklearn.linear_model.LinearRegression`: finds w and c that minimise `sum of weight * (y - w x - c)^2`, for each output separately;
 * of several solutions the one with the shortest w. A column counts as a combination of others if they explain all but a millionth of
 * its own size around its mean, whatever its units; scikit-learn leaves out directions below a millionth of the largest column.
 *
 * Rows `[rows, cols]` with values `[rows, outputs]`; a model has `coef`, `[outputs][cols]`, and `intercept`, `[outputs]`. All folds
 * share one pass over the rows.
 *
 * @throws E_DATA, when training, for rows without values, rows that weigh nothing, and too many columns for their pairs to fit on the
 *   device
 * @example
 * fit(linearRegression());
 */
export const linearRegression = defineEstimator<LinearRegressionOptions>()({
  name: 'linearRegression',
  kind: 'regressor',
  params,
  scales: true,
  shards: true,
  sumsByFold: true,
  async trainTogether(rows, models, folds, context) {
    const { cols } = rows.values;
    const values = valuesOf(rows);
    const targets = Array.from({ length: cols }, (_, output) => Float64Array.from(rows.rows, (_id, row) => values[row * cols + output]!));
    const plain = models.map((model) => ({ ...model, params: { ...model.params, alpha: 0 } }));
    return ridgeModels('linearRegression', rows, plain, { targets, weights: weightsOf(rows), folds }, context);
  },
  outputs: ({ coef }) => coef.length,
  scores: linearValues,
});
