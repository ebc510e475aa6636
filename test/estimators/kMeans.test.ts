// K-means against scikit-learn's figures, and what must hold of any rows.
import { expect, test } from 'vitest';
import figures from '../fixtures/kMeans.json' with { type: 'json' };
import {
  chain,
  crossValidate,
  fetch,
  fit,
  gridSearch,
  kMeans,
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
  type Features,
  type KMeansOptions,
} from '../../src/api.ts';
import type { StoredMatrix } from '../../src/core/data/features.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { runPipeline } from '../../src/node.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { testCompute } from '../support/compute.ts';
import { rawSet, stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);

const rowOf = ({ x }: Dataset<'train', Matrix>, id: number): number[] => [...x.data.subarray(id * x.cols, (id + 1) * x.cols)];

async function fitted(data: Dataset<'train'>, options: KMeansOptions = {}, on = context) {
  const [trained] = await kMeans(options).train(data, [{ name: 'fit' }], {}, on);
  return trained!.model;
}
function nearPoints(found: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[], allowed: number): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((point, k) => {
    for (let j = 0; j < point.length; j++) expect(Math.abs(found[k]![j]! - point[j]!), `center ${k}, column ${j}`).toBeLessThanOrEqual(allowed);
  });
}

test.each(figures.rows.map((row) => [row.data, row] as const))("scikit-learn's %s, from rows 0, 7, 14 and so on", async (name, row) => {
  const data = rawSet(name as 'iris');
  const clusters = row.centers.length;
  const init = Array.from({ length: clusters }, (_, k) => rowOf(data, 7 * k));
  const { fields, ...model } = await fitted(data, { nClusters: clusters, init, tol: 0, maxIter: 500 });
  expect(fields.nIter).toBe(row.n_iter);
  expect(fields.inertia / row.inertia).toBeCloseTo(1, 6);
  nearPoints(fields.clusterCenters, row.centers, 2e-6);
  expect([...(await model.predict(data, context))]).toEqual(row.labels);
  expect(model.summary).toEqual({ clusters, inertia: fields.inertia, nIter: row.n_iter, seed: 0 });
  const distances = await model.transform(data, context);
  const first = row.centers.map((center) => Math.hypot(...center.map((value, j) => value - rowOf(data, 0)[j]!)));
  nearPoints([distances.subarray(0, clusters)], [first], 1e-5);
});

test.each(figures.plusPlus.map((row) => [`${row.data}, ${row.nClusters} clusters, seed ${row.seed}, ${row.nInit} starts`, row] as const))(
  "scikit-learn's k-means++: %s",
  async (_, { data, nClusters, seed, nInit, inertia, n_iter: nIter, centers }) => {
    const { fields } = await fitted(rawSet(data as 'iris'), { nClusters, seed, nInit });
    expect(fields.nIter).toBe(nIter);
    expect(fields.inertia / inertia).toBeCloseTo(1, 6);
    nearPoints(fields.clusterCenters, centers, 2e-6);
  },
);

test("scikit-learn's weights, and its clusters that lose their rows", async () => {
  const data = rawSet('iris');
  const weights = Float32Array.from(data.rows, (row) => row % 3);
  const weighted = await fitted({ ...data, weights }, { nClusters: 3, init: [0, 75, 140].map((id) => rowOf(data, id)), tol: 0 });
  expect(weighted.fields.nIter).toBe(figures.weighted.n_iter);
  expect(weighted.fields.inertia / figures.weighted.inertia).toBeCloseTo(1, 6);
  nearPoints(weighted.fields.clusterCenters, figures.weighted.centers, 2e-6);
  const empty = await fitted(data, { nClusters: 4, init: figures.empty.init, tol: 0 });
  expect(empty.fields.nIter).toBe(figures.empty.n_iter);
  expect(empty.fields.inertia / figures.empty.inertia).toBeCloseTo(1, 6);
  nearPoints(empty.fields.clusterCenters, figures.empty.centers, 2e-6);
});

const ROWS = 900;
const random = new RandomState(5);
const noise = (): number => random.uint32() / 2 ** 32 - 0.5;
const group = Uint8Array.from({ length: ROWS }, (_, row) => (row * 7) % 3);
const SIZES = [1, 3e5, 1e-4, 1] as const;
/** Times with a spread of seconds, prices, grams, and a constant. */
const wide = Float64Array.from({ length: ROWS * 4 }, (_, at) => {
  const [label, j] = [group[Math.floor(at / 4)]!, at % 4];
  return [1.7e9, 5e6, 2e-3, 42][j]! + (j === 3 ? 0 : SIZES[j]! * (4 * label * (j === 1 ? -1 : 1) + noise()));
});
const scales: Dataset<'train', Matrix> = { name: 'scales', role: 'train', x: matrix(ROWS, 4, wide), labels: group, rows: Uint32Array.from(group.keys()) };

