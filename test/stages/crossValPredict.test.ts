// Each row as the one model says it that was not fitted on it, against scikit-learn 1.9 (fixtures/crossValPredict.json); and that
// nothing is trained twice for it.
import { beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import figures from '../fixtures/crossValPredict.json' with { type: 'json' };
import { labelsOf, type Dataset } from '../../src/core/data/dataset.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { CrossValPredicted, Estimator } from '../../src/dsl/estimator.ts';
import { pipeline, type Pipeline } from '../../src/dsl/graph/pipeline.ts';
import type { AnyStage } from '../../src/dsl/stage/stage.ts';
import {
  crossValidate,
  crossValPredict,
  fit,
  gaussianNB,
  kMeans,
  kNeighborsClassifier,
  kNeighborsMultilabel,
  logisticRegression,
  nearestCentroid,
  ridge,
  type CrossValPredictOptions,
} from '../../src/api.ts';
import { fetch } from '../../src/stages/fetch.ts';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';
import { memoryCacheStore, type CacheStore } from '../../src/runtime/keys/cache.ts';
import { run } from '../../src/runtime/run.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { rawSet } from '../support/smallSets.ts';
import { table, whole } from '../support/table.ts';

let compute: GpuCompute;
beforeAll(async () => {
  compute = { ...(await testCompute()), destroy: () => {} };
});
const code = { closure: async () => ({}), packageDigests: async () => ({ code: '', kernels: '' }), text: async () => '' };

interface Ran {
  readonly prediction: CrossValPredicted;
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly warnings: readonly string[];
}

async function ran(data: object, stages: readonly unknown[], store?: CacheStore): Promise<Ran> {
  const events: RunEvent[] = [];
  const source = fetch({ name: 'rows', digest: 'rows', code: [], load: async () => ({ ...data, role: 'all' }) as never });
  const { outputs, values, error } = await run((pipeline as (...all: unknown[]) => Pipeline)('predicted', source, ...stages), {
    files: { read: () => Promise.reject(new Error('no files')) },
    openCompute: async () => ({ compute, summary: { name: 'test', vendor: '', architecture: '', driver: '', software: true } }),
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    cache: store ? { store, code } : undefined,
    values: stages.some((one) => (one as AnyStage).spec.id === 'cross-val-predict') ? ['crossValPrediction'] : [],
  });
  if (error !== undefined) throw error;
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  return { prediction: values['crossValPrediction'] as CrossValPredicted, outputs: outputs as Ran['outputs'], warnings };
}

const iris = figureSet('iris');
const severalLabels = {
  ...iris,
  labels: undefined,
  indicators: matrix(
    150,
    3,
    Uint8Array.from({ length: 450 }, (_, at) => {
      const row = Math.floor(at / 3);
      return Number([iris.x.data[row * 4]! > 5.75, iris.labels[row] === 1, iris.x.data[row * 4 + 1]! > 2.95][at % 3]);
    }),
  ),
};
const { labels: _, ...indicated } = severalLabels;
const SETS = (name: string): { readonly rows: Uint32Array } & object => {
  if (name === 'several labels') return indicated;
  if (name.startsWith('diabetes')) return valuedSet(name);
  const set = figureSet(name);
  return name === 'digits' ? { ...set, rows: set.rows.filter((_, row) => row % 3 === 0) } : set;
};
const ESTIMATORS = {
  gaussianNB: gaussianNB({ varSmoothing: 1e-3 }),
  logisticRegression: logisticRegression({ C: 0.1, tol: 1e-6, maxIter: 5000 }),
  kNeighborsClassifier: kNeighborsClassifier({ nNeighbors: 1 }),
  kNeighborsMultilabel: kNeighborsMultilabel({ nNeighbors: 3 }),
  ridge: ridge({ alpha: 0.5 }),
} as const;
const FOLDS: Readonly<Record<string, CrossValPredictOptions>> = {
  stratified: { folds: 3 },
  shuffled: { folds: 4, shuffleSeed: 5, stratified: false },
  'in order': { folds: 3, stratified: false },
  groups: { folds: { groups: 3 } },
  leaveOneOut: { folds: 'leaveOneOut' },
};

interface Figures {
  readonly data: string;
  readonly label: string;
  readonly folds: string;
  readonly predict: readonly (number | readonly number[])[];
  readonly predict_proba?: readonly (readonly number[])[];
  readonly decision_function?: readonly (number | readonly number[])[];
}

test.each((figures.rows as readonly Figures[]).map((row) => [`${row.data}, ${row.label}, folds ${row.folds}`, row] as const))(
  'scikit-learn: %s',
  async (_, { data: name, label, folds, predict, predict_proba, decision_function }) => {
    const data = SETS(name);
    const plan = name === 'several labels' || name.startsWith('diabetes') ? { ...FOLDS[folds]!, stratified: undefined } : FOLDS[folds]!;
    const rows = { ...data, groups: Uint32Array.from({ length: 2000 }, (_, id) => id % 7).subarray(0, (data as Dataset).x.rows) };
    const { prediction } = await ran(rows, [crossValPredict(ESTIMATORS[label as 'gaussianNB'], plan)]);
    expectNear(prediction.predictions, predict.flat(), label === 'ridge' ? 1e-3 : 0);
    const { decisions, probabilities } = prediction.evaluation as { decisions?: Float64Array; probabilities?: Float64Array };
    if (predict_proba) expectNear(probabilities!, predict_proba.flat(), 2e-4);
    if (decision_function) expectNear(decisions!, decision_function.flat(), 2e-3);
  },
);

test('a class that a fold never saw has the lowest decision there, probability 0, and is told of', async () => {
  const four = { ...iris, labels: iris.labels.map((label, row) => (row < 4 ? 3 : label)) };
  const { prediction, warnings } = await ran(four, [crossValPredict(gaussianNB(), { folds: 5, stratified: false })]);
  const { decisions, probabilities, truth, predicted } = prediction.evaluation as unknown as Readonly<Record<string, Float64Array>>;
  expect([decisions!.length, probabilities!.length]).toEqual([600, 600]);
  for (const row of [0, 1, 2, 3]) {
    expect(truth![row]).toBe(3);
    expect(predicted![row]).not.toBe(3);
    expect([decisions![row * 4 + 3], probabilities![row * 4 + 3]]).toEqual([-Number.MAX_VALUE, 0]);
  }
  expect(decisions![149 * 4 + 3]).toBeGreaterThan(-Number.MAX_VALUE);
  expect(warnings).toContainEqual(expect.stringContaining('All rows of class 3 of iris are in fold 1'));
});

test('where two of three classes are left, both have a decision and the larger one is predicted', async () => {
  const { prediction } = await ran(iris, [crossValPredict(logisticRegression(), { folds: 3, stratified: false })]);
  const { decisions, predicted } = prediction.evaluation as unknown as Readonly<Record<string, Float64Array>>;
  for (let row = 0; row < 150; row++) {
    const own = [...decisions!.subarray(row * 3, row * 3 + 3)];
    expect(own.filter((value) => value === -Number.MAX_VALUE)).toHaveLength(1);
    expect(own.indexOf(Math.max(...own))).toBe(predicted![row]);
  }
});

test('each row is predicted once, by a model of the other folds, in the order of the rows', async () => {
  // The value of a row is its id, and a model says the mean of the ids that it was fitted on.
  const mean: Estimator<never, unknown, 'values'> = {
    name: 'mean',
    kind: 'regressor',
    params: {},
    code: [],
    train: async ({ rows, values }, jobs, options) =>
      jobs.map(({ heldOut }) => {
        const ids = (held: boolean) => [...rows].filter((_, row) => (options.folds!.fold[row] === heldOut) === held);
        const left = ids(false);
        const value = left.reduce((sum, id) => sum + id, 0) / left.length;
        const truth = Float64Array.from(ids(true), (id) => values.data[id]!);
        return { model: { summary: {}, value } as never, heldOut: { of: 'values', outputs: 1, truth, predicted: truth.map(() => value) } as never };
      }),
  };
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 4, max: 30 }),
      fc.integer({ min: 2, max: 4 }),
      fc.option(fc.nat(99), { nil: undefined }),
      async (count, folds, shuffleSeed) => {
        const ids = Uint32Array.from({ length: count }, (_, i) => (i * 7 + 3) % count).sort(() => 0);
        const rows = new Set(ids).size === count ? ids : Uint32Array.from({ length: count }, (_, i) => count - 1 - i);
        const data = {
          name: 'ids',
          x: matrix(count, 1, new Float64Array(count)),
          values: matrix(
            count,
            1,
            Float64Array.from({ length: count }, (_, i) => i),
          ),
          rows,
        };
        const { prediction } = await ran(data, [crossValPredict(mean, { folds, ...(shuffleSeed === undefined ? {} : { shuffleSeed }) })]);
        const { truth } = prediction.evaluation as { truth: Float64Array };
        expect([...truth]).toEqual([...rows]);
        const said = [...(prediction.predictions as Float64Array)];
        for (const value of new Set(said)) {
          const held = [...rows].filter((_, row) => said[row] === value);
          const left = [...rows].filter((_, row) => said[row] !== value);
          // Folds may have equal means: then their rows are told apart by nothing.
          if (held.length <= Math.ceil(count / folds)) expect(left.reduce((sum, id) => sum + id, 0) / left.length).toBeCloseTo(value, 9);
        }
      },
    ),
    { numRuns: 25 },
  );
});

