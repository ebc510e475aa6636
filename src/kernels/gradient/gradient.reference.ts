// gradient.wgsl in float64, over plain row-major inputs.
import type { Matrix } from '../../core/data/matrix.ts';

/**
 * Partial sums of x_j * residual over blocks of `blockRows` rows.
 *
 * @param residuals `[columns][rows]`
 * @returns `[block][columns][cols + 1]`, the sum of the residuals themselves last
 */
export function gradientReference(x: Matrix, residuals: readonly ArrayLike<number>[], blockRows: number): Float64Array[][] {
  const blocks = Math.ceil(x.rows / blockRows);
  return Array.from({ length: blocks }, (_, block) =>
    residuals.map((residual) => {
      const sums = new Float64Array(x.cols + 1);
      for (let row = block * blockRows; row < Math.min((block + 1) * blockRows, x.rows); row++) {
        for (let j = 0; j < x.cols; j++) sums[j]! += x.data[row * x.cols + j]! * residual[row]!;
        sums[x.cols]! += residual[row]!;
      }
      return sums;
    }),
  );
}
