// Rows that stay in a file, and rows that do not fit the device: the same model, to the last bit.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  chain,
  dummyRegressor,
  gaussianNB,
  logisticRegression,
  modelToBytes,
  nearestCentroid,
  pca,
  ridge,
  scale,
  standardize,
  type Dataset,
} from '../../src/index.ts';
import { stratifiedFolds } from '../../src/core/folds/folds.ts';
import { DTYPES, matrix, type Dtype, type Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { encode } from '../../src/core/encoding/encoding.ts';
import { against } from '../../src/core/data/labels.ts';
import type { Kind, Model } from '../../src/dsl/estimator.ts';
import { targetByKind } from '../../src/dsl/kind.ts';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';
import { storedMatrix } from '../../src/runtime/node/storedMatrix.ts';
import { nearestMean } from '../fixtures/own/nearestMean.ts';
import { testCompute } from '../support/compute.ts';
import { exportedEstimators, ON_TEXTS, type ExportedEstimator } from '../support/exportedEstimators.ts';
import { tempFolder } from '../support/files.ts';
import { smallSet, stageContext } from '../support/smallSets.ts';

const compute = await testCompute();

/** Digits four times over: several tiles, a shuffled order, an odd end. */
function manyDigits() {
  const set = smallSet('digits', 2);
  const rows = Uint32Array.from({ length: 4 * 1797 - 5 }, (_, i) => (i * 7919) % 1797);
  return { ...set, rows };
}

const fitOn = async (device: GpuCompute, data: ReturnType<typeof manyDigits>) =>
  (await logisticRegression({ tol: 1e-3 }).train(data as never, [{ name: 'fit' }], {}, stageContext(device)))[0]!.model;

/** The device, with less room for rows. */
const cramped = (residentBytes: number): GpuCompute => ({ ...compute, limits: { ...compute.limits, residentBytes } });

test.each([0, 200_000])('rows brought in for each pass equal resident rows: %d bytes of room', async (room) => {
  const data = manyDigits();
  const whole = await fitOn(compute, data);
  const alive = compute.liveBytes();
  const streamed = await fitOn(cramped(room), { ...data, rows: data.rows.slice() });
  expect(streamed.coef).toEqual(whole.coef);
  expect(streamed.nIter).toBe(whole.nIter);
  expect(compute.liveBytes() - alive).toBeLessThanOrEqual(room);
});

test('rows larger than one binding are cut into blocks and give the same model', async () => {
  const data = manyDigits();
  const whole = await fitOn(compute, data);
  const small: GpuCompute = { ...compute, limits: { ...compute.limits, maxBindingBytes: 150_000 } };
  expect((await fitOn(small, { ...data, rows: data.rows.slice() })).coef).toEqual(whole.coef);
});

/** Rows of three classes, in another order than stored and some of them twice. */
function table(dtype: Dtype): Dataset<'train', Matrix> & { readonly values: Matrix<'f64'>; readonly indicators: Matrix<'u8'> } {
  const [count, cols] = [1400, 6];
  const random = new RandomState(8);
  const next = (below: number): number => random.interval(below * 16) / (dtype === 'u8' || dtype === 'u16' ? 1 : 16);
  const labels = Uint8Array.from({ length: count }, (_, row) => row % 3);
  const data = new DTYPES[dtype](count * cols).map((_, at) => next(3) + (at % cols === labels[Math.floor(at / cols)]! ? 2 : 0) + (at % cols === 5 ? 150 : 0));
  const rows = Uint32Array.from(random.permutation(count).subarray(0, 1290));
  rows.set(rows.subarray(0, 40), 600);
  const values = matrix(
    count,
    1,
    Float64Array.from({ length: count }, (_, row) => Math.abs(data[row * cols]! - data[row * cols + 1]!) + next(1)),
  );
  const indicators = matrix(
    count,
    2,
    Uint8Array.from({ length: count * 2 }, (_, at) => Number(labels[at >> 1] === at % 2)),
  );
  return { name: 'table', role: 'train', x: matrix(count, cols, data), labels, values, indicators, rows };
}

/** The same rows, in a file behind a header. */
async function inFile<D extends { readonly x: Matrix }>(data: D): Promise<D> {
  const { rows, cols, dtype, data: numbers } = data.x;
  const path = join(tempFolder(), `rows.${dtype}`);
  writeFileSync(path, Buffer.concat([Buffer.alloc(16, 0xff), new Uint8Array(numbers.buffer)]));
  return { ...data, x: await storedMatrix(path, { rows, cols, dtype, offset: 16 }) } as never;
}

/** Few steps do. */
const SHORT = { maxIter: 6 } as const;
const ESTIMATORS: readonly (readonly [string, ExportedEstimator])[] = [
  ...exportedEstimators({
    adaBoostClassifier: [gaussianNB(), { nEstimators: 2, seed: 1 }],
    chain: [standardize(), pca({ nComponents: 3 }), nearestCentroid()],
    decisionTreeClassifier: [{ maxDepth: 4 }],
    decisionTreeRegressor: [{ maxDepth: 4 }],
    fixedThresholdClassifier: [logisticRegression(SHORT)],
    extraTreesRegressor: [{ nEstimators: 3, maxDepth: 3 }],
    histGradientBoostingClassifier: [{ maxIter: 4 }],
    histGradientBoostingRegressor: [{ maxIter: 4 }],
    kMeans: [{ nClusters: 3, seed: 2 }],
    miniBatchKMeans: [{ nClusters: 3, seed: 2, batchSize: 200 }],
    linearSVC: [SHORT],
    linearSVR: [SHORT],
    logisticRegression: [SHORT],
    oneClassSVM: [{ nu: 0.05, maxIter: 20 }],
    oneVsOneClassifier: [gaussianNB()],
    oneVsRest: [logisticRegression(SHORT)],
    poissonRegressor: [SHORT],
    randomForestClassifier: [{ nEstimators: 3, maxDepth: 3 }],
    randomForestRegressor: [{ nEstimators: 3, maxDepth: 3 }],
    sgdClassifier: [SHORT],
    sgdRegressor: [SHORT],
    stackingClassifier: [{ a: gaussianNB() }, { finalEstimator: nearestCentroid(), folds: 2, passthrough: true }],
    stackingRegressor: [{ a: ridge() }, { finalEstimator: ridge(), folds: 2, passthrough: true }],
    svc: [{ maxIter: 20 }],
    svr: [{ maxIter: 20 }],
    votingClassifier: [{ a: gaussianNB(), b: nearestCentroid() }],
    votingRegressor: [{ a: ridge(), b: dummyRegressor() }],
  }).filter(([name]) => !ON_TEXTS.has(name)),
  ['scaled', chain(scale({ factor: 1 / 16 }), standardize(), logisticRegression(SHORT))],
  ['medians', nearestCentroid({ metric: 'manhattan' })],
  ['own', nearestMean()],
] as never;

/** These are of two classes. */
const OF_TWO: ReadonlySet<string> = new Set(['fixedThresholdClassifier', 'tunedThresholdClassifier']);

/** These have all rows on the device at once. */
const AT_ONCE: ReadonlySet<string> = new Set([
  'decisionTreeClassifier',
  'decisionTreeRegressor',
  'extraTreesClassifier',
  'extraTreesRegressor',
  'randomForestClassifier',
  'randomForestRegressor',
]);

/** The digest of all that training and asking gives: some make many columns, which take long to compare. */
async function resultsOf(estimator: ExportedEstimator, data: ReturnType<typeof table>, device: GpuCompute): Promise<string> {
  const context = stageContext(device);
  const kind = (estimator.kind as Kind | undefined) ?? 'classifier';
  const { labels, values, indicators, ...bare } = data;
  const rows = { ...bare, ...{ classes: { labels }, values: { values }, indicators: { indicators }, none: { labels } }[targetByKind[kind]] };
  const fold = stratifiedFolds(
    Uint8Array.from(data.rows, (id) => labels[id]!),
    3,
  );
  const jobs = kind === 'transformer' ? [{ name: 'fit' }] : [{ name: 'fit' }, { name: 'fold 1', heldOut: 0 }];
  const trained = await estimator.train(rows as never, jobs, { folds: { count: 3, fold }, need: 'decisions' }, context);
  const [{ model }] = trained as never as [{ readonly model: Model & Partial<Record<'evaluate' | 'transform', (...given: unknown[]) => Promise<unknown>>> }];
  const said = await (kind === 'transformer' ? model.transform!(rows, context) : model.evaluate!(rows, 'decisions', context));
  const bytes = await Promise.all(trained.map((one) => modelToBytes(one.model as object)));
  return (await encode({ bytes, heldOut: trained.map((one) => (one as { readonly heldOut?: unknown }).heldOut), said })).digest;
}

describe.each(Object.keys(DTYPES) as Dtype[])('%s rows', (dtype) => {
  test.each(ESTIMATORS)('%s: a file, and a device without room for its rows, change no bit', async (name, estimator) => {
    const all = table(dtype);
    const data = OF_TWO.has(name) ? { ...all, labels: against(all.labels, 1) } : all;
    const stored = await inFile(data);
    // Blocks of one tile, and room for one of them.
    const room = dtype === 'u8' ? 5000 : 20_000;
    const narrow = (residentBytes: number): GpuCompute => ({
      ...compute,
      limits: { ...compute.limits, residentBytes, ...(AT_ONCE.has(name) ? {} : { maxBindingBytes: room }) },
    });
    const expected = await resultsOf(estimator, data, narrow(Infinity));
    expect(await resultsOf(estimator, stored, narrow(Infinity))).toBe(expected);
    const alive = compute.liveBytes();
    expect(await resultsOf(estimator, stored, narrow(room))).toBe(expected);
    expect(compute.liveBytes() - alive).toBeLessThanOrEqual(room);
  });
});
