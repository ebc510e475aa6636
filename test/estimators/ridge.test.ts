// Ridge regression and ridgeClassifier against scikit-learn 1.9 (fixtures/ridge.json), and by what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/ridge.json' with { type: 'json' };
import { rawSet, smallSet, stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';
import { standardScaling } from '../support/standardScaling.ts';
import { testCompute } from '../support/compute.ts';
import {
  chain,
  crossValidate,
  fetch,
  fit,
  gridSearch,
  matrix,
  modelFromBytes,
  modelToBytes,
  pipeline,
  predict,
  ridge,
  ridgeClassifier,
  type RidgeOptions,
  score,
  shuffle,
  split,
  standardize,
  type Dataset,
  type DatasetSource,
  type Features,
} from '../../src/api.ts';
import type { Compute } from '../../src/core/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { ValuesEvaluation } from '../../src/dsl/estimator.ts';
import { aroundMeans } from '../../src/estimators/ridge/moments.ts';
import { sumsByFold } from '../../src/estimators/ridge/sums.ts';
import { meanAbsoluteError, meanSquaredError, r2 } from '../../src/metrics/regression.ts';
import { runPipeline } from '../../src/node.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { foldsOf } from '../../src/validation/folding.ts';
import { expectClose } from '../support/figures.ts';

const compute = await testCompute();
const context = stageContext(compute);
type Valued = Dataset<'train', Features, 'values'>;

const half = (rows: number, odd: number): Uint32Array => Uint32Array.from({ length: (rows + 1 - odd) >> 1 }, (_, i) => 2 * i + odd);
const all = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_, i) => i);
const random = new RandomState(3);
const noise = (): number => random.uint32() / 2 ** 31 - 1;

const { rows: ROWS, cols: COLS, x, y } = figures.diabetes;
const diabetes: Valued = {
  name: 'diabetes',
  role: 'train',
  x: matrix(ROWS, COLS, Float64Array.from(x.flat())),
  values: matrix(ROWS, 1, Float64Array.from(y)),
  rows: all(ROWS),
};

async function fitted(data: Valued, options: RidgeOptions = {}, on: Compute = compute) {
  const [one] = await ridge(options).train(data, [{ name: 'fit' }], {}, stageContext(on));
  return one!.model;
}

describe("scikit-learn's figures", () => {
  test.each([
    ['linear regression', 0],
    ['ridge alpha=1', 1],
    ['ridge alpha=100', 100],
  ] as const)('%s', async (label, alpha) => {
    const row = figures.regressors.find((one) => one.label === label)!;
    const model = await fitted({ ...diabetes, rows: half(ROWS, 0) }, { alpha });
    const test = { ...diabetes, rows: half(ROWS, 1) };
    expectClose(model.fields.coef[0]!, row.coef, 1e-9);
    expectClose(model.fields.intercept, [row.intercept], 1e-12);
    const evaluation = (await model.evaluate(test, 'counts', context)) as ValuesEvaluation;
    expectClose(evaluation.predicted.subarray(0, 10), row.predict_first10, 1e-9);
    expectClose([r2(evaluation), meanSquaredError(evaluation), meanAbsoluteError(evaluation)], [row.r2, row.mse, row.mae], 1e-9);
    const jobs = [0, 1, 2, 3, 4].map((heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut }));
    const folds = foldsOf(diabetes, { folds: 5, stratified: false });
    const trained = await ridge({ alpha }).train(diabetes, jobs, { folds }, context);
    expectClose(
      trained.map(({ heldOut }) => r2(heldOut as ValuesEvaluation)),
      row.cv5_r2,
      1e-9,
    );
  });

  test.each(figures.classifiers)('RidgeClassifier, $data, $label', async ({ data: name, params, coef, intercept, predict, accuracy }) => {
    // Figures of standardised features, which rows have as a scaling here; those of iris as float64.
    const set = name === 'iris' ? rawSet('iris') : smallSet('digits');
    const data = { ...set, scaling: await standardScaling(set), rows: half(set.x.rows, 0) };
    const [one] = await ridgeClassifier(params).train(data, [{ name: 'fit' }], {}, context);
    const { fields } = one!.model;
    expectClose(
      fields.coef.flatMap((own) => [...own]),
      coef.flat(),
      1e-10,
    );
    expectClose(fields.intercept, intercept, 1e-10);
    const test = { ...data, rows: half(set.x.rows, 1) };
    expect([...(await one!.model.predict(test, context))]).toEqual(predict);
    expect(await one!.model.score(test, context)).toBe(accuracy);
  });
});

