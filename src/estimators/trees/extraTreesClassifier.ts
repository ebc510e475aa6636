// Many trees, split at random thresholds. As scikit-learn 1.9's ExtraTreesClassifier (Geurts, Ernst and Wehenkel 2006).
import { z } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { plant } from './forest.ts';
import { meanOfLeaves } from './model.ts';
import { outOfBag } from './outOfBag.ts';
import { forestParams, type TreeOptions } from './params.ts';
import type { ForestFields } from './randomForestClassifier.ts';
import { shares } from './shares.ts';

export interface ExtraTreesClassifierOptions extends TreeOptions {
  /** Number of trees. Default 100. */
  readonly nEstimators?: number | undefined;
  /** True: each tree draws as many rows as there are, with repeats; false (default): each tree is grown on all rows. */
  readonly bootstrap?: boolean | undefined;
  /** True, with `bootstrap`: `fields.oobScore` is the accuracy on each row of the trees that did not draw it. Default false. */
  readonly oobScore?: boolean | undefined;
}

const params = forestParams.extend({ bootstrap: z.boolean().default(false).describe('each tree draws as many rows as there are, with repeats') });

/**
 * Averages many trees, as scikit-learn 1.9's `ExtraTreesClassifier`. For each split, some features are drawn, each with a random
 * threshold between its smallest and its largest value; the best of these splits is used.
 *
 * Rows `[rows, cols]` with classes. Draws differ from scikit-learn's, so scores differ as between two of its seeds. A column with more
 * than 256 distinct values is cut only between 256 groups of equally many values. `predictProba` and `fields` are as those of
 * `randomForestClassifier`.
 *
 * @throws E_PARAMS for invalid options; when training, as for `decisionTreeClassifier`
 * @example
 * pipeline('p', fetch(iris()), split({ test: 0.25, seed: 42, stratify: true }), fit(extraTreesClassifier({ seed: 42 })), score({ on: 'test' }));
 */
export const extraTreesClassifier = defineEstimator<ExtraTreesClassifierOptions>()({
  name: 'extraTreesClassifier',
  kind: 'classifier',
  params,
  async train(rows, { nEstimators, bootstrap, oobScore, ...own }, context): Promise<ForestFields> {
    const { fields, repeats } = await plant('extraTreesClassifier', rows, own, { trees: nEstimators, bootstrap, random: true }, context);
    if (!oobScore) return fields;
    return { ...fields, oobScore: await outOfBag('extraTreesClassifier', rows, fields, repeats, context) };
  },
  scores: (model, rows, context) => meanOfLeaves(context, model, rows, model.classes.length),
  response: 'probabilities',
  probabilities: shares,
  summary: ({ roots, feature, oobScore }) => ({ trees: roots.length, nodes: feature.length, ...(oobScore === undefined ? {} : { oobScore }) }),
});
