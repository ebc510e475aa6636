// Nearest neighbours against scikit-learn's figures (fixtures/neighbors.json), and what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/neighbors.json' with { type: 'json' };
import ridgeFigures from '../fixtures/ridge.json' with { type: 'json' };
import {
  chain,
  crossValidate,
  csr,
  fetch,
  fit,
  gridSearch,
  kNeighborsClassifier,
  kNeighborsMultilabel,
  kNeighborsRegressor,
  matrix,
  modelFromBytes,
  modelToBytes,
  pipeline,
  score,
  split,
  standardize,
  type Dataset,
  type Features,
} from '../../src/api.ts';
import type { Compute } from '../../src/core/compute.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { ValuesEvaluation } from '../../src/dsl/estimator.ts';
import { nearestOnDevice, nearestOnHost } from '../../src/estimators/neighbors/search.ts';
import { meanAbsoluteError, meanSquaredError, r2 } from '../../src/metrics/regression.ts';
import { runPipeline } from '../../src/node.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { testCompute } from '../support/compute.ts';
import { everySecond, rawSet, stageContext } from '../support/smallSets.ts';
import { standardScaling } from '../support/standardScaling.ts';
import { sparseOf } from '../support/sparse.ts';
import { expectNear, figureSet } from '../support/figures.ts';

const compute = await testCompute();
const context = stageContext(compute);
const table = ridgeFigures.diabetes;
type Options = Parameters<typeof kNeighborsClassifier>[0];
type Weights = 'uniform' | 'distance';

const iota = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);

async function fitted(data: Dataset<'train'>, options: Options = {}, on = context) {
  const [one] = await kNeighborsClassifier(options).train(data, [{ name: 'fit' }], {}, on);
  return one!.model;
}

const diabetes: Dataset<'train', Matrix, 'values'> = {
  name: 'diabetes',
  role: 'train',
  x: matrix(table.rows, table.cols, Float64Array.from(table.x.flat())),
  values: matrix(table.rows, 1, Float64Array.from(table.y)),
  rows: iota(table.rows),
};

