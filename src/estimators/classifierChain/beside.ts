// Rows with columns of 0 and 1 behind their features.
import { categoriesOf } from '../../core/data/categories.ts';
import type { Scaling } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { madeRows } from '../combined/madeRows.ts';

/**
 * @param bits by column, `[columns][rows]`, in the order of the rows
 * @returns features of the rows by their position, not by id
 */
export function beside({ x, rows }: RowsOf, bits: readonly Uint8Array[]): Features {
  const cols = x.cols + bits.length;
  const categories = categoriesOf(x);
  return madeRows(x, rows, cols, categories && [...categories, ...bits.map(() => null)], (from, positions, into) =>
    positions.forEach((position, i) => {
      into.set(from.subarray(i * x.cols, (i + 1) * x.cols), i * cols);
      bits.forEach((column, k) => (into[i * cols + x.cols + k] = column[position]!));
    }),
  );
}

/** The same scaling, of columns behind it that stay as they are. */
export function widened(scaling: Scaling | undefined, more: number): Scaling | undefined {
  if (!scaling) return undefined;
  const filled = (of: Float64Array, rest: number): Float64Array => Float64Array.from({ length: of.length + more }, (_, j) => of[j] ?? rest);
  return { ...scaling, shift: filled(scaling.shift, 0), factor: filled(scaling.factor, 1) };
}