/** Times of seconds apart in years from zero, prices beside grams, a constant and a column far from it; two outputs. */
function table(rows: number): Valued {
  const features = Array.from({ length: rows }, () => [1.7e9 + 30 * noise(), 4e5 + 9e4 * noise(), 2e-3 * noise(), 12, noise() ** 3]);
  const values = features.flatMap(([t, price, grams, , cubes]) => [
    0.2 * (t! - 1.7e9) + 1e-5 * price! + 800 * grams! + 3 * cubes! + noise() / 10,
    1e5 + grams! * 1e3 + noise() / 100,
  ]);
  return {
    name: 'table',
    role: 'train',
    x: matrix(rows, 5, Float64Array.from(features.flat())),
    values: matrix(rows, 2, Float64Array.from(values)),
    rows: all(rows),
  };
}

/** Normal equations of features around their means, weighted, in float64. @returns the gradient of the penalised loss over its terms */
function optimality({ x, values, rows, weights }: Valued, alpha: number, coef: readonly Float64Array[], intercept: Float64Array): number {
  const { data } = x as { data: Float64Array } & Features;
  let worst = 0;
  coef.forEach((own, output) => {
    const level = own.map((_, j) => rows.reduce((sum, id) => sum + data[id * x.cols + j]!, 0) / rows.length);
    const base = intercept[output]! + own.reduce((sum, weight, j) => sum + weight * level[j]!, 0);
    const residual = Float64Array.from(rows, (id) => {
      const fit = own.reduce((sum, weight, j) => sum + weight * (data[id * x.cols + j]! - level[j]!), base);
      return (weights?.[id] ?? 1) * (values.data[id * values.cols + output]! - fit);
    });
    own.forEach((weight, j) => {
      const terms = [...residual].map((one, i) => one * (data[rows[i]! * x.cols + j]! - level[j]!));
      const size = terms.reduce((sum, term) => sum + Math.abs(term), alpha * Math.abs(weight)) + 1e-300;
      worst = Math.max(worst, Math.abs(terms.reduce((sum, term) => sum + term, 0) - alpha * weight) / size);
    });
    worst = Math.max(worst, Math.abs(residual.reduce((a, b) => a + b, 0)) / residual.reduce((a, b) => a + Math.abs(b), 0));
  });
  return worst;
}