test('features of any scale: the centers are the means of the groups', async () => {
  const means = [0, 1, 2].map((label) =>
    [0, 1, 2, 3].map((j) => {
      const own = [...scales.rows].filter((id) => group[id] === label);
      return wide[j]! + own.reduce((sum, id) => sum + wide[id * 4 + j]! - wide[j]!, 0) / own.length;
    }),
  );
  const shift = Float64Array.from(means[1]!);
  const scaling = { shift, factor: Float64Array.from(SIZES, (size) => 1 / size) };
  const { fields, ...model } = await fitted({ ...scales, scaling }, { nClusters: 3, nInit: 4, seed: 1 });
  const codes = await model.predict({ ...scales, scaling }, context);
  const found = [0, 1, 2].map((label) => fields.clusterCenters[codes[group.indexOf(label)]!]!);
  nearPoints(
    found,
    means.map((mean) => mean.map((value, j) => (value - shift[j]!) / SIZES[j]!)),
    2e-6,
  );
  expect(new Set([...codes].map((code, row) => `${code} ${group[row]}`)).size).toBe(3);
});

test('rows that f32 cannot tell apart are read a block at a time, whatever their number', async () => {
  const count = 10_000;
  const times = Float64Array.from({ length: count * 2 }, (_, at) => 1.7e9 + 40 * ((at >> 1) % 3) + noise());
  let most = 0;
  const x: StoredMatrix<'f64'> = {
    rows: count,
    cols: 2,
    dtype: 'f64',
    async readRows(ids, target) {
      most = Math.max(most, ids.length);
      ids.forEach((id, i) => target.set(times.subarray(id * 2, id * 2 + 2), i * 2));
    },
  };
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  const weights = Float32Array.from(rows, (row) => 1 + (row % 2));
  const options = { nClusters: 3, nInit: 1, seed: 2 };
  const [stored, held] = [
    await fitted({ name: 'times', role: 'train', x, rows, weights } as never, options),
    await fitted({ name: 'times', role: 'train', x: matrix(count, 2, times), rows, weights } as never, options),
  ];
  expect(most).toBeLessThan(count);
  expect(stored.fields.clusterCenters).toEqual(held.fields.clusterCenters);
  expect(stored.fields.clusterCenters.map(([time]) => Math.abs(Math.round((time! - 1.7e9) / 40))).sort()).toEqual([0, 1, 2]);
});

test('a weight of 2 is a row twice; order does not matter; two runs are equal', async () => {
  const weights = Float32Array.from(group, (_, row) => (row >> 2) % 3);
  const init = [0, 1, 2].map((id) => rowOf(scales, id));
  const options: KMeansOptions = { nClusters: 3, init, tol: 0 };
  const model = await fitted({ ...scales, weights }, options);
  const twice = Uint32Array.from([...scales.rows].flatMap((id) => new Array<number>(weights[id]!).fill(id)));
  const repeated = await fitted({ ...scales, rows: new RandomState(1).shuffle(twice) }, options);
  for (let j = 0; j < 4; j++) {
    for (let k = 0; k < 3; k++) expect(Math.abs(model.fields.clusterCenters[k]![j]! - repeated.fields.clusterCenters[k]![j]!) / SIZES[j]!).toBeLessThan(2e-6);
  }
  expect(repeated.fields.inertia / model.fields.inertia).toBeCloseTo(1, 5);
  expect((await fitted({ ...scales, weights }, options)).fields).toEqual(model.fields);
  const drawn = { nClusters: 4, nInit: 3, seed: 9 };
  expect((await fitted(scales, drawn)).fields).toEqual((await fitted(scales, drawn)).fields);
});

test('starts side by side are the starts one after another; more starts are never worse', async () => {
  const data = rawSet('iris');
  const few = stageContext(new ReferenceCompute({ limits: { maxBindingBytes: 16_384 } }));
  const apart = await fitted(data, { nClusters: 5, nInit: 10, seed: 2, tol: 0 }, few);
  const together = await fitted(data, { nClusters: 5, nInit: 10, seed: 2, tol: 0 });
  expect(together.fields.inertia / apart.fields.inertia).toBeCloseTo(1, 5);
  nearPoints(together.fields.clusterCenters, apart.fields.clusterCenters, 1e-5);
  const one = await fitted(data, { nClusters: 5, seed: 2, tol: 0 });
  expect(together.fields.inertia).toBeLessThanOrEqual(one.fields.inertia);
});

test('rows that come in chunks give the same clusters', async () => {
  const options = { nClusters: 3, init: [0, 1, 2].map((id) => rowOf(scales, id)) };
  const small = stageContext(new ReferenceCompute({ limits: { maxBindingBytes: 16_384, residentBytes: 0 } }));
  const [chunked, whole] = [await fitted(scales, options, small), await fitted(scales, options)];
  for (let j = 0; j < 4; j++) {
    for (let k = 0; k < 3; k++) expect(Math.abs(chunked.fields.clusterCenters[k]![j]! - whole.fields.clusterCenters[k]![j]!) / SIZES[j]!).toBeLessThan(2e-6);
  }
  const [a, b] = [await chunked.transform(scales, small), await whole.transform(scales, context)];
  // Of the prices, whose distances are the largest.
  a.forEach((value, i) => expect(Math.abs(value - b[i]!) / SIZES[1]).toBeLessThan(4e-6));
});

