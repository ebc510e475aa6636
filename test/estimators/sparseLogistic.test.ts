// Logistic regression under an L1 penalty on a real adapter against the optima of scikit-learn 1.9.
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { Checkpoint } from '../../src/dsl/stage/context.ts';
import { logisticRegression, type LogisticRegressionOptions } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import type { LogisticModel } from '../../src/estimators/logisticRegression/model.ts';
import { foldsOf } from '../../src/validation/folding.ts';
import fixture from '../fixtures/sparseLogistic.json' with { type: 'json' };
import { testCompute } from '../support/compute.ts';
import { smallSet, stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);

type Data = Dataset<'train', Matrix>;

/** Every fourth row, between 0 and 1. */
function digitsOf(positive?: number): Data {
  const all = smallSet('digits', positive);
  const ids = all.rows.filter((row) => row % 4 === 0);
  const data = new Float32Array(ids.length * 64);
  ids.forEach((id, row) =>
    data.set(
      Array.from(all.x.data.subarray(id * 64, (id + 1) * 64), (value) => value / 16),
      row * 64,
    ),
  );
  return { ...all, x: matrix(ids.length, 64, data), labels: Uint8Array.from(ids, (id) => all.labels[id]!), rows: Uint32Array.from(ids.keys()) };
}

/** A column of sevens, and the first column again. */
function withOddColumns(set: Data): Data {
  const { rows, cols, data } = set.x;
  const wide = new Float32Array(rows * (cols + 2));
  for (let i = 0; i < rows; i++) wide.set([...data.subarray(i * cols, (i + 1) * cols), 7, data[i * cols]!], i * (cols + 2));
  return { ...set, x: matrix(rows, cols + 2, wide) };
}

const SETS: Readonly<Record<string, Data>> = {
  iris: smallSet('iris'),
  'iris of two classes': smallSet('iris', 1),
  'iris with odd columns': withOddColumns(smallSet('iris')),
  digits: digitsOf(),
  'digits of two classes': digitsOf(2),
};

interface Row {
  readonly data: string;
  readonly params: { readonly l1_ratio: number; readonly C?: number; readonly fit_intercept?: boolean; readonly class_weight?: 'balanced' };
  readonly weighted: boolean;
  readonly coef: number[][];
  readonly intercept: number[];
  readonly proba_first5: number[][];
}
const rows = fixture.rows as unknown as readonly Row[];

const optionsOf = ({ l1_ratio, C = 1, fit_intercept = true, class_weight }: Row['params']): LogisticRegressionOptions => ({
  l1Ratio: l1_ratio,
  C,
  fitIntercept: fit_intercept,
  classWeight: class_weight,
});
const weighted = (set: Data): Data => ({ ...set, weights: Float32Array.from(set.labels, (_, i) => 0.25 + (i % 5) / 2) });

async function fitted(set: Dataset<'train'>, options: LogisticRegressionOptions, at = context): Promise<LogisticModel> {
  const [only] = await logisticRegression(options).train(set, [{ name: 'fit' }], {}, at);
  return only!.model;
}

const zeros = (coef: readonly ArrayLike<number>[]): string[] => coef.map((column) => Array.from(column, (weight) => (weight === 0 ? '0' : '.')).join(''));

describe.each(rows)('$data, $params', ({ data, params, weighted: isWeighted, coef, intercept, proba_first5 }) => {
  test('equals scikit-learn, and has the same zeros', async () => {
    const set = isWeighted ? weighted(SETS[data]!) : SETS[data]!;
    const model = await fitted(set, { ...optionsOf(params), tol: 1e-7, maxIter: 1000 });
    expect(model.summary['status']).toBe('converged');
    expect(zeros(model.coef)).toEqual(zeros(coef));
    const size = Math.max(...coef.flat().map(Math.abs), 1e-3);
    coef.forEach((column, c) => column.forEach((weight, j) => expect(Math.abs(model.coef[c]![j]! - weight) / size).toBeLessThan(1e-4)));
    intercept.forEach((own, c) => expect(Math.abs(model.intercept[c]! - own)).toBeLessThan(1e-4 * Math.max(1, Math.abs(own))));
    const shares = await model.predictProba({ ...set, rows: set.rows.slice(0, 5) }, context);
    proba_first5.flat().forEach((share, at) => expect(shares[at]).toBeCloseTo(share, 4));
  });
});

