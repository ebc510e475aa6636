// Nearest centroids against scikit-learn's figures, and what must hold of any rows.
import { expect, test } from 'vitest';
import figures from '../fixtures/nearestCentroid.json' with { type: 'json' };
import {
  chain,
  crossValidate,
  fetch,
  fit,
  gridSearch,
  matrix,
  modelFromBytes,
  modelToBytes,
  nearestCentroid,
  pipeline,
  score,
  shuffle,
  split,
  standardize,
  type Dataset,
  type Features,
} from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { runPipeline } from '../../src/node.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { testCompute } from '../support/compute.ts';
import { everySecond, rawSet, stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';
import { expectNear } from '../support/figures.ts';

const compute = await testCompute();
const context = stageContext(compute);
type Options = Parameters<typeof nearestCentroid>[0];

async function fitted(data: Dataset<'train'>, options: Options = {}, on = context) {
  const [trained] = await nearestCentroid(options).train(data, [{ name: 'fit' }], {}, on);
  return trained!.model;
}

test.each(figures.rows.map((row) => [row.data, row] as const))("scikit-learn's %s", async (name, row) => {
  const data = rawSet(name as 'iris');
  const model = await fitted(everySecond(data, 0));
  const odd = everySecond(data, 1);
  expect([...(await model.predict(odd, context))]).toEqual(row.predict);
  expect(await model.score(odd, context)).toBe(row.accuracy);
  const k = model.classes.length;
  const shares = await model.predictProba!(odd, context);
  expectNear(shares.subarray(0, 5 * k), row.proba_first5.flat(), 1e-6);
  const loss = odd.rows.reduce((sum, id, i) => sum - Math.log(Math.max(2 ** -52, shares[i * k + data.labels[id]!]!)), 0) / odd.rows.length;
  expect(loss).toBeCloseTo(row.log_loss, 5);
  // Probabilities hold the differences of scikit-learn's scores, far below what f32 could.
  expectNear((await model.decisionFunction(odd, context)).subarray(0, 5 * k), row.decision_first5.flat(), 2e-4);
});

test.each(figures.more.map((row) => [`${row.data}, ${row.metric}, ${row.shrink}`, row] as const))("scikit-learn's centroids: %s", async (_, row) => {
  const data = rawSet(row.data as 'iris');
  const metric = row.metric as 'euclidean' | 'manhattan';
  const model = await fitted(everySecond(data, 0), row.shrink === null ? { metric } : { metric, shrinkThreshold: row.shrink });
  const { centroids, withinClassStd } = model.fields;
  row.centroids.forEach((own, c) => expectNear(centroids[row.data === 'digits' ? 3 : c]!, own, 2e-6));
  expectNear(withinClassStd, row.std, 1e-6);
  const odd = everySecond(data, 1);
  // Rounding decides where a row lies between two centroids to the last digit, as Manhattan distances of figures in tenths do.
  const between = [...odd.rows].map((id) => {
    const own = centroids
      .map((point) => point.reduce((sum, value, j) => sum + Math.abs(value - data.x.data[id * data.x.cols + j]!), 0))
      .toSorted((a, b) => a - b);
    return metric === 'manhattan' && own[1]! - own[0]! < 1e-6;
  });
  expect(between.filter(Boolean).length).toBeLessThan(2);
  const predicted = await model.predict(odd, context);
  expect([...predicted].filter((_, i) => !between[i])).toEqual(row.predict.filter((_, i) => !between[i]));
  const said = (await model.decisionFunction(odd, context)).subarray(0, row.decision_first5.flat().length);
  for (const [i, value] of row.decision_first5.flat().entries()) expect(Math.abs(said[i]! - value) / Math.abs(value)).toBeLessThan(1e-5);
});

const random = new RandomState(3);
const noise = (): number => random.uint32() / 2 ** 32 - 0.5;
const ROWS = 700;
const group = Uint8Array.from({ length: ROWS }, (_, row) => (row * 7) % 3);
/** Times with a spread of seconds, prices, grams, a constant, and a column that is constant within each class. */
const wide = Float64Array.from({ length: ROWS * 5 }, (_, at) => {
  const label = group[Math.floor(at / 5)]!;
  return [1.7e9 + 3 * label + noise(), 2e6 * label + 1e6 * noise(), 1e-3 * label + 1e-3 * noise(), 42, 0.1 * label][at % 5]!;
});
const scales: Dataset<'train'> = { name: 'scales', role: 'train', x: matrix(ROWS, 5, wide), labels: group, rows: Uint32Array.from(group.keys()) };

/** In float64, two passes. */
function inFloat64(rows: Uint32Array): { readonly means: Float64Array[]; readonly std: Float64Array } {
  const means = [0, 1, 2].map((label) => {
    const own = [...rows].filter((id) => group[id] === label);
    return Float64Array.from({ length: 5 }, (_, j) => wide[j]! + own.reduce((sum, id) => sum + wide[id * 5 + j]! - wide[j]!, 0) / own.length);
  });
  const std = Float64Array.from({ length: 5 }, (_, j) =>
    Math.sqrt([...rows].reduce((sum, id) => sum + (wide[id * 5 + j]! - means[group[id]!]![j]!) ** 2, 0) / (rows.length - 3)),
  );
  return { means, std };
}

test('features of any scale keep their digits, and columns constant within classes have no spread', async () => {
  const { centroids, withinClassStd } = (await fitted(scales)).fields;
  const { means, std } = inFloat64(scales.rows);
  for (let j = 0; j < 5; j++) {
    const size = [3, 2e6, 1e-3, 1, 0.1][j]!;
    for (const c of [0, 1, 2]) expect(Math.abs(centroids[c]![j]! - means[c]![j]!) / size).toBeLessThan(3e-7);
    if (j < 3) expect(Math.abs(withinClassStd[j]! / std[j]! - 1)).toBeLessThan(1e-6);
  }
  expect(withinClassStd.slice(3)).toEqual(new Float64Array(2));
  const shares = await (await fitted(scales)).predictProba!(scales, context);
  expect(shares.every((value) => value >= 0 && value <= 1)).toBe(true);
});

test.each([1e-25, 1e25])('features of about %s beside a constant column', async (size) => {
  const x = matrix(
    ROWS,
    2,
    Float64Array.from({ length: ROWS * 2 }, (_, at) => (at % 2 === 1 ? 42 : size * (2 * group[at >> 1]! + (at % 7) / 7))),
  );
  const model = await fitted({ ...scales, x });
  expect(await model.predict({ ...scales, x }, context)).toEqual(group);
  expect((await model.predictProba!({ ...scales, x }, context)).every((share) => share >= 0 && share <= 1)).toBe(true);
});

test.each(['euclidean', 'manhattan'] as const)('folds that share passes give the models of folds alone: %s', async (metric) => {
  const fold = Uint8Array.from({ length: ROWS }, (_, row) => row % 4);
  const estimator = nearestCentroid({ metric, shrinkThreshold: 0.2 });
  const jobs = [0, 1, 2, 3].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }));
  const together = await estimator.train(scales, jobs, { folds: { fold, count: 4 }, need: 'counts' } as never, context);
  for (const [heldOut, { model }] of together.entries()) {
    const alone = await fitted({ ...scales, rows: scales.rows.filter((_, row) => fold[row] !== heldOut) }, { metric, shrinkThreshold: 0.2 });
    for (let j = 0; j < 5; j++) {
      const size = [3, 2e6, 1e-3, 1, 0.1][j]!;
      expect(Math.abs(model.fields.withinClassStd[j]! - alone.fields.withinClassStd[j]!) / size).toBeLessThan(1e-6);
      for (const c of [0, 1, 2]) expect(Math.abs(model.fields.centroids[c]![j]! - alone.fields.centroids[c]![j]!) / size).toBeLessThan(1e-6);
    }
  }
});

