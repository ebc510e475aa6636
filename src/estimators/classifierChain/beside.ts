// Rows with columns of 0 and 1 behind their features. Nothing of the features is copied, unless they hold names.
import { categoriesOf } from '../../core/data/categories.ts';
import type { Scaling } from '../../core/data/dataset.ts';
import { takeRows, type Features } from '../../core/data/features.ts';
import { DTYPES, matrix, type FeatureArray } from '../../core/data/matrix.ts';
import type { RowsOf } from '../../dsl/estimator.ts';

/**
 * @param bits by column, `[columns][rows]`, in the order of the rows
 * @returns features of the rows by their position, not by id
 */
export async function beside({ x, rows: ids }: RowsOf, bits: readonly Uint8Array[]): Promise<Features> {
  const cols = x.cols + bits.length;
  const write = (from: FeatureArray, positions: Uint32Array, into: FeatureArray): void => {
    positions.forEach((position, i) => {
      into.set(from.subarray(i * x.cols, (i + 1) * x.cols), i * cols);
      bits.forEach((column, k) => (into[i * cols + x.cols + k] = column[position]!));
    });
  };
  const categories = categoriesOf(x);
  if (!categories) {
    return {
      rows: ids.length,
      cols,
      dtype: x.dtype,
      readRows: async (positions: Uint32Array, target: FeatureArray) =>
        write(
          (
            await takeRows(
              x,
              Uint32Array.from(positions, (position) => ids[position]!),
            )
          ).data,
          positions,
          target,
        ),
    };
  }
  const data = new DTYPES[x.dtype](ids.length * cols);
  write((await takeRows(x, ids)).data, Uint32Array.from(ids.keys()), data);
  return { ...matrix(ids.length, cols, data), categories: [...categories, ...bits.map(() => null)] };
}

/** The same scaling, of columns behind it that stay as they are. */
export function widened(scaling: Scaling | undefined, more: number): Scaling | undefined {
  if (!scaling) return undefined;
  const filled = (of: Float64Array, rest: number): Float64Array => Float64Array.from({ length: of.length + more }, (_, j) => of[j] ?? rest);
  return { ...scaling, shift: filled(scaling.shift, 0), factor: filled(scaling.factor, 1) };
}