describe('nothing is trained twice', () => {
  const counted = () => {
    const calls: string[][] = [];
    const inner = logisticRegression({ C: 0.1, tol: 0.01 });
    const train: typeof inner.train = (rows, jobs, ...rest) => (calls.push(jobs.map(({ name }) => name)), inner.train(rows, jobs, ...rest));
    return { calls, estimator: { ...inner, train } };
  };
  const folds = ['fold 1', 'fold 2', 'fold 3'];

  test.each([
    ['crossValidate first', [crossValidate({ folds: 3 }), crossValPredict({ folds: 3 })]],
    ['crossValPredict first', [crossValPredict({ folds: 3 }), crossValidate({ folds: 3, scoring: 'negLogLoss' })]],
  ])('after a fit: %s', async (_, stages) => {
    const { calls, estimator } = counted();
    const { outputs, prediction } = await ran(iris, [whole, fit(estimator), ...stages]);
    expect(calls).toEqual([['fit', ...folds]]);
    expect(outputs['cross-val-predict']).toMatchObject({ rows: 150, trainedWithFit: true });
    expect(outputs['cross-validate']).toMatchObject({ trainedWithFit: true });
    const right = [...labelsOf(iris)].filter((label, row) => label === prediction.predictions[row]).length;
    expect(outputs['cross-val-predict']!['accuracy']).toBe(right / 150);
  });

  test('without a fit, models of one stage are asked by the other', async () => {
    const store = memoryCacheStore();
    const { calls, estimator } = counted();
    const alone = await ran(iris, [crossValPredict(estimator, { folds: 3 })]);
    expect(calls.splice(0)).toEqual([folds]);
    const after = await ran(iris, [crossValidate(estimator, { folds: 3 }), crossValPredict(estimator, { folds: 3 })], store);
    expect(calls.splice(0)).toEqual([folds]);
    expect(after.outputs['cross-val-predict']).toMatchObject({ modelsFromCache: 3 });
    expect(after.prediction.predictions).toEqual(alone.prediction.predictions);
    // Whether they were asked as they were trained, or later.
    expect(after.prediction.evaluation).toEqual(alone.prediction.evaluation);
    // What they were asked is kept too, and other scores need no more.
    const { outputs } = await ran(iris, [crossValidate(estimator, { folds: 3, scoring: ['negLogLoss', 'accuracy'] })], store);
    expect(calls).toEqual([]);
    expect(outputs['cross-validate']).toMatchObject({ modelsFromCache: 3 });
  });

  test('even where the first stage is still writing them', async () => {
    const store = memoryCacheStore();
    const slow: CacheStore = { ...store, putText: async (...given) => (await new Promise((done) => setTimeout(done, 100)), store.putText(...given)) };
    const { calls, estimator } = counted();
    await ran(iris, [crossValidate(estimator, { folds: 3 }), crossValPredict(estimator, { folds: 3 })], slow);
    expect(calls).toEqual([folds]);
  });

  test('other folds, or another estimator, are', async () => {
    const store = memoryCacheStore();
    const { calls, estimator } = counted();
    await ran(iris, [crossValidate(estimator, { folds: 3 })], store);
    await ran(iris, [crossValPredict(estimator, { folds: 3, shuffleSeed: 1 })], store);
    expect(calls).toEqual([folds, folds]);
  });
});

