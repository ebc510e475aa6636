// Which rows are held out in which fold, exactly as scikit-learn 1.9 assigns them (model_selection/_split.py).
import { PipelineError } from '../errors/errors.ts';
import type { Labels } from '../data/labels.ts';
import { RandomState } from '../data/random.ts';

/** Folds of rows are bytes, and one value means none. */
export const MOST_FOLDS = 255;

export interface FoldOptions {
  /**
   * Shuffle before folding, as scikit-learn's `shuffle=True, random_state=seed`. What draws already goes on drawing, so that folds made
   * again and again by it differ.
   */
  readonly seed?: number | RandomState | undefined;
}

/** As scikit-learn's `check_random_state`. */
export function drawingBy(seed: number | RandomState): RandomState {
  return typeof seed === 'number' ? new RandomState(seed) : seed;
}

/**
 * StratifiedKFold: each fold keeps the class shares of the whole.
 *
 * @param labels class of each row, `[rows]`
 * @returns the fold in which each row is held out, `[rows]`, 0 to `count - 1`
 * @throws E_CLASS when every class has fewer rows than there are folds
 * @example
 * stratifiedFolds(Uint8Array.of(0, 0, 1, 1), 2); // 0 1 0 1
 */
export function stratifiedFolds(labels: Labels, count: number, options: FoldOptions = {}): Uint8Array {
  checkFolds(count, labels.length);
  // Codes by order of first appearance, so that renaming classes does not move a row.
  const codes = new Map<number, number>();
  for (const label of labels) if (!codes.has(label)) codes.set(label, codes.size);
  const sizes = new Array<number>(codes.size).fill(0);
  for (const label of labels) sizes[codes.get(label)!]!++;
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  if (largest < count) {
    throw new PipelineError('E_CLASS', `${count} folds need a class with at least ${count} rows; the largest has ${largest}.`, {
      hint: largest < 2 ? 'Give a class two rows, or fold without classes: stratified: false.' : `Use at most ${largest} folds.`,
    });
  }
  // Fold i's share of a class is what positions i, i + count, ... of the sorted codes hold of it.
  const shares = sizes.map(() => new Array<number>(count).fill(0));
  let position = 0;
  sizes.forEach((size, code) => {
    for (let i = 0; i < size; i++) shares[code]![position++ % count]!++;
  });
  const random = options.seed === undefined ? undefined : drawingBy(options.seed);
  const queues = shares.map((share) => {
    const folds = share.flatMap((size, fold) => new Array<number>(size).fill(fold));
    return random ? random.shuffle(folds) : folds;
  });
  const next = new Array<number>(codes.size).fill(0);
  return Uint8Array.from(labels, (label) => {
    const code = codes.get(label)!;
    return queues[code]![next[code]!++]!;
  });
}

/**
 * KFold: blocks of rows in order, the first `rows mod count` one row larger.
 *
 * @returns the fold in which each row is held out, `[rows]`
 * @throws E_PARAMS for folds that so many rows cannot be divided into
 * @example
 * contiguousFolds(5, 2); // 0 0 0 1 1
 */
export function contiguousFolds(rows: number, count: number, options: FoldOptions = {}): Uint8Array {
  checkFolds(count, rows);
  const order = options.seed === undefined ? Uint32Array.from({ length: rows }, (_, i) => i) : drawingBy(options.seed).permutation(rows);
  const folds = new Uint8Array(rows);
  let start = 0;
  for (let fold = 0; fold < count; fold++) {
    const end = start + Math.floor(rows / count) + (fold < rows % count ? 1 : 0);
    for (let i = start; i < end; i++) folds[order[i]!] = fold;
    start = end;
  }
  return folds;
}

/** @throws E_PARAMS for folds that so many rows cannot be divided into */
export function checkFolds(count: number, rows: number): void {
  if (Number.isInteger(count) && count >= 2 && count <= MOST_FOLDS && count <= rows) return;
  const most = Math.min(MOST_FOLDS, rows);
  if (most < 2)
    throw new PipelineError('E_PARAMS', `folds is ${count}; ${rows === 1 ? 'one row' : 'no rows'} cannot be divided.`, { hint: 'Train on more rows.' });
  const why = most === MOST_FOLDS ? ' (the fold of a row is kept as a byte)' : `, the number of rows`;
  throw new PipelineError('E_PARAMS', `folds is ${count}; it needs a whole number from 2 to ${most}${why}.`, {
    hint: 'scikit-learn uses 5 by default; 3 is common for large data.',
  });
}
