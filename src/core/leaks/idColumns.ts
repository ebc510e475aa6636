// Columns that number the rows, or name them: what a model learns from them holds for no other row.
import { categoriesOf } from '../data/categories.ts';
import type { Rows } from '../data/dataset.ts';
import type { Matrix } from '../data/matrix.ts';

/** In fewer rows, measurements may all differ by chance. */
const LEAST_ROWS = 20;
/** Rows that are looked at first: most columns repeat a value there. */
const FIRST_ROWS = 64;
/** Numbers of rows may have been left out: of those in any order, or of those that ascend. */
const MOST_SPREAD = 1.5;
const MOST_SPREAD_IN_ORDER = 100;

export interface IdColumn {
  readonly column: number;
  /** In a sentence: `numbers the rows`. */
  readonly how: string;
}

/**
 * Columns of whole numbers that are all different and fill a range, or ascend or descend by small steps, and columns of names that are
 * there once each. Of dense rows in memory; a date as seconds is none of them.
 */
export function idColumns({ x, rows }: Rows): readonly IdColumn[] {
  if (!('data' in x) || rows.length < LEAST_ROWS) return [];
  const categories = categoriesOf(x);
  return Array.from({ length: x.cols }, (_, column) => column).flatMap((column): IdColumn[] => {
    if (!allDiffer(x, column, rows.subarray(0, FIRST_ROWS)) || !allDiffer(x, column, rows)) return [];
    if (categories?.[column]) return [{ column, how: 'has another name in each row' }];
    return countsUp(x, column, rows) ? [{ column, how: 'numbers the rows' }] : [];
  });
}

/** Whole numbers of which none is there twice. */
function allDiffer({ data, cols, dtype }: Matrix, column: number, rows: Uint32Array): boolean {
  if (dtype === 'u8' && rows.length > 256) return false;
  const seen = new Set<number>();
  for (const row of rows) {
    const value = data[row * cols + column]!;
    if (!Number.isInteger(value) || seen.has(value)) return false;
    seen.add(value);
  }
  return true;
}

/** Columns that have another whole number, or name, in each of some rows. */
export function differingColumns({ x, rows }: Rows): readonly number[] {
  return 'data' in x ? Array.from({ length: x.cols }, (_, column) => column).filter((column) => allDiffer(x, column, rows)) : [];
}

function countsUp({ data, cols }: Matrix, column: number, rows: Uint32Array): boolean {
  let [least, most, up, down] = [Infinity, -Infinity, true, true];
  let before: number | undefined;
  for (const row of rows) {
    const value = data[row * cols + column]!;
    least = Math.min(least, value);
    most = Math.max(most, value);
    if (before !== undefined) {
      up &&= value > before;
      down &&= value < before;
    }
    before = value;
  }
  return most - least < rows.length * (up || down ? MOST_SPREAD_IN_ORDER : MOST_SPREAD);
}
