// A model is the same to the last bit, whatever else is trained beside it: each result has one key, and so one value.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { linearSVC, logisticRegression, poissonRegressor, ridge, standardize, chain, type Dataset } from '../../src/index.ts';
import type { Compute, DeviceBuffer, Kernel } from '../../src/core/compute.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { DTYPES, matrix, type Dtype, type Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { runsOn, variantsOf } from '../../src/core/tuning/variants.ts';
import { LinearBatch } from '../../src/estimators/linear/linearBatch.ts';
import { logistic } from '../../src/estimators/linear/losses/logistic.ts';
import type { LinearLoss } from '../../src/estimators/linear/losses/loss.ts';
import { softmax } from '../../src/estimators/linear/losses/softmax.ts';
import { fitting } from '../../src/estimators/linear/tuning/fastest.ts';
import { trialOf } from '../../src/estimators/linear/tuning/trial.ts';
import { tilesOnDevice } from '../../src/estimators/rows/tilesOnDevice.ts';
import { gradient } from '../../src/kernels/gradient/gradient.ts';
import { NO_FOLD } from '../../src/kernels/lib/weightColumn.ts';
import { margins } from '../../src/kernels/margins/margins.ts';
import { storedMatrix } from '../../src/runtime/node/storedMatrix.ts';
import { testCompute } from '../support/compute.ts';
import { equalsAlone, trained, type Jobs } from '../support/companies.ts';
import { exportedEstimators, type ExportedEstimator } from '../support/exportedEstimators.ts';
import { tempFolder } from '../support/files.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();

interface Asked {
  readonly loss: LinearLoss;
  /** Columns a model. */
  readonly classes: number;
  readonly dtype: 'u8' | 'f32';
  /** Many words a row: kernels of few columns take them in other parts than those of many. */
  readonly wide: boolean;
  readonly onePassBytes: number;
  readonly on?: Compute;
}

const MODELS = 10;
const [WIDE, TALL] = [
  [901, 415],
  [17_301, 13],
] as const;
const learnedOf = (rows: number) => {
  const random = new RandomState(3);
  return {
    truth: Uint8Array.from({ length: rows }, () => random.interval(2)),
    folds: Uint8Array.from({ length: rows }, (_, i) => i % 3),
    weights: Float32Array.from({ length: rows }, () => random.interval(1000) / 333),
  };
};
/** Words are 0 in many rows. */
const bytesOf = (rows: number, cols: number): Uint8Array => {
  const random = new RandomState(5);
  return Uint8Array.from({ length: rows * cols }, (_, i) => (i % cols > 2 && random.interval(3) === 0 ? random.interval(255) : 0));
};

/** What models answer to two steps along two directions, the second of which some are not asked for. @param resumed whether another batch goes on where the first stood in between */
async function answers(
  { loss, classes, dtype, wide, onePassBytes, on = compute }: Asked,
  models: readonly number[],
  resumed = false,
): Promise<ReadonlyMap<number, unknown>> {
  const [rows, cols] = wide ? WIDE : TALL;
  const bytes = bytesOf(rows, cols);
  const x = matrix(rows, cols, dtype === 'u8' ? bytes : Float32Array.from(bytes, (value) => value / 17));
  const data = await tilesOnDevice(on, { x, rows: new RandomState(1).permutation(rows), name: 'numbers' });
  const targets = models.map((i) => ({
    heldOut: [NO_FOLD, 1, 2][i % 3]!,
    columns: Array.from({ length: classes }, (_, c) => ({ positive: (i + c) % 2, positiveWeight: 1 + i + c, negativeWeight: 0.5 })),
  }));
  const direction = (i: number, round: number): Float64Array =>
    Float64Array.from({ length: classes * (cols + 1) }, (_, j) => 1e-3 * Math.sin(1 + i * 31 + j * 7 + round));
  const opened = (): LinearBatch => new LinearBatch(on, { data, ...learnedOf(rows) }, targets, loss, { onePassBytes });
  let batch = opened();
  const found = new Map<number, unknown[]>(models.map((i) => [i, []]));
  try {
    for (const round of [0, 1]) {
      // Those that are done leave.
      const asked = [...models.keys()].filter((at) => round === 0 || models[at]! % 4 !== 1);
      if (asked.length === 0) continue;
      await batch.setDirections(
        asked,
        asked.map((at) => direction(models[at]!, round)),
      );
      const say = (lists: readonly unknown[], from = asked): void => lists.forEach((one, i) => found.get(models[from[i]!]!)!.push(one));
      say(
        await batch.losses(
          asked,
          asked.map((at) => 1 / (1 + models[at]!)),
        ),
      );
      const again = asked.filter((at) => models[at]! % 5 === 2);
      if (again.length > 0)
        say(
          await batch.losses(
            again,
            again.map(() => 0.25),
          ),
          again,
        );
      say(await batch.gradients(asked));
      if (!resumed) continue;
      const state = await batch.state();
      batch.release();
      batch = opened();
      batch.restore(state);
    }
    for (const [at, i] of models.entries()) found.get(i)!.push(await batch.scores(at));
  } finally {
    batch.release();
    data.release();
  }
  return found;
}

