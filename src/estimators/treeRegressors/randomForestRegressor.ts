// Many trees of values, each grown from randomly drawn rows. As scikit-learn 1.9's RandomForestRegressor (Breiman 2001).
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { meanOfLeaves } from '../trees/model.ts';
import { forestParams } from '../trees/params.ts';
import { plantValues } from './forest.ts';
import { withOutOfBag, type ForestRegressorFields } from './outOfBag.ts';
import { treeRegressorParams, type TreeRegressorOptions } from './params.ts';

export interface RandomForestRegressorOptions extends TreeRegressorOptions {
  /** Number of trees. Default 100. */
  readonly nEstimators?: number | undefined;
  /** True (default): each tree draws as many rows as there are, with repeats; false: each tree is grown on all rows. */
  readonly bootstrap?: boolean | undefined;
  /** True: `fields.oobPrediction` is what the trees that did not draw a training row say of it, and `fields.oobScore` their R2. Default false. */
  readonly oobScore?: boolean | undefined;
}

const params = treeRegressorParams.extend({
  nEstimators: forestParams.shape.nEstimators,
  bootstrap: z.boolean().default(true).describe('each tree draws as many rows as there are, with repeats'),
  oobScore: forestParams.shape.oobScore,
} satisfies Partial<ShapeOf<RandomForestRegressorOptions>>);

/**
 * Averages many trees, as scikit-learn 1.9's `RandomForestRegressor`. Each tree is grown on rows drawn with repeats, and each split is
 * the best of all features, or of some drawn ones.
 *
 * Rows `[rows, cols]` with values `[rows, outputs]`. A seed draws the same rows for each tree as scikit-learn's `random_state`, so a
 * forest of all features is scikit-learn's, but where splits are equal; of drawn features it is as with another seed. All trees grow at
 * once, level by level, the same on every adapter, with the splits of `decisionTreeRegressor`. `fields.featureImportances` is the mean of
 * those of the trees.
 *
 * @throws E_PARAMS for invalid options; when training, as for `decisionTreeRegressor`
 * @example
 * pipeline('p', fetch(cars), split({ train: [0, 300], test: [300, 400] }), fit(randomForestRegressor({ seed: 42 })), score({ on: 'test' }));
 */
export const randomForestRegressor = defineEstimator<RandomForestRegressorOptions>()({
  name: 'randomForestRegressor',
  kind: 'regressor',
  params,
  async train(rows, { nEstimators, bootstrap, oobScore, ...own }, context): Promise<ForestRegressorFields> {
    const planted = await plantValues('randomForestRegressor', rows, own, { trees: nEstimators, bootstrap }, context);
    return oobScore ? withOutOfBag('randomForestRegressor', rows, planted, context) : planted.fields;
  },
  outputs: ({ outputs }) => outputs,
  scores: (model, rows, context) => meanOfLeaves(context, model, rows, model.outputs),
  summary: ({ roots, feature, oobScore }) => ({ trees: roots.length, nodes: feature.length, ...(oobScore === undefined ? {} : { oobScore }) }),
});
