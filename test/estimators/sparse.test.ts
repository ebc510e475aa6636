// Sparse and u16 features give the models of their dense or f64 twins, through every stage that features go through.
import { expect, test } from 'vitest';
import { RandomState } from '../../src/core/data/random.ts';
import { DTYPES, matrix, type Dtype, type Matrix } from '../../src/core/data/matrix.ts';
import {
  chain,
  crossValidate,
  fetch,
  fit,
  gridSearch,
  logisticRegression,
  pipeline,
  predict,
  score,
  shuffle,
  split,
  standardize,
  type Dataset,
} from '../../src/api.ts';
import { frameOf } from '../../src/estimators/rows/frame.ts';
import { runPipeline } from '../../src/node.ts';
import { sparseOf } from '../support/sparse.ts';

/** Rows with a share of entries that are not 0; row 3 and column 1 have none, column 2 is rare and large. */
function table(dtype: Dtype, rows: number, cols: number, share: number): Dataset<'all', Matrix> {
  const random = new RandomState(rows + cols);
  const next = (): number => random.uint32() / 2 ** 32;
  const data = new DTYPES[dtype](rows * cols).map((_, at) => {
    if (next() > share || Math.floor(at / cols) === 3 || at % cols === 1) return 0;
    return dtype === 'u8' || dtype === 'u16' ? 1 + Math.floor(next() * 200) : next() * 4 - 1;
  });
  for (let row = 5; row < rows; row += 97) data[row * cols + 2] = dtype === 'u8' ? 250 : 5000;
  const labels = Uint8Array.from({ length: rows }, (_, row) => (next() < 0.15 ? 0 : data[row * cols]! > 0 || data[row * cols + 4]! > 0 ? 1 : 2));
  return { name: 'table', role: 'all', x: matrix(rows, cols, data), labels, rows: Uint32Array.from({ length: rows }, (_, i) => i) };
}

const SCALED = chain(standardize(), logisticRegression({ tol: 1e-3 }));
async function whole(data: Dataset<'all'>) {
  const n = data.rows.length;
  const cut = Math.floor(n * 0.7);
  const made = pipeline(
    'sparse',
    fetch({ name: 'table', load: async () => data }),
    split({ train: [0, cut], test: [cut, n] }),
    shuffle({ seed: 4 }),
    fit(SCALED),
    score({ on: 'test' }),
    crossValidate({ folds: 3 }),
    gridSearch(logisticRegression({ tol: 1e-3 }), { C: [0.1, 1] }, { folds: 3 }),
    predict({ row: 3 }),
  );
  const { status, error, outputs, values } = await runPipeline(made, { values: ['model'] });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  const { coef, summary } = values.model!;
  return { outputs, coef, summary };
}

test.each([
  ['f32', 300, 200, 0.05],
  ['f64', 300, 200, 0.05],
  ['f64', 700, 9, 0.4],
  ['u8', 600, 40, 0.1],
  ['u16', 600, 40, 0.1],
] as const)('%s %d x %d with %f of its values', async (dtype, rows, cols, share) => {
  const data = table(dtype, rows, cols, share);
  expect(await whole({ ...data, x: sparseOf(data.x) })).toEqual(await whole(data));
});

test('a column whose values no row of the sample has is measured over all rows; constant columns stay constant', async () => {
  const data = new Float64Array(4000 * 3);
  for (let row = 0; row < 4000; row++) data[row * 3] = 7;
  for (let row = 1; row < 4000; row += 1001) data[row * 3 + 1] = -3e9;
  const rows = Uint32Array.from({ length: 4000 }, (_, i) => i);
  const { center, unit, rms } = await frameOf({ x: sparseOf(matrix(4000, 3, data)), rows });
  expect([...center]).toEqual([7, 0, 0]);
  expect([...unit]).toEqual([1, 2 ** 31, 1]);
  expect(rms[1]! * unit[1]!).toBeCloseTo(Math.sqrt((4 * 9e18) / 4000), -3);
  expect([rms[0], rms[2]]).toEqual([0, 0]);
});
