// Least squares with an L1 penalty: the elastic net without its other penalty.
import { defineEstimator } from '../define/define.ts';
import { linearValues } from '../linear/linearValues.ts';
import { lassoParams, type LassoOptions } from './elasticNet.ts';
import { netModels } from './models.ts';

/**
 * `sklearn.linear_model.Lasso`: finds w and c that minimise `weighted mean of (y - w x - c)^2 / 2, plus alpha * |w|_1`, for each output
 * separately. Many of the weights are 0. All folds and all `alpha` of a grid share one pass over the rows.
 *
 * Rows `[rows, cols]` with values `[rows, outputs]`; a model has `coef`, `[outputs][cols]`, `intercept`, `fields.nIter` and
 * `fields.dualGap`, `[outputs]` each.
 *
 * @throws E_PARAMS for invalid options; when training, E_DATA as for `elasticNet`
 * @example
 * gridSearch(lasso(), { alpha: [0.01, 0.1, 1] }, { folds: 5 });
 */
export const lasso = defineEstimator<LassoOptions>()({
  name: 'lasso',
  kind: 'regressor',
  params: lassoParams,
  scales: true,
  shards: true,
  sumsByFold: true,
  trainTogether(rows, models, folds, context) {
    const nets = models.map((model) => ({ ...model, params: { ...model.params, l1Ratio: 1 } }));
    return netModels('lasso', rows, nets, folds, context);
  },
  outputs: ({ coef }) => coef.length,
  scores: linearValues,
  summary: ({ nIter }) => ({ nIter: [...nIter] }),
});