const PASS = { onePassBytes: 0 } as const;
const APART = { onePassBytes: Infinity } as const;
/** Lanes of a GPU: a workgroup adds up fewer rows. */
const asGpu: Compute = { ...compute, subgroupLanes: compute.subgroupLanes && 32 };

describe.each<Asked & { readonly name: string }>([
  { name: 'wide bytes, in one pass where there is one', loss: logistic, classes: 1, dtype: 'u8', wide: true, ...PASS },
  { name: 'tall bytes, in one pass where there is one', loss: logistic, classes: 1, dtype: 'u8', wide: false, ...PASS },
  { name: 'tall f32', loss: logistic, classes: 1, dtype: 'f32', wide: false, ...APART },
  { name: 'tall bytes, softmax, in one pass where there is one', loss: softmax, classes: 3, dtype: 'u8', wide: false, ...PASS },
])('$name', (asked) => {
  test('models in a batch of ten, four, two and one', { timeout: 120_000 }, async () => {
    const all = Array.from({ length: MODELS }, (_, i) => i);
    const expected = await answers(asked, all);
    for (const models of [[9, 2, 5, 4], [7, 0], [2]]) {
      const found = await answers(asked, models);
      for (const i of models) expect(found.get(i), `model ${i} of ${models.length}`).toEqual(expected.get(i));
    }
    const resumed = await answers(asked, [9, 2, 5], true);
    for (const i of [9, 2, 5]) expect(resumed.get(i), `model ${i}, resumed`).toEqual(expected.get(i));
    if (asked.onePassBytes !== Infinity) return;
    const found = await answers({ ...asked, on: asGpu }, [3, 1]);
    for (const i of [3, 1]) expect(found.get(i), `model ${i} by workgroups of fewer rows`).toEqual(expected.get(i));
  });
});

test.each(['u8', 'f32'] as const)('whichever of its variants is the fastest, a kernel gives the same bits: %s rows', { timeout: 60_000 }, async (dtype) => {
  for (const models of [1, 4] as const) {
    for (const [name, kernel, written] of [
      ['margins', margins[dtype], 'direction'],
      ['gradient', gradient[dtype], 'partials'],
    ] as const) {
      const given: Partial<Record<string, DeviceBuffer>> = {};
      const random = new RandomState(2);
      const filled: Compute = {
        ...compute,
        create(label, sizeBytes) {
          const buffer = compute.create(label, sizeBytes);
          compute.write(
            buffer,
            Float32Array.from({ length: sizeBytes / 4 }, () => random.double() - 0.5),
          );
          return (given[label] = buffer);
        },
      };
      const trial = trialOf(filled, name, dtype, models, 1024);
      const bits = new Set<string>();
      // How many invocations a workgroup has changes no sum.
      const ways = variantsOf<Kernel>({ ...kernel, variants: { ...kernel.variants, WORKGROUP: [] } });
      const able = ways.filter((way) => runsOn(way, compute) && fitting(name, models, compute.subgroupLanes)(way));
      for (const way of able) {
        await trial.launch({ ...way, sizes: { ...way.sizes, WORKGROUP: Math.max(64, compute.subgroupLanes) } });
        bits.add(Buffer.from(await compute.read(given[`trial ${written}`]!)).toString('base64'));
      }
      trial.release();
      expect([able.length > 1 || compute.subgroupLanes === 0, bits.size], `${name} of ${models}`).toEqual([true, 1]);
    }
  }
});

/** More values than are trained in float64, and blocks of several tiles. */
function table(dtype: Dtype, { classes = 2, values = false } = {}): Dataset<'train', Matrix> {
  const [rows, cols] = TALL;
  const random = new RandomState(9);
  const labels = Uint8Array.from({ length: rows }, (_, row) => row % classes);
  const near = (at: number): number => (at % cols === labels[Math.floor(at / cols)]! ? 60 : 0);
  const x = new DTYPES[dtype](rows * cols).map((_, at) => (random.interval(2) === 0 ? (random.interval(180) + near(at)) / (dtype === 'u8' ? 1 : 37) : 0));
  const given = matrix(
    rows,
    1,
    Float64Array.from({ length: rows }, (_, row) => labels[row]! + random.interval(3)),
  );
  const weights = Float32Array.from({ length: rows }, () => random.interval(1000) / 333);
  const target = values ? { values: given } : { labels };
  return { name: 'table', role: 'train', x: matrix(rows, cols, x), ...target, rows: random.permutation(rows).slice(0, rows - 40), weights } as never;
}

async function stored(data: ReturnType<typeof table>) {
  const { rows, cols, dtype, data: numbers } = data.x;
  const path = join(tempFolder(), `rows.${dtype}`);
  writeFileSync(path, new Uint8Array(numbers.buffer));
  return { ...data, x: await storedMatrix(path, { rows, cols, dtype }) };
}