describe("scikit-learn's figures", () => {
  test.each(figures.classifiers)('$data, $nNeighbors by $weights', async ({ data: name, nNeighbors, weights, predict, accuracy, distances }) => {
    const data = rawSet(name as 'iris');
    const model = await fitted(everySecond(data, 0), { nNeighbors, weights: weights as Weights });
    const odd = everySecond(data, 1);
    expect([...(await model.predict(odd, context))]).toEqual(predict);
    expect(await model.score(odd, context)).toBe(accuracy);
    const { squares } = await nearestOnHost({ x: model.fields.x, rows: iota(model.fields.x.rows) }, { ...odd, rows: odd.rows.subarray(0, 3) }, nNeighbors);
    // Those of iris are off by what cancels in |a|^2 + |b|^2 - 2 ab.
    expectNear(squares.map(Math.sqrt), distances.flat(), 1e-13);
  });

  test.each(figures.more.filter(({ kind }) => kind === 'proba'))('probabilities of $data, $nNeighbors by $weights', async (row) => {
    const data = rawSet(row.data as 'iris');
    const even = everySecond(data, 0);
    const model = await fitted(even, { nNeighbors: row.nNeighbors, weights: row.weights as Weights });
    const odd = everySecond(data, 1);
    expectNear(await model.predictProba!({ ...odd, rows: odd.rows.subarray(0, 20) }, context), row.proba_first20!.flat(), 1e-12);
    // Rows that were trained on lie on themselves.
    expectNear(await model.predictProba!({ ...even, rows: even.rows.subarray(0, 10) }, context), row.ontop!.flat(), 1e-12);
  });

  test.each(figures.more.filter(({ kind }) => kind === 'scaled'))('standardised $data', async ({ data: name, nNeighbors, predict, accuracy }) => {
    const data = rawSet(name as 'iris');
    const even = everySecond(data, 0);
    const model = await fitted({ ...even, scaling: await standardScaling(even) }, { nNeighbors });
    expect([...(await model.predict(everySecond(data, 1), context))]).toEqual(predict);
    expect(await model.score(everySecond(data, 1), context)).toBe(accuracy);
  });

  test.each(figures.more.filter(({ kind }) => kind === 'multilabel'))('several labels of $data, $nNeighbors by $weights', async (row) => {
    const { data: name, nNeighbors, weights, predict } = row;
    const { labels, ...set } = figureSet(name);
    const indicators = matrix(labels.length, 2, Uint8Array.from([...labels].flatMap((label) => [Number(label >= (name === 'digits' ? 7 : 1)), label % 2])));
    const data = { ...set, indicators };
    const [one] = await kNeighborsMultilabel({ nNeighbors, weights: weights as Weights }).train(everySecond(data, 0), [{ name: 'fit' }], {}, context);
    const bits = await one!.model.predict(everySecond(data, 1), context);
    expect(predict!.map((_, i) => bits[2 * i]! + 2 * bits[2 * i + 1]!)).toEqual(predict);
  });

  test.each(figures.regressors)('$label', async (row) => {
    const weights = row.label.endsWith('distance') ? 'distance' : 'uniform';
    const estimator = kNeighborsRegressor({ weights });
    const [one] = await estimator.train(everySecond(diabetes, 0), [{ name: 'fit' }], {}, context);
    const evaluation = (await one!.model.evaluate(everySecond(diabetes, 1), 'counts', context)) as ValuesEvaluation;
    expectNear(evaluation.predicted.subarray(0, 10), row.predict_first10, 1e-6);
    expectNear([r2(evaluation), meanSquaredError(evaluation) / 1000, meanAbsoluteError(evaluation) / 10], [row.r2, row.mse / 1000, row.mae / 10], 1e-9);
    const fold = Uint8Array.from(diabetes.rows, (row) => Math.floor(row < 178 ? row / 89 : 2 + (row - 178) / 88));
    const jobs = [0, 1, 2, 3, 4].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }));
    const trained = await estimator.train(diabetes, jobs, { folds: { fold, count: 5 } }, context);
    expectNear(
      trained.map(({ heldOut }) => r2(heldOut as ValuesEvaluation)),
      row.cv5_r2,
      1e-9,
    );
  });

  test.each(figures.more.filter(({ kind }) => kind === 'outputs'))('several outputs by $weights', async ({ weights, predict_first10: expected }) => {
    const values = matrix(table.rows, 2, Float64Array.from(table.y.flatMap((value, i) => [value, 1000 * table.x[i]![2]!])));
    const data = { ...diabetes, values };
    const [one] = await kNeighborsRegressor({ weights: weights as Weights }).train(everySecond(data, 0), [{ name: 'fit' }], {}, context);
    expectNear((await one!.model.predict(everySecond(data, 1), context)).subarray(0, 20), expected!.flat(), 1e-9);
  });
});

const random = new RandomState(5);
const uniform = (): number => random.uint32() / 2 ** 32;
const table64 = (rows: number, cols: number, value: (column: number) => number): Matrix =>
  matrix(
    rows,
    cols,
    Float64Array.from({ length: rows * cols }, (_, at) => value(at % cols)),
  );
/** Rows that are hard to tell apart, each in its way. */
const HARD: Readonly<Record<string, Matrix>> = {
  bytes: matrix(
    900,
    9,
    Uint8Array.from({ length: 8100 }, () => random.interval(255)),
  ),
  'bytes, many of them equal': matrix(
    900,
    2,
    Uint8Array.from({ length: 1800 }, () => random.interval(3)),
  ),
  'whole numbers beyond bytes': matrix(
    900,
    5,
    Uint16Array.from({ length: 4500 }, () => random.interval(65_535)),
  ),
  floats: matrix(900, 30, Float32Array.from({ length: 27_000 }, uniform)),
  'times, prices, grams and a constant': table64(900, 4, (j) => [1.7e9 + 50 * uniform(), 1e6 * uniform(), 1e-3 * uniform(), 42][j]!),
  'eighths, many of them equal': table64(900, 3, () => random.interval(4) / 8),
  'two heaps that f32 cannot see into': table64(900, 2, () => (random.interval(1) ? 1e9 : -1e9) + uniform()),
  'a row far away': table64(900, 3, () => (random.interval(2000) === 0 ? 1e30 : uniform())),
  'of about 1e-25': table64(900, 3, () => 1e-25 * uniform()),
};

