// Boosted trees that tell classes apart. As scikit-learn 1.9's HistGradientBoostingClassifier.
import { weightsOf } from '../../core/data/dataset.ts';
import type { ShapeOf } from '../../dsl/params.ts';
import { probabilities } from '../../metrics/probability.ts';
import { defineEstimator } from '../define/define.ts';
import { classWeightParam } from '../linear/classWeights.ts';
import { rowWeights } from '../trees/units.ts';
import { boost } from './boost.ts';
import { scoresByRound, scoresOf } from './model.ts';
import { boostingParams, type BoostingOptions } from './params.ts';

export interface HistGradientBoostingClassifierOptions extends BoostingOptions {
  /** Weight of the rows of each class, by label or class name, or 'balanced' for inverse class frequencies. Default 1 each. */
  readonly classWeight?: 'balanced' | Readonly<Record<string, number>> | undefined;
}

const params = boostingParams.extend({ classWeight: classWeightParam } satisfies Partial<ShapeOf<HistGradientBoostingClassifierOptions>>);

/**
 * Adds up many small trees, each grown on what the ones before it leave, as scikit-learn 1.9's `HistGradientBoostingClassifier`.
 *
 * Rows `[rows, cols]` with classes; features may have gaps, which go to the better side of each split, and columns may be names or
 * other categories, which are split into two groups. A round adds a tree for two classes, and one for each of more. Columns are cut at
 * the middles between their values, or at quantiles where there are more than `maxBins`. Derivatives are added up as whole numbers, so
 * every adapter, and none, grows the same trees; splits are those of scikit-learn but where two gain the same to about 15 digits. A
 * scaling changes nothing. `predictProba` is `[rows][classes]`; where training may stop early, `fields.trainScore` and
 * `fields.validationScore`, `[rounds + 1]`, are minus the log loss after each round.
 *
 * @throws E_PARAMS for invalid options; when training, E_CLASS for rows of one class, E_DATA for infinite features, for rows that weigh
 *   nothing, and for columns of more categories than bins
 * @example
 * pipeline('p', fetch(iris()), split({ test: 0.25, seed: 42, stratify: true }), fit(histGradientBoostingClassifier({ maxIter: 20 })), score({ on: 'test' }));
 */
export const histGradientBoostingClassifier = defineEstimator<HistGradientBoostingClassifierOptions>()({
  name: 'histGradientBoostingClassifier',
  kind: 'classifier',
  params,
  takes: ['gaps', 'categories'],
  shards: true,
  train(rows, { classWeight, ...own }, context) {
    const { codes, classes } = rows;
    const by = classes.length === 2 ? ({ loss: 'binomial', scores: 1 } as const) : ({ loss: 'multinomial', scores: classes.length } as const);
    const weights = classWeight === undefined ? weightsOf(rows) : rowWeights(rows, classWeight);
    return boost('histGradientBoostingClassifier', rows, { ...by, truth: codes, weights, byClass: rows }, own, context);
  },
  scores: scoresOf,
  staged: (model, rows) => scoresByRound(model, rows),
  probabilities: (scores, { classes }) => probabilities(scores, classes.length),
  summary: ({ roots, baseline, feature }) => ({ rounds: roots.length / baseline.length, nodes: feature.length }),
});
