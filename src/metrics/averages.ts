// Figures of counts by class or by label, and their averages, as scikit-learn's `precision_recall_fscore_support` has them.
import type { ClassCounts } from '../dsl/estimator.ts';

/** What counts say of one class: `part` of `whole`, undefined where that is 0. */
export type Figure = 'precision' | 'recall' | 'f1' | 'jaccard';
/** `micro` of all counts together, `macro` the mean over classes, `weighted` that by how many rows a class has. */
export type Average = 'micro' | 'macro' | 'weighted';

const WHOLE: Readonly<Record<Figure, (rows: number, predicted: number, right: number) => number>> = {
  precision: (_, predicted) => predicted,
  recall: (rows) => rows,
  f1: (rows, predicted) => rows + predicted,
  jaccard: (rows, predicted, right) => rows + predicted - right,
};

/** A figure of each class, NaN where it is not defined. */
export function figuresOf(figure: Figure, { rows, predicted, right }: ClassCounts): readonly number[] {
  return rows.map((count, c) => {
    const whole = WHOLE[figure](count, predicted[c]!, right[c]!);
    return whole === 0 ? NaN : ((figure === 'f1' ? 2 : 1) * right[c]!) / whole;
  });
}

/** Classes by which a figure is not defined, of those that an average is over. */
export function undefinedIn(figure: Figure, average: Average, counts: ClassCounts): readonly number[] {
  const figures = figuresOf(figure, average === 'micro' ? together(counts) : counts);
  return [...figures.keys()].filter((c) => Number.isNaN(figures[c]));
}

/** @param zeroDivision what a figure counts as where it is not defined; NaN leaves the class out */
export function averaged(figure: Figure, average: Average, counts: ClassCounts, zeroDivision = 0): number {
  const own = average === 'micro' ? together(counts) : counts;
  const figures = figuresOf(figure, own).map((value) => (Number.isNaN(value) ? zeroDivision : value));
  return meanOf(figures, average === 'weighted' ? own.rows : undefined);
}

/** Mean of those that are numbers; without weights where all of these are 0. */
export function meanOf(values: readonly number[], weights?: ArrayLike<number>): number {
  let [sum, total] = [0, 0];
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const weight = weights ? weights[i]! : 1;
    sum += weight * value;
    total += weight;
  });
  if (total === 0 && weights) return meanOf(values);
  return total === 0 ? NaN : sum / total;
}

function together({ rows, predicted, right }: ClassCounts): ClassCounts {
  const sum = (values: readonly number[]): readonly number[] => [values.reduce((a, b) => a + b, 0)];
  return { rows: sum(rows), predicted: sum(predicted), right: sum(right) };
}

/** Counts of the classes that some row has or is predicted as: averages are over these. */
export function presentIn({ rows, predicted, right }: ClassCounts): ClassCounts {
  const there = [...rows.keys()].filter((c) => rows[c]! + predicted[c]! > 0);
  const taken = (values: readonly number[]): readonly number[] => there.map((c) => values[c]!);
  return { rows: taken(rows), predicted: taken(predicted), right: taken(right) };
}

/** Counts of each label, or of each row, of indicators `[rows][labels]`. */
export function indicatorCounts(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  labels: number,
  by: 'label' | 'row',
  weights?: ArrayLike<number>,
): ClassCounts {
  const size = by === 'label' ? labels : truth.length / labels;
  const counts = { rows: new Array<number>(size).fill(0), predicted: new Array<number>(size).fill(0), right: new Array<number>(size).fill(0) };
  for (let i = 0; i < truth.length; i++) {
    const row = Math.floor(i / labels);
    const at = by === 'label' ? i % labels : row;
    const weight = weights && by === 'label' ? weights[row]! : 1;
    if (truth[i]! > 0) counts.rows[at]! += weight;
    if (predicted[i]! > 0) counts.predicted[at]! += weight;
    if (truth[i]! > 0 && predicted[i]! > 0) counts.right[at]! += weight;
  }
  return counts;
}

/** Share of `matthews_corrcoef`: how far predictions and classes vary together; 0 where one of them does not vary. */
export function matthewsOf({ rows, predicted, right }: ClassCounts): number {
  // Where there is one class alone, the spread is 0 but for rounding.
  const single = (counts: readonly number[]): boolean => counts.filter((count) => count > 0).length < 2;
  if (single(rows) || single(predicted)) return 0;
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const all = rows.reduce((sum, count) => sum + count, 0);
  const both = right.reduce((sum, count) => sum + count, 0) * all - dot(rows, predicted);
  const spread = (all * all - dot(predicted, predicted)) * (all * all - dot(rows, rows));
  return both / Math.sqrt(spread);
}
