// When a score is undefined for the rows, as in scikit-learn's UndefinedMetricWarning: what it counts as then, and why.
import { called } from '../core/data/classNames.ts';
import type { AnyEvaluation, ClassCounts, ClustersEvaluation, Evaluation, IndicatorsEvaluation, ValuesEvaluation } from '../dsl/estimator.ts';
import { figuresOf, undefinedIn, type Average, type Figure } from './averages.ts';
import { labelsOf } from './evaluation.ts';

export interface UndefinedScore {
  readonly countsAs: 0 | typeof NaN;
  /** Set where that is a part of a mean, over classes, labels or rows. */
  readonly partly?: true;
  /** Of the rows, for example `all its rows have label 0`. */
  readonly why: string;
  readonly hint: string;
}

const BOTH = 'Score rows of more than one class, or use a scorer that one class is enough for, such as accuracy.';

/** Labels of rows that the model never saw in training. */
export function unseenLabels({ labels = [], classes }: Evaluation): readonly number[] {
  const known = new Set(classes);
  return labels.filter((label) => !known.has(label));
}

/** For a score of two classes, the second being the positive one. */
export function unseenOfTwo(evaluation: Evaluation): UndefinedScore | undefined {
  const unseen = unseenLabels(evaluation);
  if (unseen.length === 0) return undefined;
  const named = called(unseen, evaluation.classNames);
  return { countsAs: NaN, why: `it is of two classes, and some of its rows have ${named}, which the model never saw`, hint: cureOf(named) };
}

/** A row whose label the model never saw has no probability. */
export function unseenProbability(evaluation: Evaluation): UndefinedScore | undefined {
  const unseen = unseenLabels(evaluation);
  if (unseen.length === 0) return undefined;
  const named = called(unseen, evaluation.classNames);
  return { countsAs: NaN, why: `the model has no probability of ${named}, which it never saw`, hint: cureOf(named) };
}

/** Of no rows there is nothing to score. */
export function noRows(evaluation: AnyEvaluation): UndefinedScore | undefined {
  const rows = rowsOf(evaluation);
  return rows === 0 ? { countsAs: NaN, why: 'there are no rows to score', hint: 'Score one row or more.' } : undefined;
}

