// Checks of columns, of rows that are not in memory: some rows clear nearly every column, and those that are left are looked at whole.
import { categoriesOf } from '../data/categories.ts';
import { labelsOf, valuesOf, type Classes, type Indicators, type Rows, type Values } from '../data/dataset.ts';
import { isStored, takeBlocks, takeRows } from '../data/features.ts';
import { matrix, type Matrix } from '../data/matrix.ts';

type Targeted = Rows & Partial<Classes & Values & Indicators>;

/** Rows that are looked at first, evenly among all. */
const SOME_ROWS = 4096;
/** Rows of each class among them, as far as there are so many. */
const OF_CLASS = 4;
/** Numbers that are held at a time for columns that are looked at whole. */
const MOST_NUMBERS = 1 << 24;

/**
 * @param suspects columns that some rows do not clear
 * @param check of rows in memory
 * @returns what the check finds in all rows, however they are stored
 */
export async function inColumns<F extends { readonly column: number }>(
  data: Targeted,
  suspects: (some: Targeted) => readonly number[],
  check: (data: Targeted) => readonly F[],
): Promise<readonly F[]> {
  const { x, rows } = data;
  if (!isStored(x)) return check(data);
  const categories = categoriesOf(x);
  const left = suspects(await withRows(data, someRows(data)));
  const found: F[] = [];
  const each = Math.max(1, Math.floor(MOST_NUMBERS / x.rows));
  for (let from = 0; from < left.length; from += each) {
    const columns = left.slice(from, from + each);
    const values = new Float64Array(x.rows * columns.length);
    for await (const block of takeBlocks(x, rows)) {
      for (let i = 0; i < block.rows; i++)
        columns.forEach((column, j) => (values[rows[block.from + i]! * columns.length + j] = block.data[i * block.cols + column]!));
    }
    const own = { ...matrix(x.rows, columns.length, values), ...(categories ? { categories: columns.map((column) => categories[column]!) } : {}) };
    found.push(...check({ ...data, x: own }).map((one) => ({ ...one, column: columns[one.column]! })));
  }
  return found;
}

/** Ids of some rows, each once: evenly among all, of each class, and of the least and the largest values. */
function someRows({ rows, labels, values, indicators }: Targeted): Uint32Array {
  const step = Math.max(1, Math.floor(rows.length / SOME_ROWS));
  const some = new Set(rows.filter((_, i) => i % step === 0));
  const counts: number[] = [];
  if (labels) {
    for (const row of rows) {
      const count = counts[labels[row]!] ?? 0;
      if (count >= OF_CLASS) continue;
      counts[labels[row]!] = count + 1;
      some.add(row);
    }
  }
  const target = values ?? indicators;
  for (let output = 0; output < (target?.cols ?? 0); output++) {
    const valueOf = (row: number): number => target!.data[row * target!.cols + output]!;
    some.add(rows.reduce((least, row) => (valueOf(row) < valueOf(least) ? row : least), rows[0]!));
    some.add(rows.reduce((most, row) => (valueOf(row) > valueOf(most) ? row : most), rows[0]!));
  }
  return Uint32Array.from(some).sort();
}

/** Some rows, in memory, with their target. */
async function withRows(data: Targeted, rows: Uint32Array): Promise<Targeted> {
  const { labels, values, indicators } = data;
  const categories = categoriesOf(data.x);
  const bits = (of: Matrix<'u8'>): Uint8Array =>
    Uint8Array.from({ length: rows.length * of.cols }, (_, at) => of.data[rows[Math.floor(at / of.cols)]! * of.cols + (at % of.cols)]!);
  return {
    ...data,
    x: { ...(await takeRows(data.x, rows)), ...(categories ? { categories } : {}) },
    rows: Uint32Array.from(rows.keys()),
    ...(labels ? { labels: labelsOf({ rows, labels }) } : {}),
    ...(values ? { values: matrix(rows.length, values.cols, valuesOf({ rows, values })) } : {}),
    ...(indicators ? { indicators: matrix(rows.length, indicators.cols, bits(indicators)) } : {}),
  };
}
