// Scorers by name, as scikit-learn's `scoring=`, in camelCase. Higher is better for every one.
import { PipelineError } from '../core/errors/errors.ts';
import type { Evaluation, Need } from '../dsl/estimator.ts';
import { accuracy, balancedAccuracy, f1, precision, recall } from './confusion.ts';
import { logLoss } from './probability.ts';
import { averagePrecision, rocAuc } from './ranking.ts';
import { neither, noneOfClass, noneSaid, oneClass, unseenOfTwo, unseenProbability, untrained, type UndefinedScore } from './undefinedScores.ts';

interface Scorer {
  readonly need: Need;
  /** Only for two classes. */
  readonly binary?: true;
  readonly score: (evaluation: Evaluation) => number;
  /** Where the rows do not define it. */
  readonly unless?: (evaluation: Evaluation) => UndefinedScore | undefined;
}

// The log loss of rows of one class is defined: its labels are those of the model (`log_loss(..., labels=classes)`).
const scorers = {
  accuracy: { need: 'counts', score: ({ confusion }) => accuracy(confusion) },
  balancedAccuracy: { need: 'counts', score: ({ confusion }) => balancedAccuracy(confusion) },
  precision: { need: 'counts', binary: true, score: ({ confusion }) => precision(confusion), unless: noneSaid },
  recall: { need: 'counts', binary: true, score: ({ confusion }) => recall(confusion), unless: noneOfClass },
  f1: { need: 'counts', binary: true, score: ({ confusion }) => f1(confusion), unless: neither },
  rocAuc: { need: 'decisions', binary: true, score: ({ truth, decisions }) => rocAuc(truth!, decisions!), unless: oneClass },
  averagePrecision: { need: 'decisions', binary: true, score: ({ truth, decisions }) => averagePrecision(truth!, decisions!), unless: noneOfClass },
  negLogLoss: {
    need: 'decisions',
    score: ({ truth, probabilities, classes }) => -logLoss(truth!, probabilities!, classes.length),
    unless: unseenProbability,
  },
} as const satisfies Record<string, Scorer>;

export type Scoring = keyof typeof scorers;
export const scoringNames = Object.keys(scorers) as [Scoring, ...Scoring[]];

/** What the scorers together need to see. */
export function needOf(names: readonly Scoring[]): Need {
  return names.some((name) => scorers[name].need === 'decisions') ? 'decisions' : 'counts';
}

/** A score, 0 or NaN where {@link undefinedScore} says so. @throws E_PARAMS for a two-class score of more classes */
export function scoreOf(name: Scoring, evaluation: Evaluation): number {
  if (evaluation.failed !== undefined) return NaN;
  const scorer: Scorer = scorers[name];
  if (scorer.binary && evaluation.classes.length !== 2) {
    throw new PipelineError('E_PARAMS', `scoring '${name}' is for two classes; the model has ${evaluation.classes.length}.`, {
      hint: `Put binarize({ positive }) before fit(...), or use ${scoringNames.filter((other) => !('binary' in scorers[other])).join(', ')}.`,
    });
  }
  const seen = name === 'negLogLoss' ? 'probabilities' : 'decisions';
  if (scorer.need === 'decisions' && !(evaluation.truth && evaluation[seen])) {
    throw new PipelineError('E_STAGE', `scoring '${name}' needs the ${seen} of the rows; the evaluation that the estimator returned has none.`, {
      hint: "Where need is 'decisions', return evaluationOf(classes, labels, { decisions, probabilities }).",
    });
  }
  return undefinedScore(name, evaluation)?.countsAs ?? scorer.score(evaluation);
}

/** Why rows do not define a score, where they do not. */
export function undefinedScore(name: Scoring, evaluation: Evaluation): UndefinedScore | undefined {
  const { binary, unless }: Scorer = scorers[name];
  if (evaluation.failed !== undefined) return untrained(evaluation.failed);
  return (binary && unseenOfTwo(evaluation)) || unless?.(evaluation);
}