test('no entry could move and lower the loss, and the objective is what it says', async () => {
  const set = SETS['digits of two classes']!;
  const [l1Ratio, C] = [0.6, 0.5];
  const model = await fitted(set, { l1Ratio, C, tol: 1e-7, maxIter: 1000 });
  const [weights, [constant]] = [model.coef[0]!, model.intercept as [number]];
  const slopes = new Float64Array(64);
  let [loss, slope] = [0, 0];
  for (const row of set.rows) {
    const x = Float64Array.from(set.x.data.subarray(row * 64, (row + 1) * 64));
    const said = x.reduce((sum, value, j) => sum + value * weights[j]!, constant);
    const truth = set.labels[row]!;
    const residual = 1 / (1 + Math.exp(-said)) - truth;
    loss += Math.log(1 + Math.exp(truth === 1 ? -said : said));
    slope += residual;
    x.forEach((value, j) => (slopes[j]! += residual * value));
  }
  expect(Math.abs(slope)).toBeLessThan(1e-3);
  expect(weights.filter((weight) => weight === 0).length).toBeGreaterThan(10);
  weights.forEach((weight, j) => {
    const penalised = slopes[j]! + ((1 - l1Ratio) / C) * weight;
    if (weight === 0) expect(Math.abs(penalised)).toBeLessThanOrEqual(l1Ratio / C);
    else expect(Math.abs(penalised + (Math.sign(weight) * l1Ratio) / C)).toBeLessThan(1e-3);
  });
  const penalty = weights.reduce((sum, weight) => sum + l1Ratio * Math.abs(weight) + ((1 - l1Ratio) / 2) * weight ** 2, 0) / C;
  expect(model.summary['objective']).toBeCloseTo((loss + penalty) / set.rows.length, 10);
});

test('folds and penalties side by side, of either kind, equal models trained alone', async () => {
  const set = SETS['iris']!;
  const folds = foldsOf(set, { folds: 3, stratified: true });
  const jobs = [0, 1, 2].flatMap((heldOut) => [0, 0.5, 1].map((l1Ratio) => ({ name: `fold ${heldOut}, ${l1Ratio}`, heldOut, params: { l1Ratio, C: 0.2 } })));
  const estimator = logisticRegression({ tol: 1e-7, maxIter: 1000 });
  const together = await estimator.train(set, jobs, { folds }, context);
  for (const [i, { heldOut, params }] of jobs.entries()) {
    const rows = set.rows.filter((_, at) => folds.fold[at] !== heldOut);
    const alone = await fitted({ ...set, rows }, { tol: 1e-7, maxIter: 1000, ...params });
    expect(zeros(together[i]!.model.coef)).toEqual(zeros(alone.coef));
    alone.coef.forEach((column, c) => column.forEach((weight, j) => expect(together[i]!.model.coef[c]![j]).toBeCloseTo(weight, 4)));
    expect(together[i]!.heldOut!.counts.rows.reduce((sum, count) => sum + count, 0)).toBe(50);
  }
});

test('rows without their zeros give the same model', async () => {
  const set = smallSet('digits', 2);
  const options = { l1Ratio: 1, C: 0.01, tol: 1e-5, maxIter: 1000 };
  const dense = await fitted(set, options);
  const sparse = await fitted({ ...set, x: sparseOf(set.x) }, options);
  expect(zeros(sparse.coef)).toEqual(zeros(dense.coef));
  dense.coef[0]!.forEach((weight, j) => expect(sparse.coef[0]![j]).toBeCloseTo(weight, 4));
});

test('a heavy penalty leaves the shares of the classes alone', async () => {
  const set = { ...SETS['iris']!, rows: SETS['iris']!.rows.filter((row) => row % 2 === 0 || row < 50) };
  const model = await fitted(set, { l1Ratio: 1, C: 1e-4, tol: 1e-8 });
  expect(zeros(model.coef)).toEqual(['0000', '0000', '0000']);
  const shares = await model.predictProba({ ...set, rows: set.rows.slice(0, 1) }, context);
  [0.5, 0.25, 0.25].forEach((share, c) => expect(shares[c]).toBeCloseTo(share, 6));
});

test('weights of rows and classes are rows given more than once', async () => {
  const set = SETS['iris of two classes']!;
  const options = { l1Ratio: 1, tol: 1e-8, maxIter: 1000 };
  const repeated = Uint32Array.from([...set.rows].flatMap((row) => (set.labels[row] === 1 ? [row, row, row] : row % 2 === 0 ? [row, row] : [row])));
  const counts = Float32Array.from(set.labels, (label, row) => (label === 1 || row % 2 === 1 ? 1 : 2));
  const [given, weighed] = [
    await fitted({ ...set, rows: repeated }, options),
    await fitted({ ...set, weights: counts }, { ...options, classWeight: { 1: 3 } }),
  ];
  given.coef[0]!.forEach((weight, j) => expect(weighed.coef[0]![j]).toBeCloseTo(weight, 5));
});

