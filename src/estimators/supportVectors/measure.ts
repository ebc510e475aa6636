// What a kernel needs to know of rows beside their distances: how long they are, and how much their features vary.
import type { RowsOf } from '../../dsl/estimator.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';

export interface Measured {
  readonly cols: number;
  /** Squared lengths, or kernels of rows with themselves where those are given, `[rows]`. */
  readonly lengths: Float64Array;
  /** Of each row the sum of its features minus one number near their mean, and of the squares of that, `[rows]`. */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

/** @param given whether features are kernels of rows @throws E_DATA for a feature that is not a finite number */
export async function measure(rows: RowsOf, given = false): Promise<Measured> {
  const count = rows.rows.length;
  const measured = { cols: rows.x.cols, lengths: new Float64Array(count), sums: new Float64Array(count), squares: new Float64Array(count) };
  const { lengths, sums, squares } = measured;
  let middle: number | undefined;
  for await (const { x, rows: here, cols, from } of featureBlocks(rows)) {
    middle ??= x.reduce((sum, value) => sum + value, 0) / x.length;
    for (let i = 0; i < here; i++) {
      let [length, sum, square] = [0, 0, 0];
      for (let at = i * cols; at < (i + 1) * cols; at++) {
        const value = x[at]!;
        const around = value - middle;
        length += value * value;
        sum += around;
        square += around * around;
      }
      lengths[from + i] = given ? x[i * cols + rows.rows[from + i]!]! : length;
      sums[from + i] = sum;
      squares[from + i] = square;
    }
  }
  return measured;
}

/** The number that scikit-learn takes for 'scale' and 'auto', by the rows of a model. */
export function gammaOf(gamma: number | 'scale' | 'auto', { cols, sums, squares }: Measured, counts: (row: number) => boolean): number {
  if (typeof gamma === 'number') return gamma;
  if (gamma === 'auto') return 1 / cols;
  let [rows, sum, square] = [0, 0, 0];
  for (let row = 0; row < sums.length; row++) {
    if (!counts(row)) continue;
    rows++;
    sum += sums[row]!;
    square += squares[row]!;
  }
  const features = rows * cols;
  const variance = square / features - (sum / features) ** 2;
  return variance > 0 ? 1 / (cols * variance) : 1;
}
