// Scorers by name, as in scikit-learn's `scoring=`, in camelCase. Higher is better for all of them.
import { PipelineError } from '../core/errors/errors.ts';
import type { AnyEvaluation, Classifier, Clusterer, Kind, Multilabel, Need, OutlierDetector, Predictor, Regressor } from '../dsl/estimator.ts';
import { classScorers, clusterScorers, indicatorScorers, outlierScorers, valueScorers, type Scorer } from './scorerTables.ts';
import { noRows, unseenOfTwo, untrained, type UndefinedScore } from './undefinedScores.ts';

/** Scorers by what they score; the first of each is the default. */
const scorers = { classes: classScorers, values: valueScorers, indicators: indicatorScorers, clusters: clusterScorers, outliers: outlierScorers } as const;
type Of = keyof typeof scorers;

export type Scoring = { [K in Of]: keyof (typeof scorers)[K] }[Of];
export const scoringNames = [...new Set(Object.values(scorers).flatMap((table) => Object.keys(table)))] as [Scoring, ...Scoring[]];

const scoredAs = {
  classifier: 'classes',
  regressor: 'values',
  multilabel: 'indicators',
  clusterer: 'clusters',
  outlierDetector: 'outliers',
  transformer: undefined,
} as const satisfies Record<Kind, Of | undefined>;

/** Scorers of models of a kind. */
export type ScoringOf<K extends Kind> = (typeof scoredAs)[K] extends infer S extends Of ? keyof (typeof scorers)[S] : never;

/** Scorers of models such as `M`: all of them, where nothing says of which kind it is. */
export type ScoringFor<M> = M extends { readonly kind: infer K extends Kind }
  ? ScoringOf<K>
  : M extends { readonly classes: readonly number[] }
    ? ScoringOf<'classifier'>
    : Scoring;

interface Predictors {
  readonly classifier: Classifier;
  readonly regressor: Regressor;
  readonly multilabel: Multilabel;
  readonly clusterer: Clusterer;
  readonly outlierDetector: OutlierDetector;
}

/** Models that all of the scorers `S` are for; any, where none are named. */
export type ModelScoredBy<S extends Scoring> = [Scoring] extends [S]
  ? Predictor
  : { [K in keyof Predictors]: [S] extends [ScoringOf<K>] ? Predictors[K] : never }[keyof Predictors];

/** Scorers for models of a kind; the first is the default. */
export function scorersOf<K extends Kind = 'classifier'>(kind?: K): readonly ScoringOf<K>[] {
  return Object.keys(scorers[scoredAs[kind ?? 'classifier'] ?? 'classes']) as ScoringOf<K>[];
}

export function defaultScorer(kind?: Kind): Scoring {
  return scorersOf(kind)[0]!;
}

/** What the scorers together need to see. */
export function needOf(names: readonly Scoring[] = []): Need {
  const sees = (name: Scoring): boolean => (Object.keys(scorers) as Of[]).some((of) => scorerOf(name, of)?.need === 'decisions');
  return names.some(sees) ? 'decisions' : 'counts';
}

function scorerOf(name: Scoring, of: Of): Scorer<AnyEvaluation> | undefined {
  return (scorers[of] as Readonly<Record<string, Scorer<never>>>)[name] as Scorer<AnyEvaluation> | undefined;
}

/** A score, 0 or NaN where {@link undefinedScore} says so. @throws E_PARAMS for a score of other models, or of two classes where there are more */
export function scoreOf(name: Scoring, evaluation: AnyEvaluation): number {
  const of = evaluation.of ?? 'classes';
  const scorer = checkedScorer(name, of);
  if (evaluation.failed !== undefined) return NaN;
  if (scorer.binary && evaluation.of !== 'values') checkTwo(name, evaluation);
  const { truth } = evaluation as { readonly truth?: unknown };
  if (scorer.sees !== undefined && !(truth && (evaluation as { readonly decisions?: unknown; readonly probabilities?: unknown })[scorer.sees])) {
    throw new PipelineError('E_STAGE', `scoring '${name}' needs the ${scorer.sees} of the rows; the evaluation that the estimator returned has none.`, {
      hint: `${scorer.sees === 'probabilities' ? 'Calibrate it, calibratedClassifier(estimator), or score something else. In an estimator of your own, where' : 'Where'} need is 'decisions', return evaluationOf(classes, labels, { decisions, probabilities }).`,
    });
  }
  const odd = undefinedScore(name, evaluation);
  return odd && !odd.partly ? odd.countsAs : scorer.score(evaluation);
}

/** @throws E_PARAMS for a score of other models than those of a kind */
export function checkScoring(names: readonly Scoring[] = [], kind: Kind = 'classifier'): void {
  for (const name of names) checkedScorer(name, scoredAs[kind] ?? 'classes');
}

function checkedScorer(name: Scoring, of: Of): Scorer<AnyEvaluation> {
  const found = Object.hasOwn(scorers[of], name) ? scorerOf(name, of) : undefined;
  if (found) return found;
  const what = { classes: 'classes', values: 'values', indicators: 'several labels', clusters: 'clusters', outliers: 'outliers' } as const;
  const meantFor = (Object.keys(scorers) as Of[]).filter((one) => name in scorers[one]).map((one) => what[one]);
  throw new PipelineError('E_PARAMS', `scoring '${name}' is for ${meantFor.join(' and ')}; this model predicts ${what[of]}.`, {
    hint: `Use ${Object.keys(scorers[of]).join(', ')}.`,
  });
}

function checkTwo(name: Scoring, evaluation: AnyEvaluation): void {
  const { classes } = evaluation as { readonly classes: readonly number[] };
  if (classes.length === 2) return;
  const alike = (Object.keys(classScorers) as (keyof typeof classScorers)[]).filter((other) => other.startsWith(name) && !('binary' in classScorers[other]));
  throw new PipelineError('E_PARAMS', `scoring '${name}' is for two classes; the model has ${classes.length}.`, {
    hint: `Put binarize({ positive }) before fit(...), or use ${[...alike, 'accuracy', 'balancedAccuracy', 'negLogLoss'].join(', ')}.`,
  });
}

/** Why a score is undefined for the rows, if it is. */
export function undefinedScore(name: Scoring, evaluation: AnyEvaluation): UndefinedScore | undefined {
  if (evaluation.failed !== undefined) return untrained(evaluation.failed);
  const scorer = scorerOf(name, evaluation.of ?? 'classes');
  return noRows(evaluation) ?? ((scorer?.binary && unseenOfTwo(evaluation as never)) || scorer?.unless?.(evaluation));
}
