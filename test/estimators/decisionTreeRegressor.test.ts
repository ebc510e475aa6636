// Trees of values against scikit-learn's figures, and what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/decisionTreeRegressor.json' with { type: 'json' };
import {
  chain,
  crossValidate,
  decisionTreeRegressor,
  fetch,
  fit,
  gridSearch,
  matrix,
  modelFromBytes,
  modelToBytes,
  pipeline,
  score,
  split,
  standardize,
  type Dataset,
  type DecisionTreeRegressorOptions,
} from '../../src/api.ts';
import type { Compute } from '../../src/core/compute.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { runPipeline } from '../../src/node.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, fitted, half } from '../support/figures.ts';
import type { Valued } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';
import { camel, exactSet, weighted } from '../support/valueTrees.ts';

const compute = await testCompute();
const context = stageContext(compute);

const tree = (data: object, options: DecisionTreeRegressorOptions = {}, on: Compute = compute) => fitted(decisionTreeRegressor(options), data, on);

const diabetes = exactSet('diabetes');

/** Rows `[rows, cols]` with one value each. */
function tableOf(x: readonly (readonly number[])[], y: readonly number[]): Valued {
  return {
    name: 'own',
    role: 'train',
    x: matrix(x.length, x[0]!.length, Float64Array.from(x.flat())),
    values: matrix(y.length, 1, Float64Array.from(y)),
    rows: Uint32Array.from(y.keys()),
  };
}

describe('trees on which seeds of scikit-learn agree', () => {
  test.each(figures.trees.map((one) => [`${one.data}, ${JSON.stringify(one.params)}${one.weighted ? ', weights' : ''}`, one] as const))(
    '%s',
    async (_, { data, params, weighted: has, predict, r2, nodes, root, importances }) => {
      const rows = weighted(exactSet(data), has);
      const model = await tree(half(rows, 0), camel(params));
      const asked = half(exactSet(data), 1);
      expectClose(await model.predict(asked, context), predict, 1e-12);
      expect(await model.score(asked, context)).toBeCloseTo(r2, 12);
      const { feature, threshold, featureImportances } = model.fields;
      expect(feature).toHaveLength(nodes);
      expect(feature[0]).toBe(root.feature);
      expect(threshold[0]).toBe(root.threshold);
      if (importances) featureImportances.forEach((share, j) => expect(share).toBeCloseTo(importances[j]!, 9));
    },
  );
});

test('a tree to the last row does as well as those of scikit-learn', async () => {
  for (const { data, params, weighted: has, r2s, leaves } of figures.deep) {
    const rows = half(weighted(exactSet(data), has), 0);
    const model = await tree(rows, camel(params));
    const r2 = await model.score(half(exactSet(data), 1), context);
    const spread = Math.max(...r2s) - Math.min(...r2s);
    expect(r2).toBeGreaterThanOrEqual(Math.min(...r2s) - spread / 4);
    expect(r2).toBeLessThanOrEqual(Math.max(...r2s) + spread / 4);
    const own = model.fields.feature.filter((feature) => feature < 0).length;
    expect(own).toBeGreaterThanOrEqual(Math.min(...leaves) - 2);
    expect(own).toBeLessThanOrEqual(Math.max(...leaves) + 2);
    if (!('min_samples_leaf' in params)) expect(await model.predict(rows, context)).toEqual(Float64Array.from(rows.rows, (id) => rows.values.data[id]!));
  }
});

test('one tree on every driver, and without a device', async () => {
  const options = { maxLeafNodes: 40, maxFeatures: 4, seed: 3 };
  const expected = await modelToBytes(await tree(diabetes, options, new ReferenceCompute()));
  const drivers: string[] = [];
  for (const adapter of ['swiftshader', 'lavapipe']) {
    const opened = await openNodeCompute({ adapter }).catch((error: unknown) => {
      // SwiftShader comes with the package; lavapipe is where the system has it.
      if (adapter === 'lavapipe' && (error as { readonly code?: string }).code === 'E_NO_ADAPTER') return undefined;
      throw error;
    });
    if (!opened) continue;
    drivers.push(adapter);
    try {
      expect(await modelToBytes(await tree(diabetes, options, opened.compute)), adapter).toEqual(expected);
    } finally {
      opened.compute.destroy();
    }
  }
  expect(drivers).toContain('swiftshader');
});

