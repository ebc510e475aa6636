// Rows for estimators that read them: dense and scaled, a block at a time, however they are stored.
import { takeBlocks } from '../../core/data/features.ts';
import { notFinite } from '../../core/data/notFinite.ts';
import type { RowsOf } from '../../dsl/estimator.ts';

export interface FeatureBlock {
  /** Position of its first row. */
  readonly from: number;
  readonly rows: number;
  readonly cols: number;
  /** Features as they are meant, `[rows][cols]`. */
  readonly x: Float64Array;
}

/**
 * Rows in order, scaled, on the host.
 *
 * @param options.gaps whether a feature may be NaN, meaning a gap; default false
 * @param options.named what errors call each row of `x`; by default its position
 * @throws E_DATA for a feature that is not a finite number
 * @example
 * let sum = 0;
 * for await (const { x, rows, cols } of featureBlocks(train)) for (let i = 0; i < rows * cols; i++) sum += x[i]!;
 */
export async function* featureBlocks(
  { x, rows: ids, columns, scaling }: RowsOf,
  options: { readonly gaps?: boolean; readonly named?: Uint32Array | undefined } = {},
): AsyncGenerator<FeatureBlock, void> {
  const { gaps = false, named } = options;
  for await (const { data, rows, cols, from } of takeBlocks(x, ids)) {
    const meant = new Float64Array(rows * cols);
    for (let at = 0; at < meant.length;) {
      for (let j = 0; j < cols; j++, at++) {
        const value = data[at]!;
        if (!Number.isFinite(value) && !(gaps && value !== value)) {
          const row = ids[from + Math.floor(at / cols)]!;
          throw notFinite(value, named?.[row] ?? row, j, columns);
        }
        meant[at] = scaling ? (value - scaling.shift[j]!) * scaling.factor[j]! : value;
      }
    }
    yield { from, rows, cols, x: meant };
  }
}
