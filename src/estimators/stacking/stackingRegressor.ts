// Regressors, and one above them that learns from what they predict. Source: sklearn/ensemble/_stacking.py.
import { checkTarget } from '../../core/data/checkDataset.ts';
import type { Estimator } from '../../dsl/estimator.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { checkMember, checkMembers, combination, type MemberParams, type Members, type ModelsOf } from '../combined/members.ts';
import type { FittedRegressor } from '../define/models.ts';
import { stackParams, trainStack, type StackOptions } from './trainStack.ts';

type Regressing = Estimator<FittedRegressor, never, 'values'>;

export interface StackingRegressorOptions<F = Regressing> extends StackOptions {
  /** Learns the values from what the others predict; scikit-learn has `RidgeCV()` where none is given. */
  readonly finalEstimator: F;
}

const params = z.strictObject(stackParams satisfies ShapeOf<StackOptions>);

/**
 * `StackingRegressor(estimators, final_estimator)`: the final estimator learns from what the others predict for rows that they were not
 * trained on, in folds of the training rows. Then each is fitted on all rows. Held-out rows of a cross-validation have no influence on
 * either layer. The model is that of the final estimator, asked of what the others predict: `model.coef` is in `model.model`.
 *
 * In a grid and in `--set`, parameters are prefixed: `a.alpha`, `finalEstimator.alpha`.
 *
 * @param estimators regressors by name
 * @example
 * fit(stackingRegressor({ a: ridge(), b: kNeighborsRegressor() }, { finalEstimator: ridge({ alpha: 0.1 }), passthrough: true }));
 */
export function stackingRegressor<E extends Members<FittedRegressor, 'values'>, F extends Regressing>(
  estimators: E,
  options: StackingRegressorOptions<F>,
): Estimator<ModelsOf<{ f: F }>['f'], Required<StackOptions> & MemberParams<E & { readonly finalEstimator: F }>, 'values'> {
  const name = 'stackingRegressor';
  const { finalEstimator, ...own } = options ?? {};
  checkMembers(name, estimators, 'regressor', ['finalEstimator']);
  checkMember(name, finalEstimator, 'regressor');
  const members: Members<FittedRegressor, 'values'> = estimators;
  const { estimator, told } = combination({
    name,
    kind: 'regressor',
    members: { ...members, finalEstimator },
    readers: Object.keys(members),
    schema: params,
    options: own,
    rebuild: ({ finalEstimator, ...rest }: Members<FittedRegressor, 'values'>, others: StackOptions) =>
      stackingRegressor(rest, { ...others, finalEstimator: finalEstimator! }),
  });
  const stacking: Estimator<FittedRegressor, never> = {
    ...(estimator as Estimator<FittedRegressor, never>),
    async train(data, jobs, given, context) {
      checkTarget(name, data, 'values');
      const layers = {
        members,
        finalEstimator,
        takes: estimator.takes,
        told,
        methodOf: () => undefined,
        heldSaid: (_member: string, { predicted }: { readonly predicted: Float64Array }) => predicted,
      };
      return (await trainStack(layers as never, data, jobs, given, context)) as never;
    },
  };
  return stacking as never;
}
