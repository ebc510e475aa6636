// When a score is undefined for the rows, as in scikit-learn's UndefinedMetricWarning: what it counts as then, and why.
import { called } from '../core/data/classNames.ts';
import type { Evaluation, ValuesEvaluation } from '../dsl/estimator.ts';
import { labelsOf } from './evaluation.ts';

export interface UndefinedScore {
  readonly countsAs: 0 | typeof NaN;
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

export function oneRow(): UndefinedScore {
  return { countsAs: NaN, why: 'it needs two rows or more', hint: 'Score more rows, or by negMeanSquaredError.' };
}

export function noCounts({ truth, predicted }: ValuesEvaluation): UndefinedScore | undefined {
  const below = truth.some((value) => value < 0);
  if (!below && predicted.every((value) => value > 0)) return undefined;
  const why = below ? 'its rows have values below 0' : 'the model predicts values that are not above 0';
  return { countsAs: NaN, why, hint: 'Score by negMeanSquaredError, or predict counts, as poissonRegressor does.' };
}

export function noClasses(): UndefinedScore {
  return { countsAs: NaN, why: 'its rows have no classes to compare the clusters with', hint: 'Score by negInertia.' };
}

/** @param why of an evaluation that there is none of */
export function untrained(why: string): UndefinedScore {
  return { countsAs: NaN, why, hint: 'Use folds that leave rows of two classes to train on: stratified ones, or fewer.' };
}

function cureOf(unseen: string): string {
  return `Fit on rows of ${unseen} too, leave its rows out, or score by accuracy: there they count as wrong.`;
}
