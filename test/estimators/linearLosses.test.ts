// linearSVC and poissonRegressor, which are a loss and a penalty each, against scikit-learn 1.9 (fixtures/linear.json, made by
// make_linear.py), and by what must hold of any rows.
import { describe, expect, test, vi } from 'vitest';
import figures from '../fixtures/linear.json' with { type: 'json' };
import diabetesFigures from '../fixtures/ridge.json' with { type: 'json' };
import {
  chain,
  crossValidate,
  fetch,
  fit,
  gridSearch,
  linearSVC,
  matrix,
  modelFromBytes,
  modelToBytes,
  pipeline,
  poissonRegressor,
  predict,
  score,
  split,
  standardize,
  type Checkpoint,
  type Dataset,
  type DatasetSource,
  type Features,
  type LinearSVCOptions,
  type PoissonRegressorOptions,
} from '../../src/api.ts';
import type { Compute } from '../../src/core/compute.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { ValuesEvaluation } from '../../src/dsl/estimator.ts';
import { meanPoissonDeviance } from '../../src/metrics/regression.ts';
import { runPipeline } from '../../src/node.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { foldsOf } from '../../src/validation/folding.ts';
import { testCompute } from '../support/compute.ts';
import { rawSet, smallSet, stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';
import { expectClose, thirds } from '../support/figures.ts';

const compute = await testCompute();
const context = stageContext(compute);
type Valued = Dataset<'train', Matrix, 'values'>;

const all = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_, i) => i);
const half = (rows: number, odd: number): Uint32Array => all(rows).filter((row) => row % 2 === odd);
const times = (rows: Uint32Array, count: number): Uint32Array => Uint32Array.from({ length: rows.length * count }, (_, i) => rows[i % rows.length]!);

/** A column of sevens, and the first column again. */
function withOddColumns({ rows, cols, data }: Matrix): Matrix {
  const out = new Float64Array(rows * (cols + 2));
  for (let row = 0; row < rows; row++) out.set([...data.subarray(row * cols, (row + 1) * cols), 7, data[row * cols]!], row * (cols + 2));
  return matrix(rows, cols + 2, out);
}

/** Columns that are large, far from 0, and small. */
function inOddUnits({ rows, cols, data }: Matrix): Matrix {
  return matrix(
    rows,
    cols,
    Float64Array.from(data, (value, at) => [value * 1e5, value + 1e5, value * 1e-5, value][at % 4]!),
  );
}

