// Rows for estimators that come back to single rows again and again: all of them on the host, scaled, without their zeros where
// that is less to look at.
import type { RowsOf } from '../../dsl/estimator.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';

export interface HeldRows {
  readonly count: number;
  readonly cols: number;
  /** `[rows][cols]`; where `starts` is there, features other than 0. */
  readonly values: Float64Array;
  /** Where the values of each row begin, and where those of the last end, `[rows + 1]`. */
  readonly starts?: Float64Array | undefined;
  /** Of each value. */
  readonly columns?: Uint32Array | undefined;
}

/** A value and its column take half as long again as a value alone. */
const FEW = 0.6;

/** @throws E_DATA for a feature that is not a finite number */
export async function heldRows(rows: RowsOf): Promise<HeldRows> {
  const [count, { cols }] = [rows.rows.length, rows.x];
  const starts = new Float64Array(count + 1);
  for await (const { from, x, rows: many } of featureBlocks(rows)) {
    for (let i = 0, at = 0; i < many; i++) {
      let there = 0;
      for (const end = at + cols; at < end; at++) if (x[at] !== 0) there++;
      starts[from + i + 1] = starts[from + i]! + there;
    }
  }
  const there = starts[count]!;
  if (there >= FEW * count * cols) {
    const values = new Float64Array(count * cols);
    for await (const { from, x } of featureBlocks(rows)) values.set(x, from * cols);
    return { count, cols, values };
  }
  const [values, columns] = [new Float64Array(there), new Uint32Array(there)];
  let next = 0;
  for await (const { x } of featureBlocks(rows)) {
    for (let at = 0, j = 0; at < x.length; at++, j = j + 1 === cols ? 0 : j + 1) {
      if (x[at] === 0) continue;
      values[next] = x[at]!;
      columns[next++] = j;
    }
  }
  return { count, cols, values, starts, columns };
}
