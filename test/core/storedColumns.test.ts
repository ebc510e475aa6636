// Columns that tell the target, or number the rows, are found in rows that are not in memory as they are in memory.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rows } from '../../src/core/data/dataset.ts';
import { takeRows, type StoredMatrix } from '../../src/core/data/features.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { differingColumns, idColumns } from '../../src/core/leaks/idColumns.ts';
import { inColumns } from '../../src/core/leaks/storedColumns.ts';
import { tellingColumns } from '../../src/core/leaks/tellingColumns.ts';

const ROWS = 9000;

function stored({ categories, ...x }: Matrix): StoredMatrix {
  const readRows = async (ids: Uint32Array, target: Float64Array): Promise<void> => target.set((await takeRows(x, ids)).data);
  return { rows: x.rows, cols: x.cols, dtype: 'f64', ...(categories ? { categories } : {}), readRows } as StoredMatrix;
}

const order = new RandomState(3).permutation(ROWS);
/** The class of row 7777 is nobody else's, and its value the largest. */
const labels = Uint8Array.from({ length: ROWS }, (_, row) => (row === 7777 ? 2 : row < 4000 ? 0 : 1));
const value = (row: number): number => (row === 7777 ? 900 : Math.sin(row));

/** Kinds of columns; `at` is a row that is off. */
const COLUMNS: Readonly<Record<string, (row: number, at: number) => number>> = {
  noise: (row) => Math.cos(row * row),
  label: (row) => labels[row]!,
  'label in other numbers': (row) => [8, -1, 3.5][labels[row]!]!,
  'label but for a row': (row, at) => (row === at ? 5 : labels[row]!),
  value: (row) => 3 * value(row) - 7,
  'value but for a row': (row, at) => value(row) + Number(row === at),
  number: (row) => 100 + order[row]!,
  'number but for a row': (row, at) => 100 + order[row === at ? (at + 1) % ROWS : row]!,
  name: (row) => order[row]!,
  constant: () => 4,
};

test('what checks of rows in memory find', async () => {
  let found = 0;
  const kinds = fc.array(fc.constantFrom(...Object.keys(COLUMNS)), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(kinds, fc.nat({ max: ROWS - 1 }), fc.constantFrom('labels', 'values', 'indicators'), async (kinds, at, target) => {
      const data = Float64Array.from({ length: ROWS * kinds.length }, (_, i) => COLUMNS[kinds[i % kinds.length]!]!(Math.floor(i / kinds.length), at));
      const categories = kinds.map((kind) => (kind === 'name' ? Array.from({ length: ROWS }, (_, code) => `name ${code}`) : null));
      const x = { ...matrix(ROWS, kinds.length, data), categories };
      const targets = {
        labels: { labels },
        values: {
          values: matrix(
            ROWS,
            1,
            Float64Array.from({ length: ROWS }, (_, row) => value(row)),
          ),
        },
        indicators: {
          indicators: matrix(
            ROWS,
            1,
            Uint8Array.from(labels, (label) => Number(label === 1)),
          ),
        },
      }[target as 'labels'];
      const rows: Rows = { name: 'rows', role: 'all', x, rows: Uint32Array.from({ length: ROWS }, (_, row) => row).filter((row) => row % 5 !== 1), ...targets };
      const filed = { ...rows, x: stored(x) };
      const telling = await inColumns(filed, (some) => tellingColumns(some).map(({ column }) => column), tellingColumns);
      expect(telling).toEqual(tellingColumns(rows));
      const ids = await inColumns(filed, differingColumns, idColumns);
      expect(ids).toEqual(idColumns(rows));
      found += telling.length + ids.length;
    }),
    { numRuns: 40 },
  );
  expect(found).toBeGreaterThan(20);
});