describe('of any rows', () => {
  test.each([0, 1e-3, 10])('columns of every scale, two outputs, alpha %d: the loss is least', async (alpha) => {
    const data = table(700);
    const { fields } = await fitted(data, { alpha });
    expect(fields.coef[0]![3]).toBe(0);
    expect(optimality(data, alpha, fields.coef, fields.intercept)).toBeLessThan(1e-6);
    const weighted = { ...data, weights: Float32Array.from({ length: 700 }, (_, row) => row % 4) };
    const other = await fitted(weighted, { alpha });
    expect(optimality(weighted, alpha, other.fields.coef, other.fields.intercept)).toBeLessThan(1e-6);
  });

  test('a weight of 2 is a row twice, a weight of 0 a row left out; the order of rows says nothing; two runs are one', async () => {
    const data = table(300);
    const weights = Float32Array.from({ length: 300 }, (_, row) => row % 3);
    const twice = { ...data, rows: Uint32Array.from([...data.rows].flatMap((row) => Array.from({ length: row % 3 }, () => row))) };
    const [weighted, again, repeated, turned] = [
      await fitted({ ...data, weights }),
      await fitted({ ...data, weights }),
      await fitted(twice),
      await fitted({ ...data, weights, rows: data.rows.toReversed() }),
    ];
    expect(again.fields).toEqual(weighted.fields);
    for (const other of [repeated, turned]) other.fields.coef.forEach((own, output) => expectClose(own, [...weighted.fields.coef[output]!], 1e-8));
  });

  test('bytes, f32, sparse and float64 rows of the same numbers give the same model, on a device and by references', async () => {
    const bytes = Uint8Array.from({ length: 200 * 9 }, () => (random.interval(3) === 0 ? random.interval(255) : 0));
    const values = matrix(
      200,
      1,
      Float64Array.from({ length: 200 }, (_, row) => bytes[row * 9]! / 50 + noise()),
    );
    const twin = (x: Features): Valued => ({ name: 'twin', role: 'train', x, values, rows: all(200) });
    const expected = await fitted(twin(matrix(200, 9, Float64Array.from(bytes))));
    const dense = matrix(200, 9, bytes);
    const others = [dense, matrix(200, 9, Float32Array.from(bytes)), matrix(200, 9, Uint16Array.from(bytes)), sparseOf(dense)];
    for (const other of [...others.map((one) => [one, compute] as const), [dense, new ReferenceCompute()] as const]) {
      const { fields } = await fitted(twin(other[0]), {}, other[1]);
      expectClose(fields.coef[0]!, [...expected.fields.coef[0]!], 1e-10);
    }
  });

  test('of many least squares, the shortest weights', async () => {
    // The second column is the first, the third twice it; more columns than rows in the last case.
    const base = Array.from({ length: 40 }, noise);
    const values = matrix(
      40,
      1,
      Float64Array.from(base, (value) => 6 * value + 1),
    );
    const { fields } = await fitted(
      { name: 'twins', role: 'train', x: matrix(40, 3, Float64Array.from(base.flatMap((v) => [v, v, 2 * v]))), values, rows: all(40) },
      { alpha: 0 },
    );
    expectClose(fields.coef[0]!, [1, 1, 2], 1e-9);
    const wide = matrix(4, 9, Float64Array.from({ length: 36 }, noise));
    const few: Valued = { name: 'wide', role: 'train', x: wide, values: matrix(4, 1, Float64Array.of(1, -2, 3, 5)), rows: all(4) };
    const least = await fitted(few, { alpha: 0 });
    const almost = await fitted(few, { alpha: 1e-7 });
    expectClose(await least.predict(few, context), [1, -2, 3, 5], 1e-9);
    expectClose(least.fields.coef[0]!, [...almost.fields.coef[0]!], 1e-5);
  });

  test('without a constant', async () => {
    const data = table(60);
    const origin = {
      ...data,
      values: matrix(
        60,
        1,
        Float64Array.from({ length: 60 }, (_, row) => 7 * (data.x as typeof diabetes.x & { data: Float64Array }).data[row * 5 + 1]!),
      ),
    };
    const { fields } = await fitted(origin, { alpha: 0, fitIntercept: false });
    expect([...fields.intercept]).toEqual([0]);
    expectClose(await (await fitted(origin, { alpha: 0, fitIntercept: false })).predict(origin, context), [...origin.values.data], 1e-6);
  });

  test('folds and penalties share one pass, and are what the rows left give alone', async () => {
    const data = table(500);
    const folds = foldsOf(data, { folds: 3, stratified: false });
    const launches: string[] = [];
    const counted = new Proxy(compute, {
      get: (target, key) => {
        const own = Reflect.get(target, key, target) as unknown;
        if (typeof own !== 'function') return own;
        return (...given: unknown[]) => {
          if (key === 'launch') launches.push((given[0] as { name: string }).name);
          return (own as (...given: unknown[]) => unknown).apply(target, given);
        };
      },
    });
    const jobs = [0, 1, 2].flatMap((heldOut) => [0.1, 1, 10].map((alpha) => ({ name: `fold ${heldOut}`, heldOut, params: { alpha } })));
    const trained = await ridge().train(data, jobs, { folds }, stageContext(counted));
    // One launch for each fold's own rows, whatever is trained on them.
    expect(launches.filter((name) => name === 'gram')).toHaveLength(3);
    for (const [i, { heldOut, params }] of jobs.entries()) {
      const left = { ...data, rows: data.rows.filter((_, row) => folds.fold[row] !== heldOut) };
      const alone = await fitted(left, params);
      trained[i]!.model.fields.coef.forEach((own, output) => expectClose(own, [...alone.fields.coef[output]!], 1e-8));
    }
  });

  test('a column that is constant in the rows left has no weight', async () => {
    const data = table(87);
    const odd = data.x as typeof data.x & { readonly data: Float64Array };
    // Fewer than half of the rows: not what the device has as 0.
    for (const row of data.rows) odd.data[row * 5 + 4] = row < 50 ? noise() : 0.7;
    const folds = { fold: Uint8Array.from(data.rows, (row) => Number(row >= 50)), count: 2 };
    const [one] = await ridge({ alpha: 0 }).train(data, [{ name: 'fold 1', heldOut: 0 }], { folds }, context);
    expect(one!.model.fields.coef[0]![4]).toBe(0);
    const alone = await fitted({ ...data, rows: data.rows.subarray(50) }, { alpha: 0 });
    expectClose(one!.model.fields.coef[0]!, [...alone.fields.coef[0]!], 1e-8);
    // What rounding leaves of three rows of 0.1 is no spread; a millionth of their size is.
    const spread = (part: number): number => {
      const sums = { products: Float64Array.of(0.03 * (1 + part), 0.3, 0.3, 3), targets: [] };
      return aroundMeans(sums, { scale: Float64Array.of(1), offset: Float64Array.of(0) }, []).products[0]!;
    };
    expect([spread(1e-15), spread(1e-12)]).toEqual([0, expect.closeTo(3e-14, 16)]);
  });

  test.each([undefined, 3])('rows that come in parts give the same, with and without weights of rows; folds: %s', async (count) => {
    const features = Float64Array.from({ length: 1300 * 9 }, (_, at) => 1e3 * (at % 9) + noise());
    const bytes = Uint8Array.from({ length: 1300 * 9 }, () => random.interval(255));
    const base = { name: 'parts', role: 'train', values: matrix(1300, 1, Float64Array.from({ length: 1300 }, noise)), rows: all(1300) } as const;
    // A tile of rows at a time, none of which stays.
    const little = new ReferenceCompute({ limits: { maxBindingBytes: 30_000, residentBytes: 0 } });
    const tables: readonly Valued[] = [
      { ...base, x: matrix(1300, 9, features) },
      { ...base, x: matrix(1300, 9, bytes) },
      { ...base, x: matrix(1300, 9, bytes), weights: new Float32Array(1300).fill(0.3) },
    ];
    for (const data of tables) {
      const folds = count ? foldsOf(data, { folds: count, stratified: false }) : undefined;
      const { frame, sums } = await sumsByFold('ridge', context, data, { weights: data.weights, folds });
      const other = await sumsByFold('ridge', { compute: async () => little }, data, { weights: data.weights, folds });
      expect(other.frame.center).toEqual(frame.center);
      expect(sums).toHaveLength(count ?? 1);
      sums.forEach(({ products }, fold) => expectClose(other.sums[fold]!.products, [...products], 1e-13));
      expect(sums.reduce((sum, { products }) => sum + products.at(-1)!, 0)).toBeCloseTo(data.weights ? 1300 * Math.fround(0.3) : 1300, 6);
    }
  });

  test('class weights are weights of rows; balanced ones count the rows of each fold', async () => {
    const set = { ...smallSet('iris'), rows: all(110) };
    const given = await ridgeClassifier({ classWeight: { '0': 3, '2': 0.5 } }).train(set, [{ name: 'fit' }], {}, context);
    const weights = Float32Array.from(set.labels, (label) => [3, 1, 0.5][label]!);
    const weighted = await ridgeClassifier().train({ ...set, weights }, [{ name: 'fit' }], {}, context);
    expect(given[0]!.model.fields.coef).toEqual(weighted[0]!.model.fields.coef);
    const named = { ...set, classNames: ['setosa', 7, true] };
    const byName = await ridgeClassifier({ classWeight: { setosa: 3, true: 0.5 } }).train(named, [{ name: 'fit' }], {}, context);
    expect(byName[0]!.model.fields.coef).toEqual(weighted[0]!.model.fields.coef);
    const folds = foldsOf(set, { folds: 4, stratified: true });
    const balanced = ridgeClassifier({ classWeight: 'balanced' });
    const [fold] = await balanced.train(set, [{ name: 'fold 2', heldOut: 1 }], { folds }, context);
    const [alone] = await balanced.train({ ...set, rows: set.rows.filter((_, row) => folds.fold[row] !== 1) }, [{ name: 'fit' }], {}, context);
    fold!.model.fields.coef.forEach((own, c) => expectClose(own, [...alone!.model.fields.coef[c]!], 1e-9));
  });
});