test('order of rows, weights for repeats, other units and columns without values change nothing', async () => {
  const options = { maxDepth: 5, minSamplesLeaf: 3 };
  const model = await tree(diabetes, options);
  const shuffled = await tree({ ...diabetes, rows: new RandomState(1).permutation(442) }, options);
  expect(shuffled.fields.threshold).toEqual(model.fields.threshold);
  expectClose(shuffled.fields.values, model.fields.values, 1e-14);
  const weights = Float32Array.from(diabetes.rows, (row) => row % 3);
  const repeated = Uint32Array.from([...diabetes.rows].flatMap((id) => new Array<number>(weights[id]!).fill(id)));
  const heavy = await tree({ ...diabetes, weights }, { maxDepth: 5 });
  const twice = await tree({ ...diabetes, rows: repeated }, { maxDepth: 5 });
  expect(heavy.fields.threshold).toEqual(twice.fields.threshold);
  expectClose(heavy.fields.values, twice.fields.values, 1e-14);
  // Weights that are no whole numbers.
  for (const [by, maxDepth] of [
    [8, 5],
    [3, 3],
  ] as const) {
    const parts = await tree({ ...diabetes, weights: weights.map((own) => own / by) }, { maxDepth });
    const whole = await tree({ ...diabetes, weights }, { maxDepth });
    expect(parts.fields.threshold).toEqual(whole.fields.threshold);
    expectClose(parts.fields.values, whole.fields.values, 1e-6);
  }
  const { rows, cols, data } = diabetes.x;
  const moved = await tree({ ...diabetes, x: matrix(rows, cols, data.map((value) => value * 1024 - 2 ** 10) as Float64Array) }, options);
  expect(moved.fields.feature).toEqual(model.fields.feature);
  // Values of another size, and far from 0.
  for (const [factor, shift] of [
    [2 ** -700, 0],
    [2 ** 600, 0],
    [1, 2 ** 40],
  ] as const) {
    const values = matrix(rows, 1, diabetes.values.data.map((value) => value * factor + shift) as Float64Array);
    const other = await tree({ ...diabetes, values }, options);
    expect(other.fields.threshold).toEqual(model.fields.threshold);
    expectClose(
      other.fields.values,
      model.fields.values.map((value) => value * factor + shift),
      1e-14,
    );
  }
});

test('sparse rows and their dense twins give one tree', async () => {
  const rows = 300;
  const random = new RandomState(4);
  const x = matrix(
    rows,
    12,
    Uint8Array.from({ length: rows * 12 }, () => (random.interval(2) === 0 ? random.interval(255) : 0)),
  );
  const values = matrix(
    rows,
    1,
    Float64Array.from({ length: rows }, (_, row) => x.data[row * 12]! + x.data[row * 12 + 5]! / 7),
  );
  const data: Valued = { name: 'bytes', role: 'train', x, values, rows: Uint32Array.from({ length: rows }, (_, row) => row) };
  const model = await tree(data);
  for (const other of [sparseOf(x), matrix(rows, 12, Float32Array.from(x.data)), matrix(rows, 12, Uint16Array.from(x.data))]) {
    expect((await tree({ ...data, x: other })).fields).toEqual(model.fields);
  }
});

