// Scorers by name, as in scikit-learn's `scoring=`, in camelCase. Higher is better for all of them.
import { PipelineError } from '../core/errors/errors.ts';
import type { AnyEvaluation, ClustersEvaluation, Evaluation, IndicatorsEvaluation, Kind, Need, ValuesEvaluation } from '../dsl/estimator.ts';
import { adjustedRand } from './clustering.ts';
import { accuracy, balancedAccuracy, f1, precision, recall } from './confusion.ts';
import { isOfClasses } from './evaluation.ts';
import { logLoss } from './probability.ts';
import { averagePrecision, rocAuc } from './ranking.ts';
import { meanAbsoluteError, meanPoissonDeviance, meanSquaredError, r2, rootMeanSquaredError } from './regression.ts';
import {
  neither,
  noClasses,
  noCounts,
  noneOfClass,
  noneSaid,
  oneClass,
  oneRow,
  unseenOfTwo,
  unseenProbability,
  untrained,
  type UndefinedScore,
} from './undefinedScores.ts';

interface Scorer {
  readonly need: Need;
  /** Only for two classes. */
  readonly binary?: true;
  readonly score: (evaluation: Evaluation) => number;
  /** Where the rows do not define it. */
  readonly unless?: (evaluation: Evaluation) => UndefinedScore | undefined;
}

// The log loss of rows of one class is defined: its labels are those of the model (`log_loss(..., labels=classes)`).
const classScorers = {
  accuracy: { need: 'counts', score: ({ counts }) => accuracy(counts) },
  balancedAccuracy: { need: 'counts', score: ({ counts }) => balancedAccuracy(counts) },
  precision: { need: 'counts', binary: true, score: ({ counts }) => precision(counts), unless: noneSaid },
  recall: { need: 'counts', binary: true, score: ({ counts }) => recall(counts), unless: noneOfClass },
  f1: { need: 'counts', binary: true, score: ({ counts }) => f1(counts), unless: neither },
  rocAuc: { need: 'decisions', binary: true, score: ({ truth, decisions }) => rocAuc(truth!, decisions!), unless: oneClass },
  averagePrecision: { need: 'decisions', binary: true, score: ({ truth, decisions }) => averagePrecision(truth!, decisions!), unless: noneOfClass },
  negLogLoss: {
    need: 'decisions',
    score: ({ truth, probabilities, classes }) => -logLoss(truth!, probabilities!, classes.length),
    unless: unseenProbability,
  },
} as const satisfies Record<string, Scorer>;

const valueScorers = {
  r2,
  negMeanSquaredError: (one) => -meanSquaredError(one),
  negRootMeanSquaredError: (one) => -rootMeanSquaredError(one),
  negMeanAbsoluteError: (one) => -meanAbsoluteError(one),
  negMeanPoissonDeviance: (one) => -meanPoissonDeviance(one),
} as const satisfies Record<string, (evaluation: ValuesEvaluation) => number>;

const indicatorScorers = {
  /** Share of rows whose labels are all predicted right. */
  accuracy: ({ truth, predicted, labels }) => {
    let right = 0;
    for (let begin = 0; begin < truth.length; begin += labels)
      if (truth.subarray(begin, begin + labels).every((bit, i) => bit === predicted[begin + i])) right++;
    return (right * labels) / truth.length;
  },
  negHammingLoss: ({ truth, predicted }) => -truth.reduce((wrong, bit, i) => wrong + Number(bit !== predicted[i]), 0) / truth.length,
} as const satisfies Record<string, (evaluation: IndicatorsEvaluation) => number>;

const clusterScorers = {
  negInertia: ({ inertia }) => -inertia,
  adjustedRand: ({ contingency }) => (contingency ? adjustedRand(contingency) : NaN),
} as const satisfies Record<string, (evaluation: ClustersEvaluation) => number>;

/** Scorers by what they score; the first of each is the default. */
const scorers = { classes: classScorers, values: valueScorers, indicators: indicatorScorers, clusters: clusterScorers } as const;
type Of = keyof typeof scorers;

