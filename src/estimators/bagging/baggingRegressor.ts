// Regressors of the same kind, each of rows and columns drawn by chance, and the mean of what they predict. Source:
// sklearn/ensemble/_bagging.py.
import { checkTarget } from '../../core/data/checkDataset.ts';
import type { Estimator } from '../../dsl/estimator.ts';
import { combinationOf, type MemberParams } from '../combined/members.ts';
import { combinedRegressor, knownOf, type Combined, type KnownRows } from '../combined/models.ts';
import { inTurn, meanOf } from '../combined/responses.ts';
import type { FittedRegressor } from '../define/models.ts';
import { baggingParams, rowsFor, trainBags, type BagFields, type BaggingOptions } from './bags.ts';

/** Fitted bags, with a model of each in `fields.models`. */
export type BaggingRegressorModel<M> = Combined<FittedRegressor, BagFields<M> & KnownRows>;

const baggingModel = combinedRegressor<BagFields<FittedRegressor>>('baggingRegressor', (fields) => ({
  outputs: fields.models[0]!.outputs,
  predict: async (rows, context) => meanOf(await inTurn(fields.models, async (model, bag) => model.predict(await rowsFor(rows, fields, bag), context))),
  summary: { seed: fields.seed },
}));

/**
 * `BaggingRegressor(estimator)`: a model for each bag of rows, and of columns, drawn by chance, and the mean of what they predict. A
 * seed draws the rows and columns that it draws in scikit-learn. Weights of rows are how likely they are drawn.
 *
 * In a grid and in `--set`, parameters of the estimator are prefixed: `estimator.alpha`.
 *
 * @throws E_PARAMS for more rows or columns than there are
 * @example
 * fit(baggingRegressor(ridge(), { nEstimators: 20, maxSamples: 0.5, seed: 1 }));
 */
export function baggingRegressor<M extends FittedRegressor, P>(
  estimator: Estimator<M, P, 'values'>,
  options: BaggingOptions = {},
): Estimator<BaggingRegressorModel<M>, Required<BaggingOptions> & MemberParams<{ readonly estimator: Estimator<M, P, 'values'> }>> {
  const name = 'baggingRegressor';
  const inner = estimator as Estimator<FittedRegressor, never, 'values'>;
  const { estimator: described, told } = combinationOf({ name, kind: 'regressor', schema: baggingParams, options }, inner, baggingRegressor);
  const bagging: Estimator<BaggingRegressorModel<FittedRegressor>, never> = {
    ...(described as Estimator<BaggingRegressorModel<FittedRegressor>, never>),
    async train(data, jobs, given, context) {
      checkTarget(name, data, 'values');
      return trainBags(name, inner, data, jobs, told, given, context, (rows, fields) => baggingModel({ ...knownOf(rows, described.takes), ...fields }));
    },
  };
  return bagging as never;
}
