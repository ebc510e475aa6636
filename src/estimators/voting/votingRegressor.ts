// Several regressors of the same rows, and the mean of what they predict. Source: sklearn/ensemble/_voting.py.
import { checkTarget } from '../../core/data/checkDataset.ts';
import type { Estimator } from '../../dsl/estimator.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import type { FittedRegressor } from '../define/models.ts';
import { checkMembers, combination, type MemberParams, type Members, type ModelsOf } from '../combined/members.ts';
import { combinedRegressor, knownOf, type Combined, type KnownRows } from '../combined/models.ts';
import { inTurn, meanOf } from '../combined/responses.ts';
import { checkWeights, trainVoters, weightsParam, type Weighted } from './votes.ts';

export interface VotingRegressorOptions extends Weighted {}

const params = z.strictObject({ weights: weightsParam } satisfies ShapeOf<VotingRegressorOptions>);

export interface Fields<Models = Readonly<Record<string, FittedRegressor>>> {
  readonly weights?: readonly number[] | undefined;
  /** By name, each fitted on all rows. */
  readonly models: Models;
}

/** A fitted vote, with the models that vote in `fields.models`. */
export type VotingRegressorModel<E> = Combined<FittedRegressor, Fields<ModelsOf<E>> & KnownRows>;

const votingModel = combinedRegressor<Fields>('votingRegressor', ({ models, weights }) => ({
  outputs: Object.values(models)[0]!.outputs,
  predict: async (rows, context) => meanOf(await inTurn(Object.values(models), (model) => model.predict(rows, context)), weights),
}));

/**
 * `VotingRegressor(estimators)`: each estimator is fitted on all rows, and the prediction is the mean of theirs, by `weights` where
 * they have some.
 *
 * In a grid and in `--set`, parameters of an estimator are prefixed with its name: `a.alpha`.
 *
 * @param estimators regressors by name
 * @example
 * gridSearch(votingRegressor({ a: ridge(), b: kNeighborsRegressor() }, { weights: [2, 1] }), { 'a.alpha': [0.1, 1] });
 */
export function votingRegressor<E extends Members<FittedRegressor, 'values'>>(
  estimators: E,
  options: VotingRegressorOptions = {},
): Estimator<VotingRegressorModel<E>, Required<VotingRegressorOptions> & MemberParams<E>> {
  const name = 'votingRegressor';
  checkMembers(name, estimators, 'regressor');
  const members: Members<FittedRegressor, 'values'> = estimators;
  const { estimator, told } = combination({ name, kind: 'regressor', members, schema: params, options, rebuild: votingRegressor });
  checkWeights(name, options, estimators);
  const voting: Estimator<FittedRegressor, never> = {
    ...(estimator as Estimator<FittedRegressor, never>),
    ...(Object.values(members).every(({ scales }) => scales) ? { scales: true } : {}),
    async train(data, jobs, given, context) {
      checkTarget(name, data, 'values');
      return trainVoters(name, members, data, jobs, told, given, context, (rows, { weights }, models) =>
        votingModel({ ...knownOf(rows, estimator.takes), ...(weights ? { weights } : {}), models }),
      );
    },
  };
  return voting as never;
}
