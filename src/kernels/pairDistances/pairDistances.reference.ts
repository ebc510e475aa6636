// pair_distances.wgsl in float64, over plain row-major inputs.
import type { Matrix } from '../../core/data/matrix.ts';

/** Squared distances, `[rows][asked]`. */
export function pairDistancesReference(asked: Matrix, rows: Matrix): Float64Array {
  const { cols } = asked;
  const out = new Float64Array(rows.rows * asked.rows);
  for (let row = 0; row < rows.rows; row++) {
    for (let i = 0; i < asked.rows; i++) {
      let sum = 0;
      for (let j = 0; j < cols; j++) sum += (asked.data[i * cols + j]! - rows.data[row * cols + j]!) ** 2;
      out[row * asked.rows + i] = sum;
    }
  }
  return out;
}
