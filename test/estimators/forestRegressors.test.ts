// Forests of values against scikit-learn's, and what must hold of any rows.
import { expect, test } from 'vitest';
import figures from '../fixtures/forestRegressors.json' with { type: 'json' };
import { decisionTreeRegressor, extraTreesRegressor, modelToBytes, randomForestRegressor, type RandomForestRegressorOptions } from '../../src/api.ts';
import type { Compute } from '../../src/core/compute.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, fitted, half } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';
import { camel, exactSet, weighted } from '../support/valueTrees.ts';

const compute = await testCompute();
const context = stageContext(compute);
const diabetes = exactSet('diabetes');

const forest = (data: object, options: RandomForestRegressorOptions = {}, on: Compute = compute) => fitted(randomForestRegressor(options), data, on);

test.each(figures.forests.map((one) => [`${one.data}, ${JSON.stringify(one.params)}`, one] as const))(
  'a seed is the forest that it is in scikit-learn: %s',
  async (_, { data, params, weighted: has, seed, predict_first10, r2, oob_score, oob_first10, importances }) => {
    const model = await forest(half(weighted(exactSet(data), has), 0), { ...camel(params), seed, oobScore: true });
    const asked = half(exactSet(data), 1);
    expectClose((await model.predict(asked, context)).subarray(0, predict_first10.length), predict_first10, 1e-12);
    expect(await model.score(asked, context)).toBeCloseTo(r2, 12);
    expect(model.fields.oobScore).toBeCloseTo(oob_score, 12);
    expectClose(model.fields.oobPrediction!.subarray(0, oob_first10.length), oob_first10, 1e-12);
    if (!data.endsWith('odd columns')) expectClose(model.fields.featureImportances, importances, 1e-9);
  },
);

interface Spread {
  readonly data: string;
  readonly weighted: boolean;
  readonly r2s: readonly number[];
  readonly oob_scores?: readonly number[];
  readonly nodes: readonly number[];
  readonly importances: readonly number[];
}

/** Forests that are as others of scikit-learn. */
async function expectAmong(model: Awaited<ReturnType<typeof forest>>, expected: Spread): Promise<void> {
  const within = (value: number, values: readonly number[], wider: number): void => {
    expect(value).toBeGreaterThanOrEqual(Math.min(...values) - wider);
    expect(value).toBeLessThanOrEqual(Math.max(...values) + wider);
  };
  within(await model.score(half(exactSet(expected.data), 1), context), expected.r2s, 0.003);
  if (expected.oob_scores) within(model.fields.oobScore!, expected.oob_scores, 0.003);
  within(model.fields.feature.length, expected.nodes, 0.01 * expected.nodes[0]!);
  model.fields.featureImportances.forEach((share, j) => expect(Math.abs(share - expected.importances[j]!)).toBeLessThan(0.04));
}

test.each(figures.drawn)('random forests to the last row are among those of scikit-learn: $data, $params', async (expected) => {
  const { data, params } = expected;
  await expectAmong(await forest(half(weighted(exactSet(data), expected.weighted), 0), { ...camel(params), nEstimators: 200, seed: 1 }), expected);
});

test.each(figures.extra)('extra trees are among those of scikit-learn: $data, $params', async ({ data, params, ...expected }) => {
  const extra = extraTreesRegressor({ ...camel(params), nEstimators: 200, seed: 1 });
  await expectAmong(await fitted(extra, half(weighted(exactSet(data), expected.weighted), 0), compute), { data, ...expected });
});

test('cuts that are drawn: the same without a device, in any order of rows; each row on its side; columns of one value are passed over', async () => {
  const extra = (data: object, options: RandomForestRegressorOptions, on: Compute = compute) => fitted(extraTreesRegressor(options), data, on);
  const options = { nEstimators: 5, seed: 3, minSamplesLeaf: 2, maxFeatures: 2 };
  const model = await extra(diabetes, options);
  expect(await modelToBytes(await extra(diabetes, options, new ReferenceCompute()))).toEqual(await modelToBytes(model));
  const mixed = await extra({ ...diabetes, rows: diabetes.rows.toReversed() }, options);
  expect(mixed.fields.threshold).toEqual(model.fields.threshold);
  // No tree grows to the end if a row were told to the wrong side.
  const odd = exactSet('diabetes with odd columns');
  const said = await (await extra(odd, { nEstimators: 3, maxFeatures: 1 })).predict(odd, context);
  expectClose(said, odd.values.data, 1e-14);
});

test('rows that each tree drew have no prediction out of their bag', async () => {
  const { oobPrediction, oobScore } = (await forest(diabetes, { nEstimators: 3, oobScore: true, seed: 2 })).fields;
  const without = oobPrediction!.filter(Number.isNaN).length;
  expect(without).toBeGreaterThan(60); // (1 - 1 / e)^3 of 442
  expect(without).toBeLessThan(160);
  expect(oobScore).toBeLessThan(1);
  await expect(forest(diabetes, { nEstimators: 3, oobScore: true, bootstrap: false })).rejects.toMatchObject({
    code: 'E_PARAMS',
    message: expect.stringContaining('oobScore'),
  });
});

test('one seed is one forest, another seed another; without a device it is the same to the bit, and so are trees that grow in turn', async () => {
  const options = { nEstimators: 7, seed: 3, maxDepth: 6, maxFeatures: 3 };
  const bytes = await modelToBytes(await forest(diabetes, options));
  expect(await modelToBytes(await forest(diabetes, options))).toEqual(bytes);
  expect(await modelToBytes(await forest(diabetes, options, new ReferenceCompute()))).toEqual(bytes);
  expect(await modelToBytes(await forest(diabetes, { ...options, seed: 4 }))).not.toEqual(bytes);
  // Room for 37 trees at a time.
  const small = new ReferenceCompute({ limits: { maxBindingBytes: 131_072 } });
  const many = { nEstimators: 90, maxDepth: 2, minSamplesLeaf: 50, maxFeatures: 2 };
  expect(await modelToBytes(await forest(diabetes, many, small))).toEqual(await modelToBytes(await forest(diabetes, many)));
  // Trees of all rows and all features are one tree.
  const same = await forest(diabetes, { nEstimators: 3, bootstrap: false });
  expectClose(await same.predict(diabetes, context), diabetes.values.data, 1e-14);
  expect((await fitted(decisionTreeRegressor(), diabetes, compute)).fields.threshold).toEqual(same.fields.threshold.subarray(0, same.fields.roots[1]));
});
