// Many trees, each grown from randomly drawn rows and features. As scikit-learn 1.9's RandomForestClassifier (Breiman 2001).
import { z } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { plant } from './forest.ts';
import { meanOfLeaves, type TreesFields } from './model.ts';
import { outOfBag } from './outOfBag.ts';
import { forestParams, type TreeOptions } from './params.ts';
import { shares } from './shares.ts';

export interface RandomForestClassifierOptions extends TreeOptions {
  /** Number of trees. Default 100. */
  readonly nEstimators?: number | undefined;
  /** True (default): each tree draws as many rows as there are, with repeats; false: each tree is grown on all rows. */
  readonly bootstrap?: boolean | undefined;
  /** True: `fields.oobScore` is the accuracy on each row of the trees that did not draw it. Default false. */
  readonly oobScore?: boolean | undefined;
}

const params = forestParams.extend({ bootstrap: z.boolean().default(true).describe('each tree draws as many rows as there are, with repeats') });

export interface ForestFields extends TreesFields {
  /** Share of rows predicted right by the trees that did not draw them; only if asked for. */
  readonly oobScore?: number | undefined;
}

/**
 * Averages many trees, as scikit-learn 1.9's `RandomForestClassifier`. Each tree is grown on rows drawn with repeats, and each split is
 * the best among some drawn features.
 *
 * Rows `[rows, cols]` with classes. A seed draws the same rows for each tree as scikit-learn's `random_state`, heavy ones more often, but
 * other features, so scores differ as between two of its seeds. All trees grow at once, level by level, the same on every adapter. Splits and thresholds
 * are those of `decisionTreeClassifier`. `predictProba`, `[rows][classes]`, is the mean of the shares in a row's leaves;
 * `fields.featureImportances`, `[cols]`, is each feature's share of the impurity that splits removed.
 *
 * @throws E_PARAMS for invalid options; when training, as for `decisionTreeClassifier`
 * @example
 * pipeline('p', fetch(iris()), split({ test: 0.25, seed: 42, stratify: true }), fit(randomForestClassifier({ seed: 42 })), score({ on: 'test' }));
 */
export const randomForestClassifier = defineEstimator<RandomForestClassifierOptions>()({
  name: 'randomForestClassifier',
  kind: 'classifier',
  params,
  async train(rows, { nEstimators, bootstrap, oobScore, ...own }, context): Promise<ForestFields> {
    const { fields, repeats } = await plant('randomForestClassifier', rows, own, { trees: nEstimators, bootstrap }, context);
    if (!oobScore) return fields;
    return { ...fields, oobScore: await outOfBag('randomForestClassifier', rows, fields, repeats, context) };
  },
  scores: (model, rows, context) => meanOfLeaves(context, model, rows, model.classes.length),
  response: 'probabilities',
  probabilities: shares,
  summary: ({ roots, feature, oobScore }) => ({ trees: roots.length, nodes: feature.length, ...(oobScore === undefined ? {} : { oobScore }) }),
});
