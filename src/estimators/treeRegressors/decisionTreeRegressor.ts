// One tree of splits by single features, of which leaves say means. As scikit-learn 1.9's DecisionTreeRegressor.
import { defineEstimator } from '../define/define.ts';
import { meanOfLeaves } from '../trees/model.ts';
import { plantValues, type ValueTreesFields } from './forest.ts';
import { treeRegressorParams, type TreeRegressorOptions } from './params.ts';

export interface DecisionTreeRegressorOptions extends TreeRegressorOptions {}

/**
 * A tree that splits rows by one feature at a time so that squared errors around the means of its leaves are small, as scikit-learn
 * 1.9's `DecisionTreeRegressor`.
 *
 * Rows `[rows, cols]` with values `[rows, outputs]`; the errors of several outputs add up. Splits are computed from whole numbers, of as
 * many digits as float64 has for the sum of the values, so every adapter grows the same tree. Of equal splits, the one with the first
 * feature and the lowest threshold is taken, where scikit-learn draws one. Rows of equal values are never split, however small the values
 * are. Bins, thresholds and weights are as those of `decisionTreeClassifier`. A scaling changes nothing. `fields.featureImportances`,
 * `[cols]`, is each feature's share of the squared errors that splits removed.
 *
 * @throws E_PARAMS for invalid options; when training, E_DATA for features that are not finite, for values whose sum is not, for rows
 *   that weigh nothing, and for more rows than the device takes at once
 * @example
 * pipeline('p', fetch(cars), split({ train: [0, 300], test: [300, 400] }), fit(decisionTreeRegressor({ maxDepth: 4 })), score({ on: 'test' }));
 */
export const decisionTreeRegressor = defineEstimator<DecisionTreeRegressorOptions>()({
  name: 'decisionTreeRegressor',
  kind: 'regressor',
  params: treeRegressorParams,
  train: async (rows, params, context): Promise<ValueTreesFields> => (await plantValues('decisionTreeRegressor', rows, params, {}, context)).fields,
  outputs: ({ outputs }) => outputs,
  scores: (model, rows, context) => meanOfLeaves(context, model, rows, model.outputs),
  summary: ({ feature }) => ({ nodes: feature.length }),
});
