// Linear models of values by stochastic gradient descent. As scikit-learn 1.9's SGDRegressor.
import { valuesOf } from '../../core/data/dataset.ts';
import { RandomState } from '../../core/data/random.ts';
import type { Folds } from '../../dsl/estimator.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { r2 } from '../../metrics/regression.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { defineEstimator, type Drawn, type PlannedModel, type TrainingRows } from '../define/define.ts';
import { checkOutputs } from '../define/partialFit.ts';
import { linearValues } from '../linear/linearValues.ts';
import { checkScored, heldBack } from '../rows/heldBack.ts';
import { orderSeed } from './draw.ts';
import { fittedTogether, leftOf, onePass, rowWeights, type GoingOn, type SgdFields } from './fit.ts';
import type { ValueLossName } from './losses.ts';
import { ALPHA_NEEDED, optimalHasAlpha, sgdParams, type SgdOptions } from './params.ts';

export interface SgdRegressorOptions extends SgdOptions {
  /** What is made small: 'squaredError' (default), 'huber', 'epsilonInsensitive' (a support vector machine) or 'squaredEpsilonInsensitive'. */
  readonly loss?: ValueLossName | undefined;
  /** Off by no more than this counts little in 'huber', and nothing in the losses named for it. Default 0.1. */
  readonly epsilon?: number | undefined;
}

const params = z
  .strictObject({
    loss: z.enum(['squaredError', 'huber', 'epsilonInsensitive', 'squaredEpsilonInsensitive']).default('squaredError').describe('what is made small'),
    epsilon: z.number().min(0).default(0.1).describe('off by no more than this counts little, or nothing'),
    ...sgdParams('invscaling', 0.25),
  } satisfies ShapeOf<SgdRegressorOptions>)
  .refine(optimalHasAlpha, ALPHA_NEEDED);

/**
 * `sklearn.linear_model.SGDRegressor`: least squares, robust regression or support vector regression, learned a row at a time. A seed
 * gives scikit-learn's order of rows, and so its weights, but for rounding in float64. Scale features first: steps that suit one
 * column are too long for another of larger numbers.
 *
 * Rows `[rows, cols]` with values `[rows, outputs]`; a model has `coef`, `[outputs][cols]`, `intercept` and `fields.nIter`. Each output
 * is learned by itself, in the same order of rows. Rows without their zeros are learned as those with them, and rows held back are
 * judged by the weights as they are, as `sgdClassifier` does.
 *
 * @throws E_PARAMS for invalid options; when training, E_DATA for rows that weigh nothing and for weights that become too large
 * @example
 * fit(chain(standardize(), sgdRegressor({ loss: 'huber', epsilon: 1, seed: 42 })));
 */
export const sgdRegressor = defineEstimator<SgdRegressorOptions>()({
  name: 'sgdRegressor',
  kind: 'regressor',
  params,
  scales: true,
  trainTogether: learned,
  async partialFit(model, rows, given, context) {
    checkOutputs('sgdRegressor', rows, model.coef.length);
    const [fields] = await learned(rows, [onePass('sgdRegressor', model, rows, given)], undefined, context);
    return fields!;
  },
  outputs: ({ coef }) => coef.length,
  scores: linearValues,
  summary: ({ nIter }) => ({ nIter }),
});

function learned(
  rows: TrainingRows<'regressor'>,
  models: readonly (PlannedModel<Drawn<z.output<typeof params>>> & GoingOn)[],
  folds: Folds | undefined,
  context: StageContext,
): Promise<readonly SgdFields[]> {
  const count = rows.rows.length;
  const { cols: outputs } = rows.values;
  const values = valuesOf(rows);
  return fittedTogether(
    'sgdRegressor',
    rows,
    models,
    ({ heldOut, start, params: { loss: name, epsilon, ...sgd } }) => {
      const left = leftOf(rows, folds, heldOut);
      const own = { ...rows, rows: left.map((row) => rows.rows[row]!) };
      const back = sgd.earlyStopping ? heldBack('sgdRegressor', own, sgd.validationFraction, new RandomState(sgd.seed), undefined).test : undefined;
      checkScored('sgdRegressor', own, back);
      const held = back?.map((at) => left[at]!);
      const weights = rowWeights('sgdRegressor', rows, left, held);
      const part = (all: Float64Array): Float64Array => Float64Array.from(held!, (row) => all[row]!);
      return Array.from({ length: outputs }, (_, output) => () => {
        const targets = Float64Array.from({ length: count }, (_, row) => values[row * outputs + output]!);
        return {
          name: outputs === 1 ? 'sgdRegressor' : `sgdRegressor, output ${output}`,
          loss: { name, epsilon },
          rows: left,
          targets,
          weights,
          held: held && {
            rows: held,
            score: (predicted: Float64Array) => r2({ of: 'values', outputs: 1, truth: part(targets), predicted, weights: Float32Array.from(part(weights)) }),
          },
          seed: orderSeed(sgd.seed, false),
          start: start?.[output],
        };
      });
    },
    context,
  );
}
