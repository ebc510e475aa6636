// Classifiers of several layers of units. As scikit-learn 1.9's MLPClassifier.
import { probabilities } from '../../metrics/probability.ts';
import { defineEstimator } from '../define/define.ts';
import { classLearning } from './classLearning.ts';
import { mlpParams, type MlpOptions } from './params.ts';
import { checkGoesOn, type Trained } from './progress.ts';
import { networkSays } from './said.ts';
import { denseShapes, shapesOf } from './layers/shapes.ts';
import { trained } from './train.ts';

/**
 * `sklearn.neural_network.MLPClassifier`: layers of units, each of which weighs what the layer before it makes, trained by gradients of
 * the log loss in batches of rows. Scale features first, such as pixels to between 0 and 1.
 *
 * Rows `[rows, cols]` with classes. `decisionFunction` is the sum of the last unit for two classes, `[rows]`, else `[rows][classes]`,
 * and probabilities are made of it. A model has `fields.coefs`, `[inputs][units]` of each layer, `fields.intercepts`,
 * `fields.lossCurve`, one loss a pass, and `fields.nIter`, and goes on with new rows (`partialFit`). A seed gives scikit-learn's first weights and order of rows; layers are computed
 * in f32 on the device, so weights agree until rounding has grown. Two trainings on one adapter are bit-identical.
 *
 * @throws E_PARAMS for invalid options; when training, E_CLASS for rows of one class, E_DATA for rows that weigh nothing and for weights
 *   that become too large
 * @example
 * fit(chain(scale({ factor: 1 / 255 }), mlpClassifier({ hiddenLayerSizes: [100], maxIter: 20, seed: 1 })));
 */
export const mlpClassifier = defineEstimator<MlpOptions>()({
  name: 'mlpClassifier',
  kind: 'classifier',
  params: mlpParams,
  train(rows, params, context): Promise<Trained> {
    const learning = classLearning(rows);
    const shapes = denseShapes([rows.x.cols, ...params.hiddenLayerSizes, learning.outputs]);
    return trained('mlpClassifier', rows, shapes, learning, params, context);
  },
  partialFit(model, rows, params, context): Promise<Trained> {
    checkGoesOn('mlpClassifier', model, params);
    return trained('mlpClassifier', rows, shapesOf(model), classLearning(rows), params, context, model);
  },
  scores: (fields, rows, context) => networkSays(shapesOf(fields), fields, rows, context),
  response: 'probabilities',
  probabilities: (scores, { classes }) => probabilities(scores, classes.length),
  summary: ({ nIter, lossCurve }) => ({ nIter, loss: lossCurve.at(-1)! }),
});
