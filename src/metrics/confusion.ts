// Scores that follow from four counts. Each equals the scikit-learn function of the same name for two classes.
import type { Confusion } from '../dsl/estimator.ts';

export function rowsOf({ truePositive, falsePositive, trueNegative, falseNegative }: Confusion): number {
  return truePositive + falsePositive + trueNegative + falseNegative;
}

/** Share of rows predicted right (`accuracy_score`). */
export function accuracy(counts: Confusion): number {
  return (counts.truePositive + counts.trueNegative) / rowsOf(counts);
}

/** Accuracy of always answering the larger class: what any score should be read against. */
export function majorityBaseline(counts: Confusion): number {
  const positives = counts.truePositive + counts.falseNegative;
  return Math.max(positives, rowsOf(counts) - positives) / rowsOf(counts);
}

/** `confusion_matrix`: rows are true classes, columns predicted ones, negative first. */
export function confusionMatrix(counts: Confusion): readonly [readonly [number, number], readonly [number, number]] {
  return [
    [counts.trueNegative, counts.falsePositive],
    [counts.falseNegative, counts.truePositive],
  ];
}
