// Classifiers of several layers of units. As scikit-learn 1.9's MLPClassifier.
import { weightsOf } from '../../core/data/dataset.ts';
import { predictedCodes } from '../../metrics/evaluation.ts';
import { probabilities } from '../../metrics/probability.ts';
import { defineEstimator } from '../define/define.ts';
import { shareRight } from '../solver/passes.ts';
import { LOSS_KINDS } from '../../kernels/outputDelta/outputDelta.ts';
import { mlpParams, type MlpOptions } from './params.ts';
import { networkSays } from './said.ts';
import { trained, type MlpFields } from './train.ts';

/**
 * `sklearn.neural_network.MLPClassifier`: layers of units, each of which weighs what the layer before it makes, trained by gradients of
 * the log loss in batches of rows. Scale features first, such as pixels to between 0 and 1.
 *
 * Rows `[rows, cols]` with classes. `decisionFunction` is the sum of the last unit for two classes, `[rows]`, else `[rows][classes]`,
 * and probabilities are made of it. A model has `fields.coefs`, `[inputs][units]` of each layer, `fields.intercepts`,
 * `fields.lossCurve`, one loss a pass, and `fields.nIter`. A seed gives scikit-learn's first weights and order of rows; layers are computed
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
  train(rows, params, context): Promise<MlpFields> {
    const { classes, codes } = rows;
    const two = classes.length === 2;
    const weights = weightsOf(rows) ?? new Float32Array(codes.length).fill(1);
    const learning = {
      kind: two ? LOSS_KINDS.twoClasses : LOSS_KINDS.classes,
      outputs: two ? 1 : classes.length,
      width: 1,
      values: Float32Array.from(codes),
      weights,
      byClass: two ? rows : undefined,
      score(sums: Float64Array, held: Uint32Array): number {
        const predicted = predictedCodes(sums, classes.length);
        return shareRight(held, weights, (row, at) => predicted[at] === codes[row]);
      },
    };
    return trained('mlpClassifier', rows, learning, params, context);
  },
  scores: networkSays,
  response: 'probabilities',
  probabilities: (scores, { classes }) => probabilities(scores, classes.length),
  summary: ({ nIter, lossCurve }) => ({ nIter, loss: lossCurve.at(-1)! }),
});
