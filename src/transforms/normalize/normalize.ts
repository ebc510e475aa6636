// Rows of one length.
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import { inputColumns } from '../levels/columnValues.ts';
import { checkFinite } from '../values/eachValue.ts';

export interface NormalizeOptions {
  /** What becomes 1 in each row: the root of the sum of squares (`l2`, default), the sum of sizes (`l1`), or the largest size (`max`). */
  readonly norm?: 'l1' | 'l2' | 'max' | undefined;
}

const params = z.strictObject({
  norm: z.enum(['l1', 'l2', 'max']).default('l2').describe('what becomes 1 in each row'),
} satisfies ShapeOf<NormalizeOptions>);

/**
 * `sklearn.preprocessing.Normalizer`: divides each row by its norm, so that only the proportions in a row count, as for counts of words
 * in texts of several lengths. A row of zeros stays. ({@link standardize} scales columns.)
 *
 * Rows `[rows, cols]` become `[rows, cols]`; columns keep their names.
 *
 * @throws E_DATA for a gap or a column of names
 * @example
 * fit(chain(normalize({ norm: 'l1' }), logisticRegression()));
 */
export const normalize = defineEstimator<NormalizeOptions>()({
  name: 'normalize',
  kind: 'transformer',
  params,
  async train(rows, { norm }) {
    await checkFinite(rows);
    return { norm, cols: rows.x.cols };
  },
  outputs: ({ cols }) => cols,
  outputColumns: inputColumns,
  async scores({ norm }, rows) {
    const out = new Float64Array(rows.rows.length * rows.x.cols);
    for await (const { from, rows: here, cols, x } of featureBlocks(rows)) {
      for (let row = 0; row < here; row++) {
        const own = x.subarray(row * cols, (row + 1) * cols);
        const most = own.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
        if (most === 0) continue;
        // In units of the largest: squares of very large or small numbers are none that float64 holds.
        const length = norm === 'max' ? 1 : norm === 'l1' ? own.reduce((sum, value) => sum + Math.abs(value / most), 0) : lengthOf(own, most);
        for (let j = 0; j < cols; j++) out[(from + row) * cols + j] = own[j]! / most / length;
      }
    }
    return out;
  },
});

function lengthOf(values: Float64Array, unit: number): number {
  return Math.sqrt(values.reduce((sum, value) => sum + (value / unit) ** 2, 0));
}
