// Estimators of every kind, defined in a few lines as a user would: what follows from how they train and what they say.
import { expect, test } from 'vitest';
import { RandomState } from '../../src/core/data/random.ts';
import {
  chain,
  crossValidate,
  fetch,
  fit,
  gridSearch,
  logisticRegression,
  matrix,
  modelFromBytes,
  modelToBytes,
  pipeline,
  predict,
  score,
  shuffle,
  split,
  standardize,
  type Dataset,
  type DatasetSource,
  type Features,
} from '../../src/api.ts';
import type { TargetKind } from '../../src/core/data/dataset.ts';
import { defineEstimator, z } from '../../src/estimator.ts';
import { runPipeline } from '../../src/node.ts';
import { aboveMean } from '../fixtures/own/aboveMean.ts';
import { extremes } from '../fixtures/own/extremes.ts';
import { meanOfGroups } from '../fixtures/own/meanOfGroups.ts';
import { nearestMean } from '../fixtures/own/nearestMean.ts';
import { topColumns } from '../fixtures/own/topColumns.ts';
import { sparseOf } from '../support/sparse.ts';

const ROWS = 120;
const COLS = 4;
const random = new RandomState(7);
const noise = (): number => random.uint32() / 2 ** 32 - 0.5;
/** Three groups, far from zero, in other units by column; half of the values 0 in the first two groups. */
const group = Uint8Array.from({ length: ROWS }, (_, row) => row % 3);
const features = Float64Array.from({ length: ROWS * COLS }, (_, at) => {
  const [row, j] = [Math.floor(at / COLS), at % COLS];
  return j === 3 ? 0 : (2 * group[row]! ** 2 + noise()) * 10 ** j;
});
const x = matrix(ROWS, COLS, features);
const base = { name: 'groups', role: 'all', rows: Uint32Array.from({ length: ROWS }, (_, i) => i) } as const;
const values = matrix(
  ROWS,
  2,
  Float64Array.from({ length: ROWS * 2 }, (_, at) => (group[at >> 1] === 2 ? 5 : 1) * (1 + (at % 2)) + noise() / 10),
);
const indicators = matrix(
  ROWS,
  2,
  Uint8Array.from({ length: ROWS * 2 }, (_, at) => Number(group[at >> 1]! > at % 2)),
);

function sourceOf<T extends TargetKind>(data: Dataset<'all', Features, T>): DatasetSource<T> {
  return { name: 'groups', digest: 'one', load: async () => data };
}
const PARTS = { train: [0, 90], test: [90, ROWS] } satisfies Parameters<typeof split>[0];
const dense = { classes: { ...base, x, labels: group }, values: { ...base, x, values }, indicators: { ...base, x, indicators } };
const TABLES = { dense: x as Features, sparse: sparseOf(x) as Features };

test.each(['dense', 'sparse'] as const)('a classifier with a kernel: fit, score, folds, search, predict; %s', async (stored) => {
  const made = pipeline(
    'own',
    fetch(sourceOf<'classes'>({ ...dense.classes, x: TABLES[stored] })),
    split(PARTS),
    shuffle({ seed: 1 }),
    fit(chain(standardize(), nearestMean())),
    score({ on: 'test', scoring: ['accuracy', 'balancedAccuracy'] }),
    crossValidate({ folds: 3 }),
    gridSearch(nearestMean(), { shrink: [0, 1] }, { folds: 3 }),
    predict({ row: 1 }),
  );
  const { status, error, outputs, values } = await runPipeline(made, { values: ['model', 'score'] });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  expect(outputs['score']).toMatchObject({ testAccuracy: 1, balancedAccuracy: 1, classes: [0, 1, 2] });
  expect(outputs['cross-validate']).toMatchObject({ foldScores: [1, 1, 1], majorityBaseline: 1 / 3 });
  // All means shrunk to the center are one: the first of equal scores wins.
  expect(outputs['grid-search']).toMatchObject({ bestParams: { shrink: 0 }, points: [{ meanScore: 1 }, { meanScore: 1 / 3 }] });
  expect(outputs['predict']).toMatchObject({ row: 1, label: 1, prediction: 1 });
  expect(values.score!.score).toBe(1);
});

