// Scorers by name, as scikit-learn's `scoring=`, in camelCase. Higher is better for every one.
import { PipelineError } from '../core/errors.ts';
import type { Evaluation, Need } from '../dsl/estimator.ts';
import { accuracy, balancedAccuracy, f1, precision, recall } from './confusion.ts';
import { logLoss } from './probability.ts';
import { averagePrecision, rocAuc } from './ranking.ts';

interface Scorer {
  readonly need: Need;
  /** Only for two classes. */
  readonly binary?: true;
  readonly score: (evaluation: Evaluation) => number;
}

const scorers = {
  accuracy: { need: 'counts', score: ({ confusion }) => accuracy(confusion) },
  balancedAccuracy: { need: 'counts', score: ({ confusion }) => balancedAccuracy(confusion) },
  precision: { need: 'counts', binary: true, score: ({ confusion }) => precision(confusion) },
  recall: { need: 'counts', binary: true, score: ({ confusion }) => recall(confusion) },
  f1: { need: 'counts', binary: true, score: ({ confusion }) => f1(confusion) },
  rocAuc: { need: 'decisions', binary: true, score: ({ truth, decisions }) => rocAuc(truth!, decisions!) },
  averagePrecision: { need: 'decisions', binary: true, score: ({ truth, decisions }) => averagePrecision(truth!, decisions!) },
  negLogLoss: { need: 'decisions', score: ({ truth, probabilities, classes }) => -logLoss(truth!, probabilities!, classes.length) },
} as const satisfies Record<string, Scorer>;

export type Scoring = keyof typeof scorers;
export const scoringNames = Object.keys(scorers) as [Scoring, ...Scoring[]];

/** What the scorers together need to see. */
export function needOf(names: readonly Scoring[]): Need {
  return names.some((name) => scorers[name].need === 'decisions') ? 'decisions' : 'counts';
}

/** @throws E_PARAMS for a two-class score of more classes */
export function scoreOf(name: Scoring, evaluation: Evaluation): number {
  const scorer: Scorer = scorers[name];
  if (scorer.binary && evaluation.classes.length !== 2) {
    throw new PipelineError('E_PARAMS', `scoring '${name}' is for two classes; the model has ${evaluation.classes.length}.`, {
      hint: `Put binarize({ positive }) before fit(...), or use ${scoringNames.filter((other) => !('binary' in scorers[other])).join(', ')}.`,
    });
  }
  return scorer.score(evaluation);
}
