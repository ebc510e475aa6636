// Scores that follow from counts `[true class][predicted class]`. Each equals the scikit-learn function of the same name;
// precision, recall and f1 are of the second of two classes, and 0 where they are not defined.

export type Confusion = readonly (readonly number[])[];

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

export function rowsOf(counts: Confusion): number {
  return sum(counts.map(sum));
}

/** Share of rows predicted right (`accuracy_score`). */
export function accuracy(counts: Confusion): number {
  return sum(counts.map((row, c) => row[c]!)) / rowsOf(counts);
}

/** Accuracy of always answering the most frequent class: what any accuracy should be read against. */
export function majorityBaseline(counts: Confusion): number {
  return Math.max(...counts.map(sum)) / rowsOf(counts);
}

/** Mean recall of the classes that have rows (`balanced_accuracy_score`). */
export function balancedAccuracy(counts: Confusion): number {
  const recalls = counts.flatMap((row, c) => (sum(row) > 0 ? [row[c]! / sum(row)] : []));
  return sum(recalls) / recalls.length;
}

/** `precision_score` */
export function precision(counts: Confusion, positive = 1): number {
  return ratio(counts[positive]![positive]!, sum(counts.map((row) => row[positive]!)));
}

/** `recall_score` */
export function recall(counts: Confusion, positive = 1): number {
  return ratio(counts[positive]![positive]!, sum(counts[positive]!));
}

/** `f1_score` */
export function f1(counts: Confusion, positive = 1): number {
  const right = counts[positive]![positive]!;
  return ratio(2 * right, sum(counts[positive]!) + sum(counts.map((row) => row[positive]!)));
}