describe("scikit-learn's LinearSVC", () => {
  const settings: Readonly<Record<string, LinearSVCOptions>> = {
    default: {},
    'C=0.01, interceptScaling=10': { C: 0.01, interceptScaling: 10 },
    weights: { C: 0.1 },
    'balanced, weights': { C: 0.1, classWeight: 'balanced' },
    'class weights': { C: 0.1, classWeight: { 0: 3, 1: 0.5 } },
    'no intercept': { C: 0.1, fitIntercept: false },
  };
  const sets: Readonly<Record<string, () => Dataset<'train', Matrix>>> = {
    iris: () => rawSet('iris'),
    'iris of two classes': () => ({ ...rawSet('iris'), rows: all(100) }),
    'iris with odd columns': () => ({ ...rawSet('iris'), x: withOddColumns(rawSet('iris').x) }),
    digits: () => rawSet('digits'),
  };
  const named = figures.classifiers.map((row) => [`${row.data}, ${row.label}`, row] as const);

  function rowsOf({ data, weighted }: (typeof figures.classifiers)[number]) {
    const set = sets[data]!();
    const train = set.rows.filter((row) => row % 2 === 0 && !(set.labels[row] === 0 && row % 8 === 0));
    return {
      train: { ...set, rows: train, ...(weighted ? { weights: thirds(set.x.rows) } : {}) },
      test: { ...set, rows: set.rows.filter((row) => row % 2 === 1) },
    };
  }

  test.each(named)('%s', async (_, row) => {
    const { train, test } = rowsOf(row);
    const [one] = await linearSVC({ ...settings[row.label], tol: row.data === 'digits' ? 1e-7 : 1e-9, maxIter: 50_000 }).train(
      train,
      [{ name: 'fit' }],
      {},
      context,
    );
    const { model } = one!;
    // Digits have many weights of little use to the loss: both solvers end a little before the optimum.
    const allowed = row.data === 'digits' ? 3e-3 : 1e-5;
    expectClose(
      model.fields.coef.flatMap((own) => [...own]),
      row.coef.flat(),
      allowed,
    );
    expectClose(model.fields.intercept, row.intercept, allowed);
    const k = model.classes.length === 2 ? 1 : model.classes.length;
    expectClose((await model.decisionFunction(test, context)).subarray(0, 5 * k), row.decision_first5.flat(), allowed);
    const predicted = [...(await model.predict(test, context))];
    expect(predicted.filter((label, i) => label !== row.predict[i]).length).toBeLessThanOrEqual(row.data === 'digits' ? 1 : 0);
    expect(Math.abs((await model.score(test, context)) - row.accuracy) * predicted.length).toBeLessThan(row.data === 'digits' ? 1.5 : 0.5);
  });

  // There liblinear, whose tolerance is of the gradient at the start, leaves all but the largest column where they are.
  test.each([[{}], [{ C: 0.1, fitIntercept: false }], [{ C: 100, interceptScaling: 100 }]])(
    'columns in odd units are at their optimum: %j',
    async (options) => {
      const train = { ...rawSet('iris'), x: inOddUnits(rawSet('iris').x) };
      const [one] = await linearSVC({ ...options, tol: 1e-9, maxIter: 500 }).train(train, [{ name: 'fit' }], {}, context);
      const { fitIntercept = true, interceptScaling = 1, C = 1 } = options as LinearSVCOptions;
      one!.model.fields.coef.forEach((coef, c) => {
        const weights = [...coef, ...(fitIntercept ? [one!.model.fields.intercept[c]! / interceptScaling] : [])];
        const slopes = weights.map((weight) => ({ sum: weight, curvature: 1 }));
        let objective = weights.reduce((sum, weight) => sum + weight ** 2, 0) / 2;
        train.labels.forEach((label, row) => {
          const features = [...train.x.data.subarray(row * 4, row * 4 + 4), interceptScaling];
          const sign = label === c ? 1 : -1;
          const short = 1 - sign * weights.reduce((sum, weight, j) => sum + weight * features[j]!, 0);
          if (short <= 0) return;
          objective += C * short ** 2;
          slopes.forEach((slope, j) => {
            slope.sum -= 2 * C * short * sign * features[j]!;
            slope.curvature += 2 * C * features[j]! ** 2;
          });
        });
        // What a step along one weight alone could still win.
        for (const { sum, curvature } of slopes) expect(sum ** 2 / (2 * curvature)).toBeLessThan(1e-5 * objective);
      });
    },
  );

  test.each([
    ['a device', compute, 1e-5, 0.02],
    ['references', new ReferenceCompute(), 2e-3, 0.5],
  ] as const)('in f32, on %s, many rows give the model of their share', async (_, on: Compute, tol, allowed) => {
    const digits = rawSet('digits');
    const train = { ...digits, rows: digits.rows.filter((row) => row % 2 === 0 && digits.labels[row]! < 3) };
    const options = { C: 0.01, interceptScaling: 10, tol, maxIter: 3000 };
    const launches = vi.spyOn(on, 'launch');
    const [often] = await linearSVC({ ...options, C: 0.01 / 14 }).train({ ...train, rows: times(train.rows, 14) }, [{ name: 'fit' }], {}, stageContext(on));
    expect(launches.mock.calls.map(([{ name }]) => name)).toContain('squared_hinge');
    launches.mockRestore();
    const [once] = await linearSVC({ ...options, tol: 1e-7 }).train(train, [{ name: 'fit' }], {}, context);
    expectClose(await often!.model.decisionFunction(train, context), await once!.model.decisionFunction(train, context), allowed);
  });
});

const { rows: ROWS, cols: COLS, x: DIABETES, y: PROGRESS } = diabetesFigures.diabetes;
const { x: COUNTED, y: COUNTS, exposure: EXPOSURE } = figures.counts;
const counted = (x: Matrix, y: readonly number[], weights: Iterable<number>): Valued => ({
  name: 'counts',
  role: 'train',
  x,
  values: matrix(x.rows, 1, Float64Array.from(y)),
  weights: Float32Array.from(weights),
  rows: all(x.rows),
});
const counts = (): Valued => counted(matrix(240, 3, Float64Array.from(COUNTED.flat())), COUNTS, EXPOSURE);