describe.each(Object.entries(HARD))('%s', (name, x) => {
  const rows = iota(900).filter((id) => id % 5 !== 0);
  const asked = { name, x, rows: iota(900).filter((id) => id % 5 < 2) };
  const scaling = { shift: new Float64Array(x.cols).fill(3), factor: Float64Array.from({ length: x.cols }, (_, j) => [2, -0.1, 0, 1][j % 4]!) };
  const same = async (among: Parameters<typeof nearestOnHost>[0], on: Compute, count: number, of: typeof asked = asked): Promise<void> => {
    const [device, host] = [await nearestOnDevice(on, among, of, count), await nearestOnHost(among, of, count)];
    expect(device).toEqual(host);
    // Each is at least as far as the one before, and of equal ones the first row comes first.
    for (let at = 1; at < host.ids.length; at++) {
      if (at % count === 0) continue;
      const further = host.squares[at]! > host.squares[at - 1]! || (host.squares[at] === host.squares[at - 1] && host.ids[at]! > host.ids[at - 1]!);
      expect(further, `place ${at}`).toBe(true);
    }
  };

  test('the device finds what float64 says', async () => {
    await same({ x, rows }, compute, 1);
    await same({ x, rows }, compute, 13);
    await same({ x, rows, scaling }, compute, 6);
  });
  test('so it does without a device, in chunks, and of all rows', async () => {
    const small = new ReferenceCompute({ limits: { maxBindingBytes: 70_000, residentBytes: 0 } });
    await same({ x, rows }, small, 4);
    await same({ x, rows }, new ReferenceCompute(), rows.length, { ...asked, rows: asked.rows.subarray(0, 7) });
  });
  test('sparse rows are the same rows', async () => {
    const sparse = sparseOf(x as never) as Features;
    const found = await nearestOnDevice(compute, { x: sparse, rows }, { ...asked, x: sparse }, 5);
    expect(found).toEqual(await nearestOnHost({ x, rows }, asked, 5));
  });
});

test('equal distances that are none in binary keep their size, and may change places', async () => {
  const x = table64(900, 3, () => random.interval(4) / 10);
  const asked = { name: 'tenths', x, rows: iota(900) };
  const [device, host] = [await nearestOnDevice(compute, { x, rows: iota(900) }, asked, 5), await nearestOnHost({ x, rows: iota(900) }, asked, 5)];
  expectNear(device.squares, [...host.squares], 1e-15);
});

test('where all rows are ranked on the host, others have their turn, and it tells how far it is', async () => {
  const x = table64(6000, 8, () => 1.7e9 + 50 * uniform());
  const asked = { name: 'times', x, rows: iota(2000) };
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const told: unknown[] = [];
  const began = performance.now();
  try {
    await nearestOnHost({ x, rows: iota(6000) }, asked, 5, (...how) => void told.push(how));
  } finally {
    clearInterval(timer);
  }
  expect(told).toEqual([[2000, 2000, 'rows']]);
  expect(ticks).toBeGreaterThanOrEqual(Math.floor((performance.now() - began) / 200));
  expect(ticks).toBeGreaterThan(0);
});