/** Clusters may come without their sizes. */
function rowsOf(evaluation: AnyEvaluation): number | undefined {
  if (evaluation.of === 'values' || evaluation.of === 'indicators') return evaluation.truth.length;
  if (evaluation.of === 'outliers') return evaluation.decisions.length;
  const counts = evaluation.of === 'clusters' ? evaluation.sizes : evaluation.counts.rows;
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

export function oneClass(evaluation: Evaluation): UndefinedScore | undefined {
  const there = labelsOf(evaluation).filter((_, code) => evaluation.counts.rows[code]! > 0);
  return there.length === 1 ? { countsAs: NaN, why: `all its rows have ${called(there, evaluation.classNames)}`, hint: BOTH } : undefined;
}

export function noneOfClass({ classes, classNames, counts }: Evaluation): UndefinedScore | undefined {
  if (counts.rows[1]! > 0) return undefined;
  return { countsAs: 0, why: `none of its rows has ${called(classes[1]!, classNames)}`, hint: BOTH };
}

export function noneSaid({ classes, classNames, counts }: Evaluation): UndefinedScore | undefined {
  if (counts.predicted[1]! > 0) return undefined;
  const second = called(classes[1]!, classNames);
  return { countsAs: 0, why: `none of its rows is predicted as ${second}`, hint: `Give ${second} more weight (classWeight), or score by rocAuc.` };
}

export function neither(evaluation: Evaluation): UndefinedScore | undefined {
  const { classes, classNames } = evaluation;
  if (!noneOfClass(evaluation) || !noneSaid(evaluation)) return undefined;
  return { countsAs: 0, why: `none of its rows has ${called(classes[1]!, classNames)}, and none is predicted as it`, hint: BOTH };
}

export function oneRow({ truth, outputs }: ValuesEvaluation): UndefinedScore | undefined {
  if (truth.length >= 2 * outputs) return undefined;
  return { countsAs: NaN, why: 'it needs two rows or more', hint: 'Score more rows, or by negMeanSquaredError.' };
}

export function noCounts({ truth, predicted }: ValuesEvaluation): UndefinedScore | undefined {
  const below = truth.some((value) => value < 0);
  if (!below && predicted.every((value) => value > 0)) return undefined;
  const why = below ? 'its rows have values below 0' : 'the model predicts values that are not above 0';
  return { countsAs: NaN, why, hint: 'Score by negMeanSquaredError, or predict counts, as poissonRegressor does.' };
}

export function noClasses({ contingency }: ClustersEvaluation): UndefinedScore | undefined {
  if (contingency) return undefined;
  return { countsAs: NaN, why: 'its rows have no classes to compare the clusters with', hint: 'Score by negInertia.' };
}

export function severalOutputs({ outputs }: ValuesEvaluation): UndefinedScore | undefined {
  return outputs === 1 ? undefined : { countsAs: NaN, why: `it is of one output, and the model has ${outputs}`, hint: 'Score by negMeanAbsoluteError.' };
}

const MORE = 'Score rows of every class, or fold them with stratified: true.';

/** For a score that ranks each of the classes. */
export function someAbsent(evaluation: Evaluation): UndefinedScore | undefined {
  const unseen = unseenProbability(evaluation);
  if (unseen) return unseen;
  const absent = evaluation.classes.filter((_, code) => evaluation.counts.rows[code] === 0);
  return absent.length === 0 ? undefined : { countsAs: NaN, why: `none of its rows has ${called(absent, evaluation.classNames)}`, hint: MORE };
}

/** For a mean over the classes that rows have or are predicted as. */
export function partlyUndefined(figure: Figure, evaluation: Evaluation): UndefinedScore | undefined {
  const { counts, classNames } = evaluation;
  const figures = figuresOf(figure, counts);
  const odd = labelsOf(evaluation).filter((_, code) => Number.isNaN(figures[code]) && counts.rows[code]! + counts.predicted[code]! > 0);
  if (odd.length === 0) return undefined;
  const named = called(odd, classNames);
  return figure === 'precision'
    ? {
        countsAs: 0,
        partly: true,
        why: `none of its rows is predicted as ${named}`,
        hint: `Give ${named} more weight (classWeight), or score by balancedAccuracy.`,
      }
    : { countsAs: 0, partly: true, why: `none of its rows has ${named}`, hint: MORE };
}

const OF_LABELS: Readonly<Record<Figure, string>> = {
  precision: 'is predicted to have',
  recall: 'has',
  f1: 'has or is predicted to have',
  jaccard: 'has or is predicted to have',
};
const LABELS = 'Score more rows, or by accuracy or negHammingLoss.';

/** The same of labels. */
export function undefinedLabels(figure: Figure, average: Average, counts: ClassCounts): UndefinedScore | undefined {
  const odd = undefinedIn(figure, average, counts);
  if (odd.length === 0) return undefined;
  return { countsAs: 0, partly: true, why: `none of its rows ${OF_LABELS[figure]} ${average === 'micro' ? 'a label' : called(odd, undefined)}`, hint: LABELS };
}

/** For a mean over rows. */
export function undefinedRows(figure: Figure, counts: ClassCounts): UndefinedScore | undefined {
  const odd = figuresOf(figure, counts).filter(Number.isNaN).length;
  if (odd === 0) return undefined;
  const which = { precision: 'that is predicted', recall: 'that it has', f1: 'that it has or is predicted', jaccard: 'that it has or is predicted' }[figure];
  return { countsAs: 0, partly: true, why: `there is no label ${which} in ${odd} of its rows`, hint: LABELS };
}

function labelsThat(evaluation: IndicatorsEvaluation, odd: (has: number, rows: number) => boolean): readonly number[] {
  const rows = evaluation.truth.length / evaluation.labels;
  return Array.from({ length: evaluation.labels }, (_, label) => label).filter((label) => {
    let has = 0;
    for (let row = 0; row < rows; row++) has += evaluation.truth[row * evaluation.labels + label]!;
    return odd(has, rows);
  });
}

export function labelOfOneKind(evaluation: IndicatorsEvaluation): UndefinedScore | undefined {
  const odd = labelsThat(evaluation, (has, rows) => has === 0 || has === rows);
  return odd.length === 0 ? undefined : { countsAs: NaN, why: `all or none of its rows have ${called(odd, undefined)}`, hint: LABELS };
}

export function labelOfNoRow(evaluation: IndicatorsEvaluation): UndefinedScore | undefined {
  const odd = labelsThat(evaluation, (has) => has === 0);
  return odd.length === 0 ? undefined : { countsAs: 0, partly: true, why: `none of its rows has ${called(odd, undefined)}`, hint: LABELS };
}

/** @param why of an evaluation that there is none of */
export function untrained(why: string): UndefinedScore {
  return { countsAs: NaN, why, hint: 'Use folds that leave rows of two classes to train on: stratified ones, or fewer.' };
}

function cureOf(unseen: string): string {
  return `Fit on rows of ${unseen} too, leave its rows out, or score by accuracy: there they count as wrong.`;
}
