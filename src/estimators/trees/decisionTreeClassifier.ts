// One tree of splits by single features. As scikit-learn 1.9's DecisionTreeClassifier (Breiman, Friedman, Olshen and Stone 1984).
import { defineEstimator } from '../define/define.ts';
import { plant } from './forest.ts';
import { meanOfLeaves, type TreesFields } from './model.ts';
import { shares } from './shares.ts';
import { treeParams, type TreeOptions } from './params.ts';

export interface DecisionTreeClassifierOptions extends TreeOptions {}

/**
 * A tree that splits rows by one feature at a time until leaves are of one class, as scikit-learn 1.9's `DecisionTreeClassifier`.
 *
 * Rows `[rows, cols]` with classes. Splits are computed from whole numbers, so every adapter grows the same tree. Of equal splits, the
 * one with the first feature and the lowest threshold is taken, where scikit-learn draws one. Thresholds are midpoints between
 * neighbouring values, which are 32-bit floats as in scikit-learn; a warning tells columns that have more digits. A column with more than
 * 256 distinct values is split only between 256 groups of equally many values. Weights that are not whole numbers count as multiples
 * of a power of two, 2^-30 of their sum (2^-23 for entropy).
 * A scaling changes nothing. `predictProba` gives the shares of the classes in a row's leaf, `[rows][classes]`.
 *
 * @throws E_PARAMS for invalid options; when training, E_CLASS for rows of one class, E_DATA for features that are not
 *   finite, for rows that weigh nothing, and for more rows than the device takes at once
 * @example
 * pipeline('p', fetch(iris()), split({ test: 0.25, seed: 42, stratify: true }), fit(decisionTreeClassifier({ maxDepth: 3 })), score({ on: 'test' }));
 */
export const decisionTreeClassifier = defineEstimator<DecisionTreeClassifierOptions>()({
  name: 'decisionTreeClassifier',
  kind: 'classifier',
  params: treeParams,
  train: async (rows, params, context): Promise<TreesFields> => (await plant('decisionTreeClassifier', rows, params, {}, context)).fields,
  scores: (model, rows, context) => meanOfLeaves(context, model, rows, model.classes.length),
  response: 'probabilities',
  probabilities: shares,
  summary: ({ feature }) => ({ nodes: feature.length }),
});
