// Many trees of values, split at random thresholds. As scikit-learn 1.9's ExtraTreesRegressor (Geurts, Ernst and Wehenkel 2006).
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { meanOfLeaves } from '../trees/model.ts';
import { forestParams } from '../trees/params.ts';
import { plantValues } from './forest.ts';
import { withOutOfBag, type ForestRegressorFields } from './outOfBag.ts';
import { treeRegressorParams, type TreeRegressorOptions } from './params.ts';

export interface ExtraTreesRegressorOptions extends TreeRegressorOptions {
  /** Number of trees. Default 100. */
  readonly nEstimators?: number | undefined;
  /** True: each tree draws as many rows as there are, with repeats; false (default): each tree is grown on all rows. */
  readonly bootstrap?: boolean | undefined;
  /** True, with `bootstrap`: `fields.oobPrediction` and `fields.oobScore`, as of `randomForestRegressor`. Default false. */
  readonly oobScore?: boolean | undefined;
}

const params = treeRegressorParams.extend({
  nEstimators: forestParams.shape.nEstimators,
  bootstrap: z.boolean().default(false).describe('each tree draws as many rows as there are, with repeats'),
  oobScore: forestParams.shape.oobScore,
} satisfies Partial<ShapeOf<ExtraTreesRegressorOptions>>);

/**
 * Averages many trees, as scikit-learn 1.9's `ExtraTreesRegressor`. For each split, each feature, or each of some drawn ones, has a
 * random threshold between its smallest and its largest value; the best of these splits is used.
 *
 * Rows `[rows, cols]` with values `[rows, outputs]`. Draws differ from scikit-learn's, so scores differ as between two of its seeds. A
 * column with more than 256 distinct values is cut only between 256 groups of equally many values.
 *
 * @throws E_PARAMS for invalid options; when training, as for `decisionTreeRegressor`
 * @example
 * pipeline('p', fetch(cars), split({ train: [0, 300], test: [300, 400] }), fit(extraTreesRegressor({ seed: 42 })), score({ on: 'test' }));
 */
export const extraTreesRegressor = defineEstimator<ExtraTreesRegressorOptions>()({
  name: 'extraTreesRegressor',
  kind: 'regressor',
  params,
  async train(rows, { nEstimators, bootstrap, oobScore, ...own }, context): Promise<ForestRegressorFields> {
    const planted = await plantValues('extraTreesRegressor', rows, own, { trees: nEstimators, bootstrap, random: true }, context);
    return oobScore ? withOutOfBag('extraTreesRegressor', rows, planted, context) : planted.fields;
  },
  outputs: ({ outputs }) => outputs,
  scores: (model, rows, context) => meanOfLeaves(context, model, rows, model.outputs),
  summary: ({ roots, feature, oobScore }) => ({ trees: roots.length, nodes: feature.length, ...(oobScore === undefined ? {} : { oobScore }) }),
});
