// Scores that follow from a confusion matrix. Each equals the scikit-learn function of the same name. Precision, recall and f1 are
// those of the second of two classes, and 0 where they are undefined.
import type { ClassCounts } from '../dsl/estimator.ts';

/** `[true class][predicted class]` */
export type Confusion = readonly (readonly number[])[];

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** What a confusion matrix says about each class alone. */
export function countsOf(confusion: Confusion): ClassCounts {
  return {
    rows: confusion.map(sum),
    predicted: confusion.map((_, c) => sum(confusion.map((row) => row[c]!))),
    right: confusion.map((row, c) => row[c]!),
  };
}

/** Share of rows predicted right (`accuracy_score`). */
export function accuracy({ rows, right }: ClassCounts): number {
  return sum(right) / sum(rows);
}

/** Accuracy of always answering with the most frequent class: the baseline for any accuracy. */
export function majorityBaseline({ rows }: ClassCounts): number {
  return rows.reduce((most, count) => Math.max(most, count), -Infinity) / sum(rows);
}

/** Mean recall of the classes that have rows (`balanced_accuracy_score`). */
export function balancedAccuracy({ rows, right }: ClassCounts): number {
  const recalls = rows.flatMap((count, c) => (count > 0 ? [right[c]! / count] : []));
  return sum(recalls) / recalls.length;
}

/** `precision_score` */
export function precision({ predicted, right }: ClassCounts, positive = 1): number {
  return ratio(right[positive]!, predicted[positive]!);
}

/** `recall_score` */
export function recall({ rows, right }: ClassCounts, positive = 1): number {
  return ratio(right[positive]!, rows[positive]!);
}

/** `f1_score` */
export function f1({ rows, predicted, right }: ClassCounts, positive = 1): number {
  return ratio(2 * right[positive]!, rows[positive]! + predicted[positive]!);
}