export type Scoring = keyof typeof classScorers | keyof typeof valueScorers | keyof typeof indicatorScorers | keyof typeof clusterScorers;
export const scoringNames = [...new Set(Object.values(scorers).flatMap((table) => Object.keys(table)))] as [Scoring, ...Scoring[]];

const scoredAs = {
  classifier: 'classes',
  regressor: 'values',
  multilabel: 'indicators',
  clusterer: 'clusters',
  transformer: undefined,
} as const satisfies Record<Kind, Of | undefined>;

/** Scorers for models of a kind; the first is the default. */
export function scorersOf(kind: Kind = 'classifier'): readonly Scoring[] {
  return Object.keys(scorers[scoredAs[kind] ?? 'classes']) as Scoring[];
}

export function defaultScorer(kind?: Kind): Scoring {
  return scorersOf(kind)[0]!;
}

/** What the scorers together need to see. */
export function needOf(names: readonly Scoring[] = []): Need {
  return names.some((name) => name in classScorers && classScorers[name as keyof typeof classScorers].need === 'decisions') ? 'decisions' : 'counts';
}

/** A score, 0 or NaN where {@link undefinedScore} says so. @throws E_PARAMS for a score of other models, or of two classes where there are more */
export function scoreOf(name: Scoring, evaluation: AnyEvaluation): number {
  checkScorer(name, evaluation.of ?? 'classes');
  if (evaluation.failed !== undefined) return NaN;
  if (isOfClasses(evaluation)) return classScore(name as keyof typeof classScorers, evaluation);
  return (scorers[evaluation.of] as Readonly<Record<string, (of: AnyEvaluation) => number>>)[name]!(evaluation);
}

/** @throws E_PARAMS for a score of other models than those of a kind */
export function checkScoring(names: readonly Scoring[] = [], kind: Kind = 'classifier'): void {
  for (const name of names) checkScorer(name, scoredAs[kind] ?? 'classes');
}

function checkScorer(name: Scoring, of: Of): void {
  if (name in scorers[of]) return;
  const what = { classes: 'classes', values: 'values', indicators: 'several labels', clusters: 'clusters' } as const;
  const meantFor = (Object.keys(scorers) as Of[]).filter((one) => name in scorers[one]).map((one) => what[one]);
  throw new PipelineError('E_PARAMS', `scoring '${name}' is for ${meantFor.join(' and ')}; this model predicts ${what[of]}.`, {
    hint: `Use ${Object.keys(scorers[of]).join(', ')}.`,
  });
}

function classScore(name: keyof typeof classScorers, evaluation: Evaluation): number {
  const scorer: Scorer = classScorers[name];
  if (scorer.binary && evaluation.classes.length !== 2) {
    throw new PipelineError('E_PARAMS', `scoring '${name}' is for two classes; the model has ${evaluation.classes.length}.`, {
      hint: `Put binarize({ positive }) before fit(...), or use ${Object.entries(classScorers)
        .flatMap(([other, one]) => ('binary' in one ? [] : [other]))
        .join(', ')}.`,
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

/** Why a score is undefined for the rows, if it is. */
export function undefinedScore(name: Scoring, evaluation: AnyEvaluation): UndefinedScore | undefined {
  if (evaluation.failed !== undefined) return untrained(evaluation.failed);
  if (evaluation.of === 'values' && name === 'r2') return evaluation.truth.length < 2 * evaluation.outputs ? oneRow() : undefined;
  if (evaluation.of === 'values' && name === 'negMeanPoissonDeviance') return noCounts(evaluation);
  if (evaluation.of === 'clusters' && name === 'adjustedRand') return evaluation.contingency ? undefined : noClasses();
  if (!isOfClasses(evaluation)) return undefined;
  const { binary, unless }: Scorer = classScorers[name as keyof typeof classScorers];
  return (binary && unseenOfTwo(evaluation)) || unless?.(evaluation);
}
