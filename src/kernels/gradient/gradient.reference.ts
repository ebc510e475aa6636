// gradient.wgsl in float64, over plain row-major inputs.
import type { Matrix } from '../../core/matrix.ts';

/**
 * Partial sums of x_j * residual over blocks of `blockRows` rows.
 *
 * @param residuals `[columns][rows]`
 * @returns `[block][columns][cols]`
 */
export function gradientReference(x: Matrix<'u8'>, residuals: readonly ArrayLike<number>[], blockRows: number): Float64Array[][] {
  const blocks = Math.ceil(x.rows / blockRows);
  return Array.from({ length: blocks }, (_, block) =>
    residuals.map((residual) => {
      const sums = new Float64Array(x.cols);
      for (let row = block * blockRows; row < Math.min((block + 1) * blockRows, x.rows); row++) {
        for (let j = 0; j < x.cols; j++) sums[j]! += x.data[row * x.cols + j]! * residual[row]!;
      }
      return sums;
    }),
  );
}
