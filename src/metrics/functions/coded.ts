// What the scores take: classes by any name, values and indicators, each checked before it is counted.
import type { ClassName } from '../../core/data/dataset.ts';
import { labelArray, type Labels } from '../../core/data/labels.ts';
import type { Matrix } from '../../core/data/matrix.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { ClassCounts } from '../../dsl/estimator.ts';

export interface Weighted {
  /** One weight for each row; 1 each by default. */
  readonly weights?: ArrayLike<number> | undefined;
}

export interface ZeroDivision {
  /** What a score counts as where it is not defined, such as the precision of a class that nothing is predicted as; NaN leaves it out of averages. Default 0, with a warning. */
  readonly zeroDivision?: 0 | 1 | typeof NaN | undefined;
}

export interface Coded {
  /** Ascending. */
  readonly classes: readonly ClassName[];
  readonly truth: Labels;
  readonly predicted: Labels;
}

/** @throws E_SHAPE for lists that are not of the same rows */
export function checkRows(owner: string, rows: number, others: Readonly<Record<string, number | undefined>>): void {
  const odd = Object.entries(others).find(([, length]) => length !== undefined && length !== rows);
  if (odd)
    throw new PipelineError('E_SHAPE', `${owner}: truth has ${rows} rows and ${odd[0]} ${odd[1]}.`, { hint: 'Give both of the same rows, in the same order.' });
  if (rows === 0) throw new PipelineError('E_SHAPE', `${owner}: there are no rows.`, { hint: 'Score at least one row.' });
}

/** Classes ascending: numbers by size, names by their letters. */
export function classesIn(...lists: readonly ArrayLike<ClassName>[]): readonly ClassName[] {
  const all = [...new Set(lists.flatMap((list) => Array.from(list)))];
  return all.toSorted((a, b) => (typeof a === 'string' || typeof b === 'string' ? (String(a) < String(b) ? -1 : 1) : Number(a) - Number(b)));
}

export function codesOf(classes: readonly ClassName[], list: ArrayLike<ClassName>): Labels {
  const at = new Map(classes.map((name, code) => [name, code]));
  const codes = labelArray(list.length, classes.length - 1);
  for (let row = 0; row < codes.length; row++) codes[row] = at.get(list[row]!)!;
  return codes;
}

/** Both lists as positions among all their classes. */
export function coded(owner: string, truth: ArrayLike<ClassName>, predicted: ArrayLike<ClassName>, { weights }: Weighted): Coded {
  checkRows(owner, truth.length, { predicted: predicted.length, weights: weights?.length });
  const classes = classesIn(truth, predicted);
  return { classes, truth: codesOf(classes, truth), predicted: codesOf(classes, predicted) };
}

/** Weighted counts `[true class][predicted class]`. */
export function countedPairs({ classes, truth, predicted }: Coded, weights?: ArrayLike<number>): number[][] {
  const pairs = classes.map(() => new Array<number>(classes.length).fill(0));
  for (let row = 0; row < truth.length; row++) pairs[truth[row]!]![predicted[row]!]! += weights ? weights[row]! : 1;
  return pairs;
}

/** Weighted counts by class: of a score that asks for no pairs, of which many classes have too many. */
export function countsIn({ classes, truth, predicted }: Coded, weights?: ArrayLike<number>): ClassCounts {
  const [rows, said, right] = [0, 1, 2].map(() => new Array<number>(classes.length).fill(0)) as [number[], number[], number[]];
  for (let row = 0; row < truth.length; row++) {
    const weight = weights ? weights[row]! : 1;
    rows[truth[row]!]! += weight;
    said[predicted[row]!]! += weight;
    if (truth[row] === predicted[row]) right[truth[row]!]! += weight;
  }
  return { rows, predicted: said, right };
}

/** The class that a score of two is of. @throws E_PARAMS for more, and for one that is not there */
export function positiveIn(owner: string, classes: readonly ClassName[], positive: ClassName | undefined): ClassName {
  if (classes.length > 2) {
    throw new PipelineError('E_PARAMS', `${owner}: rows have ${classes.length} classes, and the score is of one of two.`, {
      hint: "Say over which classes to average: average: 'macro', 'micro' or 'weighted'.",
    });
  }
  const [only] = classes;
  // Where all rows are of one class, what the other would be follows from 0, 1, -1, true and false alone.
  const guess = classes.length === 2 ? classes[1]! : typeof only === 'boolean' ? true : only === 0 || only === 1 || only === -1 ? 1 : undefined;
  if (positive === undefined && guess === undefined) {
    throw new PipelineError('E_PARAMS', `${owner}: all rows have ${JSON.stringify(only)}, which does not tell which class the score is of.`, {
      hint: 'Name it: positive.',
    });
  }
  if (positive === undefined || classes.includes(positive) || classes.length < 2) return (positive ?? guess)!;
  throw new PipelineError(
    'E_PARAMS',
    `${owner}: positive is ${JSON.stringify(positive)}; rows have ${classes.map((one) => JSON.stringify(one)).join(' and ')}.`,
    {
      hint: 'Name one of them.',
    },
  );
}

/** Counts of one class alone; of one that no row has, zeros. */
export function countsAt({ rows, predicted, right }: ClassCounts, code: number): ClassCounts {
  const one = (values: readonly number[]): readonly number[] => [values[code] ?? 0];
  return { rows: one(rows), predicted: one(predicted), right: one(right) };
}

export function isMatrix(given: ArrayLike<ClassName> | Matrix): given is Matrix {
  return 'cols' in given;
}

/** @throws E_SHAPE for matrices that are not of the same rows and labels */
export function checkLabels(owner: string, truth: Matrix, other: Matrix, { weights }: Weighted): void {
  checkRows(owner, truth.rows, { predicted: other.rows, weights: weights?.length });
  if (truth.cols !== other.cols)
    throw new PipelineError('E_SHAPE', `${owner}: truth has ${truth.cols} labels and predicted ${other.cols}.`, { hint: 'Give both of the same labels.' });
}

/** Says what a score counts as where it is not defined, as scikit-learn's UndefinedMetricWarning does, unless the caller said so. */
export function warnUndefined(owner: string, why: string, { zeroDivision }: ZeroDivision): void {
  if (zeroDivision === undefined) console.warn(`${owner} is not defined: ${why}. It counts as 0; pass zeroDivision: 0 to silence this warning.`);
}
