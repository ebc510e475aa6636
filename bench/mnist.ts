// The rows that everything here is measured on: the 60 000 training digits, in the order of numpy's RandomState(42), as
// digits and as "a 2 or not".
import type { Dataset } from '../src/core/data/dataset.ts';
import { stratifiedFolds } from '../src/core/folds/folds.ts';
import { RandomState } from '../src/core/data/random.ts';
import type { Evaluation, Folds } from '../src/dsl/estimator.ts';
import { mnist784 } from '../src/datasets/mnist/mnist784.ts';
import { nodeFileStore } from '../src/runtime/node/files/fileStore.ts';
import type { Work } from './harness.ts';

/** Training digits of MNIST; those for tests follow them. */
export const TRAINING = 60_000;
/** Rows measured on: all of them, or with BENCH_ROWS the first, to see that the bench runs. */
export const ROWS = Number(process.env['BENCH_ROWS'] ?? TRAINING);
export const COLS = 784;

export interface Digits {
  readonly digits: Dataset<'train'>;
  /** The same rows, in the same order; label 1 for the digit 2. */
  readonly twos: Dataset<'train'>;
  /** Three stratified folds of `twos`. */
  readonly folds: Folds;
}

export async function loadDigits(): Promise<Digits> {
  const all = await mnist784().load(nodeFileStore({ offline: true }), {});
  const digits: Dataset<'train'> = { ...all, role: 'train', rows: new RandomState(42).permutation(ROWS) };
  const twos = { ...digits, labels: digits.labels.map((label) => (label === 2 ? 1 : 0)), positive: 2 };
  return { digits, twos, folds: foldsOf(twos) };
}

/** Three stratified folds. */
export function foldsOf({ rows, labels }: Dataset<'train'>): Folds {
  const ofRows = Uint8Array.from(rows, (id) => labels[id]!);
  return { count: 3, fold: stratifiedFolds(ofRows, 3) };
}

export function accuracyOf({ counts: { right, rows } }: Evaluation): number {
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
  return sum(right) / sum(rows);
}

/** The work of passes over all rows: `count` readings of x, and `columns` products of x with one column of weights. */
export function passes(count: number, columns: number): Work {
  return { bytes: count * ROWS * COLS, multiplyAdds: columns * ROWS * COLS };
}