test.each(['euclidean', 'manhattan'] as const)('a weight of 2 is a row twice, and of 0 none; order does not matter; two runs are equal: %s', async (metric) => {
  const weights = Float32Array.from(group, (_, row) => (row >> 2) % 3);
  const model = await fitted({ ...scales, weights }, { metric });
  const twice = Uint32Array.from([...scales.rows].flatMap((id) => new Array<number>(weights[id]!).fill(id)));
  const repeated = await fitted({ ...scales, rows: new RandomState(1).shuffle(twice) }, { metric });
  for (let j = 0; j < 5; j++) {
    const size = [3, 2e6, 1e-3, 1, 0.1][j]!;
    for (const c of [0, 1, 2]) expect(Math.abs(model.fields.centroids[c]![j]! - repeated.fields.centroids[c]![j]!) / size).toBeLessThan(3e-7);
    expect(Math.abs(model.fields.withinClassStd[j]! - repeated.fields.withinClassStd[j]!) / size).toBeLessThan(1e-6);
  }
  const again = await fitted({ ...scales, weights }, { metric });
  expect(again.fields).toEqual(model.fields);
  expect(await again.decisionFunction(scales, context)).toEqual(await model.decisionFunction(scales, context));
});

test('bytes, their floats and sparse rows give one model; without a device it is the same', async () => {
  const bytes = rawSet('digits');
  const few = { ...bytes, rows: bytes.rows.subarray(0, 300) };
  const model = await fitted(few);
  const { rows, cols, data } = bytes.x as ReturnType<typeof matrix>;
  for (const x of [
    matrix(rows, cols, Float64Array.from(data)),
    sparseOf(bytes.x as never),
    sparseOf(matrix(rows, cols, Float32Array.from(data))),
  ] as Features[]) {
    const other = await fitted({ ...few, x });
    other.fields.centroids.forEach((centroid, c) => expectNear(centroid, model.fields.centroids[c]!, 2e-6));
    expect(await other.predict({ ...few, x }, context)).toEqual(await model.predict(few, context));
  }
  const counts = new Float64Array(10);
  const exact = Array.from({ length: 10 }, () => new Float64Array(cols));
  for (const id of few.rows) {
    counts[bytes.labels[id]!]!++;
    for (let j = 0; j < cols; j++) exact[bytes.labels[id]!]![j]! += data[id * cols + j]!;
  }
  model.fields.centroids.forEach((centroid, c) =>
    expectNear(
      centroid,
      exact[c]!.map((sum) => sum / counts[c]!),
      1e-13,
    ),
  );
  const hostContext = stageContext(new ReferenceCompute());
  const host = await fitted(few, {}, hostContext);
  expectNear(host.fields.withinClassStd, model.fields.withinClassStd, 1e-6);
});

