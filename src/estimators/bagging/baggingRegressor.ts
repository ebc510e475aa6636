// Regressors of the same kind, each of rows and columns drawn by chance, and the mean of what they predict. Source:
// sklearn/ensemble/_bagging.py.
import { checkTarget } from '../../core/data/checkDataset.ts';
import { valuesOf, type Dataset } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import type { Estimator } from '../../dsl/estimator.ts';
import { combinationOf, type MemberParams } from '../combined/members.ts';
import { combinedRegressor, knownOf, type Combined, type KnownRows } from '../combined/models.ts';
import { inTurn, meanOf } from '../combined/responses.ts';
import { r2 } from '../../metrics/regression.ts';
import type { FittedRegressor } from '../define/models.ts';
import { baggingParams, rowsFor, summaryOf, trainBags, type BagFields, type BaggingOptions } from './bags.ts';
import type { Bag } from './draw.ts';
import { leftOut } from './outOfBag.ts';

interface Bags<M> extends BagFields<M> {
  /** Mean of what the bags that left a training row out say of it, `[rows][outputs]`; NaN where none did. */
  readonly oobPrediction?: Float64Array | undefined;
}

type Values = Dataset<'train', Features, 'values'>;

/** Fitted bags, with a model of each in `fields.models`. */
export type BaggingRegressorModel<M> = Combined<FittedRegressor, Bags<M> & KnownRows>;

const baggingModel = combinedRegressor<Bags<FittedRegressor>>('baggingRegressor', (fields) => ({
  outputs: fields.models[0]!.outputs,
  predict: async (rows, context) => meanOf(await inTurn(fields.models, async (model, bag) => model.predict(await rowsFor(rows, fields, bag), context))),
  summary: summaryOf(fields),
}));

/**
 * `BaggingRegressor(estimator)`: a model for each bag of rows, and of columns, drawn by chance, and the mean of what they predict. A
 * seed draws the rows and columns that it draws in scikit-learn. Weights of rows are how likely they are drawn. With `oobScore`, rows
 * that are in every bag are not scored.
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
      const scoreLeftOut = async (
        rows: Values,
        bags: readonly Bag[],
        models: readonly FittedRegressor[],
      ): Promise<Pick<Bags<never>, 'oobScore' | 'oobPrediction'>> => {
        const outputs = rows.values.cols;
        const { mean, rows: scored } = await leftOut(name, rows, bags, models, outputs, (model, own) => model.predict(own, context), context.signal);
        const truth = valuesOf({ ...rows, rows: scored.map((at) => rows.rows[at]!) });
        const predicted = Float64Array.from(truth, (_, at) => mean[scored[Math.floor(at / outputs)]! * outputs + (at % outputs)]!);
        return { oobPrediction: mean, oobScore: r2({ of: 'values', outputs, truth, predicted }) };
      };
      const make = (rows: Values, fields: Bags<FittedRegressor>) => baggingModel({ ...knownOf(rows, described.takes), ...fields });
      return trainBags(name, inner, data, jobs, told, given, context, make, scoreLeftOut);
    },
  };
  return bagging as never;
}