test('a classifier of two classes', async () => {
  const rows: Dataset<'train'> = { ...dense.classes, role: 'train', labels: group.map((code) => (code === 2 ? 9 : 4)) };
  const both = pipeline(
    'two',
    fetch(sourceOf<'classes'>({ ...rows, role: 'all' })),
    split(PARTS),
    fit(nearestMean()),
    score({ on: 'test', scoring: 'rocAuc' }),
  );
  const { outputs, values, error } = await runPipeline(both, { values: ['model'] });
  expect(error).toBeUndefined();
  expect(outputs['score']).toMatchObject({ testAccuracy: 1, rocAuc: 1, classes: [4, 9] });
  expect(await values.model!.decisionFunction(rows)).toHaveLength(ROWS);
  expect([...(await values.model!.predict(rows))]).toEqual([...rows.labels]);
});

test('a regressor of several outputs, through a transformer', async () => {
  const made = pipeline(
    'own',
    fetch(sourceOf<'values'>(dense.values)),
    split(PARTS),
    shuffle({ seed: 2 }),
    fit(chain(topColumns({ keep: 1 }), meanOfGroups())),
    score({ on: 'test', scoring: ['r2', 'negMeanSquaredError'] }),
    crossValidate({ folds: 3 }),
    gridSearch(meanOfGroups(), { column: [3, 0] }, { folds: 3 }),
    predict({ row: 2 }),
  );
  const { status, error, outputs, values: got } = await runPipeline(made, { values: ['model'] });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  expect(outputs['fetch']).toMatchObject({ x: [ROWS, COLS], y: [ROWS, 2] });
  expect(outputs['score']!['r2']).toBeGreaterThan(0.99);
  expect(outputs['cross-validate']).toMatchObject({ scoring: 'r2', foldScores: [expect.closeTo(1, 2), expect.closeTo(1, 2), expect.closeTo(1, 2)] });
  expect(outputs['grid-search']).toMatchObject({ bestParams: { column: 0 } });
  expect(outputs['predict']).toMatchObject({ value: [values.data[4], values.data[5]], prediction: [expect.closeTo(5, 0), expect.closeTo(10, 0)] });
  const again = await modelFromBytes<NonNullable<typeof got.model>>('again', await modelToBytes(got.model!));
  expect(await again.model.predict(dense.values)).toEqual(await got.model!.predict(dense.values));
});

test('a clusterer, with classes to compare with or without', async () => {
  const classes = dense.classes;
  const { labels: _, ...bare } = classes;
  const made = pipeline(
    'own',
    fetch(sourceOf<'classes'>(classes)),
    split(PARTS),
    fit(extremes()),
    score({ on: 'test', scoring: ['negInertia', 'adjustedRand'] }),
    predict({ row: 2 }),
  );
  const { error, outputs } = await runPipeline(made, {});
  expect(error).toBeUndefined();
  expect(outputs['predict']).toMatchObject({ label: 2, prediction: 1, distance: expect.any(Number) });
  expect((outputs['score']!['sizes'] as number[]).reduce((a, b) => a + b)).toBe(30);
  expect(outputs['score']!['adjustedRand']).toBeGreaterThan(0.3);
  const none = pipeline('none', fetch(sourceOf<'none'>(bare)), split(PARTS), fit(extremes()), score({ on: 'test' }), crossValidate({ folds: 2 }));
  const other = await runPipeline(none, {});
  expect(other.error).toBeUndefined();
  expect(other.outputs['fetch']).not.toHaveProperty('y');
  expect(other.outputs['score']!['negInertia']).toBe(outputs['score']!['negInertia']);
  expect(other.outputs['cross-validate']).toMatchObject({ scoring: 'negInertia', foldScores: [expect.any(Number), expect.any(Number)] });
});

