// Many trees, split at places drawn by chance. As scikit-learn 1.9's ExtraTreesClassifier (Geurts, Ernst and Wehenkel 2006).
import { z } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { plant } from './forest.ts';
import { meanOfLeaves } from './model.ts';
import { outOfBag } from './outOfBag.ts';
import { forestParams, type TreeOptions } from './params.ts';
import type { ForestFields } from './randomForestClassifier.ts';
import { shares } from './shares.ts';

export interface ExtraTreesClassifierOptions extends TreeOptions {
  /** How many trees. Default 100. */
  readonly nEstimators?: number | undefined;
  /** True: each tree draws as many rows as there are, with repeats; false (default): each tree is grown on all rows. */
  readonly bootstrap?: boolean | undefined;
  /** True, with `bootstrap`: `fields.oobScore` is the accuracy of each row by the trees that did not draw it. Default false. */
  readonly oobScore?: boolean | undefined;
}

const params = forestParams.extend({ bootstrap: z.boolean().default(false).describe('each tree draws as many rows as there are, with repeats') });

/**
 * Many trees, each split the best of some features drawn, each of those cut at a place drawn between its least and its greatest
 * value; the mean of what their leaves say, as scikit-learn 1.9's `ExtraTreesClassifier`.
 *
 * Rows `[rows, cols]` with classes. Scores are those of another seed of scikit-learn's: what is drawn is not the same. Of a column
 * with more than 256 distinct values, cuts fall between 256 groups of as many each. `predictProba` and `fields` are as those of
 * `randomForestClassifier`.
 *
 * @throws E_PARAMS for options that cannot be; when training, as `decisionTreeClassifier`
 * @example
 * pipeline('p', fetch(iris), split({ train: [0, 100], test: [100, 150] }), fit(extraTreesClassifier({ seed: 42 })), score({ on: 'test' }));
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
  scores: async (model, rows, context) => meanOfLeaves(await context.compute(), model, rows, model.classes.length),
  probabilities: shares,
  summary: ({ roots, feature, oobScore }) => ({ trees: roots.length, nodes: feature.length, ...(oobScore === undefined ? {} : { oobScore }) }),
});
