// gram.wgsl in float64, over plain row-major inputs.
import type { Matrix } from '../../core/data/matrix.ts';

/**
 * Sums of weight * x_i * x_j over rows `first` to `end`.
 *
 * @param weights `[rows]`
 * @returns `[cols][cols]`
 */
export function gramReference({ cols, data }: Matrix, weights: ArrayLike<number>, first: number, end: number): Float64Array {
  const sums = new Float64Array(cols * cols);
  for (let row = first; row < end; row++) {
    for (let i = 0; i < cols; i++) {
      const left = weights[row]! * data[row * cols + i]!;
      if (left === 0) continue;
      for (let j = 0; j < cols; j++) sums[i * cols + j]! += left * data[row * cols + j]!;
    }
  }
  return sums;
}
