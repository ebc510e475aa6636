// Rows column by column, for whatever has to see all values of a column at once: medians, the most frequent value, the set of names.
import { categoriesOf } from '../../core/data/categories.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';

/** Values held at a time; for wide or long tables the rows are read again for the next columns. */
const MOST_VALUES = 1 << 24;

export interface ColumnValues {
  readonly column: number;
  /** As they are meant, in row order; NaN for none. `[rows]` */
  readonly values: Float64Array;
}

/**
 * The columns of some rows, one after another.
 *
 * @param gaps whether values may be missing; if not, such a row is refused
 */
export async function* eachColumn(rows: RowsOf, gaps = false): AsyncGenerator<ColumnValues, void> {
  const count = rows.rows.length;
  const each = Math.max(1, Math.floor(MOST_VALUES / Math.max(1, count)));
  for (let first = 0; first < rows.x.cols; first += each) {
    const group = Array.from({ length: Math.min(each, rows.x.cols - first) }, () => new Float64Array(count));
    for await (const { from, rows: here, cols, x } of featureBlocks(rows, { gaps })) {
      group.forEach((values, j) => {
        for (let row = 0; row < here; row++) values[from + row] = x[row * cols + first + j]!;
      });
    }
    for (const [j, values] of group.entries()) yield { column: first + j, values };
  }
}

/** The value in the middle of a sorted list, or the mean of the two there. */
export function medianOf(sorted: Float64Array): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What a column may hold: its names, or the numbers that are there. */
export type Level = string | number;

/** The distinct values in some rows of a column, ascending; if the column has names, the names in the order of their codes. */
export function levelsOf({ column, values }: ColumnValues, rows: RowsOf): readonly Level[] {
  const distinct = [...new Set(values)].sort((a, b) => a - b);
  const names = categoriesOf(rows.x)?.[column];
  return names ? distinct.map((code) => names[code]!) : distinct;
}

/**
 * Positions of a column's values among known levels; -1 for others. Names are looked up as names, whatever their codes are here.
 */
export function positionsIn(levels: readonly Level[], names: readonly string[] | null | undefined): (value: number) => number {
  const known = new Map(levels.map((level, position) => [level, position]));
  if (!names) return (value) => known.get(value === 0 ? 0 : value) ?? -1; // a Map finds 0 for -0
  const byCode = names.map((name) => known.get(name) ?? -1);
  return (code) => byCode[code] ?? -1;
}

/** What the columns of rows are called: their names, or x0, x1 and so on. */
export function inputColumns({ cols, columns }: { readonly cols: number; readonly columns?: readonly string[] | undefined }): readonly string[] {
  return columns ?? Array.from({ length: cols }, (_, j) => `x${j}`);
}