describe("scikit-learn's PoissonRegressor", () => {
  const settings: Readonly<Record<string, PoissonRegressorOptions>> = {
    default: {},
    'alpha=0.0001': { alpha: 1e-4 },
    'alpha=0.01, weights': { alpha: 0.01 },
    'no intercept': { alpha: 0.01, fitIntercept: false },
  };
  const sets: Readonly<Record<string, () => Valued>> = {
    diabetes: () => counted(matrix(ROWS, COLS, Float64Array.from(DIABETES.flat())), PROGRESS, thirds(ROWS)),
    counts,
    'counts with odd columns': () => ({ ...counts(), x: withOddColumns(counts().x) }),
    rare: () => ({
      ...counts(),
      values: matrix(
        240,
        1,
        Float64Array.from({ length: 240 }, (_, i) => Number(i % 29 === 0)),
      ),
    }),
  };

  test.each(figures.regressors.map((row) => [`${row.data}, ${row.label}`, row] as const))('%s', async (_, row) => {
    const set = sets[row.data]!();
    const own = { ...set, weights: row.weighted ? set.weights : undefined };
    const train = { ...own, rows: half(set.x.rows, 0) };
    const test = { ...set, weights: undefined, rows: half(set.x.rows, 1) };
    const [best] = await poissonRegressor({ ...settings[row.label], tol: 1e-10, maxIter: 10_000 }).train(train, [{ name: 'fit' }], {}, context);
    expectClose([...best!.model.fields.coef[0]!, ...best!.model.fields.intercept], [...row.coef, row.intercept], 3e-5);
    const evaluation = (await best!.model.evaluate(test, 'counts', context)) as ValuesEvaluation;
    expectClose(evaluation.predicted.subarray(0, 5), row.predict_first5, 1e-5);
    expectClose([meanPoissonDeviance(evaluation)], [row.deviance], 1e-6);
    // The same way to the same end, where scikit-learn's own defaults stop.
    const [search] = await poissonRegressor(settings[row.label]).train(train, [{ name: 'fit' }], {}, context);
    // A long one goes apart in its last digits on the way.
    const long = row.n_iter > 50;
    expect(Math.abs((search!.model.summary['nIter'] as number) - row.n_iter)).toBeLessThanOrEqual(long ? row.n_iter / 10 : 0);
    expectClose([...search!.model.fields.coef[0]!, ...search!.model.fields.intercept], [...row.search_coef, row.search_intercept], long ? 1e-3 : 1e-5);
    if (!('folds' in row)) return;
    const folds = foldsOf(own, { folds: 3, stratified: false });
    const jobs = [0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut }));
    const trained = await poissonRegressor({ ...settings[row.label], tol: 1e-10, maxIter: 10_000 }).train(own, jobs, { folds }, context);
    expectClose(
      trained.map(({ heldOut }) => -meanPoissonDeviance(heldOut as ValuesEvaluation)),
      row.folds,
      1e-5,
    );
  });

  test.each([
    ['a device', compute],
    ['references', new ReferenceCompute()],
  ] as const)('in f32, on %s, many rows give the model of their share', async (_, on: Compute) => {
    const set = { ...counts(), x: matrix(240, 3, Float64Array.from(COUNTED.flatMap(([a, b, c]) => [a!, b! / 20, c! * 100]))) };
    const [once] = await poissonRegressor({ alpha: 0.01, tol: 1e-9 }).train(set, [{ name: 'fit' }], {}, context);
    const [often] = await poissonRegressor({ alpha: 0.01, tol: 1e-5 }).train({ ...set, rows: times(set.rows, 300) }, [{ name: 'fit' }], {}, stageContext(on));
    expectClose(often!.model.fields.coef[0]!, once!.model.fields.coef[0]!, 1e-3);
    expectClose(often!.model.fields.intercept, once!.model.fields.intercept, 1e-3);
  });
});

