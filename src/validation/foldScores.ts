// Scores of held-out rows, fold by fold: what cross-validation and grid search keep of them and put on record.
import { called } from '../core/data/classNames.ts';
import type { Json, JsonRecord } from '../core/events.ts';
import type { StageContext } from '../dsl/stage/context.ts';
import type { AnyEvaluation, Evaluation } from '../dsl/estimator.ts';
import { isOfClasses, labelsOf } from '../metrics/evaluation.ts';
import { scoreOf, undefinedScore, type Scoring } from '../metrics/scorers.ts';
import { unseenLabels, type UndefinedScore } from '../metrics/undefinedScores.ts';

export interface FoldScores {
  /** Of the first scorer: one score a fold, in fold order. NaN where the rows of a fold do not define it. */
  readonly foldScores: readonly number[];
  /** NaN when a fold's score is. */
  readonly meanScore: number;
  /** The same for every scorer, by name. */
  readonly scores: Readonly<Partial<Record<Scoring, readonly number[]>>>;
}

export function foldScoresOf(scoring: readonly Scoring[], evaluations: readonly AnyEvaluation[]): FoldScores {
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
 * The accuracy of always answering the commonest class, where accuracy is a scorer; behind the mean accuracy where the main score is
 * another one.
 */
export function baselineRecord({ scores }: FoldScores, given: readonly AnyEvaluation[]): JsonRecord {
  const { accuracy } = scores;
  const evaluations = given.filter(isOfClasses);
  if (!accuracy || evaluations.length < given.length) return {};
  const baseline = { majorityBaseline: recorded(baselineOf(evaluations.filter(({ failed }) => failed === undefined))) };
  return Object.keys(scores)[0] === 'accuracy' ? baseline : { meanAccuracy: recorded(mean(accuracy)), ...baseline };
}

/** One answer for all folds: where they are not stratified, a fold may hold one class alone. */
function baselineOf(evaluations: readonly Evaluation[]): number {
  const rows = new Map<number, number>();
  for (const one of evaluations) labelsOf(one).forEach((label, code) => rows.set(label, (rows.get(label) ?? 0) + one.counts.rows[code]!));
  const commonest = [...rows].reduce((best, own) => (own[1] > best[1] ? own : best), [NaN, 0])[0];
  return mean(
    evaluations.map((one) => {
      const own = one.counts.rows[labelsOf(one).indexOf(commonest)] ?? 0;
      return own / one.counts.rows.reduce((sum, count) => sum + count, 0);
    }),
  );
}

/** A score as JSON, which has no NaN. */
export function recorded(score: number): number | null {
  return Number.isNaN(score) ? null : score;
}

/** Warns of scores that the rows do not define, once for each scorer and reason, however many models were scored. */
export function warnOfFolds(models: readonly { readonly scored: FoldScores; readonly evaluations: readonly AnyEvaluation[] }[], context: StageContext): void {
  const found: Undefined[] = models.flatMap(({ scored, evaluations }) =>
    (Object.keys(scored.scores) as Scoring[]).flatMap((name) => evaluations.flatMap((evaluation, i) => undefinedIn(name, `fold ${i + 1}`, evaluation))),
  );
  warnOfUndefined(found, context);
}

/** @param rows which rows were scored, for example `test of points` */
export function warnOfScores(names: readonly Scoring[], rows: string, evaluation: AnyEvaluation, context: StageContext): void {
  warnOfUndefined(
    names.flatMap((name) => undefinedIn(name, rows, evaluation)),
    context,
  );
}

interface Undefined extends UndefinedScore {
  readonly name: Scoring;
  readonly rows: string;
}

function undefinedIn(name: Scoring, rows: string, evaluation: AnyEvaluation): Undefined[] {
  const found = undefinedScore(name, evaluation);
  return found ? [{ ...found, name, rows }] : [];
}

/** Most folds that are named. */
const MOST_TOLD = 10;

function warnOfUndefined(all: readonly Undefined[], { emit, stage }: StageContext): void {
  const groups = new Map<string, Undefined[]>();
  for (const one of all) groups.set(`${one.name} ${one.why}`, [...(groups.get(`${one.name} ${one.why}`) ?? []), one]);
  for (const group of groups.values()) {
    const { name, why, hint, countsAs, partly } = group[0]!;
    const all = [...new Set(group.map((one) => one.rows))];
    const rows = `${all.slice(0, MOST_TOLD).join(', ')}${all.length > MOST_TOLD ? `, ... (${all.length} in all)` : ''}`;
    const then = Number.isNaN(countsAs) ? 'NaN, as does a mean with it' : '0';
    const message = partly
      ? `${name} of ${rows} is partly undefined: ${why}. That part counts as 0 in the mean.`
      : `${name} of ${rows} is not defined: ${why}. It counts as ${then}.`;
    emit({ type: 'warning', stage, code: 'W_SCORE', message, hint });
  }
}

/** Most labels that are warned of one by one. */
const MOST_UNSEEN = 5;

/** Warns of rows that can only be predicted wrong. */
export function warnOfUnseen(rows: string, evaluation: Evaluation, { emit, stage }: StageContext): void {
  const rowsOf = new Map(labelsOf(evaluation).map((label, code) => [label, evaluation.counts.rows[code]!]));
  const unseen = unseenLabels(evaluation);
  // One by one as long as somebody would read them.
  const told = unseen.length > MOST_UNSEEN ? [unseen] : unseen.map((label) => [label]);
  for (const labels of told) {
    const named = `${called(labels.slice(0, MOST_UNSEEN), evaluation.classNames)}${labels.length > MOST_UNSEEN ? `, ... (${labels.length} in all)` : ''}`;
    const count = labels.reduce((sum, label) => sum + rowsOf.get(label)!, 0);
    const message = `${count} ${count === 1 ? 'row' : 'rows'} of ${rows} ${count === 1 ? 'has' : 'have'} ${named}, which no row had that the model was fitted on: all of them count as wrong.`;
    emit({ type: 'warning', stage, code: 'W_CLASS', message, hint: `Fit on rows of ${named} too, or leave its rows out.` });
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
