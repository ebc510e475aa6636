// K-means by batches against scikit-learn's figures, and what must hold of any rows.
import { expect, test } from 'vitest';
import figures from '../fixtures/miniBatchKMeans.json' with { type: 'json' };
import {
  chain,
  crossValidate,
  fetch,
  fit,
  kMeans,
  matrix,
  miniBatchKMeans,
  modelFromBytes,
  modelToBytes,
  partialFit,
  pipeline,
  score,
  split,
  standardize,
  type MiniBatchKMeansOptions,
} from '../../src/api.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { runPipeline } from '../../src/node.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, figureSet, fitted, thirds } from '../support/figures.ts';
import { rawSet, stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';
import { camel } from '../support/valueTrees.ts';

const compute = await testCompute();
const context = stageContext(compute);
const clustered = (data: object, options: MiniBatchKMeansOptions) => fitted(miniBatchKMeans(options), data, compute);

/** Rows of a set by their ids. */
const centersAt = ({ x }: Dataset<'train', Matrix>, ids: readonly number[]) => ids.map((id) => [...x.data.subarray(id * x.cols, (id + 1) * x.cols)]);

test.each(figures.rows.map((row) => [`${row.data}, ${JSON.stringify(row.params)}`, row] as const))(
  "scikit-learn's batches, steps and clusters: %s",
  async (_, { data, weighted, first, params, n_steps, n_iter, inertia, labels, centers }) => {
    const rows = figureSet(data);
    const { random_state: seed, ...own } = params;
    const init = first ? { init: centersAt(rows, first) } : {};
    const weights = weighted ? { weights: thirds(rows.x.rows) } : {};
    const { fields, ...model } = await clustered({ ...rows, ...weights }, { ...camel(own), ...init, seed } as MiniBatchKMeansOptions);
    expect({ nSteps: fields.nSteps, nIter: fields.nIter }).toEqual({ nSteps: n_steps, nIter: n_iter });
    // First centers that are given are float64; k-means++ has them of f32.
    const allowed = first ? 1e-12 : 1e-6;
    expect(Math.abs(fields.inertia / inertia - 1)).toBeLessThan(allowed);
    expect([...(await model.predict(rows, context))]).toEqual(labels);
    if (centers) for (const [k, center] of centers.entries()) expectClose(fields.clusterCenters[k]!, center, allowed);
  },
);

test.each(figures.parts.map((row) => [`${row.data}, ${row.rows}, ${JSON.stringify(row.params)}`, row] as const))(
  "scikit-learn's clusters of rows that come in parts: %s",
  async (_, { data, rows, weighted, first, params, n_steps, inertia, counts, labels, centers }) => {
    const plain = figureSet(data);
    const set = { ...plain, ...(weighted ? { weights: thirds(plain.x.rows) } : {}) };
    const { random_state: seed, ...own } = params;
    const estimator = miniBatchKMeans({ ...camel(own), init: centersAt(plain, first), seed } as MiniBatchKMeansOptions);
    let model: Awaited<ReturnType<typeof clustered>> | undefined;
    for (const [at, from] of rows.slice(0, -1).entries()) {
      const part = { ...set, rows: set.rows.subarray(from, rows[at + 1]) } as never;
      model = model ? await estimator.partialFit!(model, part, context) : await fitted(estimator, part, compute);
    }
    const { fields } = model!;
    expect({ nSteps: fields.nSteps, counts: [...fields.progress.counts] }).toEqual({ nSteps: n_steps, counts });
    expect(Math.abs(fields.inertia / inertia - 1)).toBeLessThan(1e-12);
    for (const [k, center] of centers.entries()) expectClose(fields.clusterCenters[k]!, center, 1e-12);
    expect([...(await model!.predict(plain, context))]).toEqual(labels);
  },
);

test('a model goes on by itself: the one before stays, one from a file goes on as it, and weights are repeats', async () => {
  const iris = rawSet('iris');
  const estimator = miniBatchKMeans({ nClusters: 3, batchSize: 20, reassignmentRatio: 1, seed: 1 });
  const [before, more] = [await clustered({ ...iris, rows: iris.rows.subarray(0, 90) }, {}), { ...iris, rows: iris.rows.subarray(90) }];
  const bytes = await modelToBytes(before);
  const once = await estimator.partialFit!(before, more as never, context);
  expect(await modelToBytes(before)).toEqual(bytes);
  expect(once.fields.progress.drawn).toHaveLength(1);
  const { model: read } = await modelFromBytes<typeof once>('once', await modelToBytes(once));
  const [twice, again] = [await estimator.partialFit!(once, more as never, context), await estimator.partialFit!(read, more as never, context)];
  expect(twice.fields.progress.drawn).toHaveLength(2);
  expect(await modelToBytes(again)).toEqual(await modelToBytes(twice));
  // A weight of 2 is a row twice, and one of 0 none.
  const heavy = { ...more, weights: Float32Array.from(iris.rows, (id) => id % 3) };
  const repeated = { ...more, rows: Uint32Array.from([...more.rows].flatMap((id) => new Array<number>(id % 3).fill(id))) };
  const still = miniBatchKMeans({ reassignmentRatio: 0 });
  const [byWeight, byRows] = [await still.partialFit!(before, heavy as never, context), await still.partialFit!(before, repeated as never, context)];
  for (const [k, center] of byRows.fields.clusterCenters.entries()) expectClose(byWeight.fields.clusterCenters[k]!, center, 1e-12);
  const nothing = { ...more, weights: Float32Array.from(iris.rows, (id) => Number(id < 90)) } as never;
  await expect(estimator.partialFit!(before, nothing, context)).rejects.toMatchObject({ code: 'E_DATA' });
});

test('digits: inertias over seeds are as those of scikit-learn, and little worse than those of all rows at once', async () => {
  const digits = rawSet('digits');
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const own: number[] = [];
  for (let seed = 100; seed < 112; seed++) own.push((await clustered(digits, { nClusters: 10, seed })).fields.inertia);
  expect(mean(own) / mean(figures.inertias)).toBeGreaterThan(0.97);
  expect(mean(own) / mean(figures.inertias)).toBeLessThan(1.03);
  const whole = (await fitted(kMeans({ nClusters: 10, nInit: 4, seed: 1 }), digits, compute)).fields.inertia;
  expect(Math.min(...own) / whole).toBeLessThan(1.05);
});

test('the best of several starts, and centers of few rows that start again', async () => {
  const iris = rawSet('iris');
  // Two centers where no row is: only a row that is drawn brings them back.
  const far = [
    [5, 3, 1.4, 0.2],
    [1e3, 1e3, 1e3, 1e3],
    [-1e3, 0, 0, 0],
  ];
  const stuck = await clustered(iris, { nClusters: 3, init: far, batchSize: 50, reassignmentRatio: 0, seed: 1 });
  expectClose(stuck.fields.clusterCenters[1]!, far[1]!, 0);
  const back = await clustered(iris, { nClusters: 3, init: far, batchSize: 50, seed: 1 });
  expect(Math.max(...back.fields.clusterCenters.flatMap((center) => [...center]))).toBeLessThan(10);
  expect(back.fields.inertia).toBeLessThan(stuck.fields.inertia / 4);
});

test('bytes, their floats, sparse rows and scaled ones give one clustering; rows that weigh nothing say nothing', async () => {
  const digits = rawSet('digits');
  const options = { nClusters: 5, batchSize: 100, maxIter: 3, init: [0, 1, 2, 3, 4].map((id) => [...digits.x.data.subarray(id * 64, (id + 1) * 64)]), seed: 2 };
  const { fields } = await clustered(digits, options);
  for (const x of [matrix(digits.x.rows, 64, Float32Array.from(digits.x.data)), sparseOf(digits.x)]) {
    expect((await clustered({ ...digits, x }, options)).fields).toEqual(fields);
  }
  const scaling = { shift: new Float64Array(64).fill(8), factor: new Float64Array(64).fill(1 / 4) };
  const init = options.init.map((center) => center.map((value) => (value - 8) / 4));
  const scaled = await clustered({ ...digits, scaling }, { ...options, init });
  for (const [k, center] of fields.clusterCenters.entries())
    expectClose(
      scaled.fields.clusterCenters[k]!,
      center.map((value) => (value - 8) / 4),
      1e-12,
    );
  // Those of a third of the rows.
  const weights = Float32Array.from(digits.rows, (id) => Number(id % 3 === 0));
  const data = digits.x.data.map((value, at) => (Math.floor(at / 64) % 3 === 0 ? value : 255 - value));
  const altered = { ...digits, weights, x: matrix(digits.x.rows, 64, data) };
  expect((await clustered(altered, { ...options, maxNoImprovement: null })).fields.clusterCenters).toEqual(
    (await clustered({ ...digits, weights }, { ...options, maxNoImprovement: null })).fields.clusterCenters,
  );
});

test('through a pipeline: chain, folds, files', async () => {
  const data = rawSet('iris');
  const rows = new RandomState(1).permutation(150);
  const made = pipeline(
    'clusters',
    fetch({ name: 'iris', load: async () => ({ ...data, rows, role: 'all' as const }) }),
    split({ train: [0, 120], test: [120, 150] }),
    fit(chain(standardize(), miniBatchKMeans({ nClusters: 3, batchSize: 40, nInit: 3, seed: 1 }))),
    partialFit(miniBatchKMeans({ seed: 1 })),
    score({ on: 'test', scoring: ['negInertia', 'adjustedRand'] }),
    crossValidate({ folds: 3 }),
  );
  const { status, error, outputs, values } = await runPipeline(made, { values: ['model'] });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  expect(outputs['score']!['adjustedRand']).toBeGreaterThan(0.4);
  const again = await modelFromBytes<NonNullable<typeof values.model>>('again', await modelToBytes(values.model!));
  expect(await again.model.transform(data, context)).toEqual(await values.model!.transform(data, context));
});

test('what cannot be is refused by name', async () => {
  const data = rawSet('iris');
  expect(() => miniBatchKMeans({ batchSize: 0 })).toThrow('batchSize');
  await expect(clustered({ ...data, rows: data.rows.subarray(0, 7) }, {})).rejects.toMatchObject({
    code: 'E_DATA',
    message: 'miniBatchKMeans: iris has 7 rows for 8 clusters.',
  });
  await expect(clustered(data, { nClusters: 2, init: [[1, 2]] })).rejects.toMatchObject({
    code: 'E_PARAMS',
    message: expect.stringContaining('miniBatchKMeans'),
  });
});