describe('of any rows', () => {
  test('a weight of 2 is a row twice, a weight of 0 a row left out; the order of rows says nothing; two runs are one', async () => {
    const set = rawSet('iris');
    const weights = Float32Array.from(set.rows, (row) => row % 3);
    const repeated = Uint32Array.from([...set.rows].flatMap((row) => Array.from({ length: row % 3 }, () => row)));
    const fitted = async (data: Dataset<'train'>) =>
      (await linearSVC({ C: 0.1, tol: 1e-9, maxIter: 20_000 }).train(data, [{ name: 'fit' }], {}, context))[0]!.model;
    const weighted = await fitted({ ...set, weights });
    expect((await fitted({ ...set, weights })).fields).toEqual(weighted.fields);
    for (const other of [await fitted({ ...set, rows: repeated }), await fitted({ ...set, weights, rows: set.rows.toReversed() })]) {
      other.fields.coef.forEach((own, c) => expectClose(own, weighted.fields.coef[c]!, 1e-5));
    }
    const values = counts();
    const sparse = { ...values, x: sparseOf(values.x) as Features } as never as Valued;
    const poissonOf = async (data: Valued) =>
      (await poissonRegressor({ tol: 1e-10, maxIter: 1000 }).train(data, [{ name: 'fit' }], {}, context))[0]!.model.fields;
    const expected = await poissonOf(values);
    const often = Uint32Array.from([...values.rows].flatMap((row) => Array.from({ length: EXPOSURE[row]! }, () => row)));
    for (const other of [sparse, { ...values, weights: undefined, rows: often }, { ...values, rows: values.rows.toReversed() }]) {
      expectClose((await poissonOf(other)).coef[0]!, expected.coef[0]!, 1e-6);
    }
  });

  test('folds and points of a grid are what the rows left give alone, whatever differs between them', async () => {
    const set = rawSet('iris');
    const folds = foldsOf(set, { folds: 3, stratified: true });
    const points = [{ C: 0.1, fitIntercept: false }, { classWeight: 'balanced' as const }, { C: 0.01, interceptScaling: 5 }];
    const jobs = [0, 1, 2].flatMap((heldOut) => points.map((params, i) => ({ name: `point ${i} fold ${heldOut}`, heldOut, params })));
    const tight = { tol: 1e-9, maxIter: 50_000 };
    const trained = await linearSVC(tight).train(set, jobs, { folds }, context);
    for (const [i, { heldOut, params }] of jobs.entries()) {
      const left = { ...set, rows: set.rows.filter((_, row) => folds.fold[row] !== heldOut) };
      const [alone] = await linearSVC({ ...tight, ...params }).train(left, [{ name: 'alone' }], {}, context);
      alone!.model.fields.coef.forEach((own, c) => expectClose(trained[i]!.model.fields.coef[c]!, own, 1e-5));
      expectClose(trained[i]!.model.fields.intercept, alone!.model.fields.intercept, 1e-5);
    }
  });

  test('all classes and folds share each pass over the rows', async () => {
    const set = smallSet('digits');
    const rows = times(set.rows, 2);
    const folds = { count: 3, fold: Uint8Array.from(rows, (_, i) => i % 3) };
    const jobs = [{ name: 'fit' }, ...[0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }))];
    const launches = vi.spyOn(compute, 'launch');
    const trained = await linearSVC({ maxIter: 3, C: 0.01 }).train({ ...set, rows }, jobs, { folds }, context);
    const losses = launches.mock.calls.filter(([{ name }]) => name === 'squared_hinge').length;
    launches.mockRestore();
    // As many as the slowest search tries steps, and not forty times that.
    expect(losses).toBeGreaterThanOrEqual(4);
    expect(losses).toBeLessThan(40);
    expect(trained.map(({ model }) => model.fields.coef.length)).toEqual([10, 10, 10, 10]);
  });

  test('columns of very different size: a mean beyond all numbers on the way does not end the search', async () => {
    const x = matrix(240, 3, Float64Array.from(COUNTED.flatMap(([a, b, c]) => [a! * 3000, b!, c!])));
    const events: RunEvent[] = [];
    const [one] = await poissonRegressor({ alpha: 0, maxIter: 1000 }).train({ ...counts(), x }, [{ name: 'fit' }], {}, stageContext(compute, events));
    expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
    const [scaled] = await poissonRegressor({ alpha: 0, tol: 1e-9, maxIter: 1000 }).train(counts(), [{ name: 'fit' }], {}, context);
    expect(one!.model.fields.coef[0]![0]! * 3000).toBeCloseTo(scaled!.model.fields.coef[0]![0]!, 3);
  });

  test('a fit that was interrupted goes on where it stood, and one that ended is not done again', async () => {
    const set = rawSet('iris');
    const saved: unknown[] = [];
    const kept = (from: unknown): { readonly next: () => Checkpoint; readonly rewind: () => void } => ({
      rewind: () => {},
      next: () => ({ load: async () => from, due: () => true, save: (state) => saved.push(structuredClone(state)), finish: (result) => saved.push(result) }),
    });
    const train = async (from: unknown, events: RunEvent[] = []) => {
      const [one] = await linearSVC().train(set, [{ name: 'fit' }], {}, { ...stageContext(compute, events), checkpoints: kept(from) });
      return one!.model.fields;
    };
    const whole = await train(undefined);
    const [middle, end] = [saved[Math.floor(saved.length / 2)], saved.at(-1)];
    for (const from of [middle, end]) {
      const events: RunEvent[] = [];
      expect(await train(from, events)).toEqual(whole);
      expect(events.map(({ type }) => type)).toContain('fit-resumed');
    }
    expect(await train({ trained: [{ coef: 'none' }] })).toEqual(whole);
  });

  test('what cannot be is refused by name', async () => {
    expect(() => linearSVC({ C: 0 })).toThrow('C is the weight of the losses');
    expect(() => poissonRegressor({ alpha: -1 })).toThrow('alpha is the weight of the L2 penalty');
    const set = counts();
    const train = (data: Valued) => poissonRegressor().train(data, [{ name: 'fit' }], {}, context);
    const values = (of: (row: number) => number): Valued => ({
      ...set,
      values: matrix(
        240,
        1,
        Float64Array.from({ length: 240 }, (_, row) => of(row)),
      ),
    });
    await expect(train(values((row) => (row === 7 ? -1 : 2)))).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining('row 7 of counts has -1'),
    });
    await expect(train(values(() => 0))).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining('average 0') });
    await expect(train({ ...set, values: matrix(120, 2, set.values.data) })).rejects.toMatchObject({ code: 'E_DATA' });
    const folds = { count: 2, fold: Uint8Array.from(set.rows, (row) => row & 1) };
    const weights = Float32Array.from(set.rows, (row) => row & 1);
    await expect(poissonRegressor().train({ ...set, weights }, [{ name: 'fold 2', heldOut: 1 }], { folds }, context)).rejects.toMatchObject({
      code: 'E_DATA',
      message: 'poissonRegressor: the rows that fold 2 trains on have a total weight of 0.',
    });
  });
});