test('values that are nearly alike are told apart, and rows of one value are a leaf, whatever its size', async () => {
  const x = [0, 1, 2, 3, 4, 5, 6, 7].map((value) => [value]);
  for (const values of [
    [1e9, 1e9, 1e9 + 1e-6, 1e9 + 1e-6, 1e9 + 2e-6, 1e9 + 2e-6, 1e9, 1e9],
    [1e-12, 1e-12, 2e-12, 2e-12, 5e-12, 5e-12, 1e-12, 1e-12],
    [0, 0, 1, 1, 1e15, 1e15, 0, 0],
  ]) {
    const rows = tableOf(x, values);
    const model = await tree(rows);
    expect([...(await model.predict(rows, context))]).toEqual(values);
    expect(model.fields.feature.filter((feature) => feature < 0)).toHaveLength(4);
  }
  const same = await tree(
    tableOf(
      x,
      x.map(() => 0.1),
    ),
  );
  expect(same.fields.feature).toHaveLength(1);
  expect(same.fields.values).toEqual(Float64Array.of(0.1));
  expect(same.fields.featureImportances).toEqual(Float64Array.of(0));
  // No split of either feature gains anything, and two of them tell all apart.
  const either = tableOf(
    [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
    [1, 0, 0, 1],
  );
  expect([...(await (await tree(either)).predict(either, context))]).toEqual([1, 0, 0, 1]);
});

test('bounds of trees hold', async () => {
  const leavesOf = ({ feature, next, values }: { feature: Int32Array; next: Uint32Array; values: Float64Array }): Float64Array =>
    Float64Array.from(
      [...feature.keys()].filter((node) => feature[node]! < 0),
      (node) => values[next[node]!]!,
    );
  const few = await tree(diabetes, { maxLeafNodes: 7 });
  expect(leavesOf(few.fields)).toHaveLength(7);
  const wide = await tree(diabetes, { minSamplesLeaf: 30 });
  const said = await wide.predict(diabetes, context);
  for (const value of leavesOf(wide.fields)) expect(said.filter((own) => own === value).length).toBeGreaterThanOrEqual(30);
  // Each leaf says the mean of its rows.
  for (const value of leavesOf(wide.fields)) {
    const own = [...diabetes.rows].filter((row) => said[row] === value);
    expect(own.reduce((sum, row) => sum + diabetes.values.data[row]!, 0) / own.length).toBeCloseTo(value, 10);
  }
  // Nodes whose drawn features are all constant draw on.
  expect(await (await tree(diabetes, { maxFeatures: 1 })).score(diabetes, context)).toBe(1);
});

test('a scaling changes nothing; folds, a search, and a file', async () => {
  const made = pipeline(
    'tree',
    fetch<'values'>({ name: 'diabetes', load: async () => ({ ...diabetes, role: 'all' }) as Dataset<'all', Matrix, 'values'> }),
    split({ train: [0, 300], test: [300, 442] }),
    fit(chain(standardize(), decisionTreeRegressor({ maxDepth: 3 }))),
    score({ on: 'test' }),
    crossValidate({ folds: 3 }),
    gridSearch(decisionTreeRegressor(), { maxDepth: [1, 3], minImpurityDecrease: [0, 1e9] }, { folds: 3 }),
  );
  const { status, error, outputs, values } = await runPipeline(made, { values: ['model'] });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  const plain = await tree({ ...diabetes, rows: diabetes.rows.subarray(0, 300) }, { maxDepth: 3 });
  const test = { ...diabetes, rows: diabetes.rows.subarray(300) };
  expect(outputs['score']!['r2']).toBe(await plain.score(test, context));
  expect(outputs['grid-search']).toMatchObject({ bestParams: { maxDepth: 3, minImpurityDecrease: 0 } });
  const again = await modelFromBytes<NonNullable<typeof values.model>>('again', await modelToBytes(values.model!));
  expect(await again.model.predict(test, context)).toEqual(await values.model!.predict(test, context));
});

test('what cannot be is refused by name', async () => {
  const narrow = new ReferenceCompute({ limits: { maxBindingBytes: 6400 } });
  await expect(tree(diabetes, {}, narrow)).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining('this device takes 400 at once') });
  expect(() => decisionTreeRegressor({ minImpurityDecrease: -1 })).toThrow('minImpurityDecrease');
  expect(() => decisionTreeRegressor({ criterion: 'gini' } as never)).toThrow('criterion');
  await expect(tree(diabetes, { maxFeatures: 11 })).rejects.toMatchObject({ code: 'E_PARAMS', message: expect.stringContaining('10 features') });
  await expect(tree({ ...diabetes, weights: new Float32Array(442) })).rejects.toMatchObject({
    code: 'E_DATA',
    message: expect.stringContaining('0 of every row'),
  });
  await expect(tree(tableOf([[0], [1], [2]], [-1.7e308, 1.7e308, 0]))).rejects.toMatchObject({
    code: 'E_DATA',
    message: expect.stringContaining('sum is no number'),
  });
});