test('bytes are asked of models of floats, and floats of models of bytes', async () => {
  const bytes = HARD['bytes']!;
  const floats = matrix(bytes.rows, bytes.cols, Float32Array.from(bytes.data));
  const rows = iota(900);
  const expected = await nearestOnHost({ x: bytes, rows }, { name: 'bytes', x: bytes, rows }, 5);
  for (const [x, y] of [
    [bytes, floats],
    [floats, bytes],
  ] as const)
    expect(await nearestOnDevice(compute, { x, rows }, { name: 'mixed', x: y, rows }, 5)).toEqual(expected);
});

const digits = rawSet('digits');
const FOLDS = { count: 4, fold: Uint8Array.from(digits.rows, (row) => (row * 7) % 4) };
const GRID = [1, 3, 8].flatMap((nNeighbors) => (['uniform', 'distance'] as const).map((weights) => ({ nNeighbors, weights })));

test('a grid looks for neighbours once a fold, and gives the models of folds alone', async () => {
  let launches = 0;
  const counting: Compute = Object.create(compute, {
    launch: { value: (...given: Parameters<Compute['launch']>) => (launches++, compute.launch(...given)) },
  }) as Compute;
  const jobs = GRID.flatMap((params) => [0, 1, 2, 3].map((heldOut) => ({ name: `${heldOut}`, heldOut, params })));
  const options = { folds: FOLDS, need: 'decisions' as const };
  // Three times as wide, so that it is worth a device.
  const { rows, data } = digits.x;
  const wide = {
    ...digits,
    x: matrix(
      rows,
      192,
      Uint8Array.from({ length: rows * 192 }, (_, at) => data[Math.floor(at / 192) * 64 + (at % 64)]!),
    ),
  };
  const together = await kNeighborsClassifier().train(wide, jobs, options, stageContext(counting));
  const once = launches;
  launches = 0;
  await kNeighborsClassifier({ nNeighbors: 8 }).train(
    wide,
    jobs.slice(0, 4).map(({ name, heldOut }) => ({ name, heldOut })),
    options,
    stageContext(counting),
  );
  expect(once).toBeGreaterThan(0);
  expect(launches).toBe(once);
  for (const [i, { model, heldOut }] of together.entries()) {
    const { heldOut: fold, params } = jobs[i]!;
    const alone = await fitted({ ...wide, rows: wide.rows.filter((row) => FOLDS.fold[row] !== fold) }, params);
    const held = { ...wide, rows: wide.rows.filter((row) => FOLDS.fold[row] === fold) };
    expect(heldOut).toEqual(await alone.evaluate(held, 'decisions', context));
    // The rows are those of all folds, kept once; bytes stay bytes.
    expect(model.fields.x).toBe(together[0]!.model.fields.x);
    expect(model.fields.x.dtype).toBe('u8');
  }
});

test('a saved model has its training rows and no others, and answers as before', async () => {
  const model = await fitted(everySecond(digits, 0), { nNeighbors: 4, weights: 'distance' });
  const bytes = await modelToBytes(model);
  expect(bytes.length).toBeLessThan(899 * 64 + 899 + 4000);
  const { model: again } = await modelFromBytes<typeof model>('again', bytes);
  expect(again.fields.x.dtype).toBe('u8');
  expect(await again.decisionFunction(everySecond(digits, 1), context)).toEqual(await model.decisionFunction(everySecond(digits, 1), context));
  expect((await again.predictRow((digits.x.data as Uint8Array).slice(64, 128), context)).prediction).toBe(digits.labels[1]);
});

test('a row twice is a neighbour twice, and the order of rows decides between equals alone', async () => {
  const even = everySecond(digits, 0);
  const odd = everySecond(digits, 1);
  const twice = await fitted({ ...even, rows: Uint32Array.from([...even.rows].flatMap((id) => [id, id])) }, { nNeighbors: 10 });
  expect(await twice.decisionFunction(odd, context)).toEqual(await (await fitted(even, { nNeighbors: 5 })).decisionFunction(odd, context));
  const shuffled = await fitted({ ...even, rows: new RandomState(2).shuffle(even.rows.slice()) }, { weights: 'distance' });
  const [a, b] = [await shuffled.decisionFunction(odd, context), await (await fitted(even, { weights: 'distance' })).decisionFunction(odd, context)];
  expect(a.filter((value, i) => Math.abs(value - b[i]!) > 1e-12).length).toBeLessThan(20);
});