describe('through pipelines', () => {
  const source: DatasetSource<'values'> = { name: 'diabetes', digest: 'one', load: async () => ({ ...diabetes, role: 'all' }) };

  test('a regressor: scaled, scored, folded, searched, kept', async () => {
    const made = pipeline(
      'diabetes',
      fetch(source),
      split({ train: [0, 300], test: [300, ROWS] }),
      shuffle({ seed: 1 }),
      fit(chain(standardize(), ridge({ alpha: 10 }))),
      score({ on: 'test', scoring: ['r2', 'negMeanSquaredError'] }),
      crossValidate({ folds: 4 }),
      gridSearch(chain(standardize(), ridge()), { alpha: [0.01, 10, 1e7] }, { folds: 3 }),
      predict({ row: 2 }),
    );
    const { status, error, outputs, values } = await runPipeline(made, { values: ['model'] });
    expect({ status, error }).toEqual({ status: 'ok', error: undefined });
    expect(outputs['score']!['r2']).toBeGreaterThan(0.4);
    expect(Math.min(...(outputs['cross-validate'] as { foldScores: number[] }).foldScores)).toBeGreaterThan(0.3);
    expect(outputs['grid-search']).toMatchObject({ bestParams: { alpha: 10 } });
    const again = await modelFromBytes<NonNullable<typeof values.model>>('again', await modelToBytes(values.model!));
    expect(await again.model.predict(diabetes)).toEqual(await values.model!.predict(diabetes));
  });

  test('a classifier of two classes has one column', async () => {
    const set = smallSet('iris', 1);
    const rows = new RandomState(5).permutation(150);
    const made = pipeline(
      'iris',
      fetch({ name: 'iris', digest: 'one', load: async () => ({ ...set, rows, role: 'all' as const, positive: undefined }) }),
      split({ train: [0, 110], test: [110, 150] }),
      shuffle({ seed: 1 }),
      fit(chain(standardize(), ridgeClassifier())),
      score({ on: 'test', scoring: ['accuracy', 'rocAuc'] }),
      crossValidate({ folds: 3 }),
      gridSearch(ridgeClassifier(), { alpha: [0.1, 1e6] }, { folds: 3 }),
      predict({ row: 60 }),
    );
    const { status, error, outputs, values } = await runPipeline(made, { values: ['model'] });
    expect({ status, error }).toEqual({ status: 'ok', error: undefined });
    expect(values.model!.fields.coef).toHaveLength(1);
    expect(outputs['score']!['testAccuracy']).toBeGreaterThan(0.6);
    expect(outputs['grid-search']).toMatchObject({ bestParams: { alpha: 0.1 } });
  });

  test('what cannot be is refused by name', async () => {
    expect(() => ridge({ alpha: -1 })).toThrow('alpha is the weight of the L2 penalty');
    await expect(ridgeClassifier().train({ ...smallSet('iris'), rows: all(50) }, [{ name: 'fit' }], {}, context)).rejects.toMatchObject({ code: 'E_CLASS' });
    await expect(ridgeClassifier({ classWeight: { setosa: 2 } }).train(smallSet('iris'), [{ name: 'fit' }], {}, context)).rejects.toMatchObject({
      code: 'E_PARAMS',
    });
    const folds = { fold: Uint8Array.from(diabetes.rows, (row) => row & 1), count: 2 };
    const weights = Float32Array.from(diabetes.rows, (row) => row & 1);
    await expect(ridge().train({ ...diabetes, weights }, [{ name: 'fold 2', heldOut: 1 }], { folds }, context)).rejects.toMatchObject({
      code: 'E_DATA',
      message: 'ridge: the rows of diabetes that fold 2 trains on have a total weight of 0.',
    });
    const wide: Valued = {
      name: 'wide',
      role: 'train',
      x: matrix(2, 9000, new Float32Array(18_000)),
      values: matrix(2, 1, Float64Array.of(1, 2)),
      rows: all(2),
    };
    await expect(fitted(wide, {}, new ReferenceCompute())).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining('for the 9000 columns of wide'),
    });
  });
});