test('bytes, their floats and sparse rows give one clustering', async () => {
  const bytes = rawSet('digits');
  const few = { ...bytes, rows: bytes.rows.subarray(0, 600) };
  const options = { nClusters: 10, init: Array.from({ length: 10 }, (_, k) => rowOf(bytes, 7 * k)), maxIter: 5 };
  const model = await fitted(few, options);
  for (const x of [matrix(bytes.x.rows, bytes.x.cols, Float64Array.from(bytes.x.data)), sparseOf(bytes.x)] as Features[]) {
    const other = await fitted({ ...few, x }, options);
    nearPoints(other.fields.clusterCenters, model.fields.clusterCenters, 5e-6);
  }
});

test('bytes: the inertia is that of the centers in float64', async () => {
  const bytes = rawSet('digits');
  const some = { ...bytes, rows: bytes.rows.subarray(0, 700) };
  // Halfway, to the end, and with a center that no row is near.
  for (const [maxIter, far] of [[3], [100], [4, 255]] as const) {
    const init = Array.from({ length: 6 }, (_, k) => (k === 5 && far ? rowOf(bytes, 0).map(() => far) : rowOf(bytes, 7 * k)));
    const { fields } = await fitted(some, { nClusters: 6, init, tol: 0, maxIter });
    const least = (row: readonly number[]): number =>
      Math.min(...fields.clusterCenters.map((center) => row.reduce((sum, value, j) => sum + (value - center[j]!) ** 2, 0)));
    const expected = [...some.rows].reduce((sum, id) => sum + least(rowOf(bytes, id)), 0);
    expect(Math.abs(fields.inertia / expected - 1)).toBeLessThan(1e-12);
  }
});

test('through a pipeline: chain, folds, search, files; rows of no target', async () => {
  const data = rawSet('iris');
  const { labels: _, ...bare } = data;
  const made = pipeline(
    'clusters',
    fetch<'none'>({ name: 'iris', load: async () => ({ ...bare, role: 'all' }) }),
    split({ train: [0, 120], test: [120, 150] }),
    shuffle({ seed: 1 }),
    fit(chain(standardize(), kMeans({ nClusters: 3, nInit: 2 }))),
    score({ on: 'test', scoring: ['negInertia'] }),
    crossValidate({ folds: 3 }),
    gridSearch(kMeans({ nInit: 2 }), { nClusters: [2, 5] }, { folds: 3 }),
    predict({ row: 0 }),
  );
  const { status, error, outputs, values } = await runPipeline(made, { values: ['model'] });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  expect(outputs['cross-validate']).toMatchObject({ scoring: 'negInertia', foldScores: [expect.any(Number), expect.any(Number), expect.any(Number)] });
  expect(outputs['grid-search']).toMatchObject({ bestParams: { nClusters: 5 } });
  expect(outputs['predict']).toMatchObject({ prediction: expect.any(Number), distance: expect.any(Number) });
  const again = await modelFromBytes<NonNullable<typeof values.model>>('again', await modelToBytes(values.model!));
  expect(await again.model.transform(data, context)).toEqual(await values.model!.transform(data, context));
});

test('as many clusters as rows, and more than there are different rows', async () => {
  const data = rawSet('iris');
  const ten = { ...data, rows: data.rows.subarray(0, 10) };
  expect((await fitted(ten, { nClusters: 10 })).fields.inertia).toBeLessThan(1e-9);
  const same = { ...data, rows: new Uint32Array(20).fill(3) };
  const events: RunEvent[] = [];
  const { clusterCenters, inertia } = (await fitted(same, { nClusters: 3 }, stageContext(compute, events))).fields;
  expect(inertia).toBe(0);
  expect(events).toMatchObject([{ type: 'warning', hint: 'Set nClusters to 1 or less: equal rows are always in one cluster.' }]);
  nearPoints(clusterCenters, [rowOf(data, 3), rowOf(data, 3), rowOf(data, 3)], 1e-12);
});

test('what cannot be is refused by name', async () => {
  const data = rawSet('iris');
  expect(() => kMeans({ nClusters: 0 })).toThrow('nClusters');
  expect(() => kMeans({ init: 'random' as never })).toThrow('init');
  await expect(fitted({ ...data, rows: data.rows.subarray(0, 7) })).rejects.toMatchObject({
    code: 'E_DATA',
    message: 'kMeans: iris has 7 rows for 8 clusters.',
  });
  await expect(fitted(data, { nClusters: 2, init: [[1, 2, 3, 4]] })).rejects.toMatchObject({
    code: 'E_PARAMS',
    message: 'kMeans: 1 centers arrived as init; 2 of 4 numbers each are needed.',
  });
  await expect(fitted(data, { nClusters: 1, init: [[1, 2, 3]] })).rejects.toMatchObject({
    code: 'E_PARAMS',
    message: expect.stringContaining('a center of 3 numbers'),
  });
  const holes = matrix(2, 1, Float64Array.of(1, NaN));
  await expect(fitted({ ...data, x: holes, labels: new Uint8Array(2), rows: Uint32Array.of(0, 1) }, { nClusters: 1 })).rejects.toMatchObject({
    code: 'E_DATA',
  });
});
