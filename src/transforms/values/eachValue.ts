// What transforms have in common that take each value by itself, and those that learn nothing.
import type { RowsOf } from '../../dsl/estimator.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';

/**
 * Other values in the place of those that are there, `[rows][cols]`.
 *
 * @param make of a value, its column, and the position of its row
 * @throws E_DATA for a feature that is not a finite number
 */
export async function eachValue(rows: RowsOf, make: (value: number, column: number, row: number) => number): Promise<Float64Array> {
  const out = new Float64Array(rows.rows.length * rows.x.cols);
  for await (const { from, rows: here, cols, x } of featureBlocks(rows)) {
    for (let row = 0; row < here; row++) {
      for (let j = 0; j < cols; j++) out[(from + row) * cols + j] = make(x[row * cols + j]!, j, from + row);
    }
  }
  return out;
}

/** Reads rows of which there is nothing to learn. @throws E_DATA for a feature that is not a finite number, nor, with `gaps`, NaN */
export async function checkFinite(rows: RowsOf, options: { readonly gaps?: boolean } = {}): Promise<void> {
  for await (const { rows: _ } of featureBlocks(rows, options));
}