/** @param settings of more jobs, beside those without any */
function jobsOf(settings: readonly object[]): Jobs {
  const all = [{}, ...settings].flatMap((params) => [{ params }, { params, heldOut: 0 }, { params, heldOut: 2 }]);
  return all.map((job, i) => ({ ...job, name: `job ${i}` })) as never;
}

const folds = { count: 3, fold: Uint8Array.from({ length: TALL[0] - 40 }, (_, i) => i % 3) };
const few = { tol: 1e-3, maxIter: 4 };

interface Case {
  readonly name: string;
  readonly estimator: ExportedEstimator;
  readonly given: () => object | Promise<object>;
  readonly settings: readonly object[];
}

describe.each([
  { name: 'f32', estimator: logisticRegression(few), given: () => table('f32'), settings: [{ C: 0.01 }, { maxIter: 2 }] },
  {
    name: 'bytes, three classes, balanced',
    estimator: logisticRegression({ ...few, classWeight: 'balanced' }),
    given: () => table('u8', { classes: 3 }),
    settings: [{ C: 0.01 }],
  },
  { name: 'bytes that stay stored', estimator: logisticRegression(few), given: () => stored(table('u8')), settings: [{ C: 0.01 }] },
  { name: 'sparse', estimator: logisticRegression(few), given: () => ({ ...table('f32'), x: sparseOf(table('f32').x) }), settings: [{ C: 0.01 }] },
  { name: 'L1 and L2', estimator: logisticRegression(few), given: () => table('f32'), settings: [{ l1Ratio: 1, C: 0.01 }, { l1Ratio: 0.5 }] },
  {
    name: 'f32, and float64 for a tolerance that needs it',
    estimator: logisticRegression(few),
    given: () => table('f32'),
    settings: [{ tol: 1e-13, maxIter: 3 }],
  },
  { name: 'scaled by what each learns from', estimator: chain(standardize(), logisticRegression(few)), given: () => table('f32'), settings: [{ C: 0.01 }] },
  { name: 'Poisson', estimator: poissonRegressor(few), given: () => table('f32', { values: true }), settings: [{ alpha: 1e-3 }, { maxIter: 2 }] },
  { name: 'squared hinge', estimator: linearSVC(few), given: () => table('f32', { classes: 3 }), settings: [{ C: 0.01 }] },
  { name: 'least squares', estimator: ridge(), given: () => table('f32', { values: true }), settings: [{ alpha: 100 }] },
] as never as readonly Case[])('$name', ({ estimator, given, settings }) => {
  test('alone, in pairs, in any order, with other folds or none', { timeout: 120_000 }, async () => {
    const data = await given();
    const jobs = jobsOf(settings);
    const names = [...jobs.keys()];
    const together = await trained(estimator, data, jobs, folds, compute);
    const beside = async (some: readonly number[], others: unknown = folds): Promise<void> => {
      const found = await trained(
        estimator,
        data,
        some.map((i) => jobs[i]!),
        others,
        compute,
      );
      expect(found, `jobs ${some.join()}`).toEqual(some.map((i) => together[i]));
    };
    expect(new Set(together).size).toBe(jobs.length);
    await beside(names.toReversed());
    await beside([4, 1]);
    await beside([1]);
    await beside([0], undefined);
    await beside([3], { count: 2, fold: folds.fold.map((fold) => fold & 1) });
  });
});

test('models that a device has no room for at once are trained in several goes, to the same bit', async () => {
  const jobs = jobsOf([{ C: 0.01 }]);
  const expected = await trained(logisticRegression(few), table('f32'), jobs, folds, compute);
  const small: Compute = { ...compute, limits: { ...compute.limits, maxBindingBytes: 300_000 } };
  const events: RunEvent[] = [];
  expect(await trained(logisticRegression(few), table('f32'), jobs, folds, small, stageContext(small, events))).toEqual(expected);
  expect(events.filter(({ type }) => type === 'history')).toHaveLength(2);
});

test.each([2, 3])('what a model of %d classes says of rows held out is what it says of them later, and asking changes no model', async (classes) => {
  const data = table('f32', { classes });
  const context = stageContext(compute);
  const jobs = [{ name: 'fit' }, { name: 'fold 1', heldOut: 1 }];
  const [asked, counted] = await Promise.all(
    (['decisions', 'counts'] as const).map((need) => logisticRegression(few).train(data, jobs, { folds, need }, context)),
  );
  const held = { ...data, rows: data.rows.filter((_, row) => folds.fold[row] === 1) };
  for (const [i, { model, heldOut }] of asked!.entries()) {
    expect(model.summary).toEqual(counted![i]!.model.summary);
    if (heldOut) expect(await counted![i]!.model.evaluate(held, 'decisions', context)).toEqual(heldOut);
  }
});

const SUMS = exportedEstimators().filter(([name]) =>
  /^(elasticNet|gaussianNB|linearDisc|linearRegression|multinomialNB|nearestCentroid|quadraticDisc|ridge|sgd|svc|voting)/.test(name),
);

test.each(SUMS)('%s: alone, and without folds', (name, estimator) => equalsAlone(name, estimator, compute));