test('rows that come in chunks give the same centroids', async () => {
  const small = stageContext(new ReferenceCompute({ limits: { maxBindingBytes: 16_384, residentBytes: 0 } }));
  const [chunked, whole] = [await fitted(scales, {}, small), await fitted(scales)];
  for (let j = 0; j < 5; j++) expect(chunked.fields.withinClassStd[j]! - whole.fields.withinClassStd[j]!).toBeCloseTo(0, j === 1 ? 0 : 6);
  const [a, b] = [await chunked.decisionFunction(scales, small), await whole.decisionFunction(scales, context)];
  a.forEach((value, i) => expect(Math.abs(value / b[i]! - 1)).toBeLessThan(1e-5));
});

test('through a pipeline: chain, folds, search, files', async () => {
  const whole = rawSet('iris');
  // The even rows train, the odd rows test.
  const data = { ...whole, rows: Uint32Array.from([...everySecond(whole, 0).rows, ...everySecond(whole, 1).rows]) };
  const made = pipeline(
    'centroids',
    fetch({ name: 'iris', load: async () => ({ ...data, role: 'all' }) as Dataset<'all'> }),
    split({ train: [0, 75], test: [75, 150] }),
    shuffle({ seed: 1 }),
    fit(chain(standardize(), nearestCentroid())),
    score({ on: 'test', scoring: ['accuracy', 'negLogLoss'] }),
    crossValidate({ folds: 5, scoring: ['accuracy', 'negLogLoss'] }),
    gridSearch(nearestCentroid(), { metric: ['euclidean', 'manhattan'], shrinkThreshold: [0.1, 30] }, { folds: 3 }),
  );
  const { status, error, outputs, values } = await runPipeline(made, { values: ['model'] });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  // make_pipeline(StandardScaler(), NearestCentroid()) of scikit-learn 1.9.
  expect(outputs['score']!['testAccuracy']).toBe(68 / 75);
  expect(outputs['cross-validate']!['meanScore']).toBeGreaterThan(0.8);
  const points = outputs['grid-search']!['points'] as { params: { shrinkThreshold: number }; meanScore: number }[];
  // All centroids shrunk to one: of equal distances the first class.
  expect(points.filter(({ params }) => params.shrinkThreshold === 30).map((point) => point.meanScore)).toEqual(
    [1 / 3, 1 / 3].map((share) => expect.closeTo(share, 1)),
  );
  const again = await modelFromBytes<NonNullable<typeof values.model>>('again', await modelToBytes(values.model!));
  expect(await again.model.decisionFunction(data, context)).toEqual(await values.model!.decisionFunction(data, context));
});

test('two classes: one number a row', async () => {
  const data = rawSet('iris');
  const two = { ...data, rows: data.rows.filter((id) => data.labels[id]! > 0) };
  const model = await fitted(two);
  const said = await model.decisionFunction(two, context);
  expect(said).toHaveLength(100);
  // By distance, which is not by the sign of what is said: that goes by distances in units of the spread within the classes.
  const { centroids } = model.fields;
  const distance = (id: number, c: number): number => Math.hypot(...centroids[c]!.map((value, j) => value - data.x.data[id * data.x.cols + j]!));
  expect([...(await model.predict(two, context))]).toEqual([...two.rows].map((id) => (distance(id, 1) < distance(id, 0) ? 2 : 1)));
});

test('what cannot be is refused by name', async () => {
  expect(() => nearestCentroid({ metric: 'cosine' as never })).toThrow('metric');
  expect(() => nearestCentroid({ shrinkThreshold: 0 })).toThrow('shrinkThreshold');
  await expect(fitted({ ...scales, rows: scales.rows.filter((id) => group[id] === 1) })).rejects.toMatchObject({ code: 'E_CLASS' });
  const weights = Float32Array.from(group, (label) => Number(label !== 2));
  await expect(fitted({ ...scales, weights })).rejects.toMatchObject({ code: 'E_CLASS', message: expect.stringContaining('label 2 have weight 0') });
  await expect(fitted({ ...scales, weights: weights.fill(1e-3) })).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining('add up to') });
  const flat = matrix(ROWS, 2, new Float64Array(ROWS * 2).fill(7.7));
  await expect(fitted({ ...scales, x: flat })).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining('constant') });
  await expect((await fitted(scales)).predict({ ...scales, x: flat }, context)).rejects.toMatchObject({ code: 'E_SHAPE' });
});
