// Several classifiers of the same rows, and the class that most of them predict, or that has the largest mean probability. Source:
// sklearn/ensemble/_voting.py.
import { checkTarget } from '../../core/data/checkDataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Device, Estimator, RowsOf } from '../../dsl/estimator.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import type { FittedClassifier } from '../define/models.ts';
import { checkMembers, combination, type MemberParams, type Members, type ModelsOf } from '../combined/members.ts';
import { combinedClassifier, knownClasses, type Combined, type KnownClasses } from '../combined/models.ts';
import { asDecisions, inTurn, meanOf, spread, votesOf } from '../combined/responses.ts';
import { shares } from '../trees/shares.ts';
import { checkWeights, trainVoters, weightsParam, type Weighted } from './votes.ts';

export interface VotingClassifierOptions extends Weighted {
  /** `hard`: the class that most estimators predict, the first of equal ones. `soft`: the one with the largest mean probability. Default `hard`. */
  readonly voting?: 'hard' | 'soft' | undefined;
}

const params = z.strictObject({
  voting: z.enum(['hard', 'soft']).default('hard').describe('by predicted classes, or by probabilities'),
  weights: weightsParam,
} satisfies ShapeOf<VotingClassifierOptions>);

export interface Fields<Models = Readonly<Record<string, FittedClassifier>>> {
  readonly voting: 'hard' | 'soft';
  readonly weights?: readonly number[] | undefined;
  /** By name, each fitted on all rows. */
  readonly models: Models;
}

/** A fitted vote, with the models that vote in `fields.models`. Decisions are shares of the votes, or mean probabilities. */
export type VotingClassifierModel<E> = Combined<FittedClassifier, Fields<ModelsOf<E>> & KnownClasses>;

const votingModel = combinedClassifier<Fields>('votingClassifier', ({ models, voting, weights, classes }) => {
  const said = async (model: FittedClassifier, rows: RowsOf, context?: Device): Promise<Float64Array> =>
    voting === 'soft' ? spread(await model.predictProba!(rows, context), model.classes, classes) : votesOf(await model.predict(rows, context), classes);
  return {
    decisionFunction: async (rows, context) =>
      asDecisions(meanOf(await inTurn(Object.values(models), (model) => said(model, rows, context)), weights), classes.length),
    ...(voting === 'soft' ? { response: 'probabilities', probabilities: (decisions: Float64Array) => shares(decisions, { classes }) } : {}),
    summary: { voting },
  };
});

/**
 * `VotingClassifier(estimators)`: each estimator is fitted on all rows, and the class is the one that most of them predict; with
 * `voting: 'soft'`, the one with the largest mean of their probabilities.
 *
 * In a grid and in `--set`, parameters of an estimator are prefixed with its name: `a.C`.
 *
 * @param estimators classifiers by name
 * @throws E_USAGE for soft voting with an estimator that has no probabilities
 * @example
 * gridSearch(votingClassifier({ a: logisticRegression(), b: gaussianNB() }, { voting: 'soft' }), { 'a.C': [0.1, 1] });
 */
export function votingClassifier<E extends Members<FittedClassifier, 'classes'>>(
  estimators: E,
  options: VotingClassifierOptions = {},
): Estimator<VotingClassifierModel<E>, Required<VotingClassifierOptions> & MemberParams<E>> {
  const name = 'votingClassifier';
  checkMembers(name, estimators, 'classifier');
  const members: Members<FittedClassifier, 'classes'> = estimators;
  const { estimator, told } = combination({ name, members, schema: params, options, rebuild: votingClassifier });
  checkWeights(name, options, estimators);
  const voting: Estimator<FittedClassifier, never> = {
    ...(estimator as Estimator<FittedClassifier, never>),
    ...(Object.values(members).every(({ scales }) => scales) ? { scales: true } : {}),
    async train(data, jobs, given, context) {
      checkTarget(name, data, 'classes');
      return trainVoters(name, members, data, jobs, told, given, context, (rows, own, models) => {
        if (own.voting === 'soft') checkProbabilities(models);
        const { weights } = own;
        return votingModel({ ...knownClasses(name, rows, estimator.takes), voting: own.voting, ...(weights ? { weights } : {}), models });
      });
    },
  };
  return voting as never;
}

function checkProbabilities(models: Readonly<Record<string, FittedClassifier>>): void {
  const without = Object.keys(models).find((one) => !models[one]!.predictProba);
  if (without === undefined) return;
  throw new PipelineError('E_USAGE', `votingClassifier: '${without}' has no probabilities, which soft voting needs.`, {
    hint: "Calibrate it, calibratedClassifier(...), or write voting: 'hard'.",
  });
}
