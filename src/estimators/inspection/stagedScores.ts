// How good a model that was made in rounds is after each of them. Source: staged_predict of sklearn/ensemble.
import { checkTarget } from '../../core/data/checkDataset.ts';
import type { Rows } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Device, Predictor } from '../../dsl/estimator.ts';
import { targetByKind } from '../../dsl/kind.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import { checkScoring, defaultScorer, needOf, scoreOf, scoringNames, type Scoring } from '../../metrics/scorers.ts';

export interface StagedScoresOptions {
  /** What is told of each round, as for `score`; by default accuracy of classes, r2 of values. */
  readonly scoring?: Scoring | undefined;
}

const params = z.strictObject({ scoring: z.enum(scoringNames).optional() } satisfies ShapeOf<StagedScoresOptions>);

/**
 * The score of a boosted model after each of its rounds, `[rounds]`, as of scikit-learn's `staged_predict`: the last is that of the model.
 * Rows that it was not fitted on tell how many rounds are enough. All rounds are read off the model at once.
 *
 * @param data rows with their target
 * @throws E_PARAMS for a model that is not made in rounds, and for a scorer of other models; E_DATA for rows of another
 *   target
 * @example
 * const enough = stage({
 *   id: 'enough', needs: ['validation', 'model'], provides: ['enough'],
 *   run: async ({ validation, model }: Pick<SplitInThree, 'validation'> & { readonly model: Classifier }, context) => {
 *     const scores = await stagedScores(model, validation, { scoring: 'negLogLoss' }, context);
 *     return { enough: 1 + scores.indexOf(Math.max(...scores)) };
 *   },
 * });
 */
export async function stagedScores(model: Predictor, data: Rows, options: StagedScoresOptions = {}, context?: Device): Promise<Float64Array> {
  const { scoring = defaultScorer(model.kind) } = parseParams('stagedScores', params, options);
  if (!model.stagedEvaluate) {
    throw new PipelineError('E_PARAMS', 'stagedScores: the model is not made in rounds.', {
      hint: 'Pass a model of histGradientBoosting or adaBoost, classifier or regressor, or of a chain that ends in one.',
    });
  }
  checkScoring([scoring], model.kind);
  checkTarget('stagedScores', data, targetByKind[model.kind ?? 'classifier']);
  const scores: number[] = [];
  for await (const evaluation of model.stagedEvaluate(data, needOf([scoring]), context)) scores.push(scoreOf(scoring, evaluation));
  return Float64Array.from(scores);
}
