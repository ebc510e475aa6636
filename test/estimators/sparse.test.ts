// Sparse and u16 features give the models of their dense or f64 twins, through every stage that features go through.
import { describe, expect, test } from 'vitest';
import { isSparse } from '../../src/core/data/csr.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { DTYPES, matrix, type Dtype, type Matrix } from '../../src/core/data/matrix.ts';
import {
  chain,
  crossValidate,
  fetch,
  fit,
  gridSearch,
  linearSVC,
  logisticRegression,
  maxAbs,
  minMax,
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

/** Texts of some words each, a word of which tells the class; some words are in most texts. */
function texts(rows: number, cols: number, each: number): Dataset<'all', Matrix> {
  const random = new RandomState(rows);
  const data = new Float64Array(rows * cols);
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < each; i++) data[row * cols + Math.floor(cols * (random.uint32() / 2 ** 32) ** 3)]! += 1;
    labels[row] = data[row * cols + 3]! + data[row * cols + 5]! > 0 ? 1 : data[row * cols + 8]! > 0 ? 2 : 0;
    data[row * cols + 1] = 0.5; // in all of them
  }
  return { name: 'texts', role: 'all', x: matrix(rows, cols, data), labels, rows: Uint32Array.from({ length: rows }, (_, i) => i) };
}

describe('wide rows, never filled with zeros', () => {
  const dense = texts(900, 1500, 40);
  const sparse = { ...dense, x: sparseOf(dense.x), weights: Float32Array.from({ length: 900 }, (_, i) => 0.5 + (i % 4) / 2) };
  const twin = { ...sparse, x: dense.x };
  test('are wide enough', () => {
    expect([isSparse(sparse), isSparse(twin)]).toEqual([true, false]);
  });

  test.each([
    ['softmax', logisticRegression({ tol: 1e-5 })],
    ['scaled in each fold', chain(standardize(), logisticRegression({ tol: 1e-5 }))],
    ['scaled by the largest', chain(maxAbs(), logisticRegression({ tol: 1e-5 }))],
    ['between 0 and 1, squared hinge', chain(minMax(), linearSVC({ tol: 1e-5 }))],
  ] as const)('%s', async (_, estimator) => {
    const run = async (data: Dataset<'all'>) => {
      const made = pipeline(
        'wide',
        fetch({ name: 'texts', load: async () => data }),
        split({ test: 0.3, seed: 2, stratify: true }),
        fit(estimator as ReturnType<typeof logisticRegression>),
        crossValidate({ folds: 3 }),
        score({ on: 'test' }),
        predict({ row: 3 }),
      );
      const { status, error, outputs } = await runPipeline(made);
      expect({ status, error }).toEqual({ status: 'ok', error: undefined });
      return outputs as Record<
        string,
        { readonly foldScores?: readonly number[]; readonly testAccuracy?: number; readonly decision?: number; readonly prediction?: unknown }
      >;
    };
    const [own, expected] = [await run(sparse), await run(twin)];
    expect(own['cross-validate']!.foldScores!.length).toBe(3);
    own['cross-validate']!.foldScores!.forEach((accuracy, fold) =>
      expect(Math.abs(accuracy - expected['cross-validate']!.foldScores![fold]!)).toBeLessThan(1.5 / 210),
    );
    expect(Math.abs(own['score']!.testAccuracy! - expected['score']!.testAccuracy!)).toBeLessThan(1.5 / 270);
    expect(own['predict']!.prediction).toEqual(expected['predict']!.prediction);
    expect(own['predict']!.decision).toBeCloseTo(expected['predict']!.decision!, 2);
  });

  test('the same weights, whatever the order of the rows', async () => {
    const order = new RandomState(5).permutation(800);
    const rows = sparse.rows.map((id) => order[id] ?? id);
    const estimator = logisticRegression({ tol: 1e-7 });
    const coefOf = async (data: Dataset<'all'>) => {
      const { values } = await runPipeline(
        pipeline('fit', fetch({ name: 'texts', load: async () => data }), split({ train: [0, 800], test: [800, 900] }), fit(estimator)),
        {
          values: ['model'],
        },
      );
      return values.model!.coef;
    };
    const [own, shuffled, expected] = [await coefOf(sparse), await coefOf({ ...sparse, rows }), await coefOf(twin)];
    const norm = Math.hypot(...expected.flatMap((row) => [...row]));
    const apart = (a: typeof own, b: typeof own): number => Math.hypot(...a.flatMap((row, c) => [...row].map((value, j) => value - b[c]![j]!))) / norm;
    expect(apart(own, expected)).toBeLessThan(1e-3);
    expect(apart(own, shuffled)).toBeLessThan(1e-3);
  });
});