test('two classes: by how much the second has more', async () => {
  const two = { ...digits, rows: digits.rows.filter((id) => [3, 8].includes(digits.labels[id]!)) };
  const model = await fitted(everySecond(two, 0), { nNeighbors: 4 });
  const said = await model.decisionFunction(everySecond(two, 1), context);
  expect(new Set(said)).toEqual(new Set([-1, -0.5, 0, 0.5, 1].filter((value) => said.includes(value))));
  const shares = await model.predictProba!(everySecond(two, 1), context);
  said.forEach((value, i) => expect([shares[2 * i], shares[2 * i + 1]]).toEqual([(1 - value) / 2, (1 + value) / 2]));
});

test('through a pipeline: chain, folds, search', async () => {
  const made = pipeline(
    'neighbours',
    fetch({ name: 'digits', load: async () => ({ ...digits, role: 'all' }) as Dataset<'all'> }),
    split({ train: [0, 1000], test: [1000, 1797] }),
    fit(chain(standardize(), kNeighborsClassifier({ nNeighbors: 3 }))),
    score({ on: 'test', scoring: ['accuracy', 'negLogLoss'] }),
    crossValidate({ folds: 3, scoring: ['accuracy', 'negLogLoss'] }),
    gridSearch(kNeighborsClassifier(), { nNeighbors: [1, 4], weights: ['uniform', 'distance'] }, { folds: 3 }),
  );
  const { status, error, outputs } = await runPipeline(made);
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  expect(outputs['fit']).toMatchObject({ rows: 1000 });
  const expected = figures.pipeline;
  expect(outputs['score']).toMatchObject({ testAccuracy: expected.testAccuracy, negLogLoss: expect.closeTo(expected.negLogLoss, 10) });
  const { scores } = outputs['cross-validate'] as { readonly scores: Readonly<Record<string, readonly number[]>> };
  expectNear(scores['accuracy']!, expected.folds, 1e-12);
  expectNear(scores['negLogLoss']!, expected.foldsNegLogLoss, 1e-10);
  const points = outputs['grid-search']!['points'] as readonly { readonly meanScore: number }[];
  expectNear(
    points.map(({ meanScore }) => meanScore),
    expected.points,
    1e-12,
  );
});

test('what cannot be is refused by name', async () => {
  expect(() => kNeighborsClassifier({ weights: 'near' as never })).toThrow('weights');
  expect(() => kNeighborsClassifier({ nNeighbors: 0 })).toThrow('nNeighbors');
  const three = { ...digits, rows: digits.rows.subarray(0, 3) };
  await expect(fitted(three)).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining('3 rows of digits to train on; 5 neighbours') });
  const weights = new Float32Array(digits.x.rows).fill(2);
  await expect(fitted({ ...digits, weights })).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining('have weights') });
  const jobs = [{ name: 'fold 1', heldOut: 0, params: { nNeighbors: 9 } }];
  const folds = { count: 2, fold: Uint8Array.from({ length: 16 }, (_, row) => row % 2) };
  const some = { ...digits, rows: digits.rows.subarray(0, 16) };
  await expect(kNeighborsClassifier().train(some, jobs, { folds }, context)).rejects.toThrow('8 rows');
  const sparse = { ...digits, x: csr(1, 64, { indptr: [0, 0], indices: [], data: new Float32Array(0) }), rows: Uint32Array.of(0) };
  await expect(
    (await fitted(everySecond(digits, 0))).predict({ ...sparse, x: csr(1, 63, { indptr: [0, 0], indices: [], data: new Float32Array(0) }) }, context),
  ).rejects.toMatchObject({ code: 'E_SHAPE' });
});
