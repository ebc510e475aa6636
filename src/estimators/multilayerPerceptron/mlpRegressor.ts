// Regressors of several layers of units. As scikit-learn 1.9's MLPRegressor.
import { valuesOf, weightsOf } from '../../core/data/dataset.ts';
import { LOSS_KINDS } from '../../kernels/outputDelta/outputDelta.ts';
import { r2 } from '../../metrics/regression.ts';
import { defineEstimator, type TrainingRows } from '../define/define.ts';
import { checkOutputs } from '../define/partialFit.ts';
import { mlpParams, type MlpOptions } from './params.ts';
import { checkGoesOn, type Trained } from './progress.ts';
import { networkSays } from './said.ts';
import { denseShapes, shapesOf } from './layers/shapes.ts';
import { trained, type Learning } from './train.ts';

/**
 * `sklearn.neural_network.MLPRegressor`: layers of units, each of which weighs what the layer before it makes, trained by gradients of
 * the squared error in batches of rows. Scale features first, and values too where they are large.
 *
 * Rows `[rows, cols]` with values `[rows, outputs]`, of which all outputs share the hidden layers. Models are as those of
 * `mlpClassifier`, and so is what a seed gives.
 *
 * @throws E_PARAMS for invalid options; when training, E_DATA for rows that weigh nothing and for weights that become too large
 * @example
 * fit(chain(standardize(), mlpRegressor({ hiddenLayerSizes: [50, 50], activation: 'tanh', seed: 1 })));
 */
export const mlpRegressor = defineEstimator<MlpOptions>()({
  name: 'mlpRegressor',
  kind: 'regressor',
  params: mlpParams,
  train(rows, params, context): Promise<Trained> {
    const shapes = denseShapes([rows.x.cols, ...params.hiddenLayerSizes, rows.values.cols]);
    return trained('mlpRegressor', rows, shapes, valueLearning(rows), params, context);
  },
  partialFit(model, rows, params, context): Promise<Trained> {
    checkGoesOn('mlpRegressor', model, params);
    checkOutputs('mlpRegressor', rows, model.intercepts.at(-1)!.length);
    return trained('mlpRegressor', rows, shapesOf(model), valueLearning(rows), params, context, model);
  },
  outputs: ({ intercepts }) => intercepts.at(-1)!.length,
  scores: (fields, rows, context) => networkSays(shapesOf(fields), fields, rows, context),
  summary: ({ nIter, lossCurve }) => ({ nIter, loss: lossCurve.at(-1)! }),
});

/** What a network learns of values: the squared error. */
function valueLearning(rows: TrainingRows<'regressor'>): Learning {
  const { cols: outputs } = rows.values;
  const values = valuesOf(rows);
  const weights = weightsOf(rows) ?? new Float32Array(rows.rows.length).fill(1);
  return {
    kind: LOSS_KINDS.values,
    outputs,
    width: outputs,
    values: Float32Array.from(values),
    weights,
    score(predicted: Float64Array, held: Uint32Array): number {
      const truth = Float64Array.from(predicted, (_, at) => values[held[Math.floor(at / outputs)]! * outputs + (at % outputs)]!);
      return r2({ of: 'values', outputs, truth, predicted, weights: Float32Array.from(held, (row) => weights[row]!) });
    },
  };
}
