// Scores of held-out rows, fold by fold: what cross-validation and grid search keep of them and put on record.
import type { Json, JsonRecord } from '../core/events.ts';
import type { StageContext } from '../dsl/context.ts';
import type { Evaluation } from '../dsl/estimator.ts';
import { majorityBaseline } from '../metrics/confusion.ts';
import { scoreOf, type Scoring } from '../metrics/scorers.ts';

export interface FoldScores {
  /** Of the first scorer: one score a fold, in fold order. NaN where the rows of a fold do not define it. */
  readonly foldScores: readonly number[];
  /** NaN when a fold's score is. */
  readonly meanScore: number;
  /** The same for every scorer, by name. */
  readonly scores: Readonly<Partial<Record<Scoring, readonly number[]>>>;
}

export function foldScoresOf(scoring: readonly Scoring[], evaluations: readonly Evaluation[]): FoldScores {
  const scores = Object.fromEntries(scoring.map((name) => [name, evaluations.map((evaluation) => scoreOf(name, evaluation))]));
  const foldScores = scores[scoring[0]!]!;
  return { foldScores, meanScore: mean(foldScores), scores };
}

/** The record of such scores: those of the first scorer, and of every one where there are several. */
export function foldRecord({ foldScores, meanScore, scores }: FoldScores): JsonRecord {
  const first = { foldScores: foldScores.map(recorded), meanScore: recorded(meanScore) };
  const all = Object.entries(scores);
  if (all.length === 1) return first;
  const each = (of: (values: readonly number[]) => Json): JsonRecord => Object.fromEntries(all.map(([name, values]) => [name, of(values)]));
  return { ...first, scores: each((values) => values.map(recorded)), means: each((values) => recorded(mean(values))) };
}

/**
 * What the accuracy of always answering the commonest class, where accuracy is a scorer; behind the mean accuracy where the main score is another one.
 */
export function baselineRecord({ scores }: FoldScores, evaluations: readonly Evaluation[]): JsonRecord {
  const { accuracy } = scores;
  if (!accuracy) return {};
  const baseline = { majorityBaseline: mean(evaluations.map(({ confusion }) => majorityBaseline(confusion))) };
  return Object.keys(scores)[0] === 'accuracy' ? baseline : { meanAccuracy: mean(accuracy), ...baseline };
}

/** A score as JSON, which has no NaN. */
export function recorded(score: number): number | null {
  return Number.isNaN(score) ? null : score;
}

/** Warns of scores that are NaN, once for each scorer and fold, however many models were scored on it. */
export function warnOfFolds(models: readonly { readonly scored: FoldScores; readonly evaluations: readonly Evaluation[] }[], context: StageContext): void {
  const told = new Set<string>();
  for (const { scored, evaluations } of models) {
    for (const [name, values] of Object.entries(scored.scores) as [Scoring, readonly number[]][]) {
      values.forEach((score, i) => {
        const fold = `fold ${i + 1}`;
        if (!Number.isNaN(score) || told.has(`${name} ${fold}`)) return;
        told.add(`${name} ${fold}`);
        warnOfScore(name, fold, evaluations[i]!, context);
      });
    }
  }
}

/** @param rows which rows have no such score, for example `fold 2` */
export function warnOfScore(name: Scoring, rows: string, { classes, confusion }: Evaluation, { emit, stage }: StageContext): void {
  const there = classes.filter((_, code) => confusion[code]!.some((count) => count > 0));
  const why = there.length === 1 ? `: all its rows have label ${there[0]}` : '';
  emit({
    type: 'warning',
    stage,
    code: 'W_SCORE',
    message: `${name} of ${rows} is not defined${why}. It counts as NaN, as does a mean with it.`,
    hint: 'Score rows of more than one class, or by a score that one class has too, such as accuracy.',
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