test('several labels', async () => {
  const made = pipeline(
    'own',
    fetch(sourceOf<'indicators'>(dense.indicators)),
    split(PARTS),
    fit(chain(standardize(), aboveMean())),
    score({ on: 'test', scoring: ['accuracy', 'negHammingLoss'] }),
    crossValidate({ folds: 3 }),
    predict({ row: 2 }),
  );
  const { error, outputs } = await runPipeline(made, {});
  expect(error).toBeUndefined();
  expect(outputs['predict']).toMatchObject({ prediction: [0, 1] });
  expect(outputs['score']).toMatchObject({ accuracy: expect.any(Number), negHammingLoss: expect.any(Number) });
  expect(outputs['score']!['accuracy']).toBeGreaterThan(0.6);
  expect(outputs['cross-validate']).toMatchObject({ scoring: 'accuracy' });
});

test('a transformer before an estimator of this package learns from the training rows of each fold', async () => {
  const made = pipeline(
    'own',
    fetch(sourceOf<'classes'>(dense.classes)),
    split(PARTS),
    shuffle({ seed: 3 }),
    fit(chain(standardize(), topColumns({ keep: 2 }), logisticRegression())),
    crossValidate({ folds: 3, scoring: ['accuracy', 'negLogLoss'] }),
  );
  const { error, outputs, values: got } = await runPipeline(made, { values: ['model'] });
  expect(error).toBeUndefined();
  expect(outputs['cross-validate']).toMatchObject({ foldScores: [1, 1, 1] });
  const again = await modelFromBytes<NonNullable<typeof got.model>>('again', await modelToBytes(got.model!));
  expect(await again.model.predictProba(dense.classes)).toEqual(await got.model!.predictProba(dense.classes));
});

test('what does not fit together is refused by name', async () => {
  const classes = fetch(sourceOf<'classes'>(dense.classes));
  // @ts-expect-error a regressor on classes
  const wrong = pipeline('wrong', classes, split(PARTS), fit(meanOfGroups()));
  expect((await runPipeline(wrong as never, {})).error).toMatchObject({
    code: 'E_DATA',
    message: 'meanOfGroups learns values; the rows of groups have classes.',
  });
  // @ts-expect-error a transformer predicts nothing
  expect(() => fit(topColumns())).toThrow('topColumns makes features and predicts nothing');
  // @ts-expect-error a score of values
  const scored = pipeline('scored', classes, split(PARTS), fit(nearestMean()), score({ on: 'test', scoring: 'r2' }));
  expect((await runPipeline(scored as never, {})).error).toMatchObject({
    code: 'E_PARAMS',
    message: "scoring 'r2' is for values; this model predicts classes.",
  });
  expect(() => nearestMean({ shrink: 2 })).toThrow('shrink');
  const params = z.strictObject({});
  const scores = (): Float64Array => new Float64Array(0);
  expect(() => defineEstimator({ name: 'idle', kind: 'regressor', params, outputs: () => 1, scores })).toThrow(
    "defineEstimator 'idle': it does not say how it trains.",
  );
  expect(() => defineEstimator({ name: 'mute', kind: 'regressor', params, train: () => ({}), scores })).toThrow('it does not say how many scores a row gets');
  expect(() => defineEstimator({ name: 'odd', kind: 'oracle' as 'regressor', params, train: () => ({}), scores })).toThrow("'oracle' is not a kind of model");
  const nan = { ...dense.values, values: matrix(ROWS, 1, new Float64Array(ROWS).fill(NaN)) };
  const gaps = pipeline('gaps', fetch(sourceOf<'values'>(nan)), split(PARTS), fit(meanOfGroups()));
  expect((await runPipeline(gaps, {})).error).toMatchObject({ code: 'E_DATA', message: 'groups: NaN of row 0 arrived as values; finite numbers are needed.' });
});