describe('through pipelines', () => {
  test('a classifier: scaled, scored, folded, searched, kept', async () => {
    const set = smallSet('iris');
    const rows = Uint32Array.from(set.rows, (_, i) => (i * 7) % 150);
    const made = pipeline(
      'iris',
      fetch({ name: 'iris', digest: 'one', load: async () => ({ ...set, rows, role: 'all' as const }) }),
      split({ train: [0, 110], test: [110, 150] }),
      fit(chain(standardize(), linearSVC({ C: 0.1 }))),
      score({ on: 'test' }),
      crossValidate({ folds: 3 }),
      gridSearch(linearSVC(), { C: [1e-6, 0.1], fitIntercept: [true, false] }, { folds: 3 }),
      predict({ row: 60 }),
    );
    const { status, error, outputs, values } = await runPipeline(made, { values: ['model'] });
    expect({ status, error }).toEqual({ status: 'ok', error: undefined });
    expect(outputs['score']!['testAccuracy']).toBeGreaterThan(0.9);
    expect(outputs['fit']).toMatchObject({ status: 'converged', nIter: expect.any(Number) });
    expect(outputs['grid-search']).toMatchObject({ bestParams: { C: 0.1 } });
    const again = await modelFromBytes<NonNullable<typeof values.model>>('again', await modelToBytes(values.model!));
    expect(await again.model.decisionFunction(set)).toEqual(await values.model!.decisionFunction(set));
  });

  test('a regressor of counts', async () => {
    const source: DatasetSource<'values'> = { name: 'counts', digest: 'one', load: async () => ({ ...counts(), role: 'all' }) };
    const made = pipeline(
      'counts',
      fetch(source),
      split({ train: [0, 200], test: [200, 240] }),
      fit(chain(standardize(), poissonRegressor({ alpha: 0.01 }))),
      score({ on: 'test', scoring: ['negMeanPoissonDeviance', 'r2'] }),
      crossValidate({ folds: 4, scoring: 'negMeanPoissonDeviance' }),
      gridSearch(chain(standardize(), poissonRegressor()), { alpha: [0.01, 100] }, { folds: 3, scoring: 'negMeanPoissonDeviance' }),
    );
    const { status, error, outputs } = await runPipeline(made);
    expect({ status, error }).toEqual({ status: 'ok', error: undefined });
    expect(outputs['score']!['r2']).toBeGreaterThan(0.1);
    expect(outputs['grid-search']).toMatchObject({ bestParams: { alpha: 0.01 } });
  });
});