test('a model to start from is the end of a search for the same, and ratios that cannot be are refused', async () => {
  const set = SETS['iris']!;
  const options = { l1Ratio: 1, tol: 1e-6, maxIter: 1000 };
  const first = await fitted(set, options);
  const second = await fitted(set, { ...options, tol: 1e-5, warmStart: first });
  expect(second.nIter).toBe(0);
  expect(zeros(second.coef)).toEqual(zeros(first.coef));
  expect(() => logisticRegression({ l1Ratio: 1.5 })).toThrow(expect.objectContaining({ code: 'E_PARAMS' }));
});

test('a model to start from that is wrong about every row, and sure of it, ends as a search from zeros', async () => {
  const x = matrix(
    30,
    1,
    Float64Array.from({ length: 30 }, (_, row) => Math.sin(row) + (row % 2)),
  );
  const set: Data = {
    ...SETS['iris of two classes']!,
    x,
    rows: Uint32Array.from({ length: 30 }, (_, row) => row),
    labels: Uint8Array.from(x.data, (value) => Number(value > 0.1)),
  };
  const wrong = await fitted({ ...set, labels: set.labels.map((label) => 1 - label) }, { C: Infinity, tol: 1e-7, maxIter: 1000 });
  for (const C of [30, 3]) {
    const cold = await fitted(set, { l1Ratio: 1, C, tol: 1e-6, maxIter: 1000 });
    const warm = await fitted(set, { l1Ratio: 1, C, tol: 1e-6, maxIter: 1000, warmStart: wrong });
    expect(warm.summary['status']).toBe('converged');
    expect(warm.summary['objective']).toBeCloseTo(cold.summary['objective'] as number, 5);
  }
});

test('bytes far from 0 are the same features as floats around 0, after as many steps', async () => {
  const random = new RandomState(7);
  const noise = (): number => random.uint32() / 2 ** 31 - 1;
  const [rows, cols] = [400, 12];
  const bytes = Uint8Array.from({ length: rows * cols }, (_, at) => (at % cols === 11 ? 0 : 200) + Math.round(9 * noise()) + (at % cols === 11 ? 9 : 0));
  const labels = Uint8Array.from({ length: rows }, (_, row) => {
    const [a, b, c] = Array.from(bytes.subarray(row * cols), (value) => (value - 200) / 5) as [number, number, number];
    return Number(a + b / 2 - c / 3 + noise() > 0);
  });
  const set: Data = { ...SETS['iris of two classes']!, x: matrix(rows, cols, bytes), labels, rows: Uint32Array.from({ length: rows }, (_, row) => row) };
  const around = {
    ...set,
    x: matrix(
      rows,
      cols,
      Float32Array.from(bytes, (value, at) => value - (at % cols === 11 ? 0 : 200)),
    ),
  };
  for (const options of [{ C: 0.05 }, { C: 0.01 }]) {
    const [near, far] = [await fitted(around, { l1Ratio: 1, ...options }), await fitted(set, { l1Ratio: 1, ...options })];
    expect(far.summary['status']).toBe('converged');
    expect(far.nIter).toBeLessThan(2 * near.nIter + 5);
    expect(zeros(far.coef)).toEqual(zeros(near.coef));
    near.coef[0]!.forEach((weight, j) => expect(far.coef[0]![j]).toBeCloseTo(weight, 3));
  }
  expect(zeros((await fitted(set, { l1Ratio: 1, C: 0.01 })).coef)[0]).toMatch(/0/);
});

test('a fit that goes on tells the slope that is left, not that of the loss alone', async () => {
  const set = SETS['iris']!;
  const saved: unknown[] = [];
  const train = async (from: unknown, events: RunEvent[]): Promise<void> => {
    const next = (): Checkpoint => ({ load: async () => from, due: () => true, save: (state) => saved.push(structuredClone(state)), finish: () => {} });
    const jobs = [0.02, 1].map((C) => ({ name: `C ${C}`, params: { C } }));
    const on = { ...stageContext(compute, events), checkpoints: { rewind: () => {}, next } };
    await logisticRegression({ l1Ratio: 1, tol: 1e-7, maxIter: 200 }).train(set, jobs, {}, on);
  };
  await train(undefined, []);
  const events: RunEvent[] = [];
  await train(saved.at(-2), events);
  expect(events.map(({ type }) => type)).toContain('fit-resumed');
  const shown = events.find((event) => event.type === 'fit-progress');
  // It had converged before; the loss alone is steep there.
  expect(shown!.models[0]).toMatchObject({ done: true });
  expect(shown!.models[0]!.gradient).toBeLessThanOrEqual(1e-7);
});