test.each<[string, object, string]>([
  ['timeSeries', { folds: { timeSeries: 3 } }, 'those of timeSeries never hold out the first rows'],
  ['shuffleSplit', { folds: { shuffleSplit: 3 }, shuffleSeed: 1 }, 'those of shuffleSplit hold out some rows never and others several times'],
  ['repeats', { folds: 3, repeats: 2, shuffleSeed: 1 }, 'those of repeats hold out each row several times'],
])('folds that hold out rows never or again are refused: %s', (_, options, message) => {
  const refusal = expect.objectContaining({ code: 'E_PARAMS', message: expect.stringContaining(message), hint: expect.stringContaining('folds: 5') });
  expect(() => crossValPredict(gaussianNB(), options as CrossValPredictOptions)).toThrow(refusal);
  expect(() => crossValPredict(options as CrossValPredictOptions)).toThrow(refusal);
});

test('clusters are refused, before and after a fit', async () => {
  const refusal = expect.objectContaining({ code: 'E_USAGE', message: expect.stringContaining('clusters') });
  // @ts-expect-error clusters of several models have no names in common
  expect(() => crossValPredict(kMeans())).toThrow(refusal);
  await expect(ran(rawSet('iris'), [whole, fit(kMeans({ nClusters: 3, seed: 1 })), crossValPredict()])).rejects.toMatchObject({
    message: expect.stringContaining('clusters'),
  });
});

test('an estimator that says nothing of each row is told what to return', async () => {
  const counts = nearestCentroid();
  const train: typeof counts.train = (rows, jobs, options, context) => counts.train(rows, jobs, { ...options, need: 'counts' }, context);
  await expect(ran(iris, [crossValPredict({ ...counts, train }, { folds: 3 })])).rejects.toMatchObject({
    code: 'E_STAGE',
    hint: expect.stringContaining('evaluationOf'),
  });
});

test('labels that need more than a byte stay what they are', async () => {
  const far = table([0, 1, 10, 11, 20, 21], [0, 0, 1, 1, 2, 2], { labels: Uint32Array.of(5, 5, 70_000, 70_000, 300, 300) });
  const { prediction } = await ran(far, [crossValPredict(kNeighborsClassifier({ nNeighbors: 1 }), { folds: 2 })]);
  expect([...prediction.predictions]).toEqual([5, 5, 70_000, 70_000, 300, 300]);
});
