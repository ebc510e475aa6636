// Cross-validation by folds of every kind, with a fit before it, with a search, and of all rows without a split.
import { expect, test } from 'vitest';
import fixture from '../fixtures/splits.json' with { type: 'json' };
import {
  crossValidate,
  fetch,
  fit,
  gridSearch,
  kNeighborsClassifier,
  logisticRegression,
  matrix,
  pipeline,
  ridge,
  split,
  type DatasetSource,
  type RunEvent,
} from '../../src/api.ts';
import type { Pipeline } from '../../src/dsl/graph/pipeline.ts';
import { reconfigure } from '../../src/dsl/graph/reconfigure.ts';
import { inferGraph } from '../../src/dsl/graph/infer.ts';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import { run } from '../../src/runtime/run.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { checkStage } from '../../src/testing.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { smallSet } from '../support/smallSets.ts';

const iris = { ...smallSet('iris'), role: 'all' as const };
const diabetes = { ...valuedSet('diabetes'), role: 'all' as const };
const irisSource = { name: 'iris', digest: 'iris', code: [], load: async () => iris };
const diabetesSource: DatasetSource<'values'> = { name: 'diabetes', load: async () => diabetes };
const estimator = logisticRegression({ tol: 1e-6, maxIter: 500 });
const code = { closure: async () => ({}), packageDigests: async () => ({ code: 'c', kernels: 'k' }), text: async () => '' };

type Output = Readonly<Record<string, unknown>>;

async function outputsOf(made: Pipeline, { store = memoryCacheStore(), events = [] as RunEvent[] } = {}): Promise<Readonly<Record<string, Output>>> {
  const { outputs, error } = await run(made, {
    files: { read: () => Promise.reject(new Error('no files here')) },
    openCompute: () => openNodeCompute(),
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    cache: { store, code },
  });
  expect(error).toBeUndefined();
  return outputs;
}

const close = (scores: readonly number[]): unknown => scores.map((score) => expect.closeTo(score, 9));

test.each(fixture.scores)('all rows of iris: $plan', async ({ plan, accuracy }) => {
  const outputs = await outputsOf(pipeline('all', fetch(irisSource), crossValidate(estimator, plan as { folds: number })));
  expect(outputs['cross-validate']).toMatchObject({ foldScores: close(accuracy), trainedWithFit: false });
  if (plan.folds === 'leaveOneOut') return;
  // The same folds where a fit trains them along.
  const whole = split({ train: [0, 149], test: [149, 150] });
  const along = await outputsOf(pipeline('along', fetch(irisSource), whole, fit(estimator), crossValidate(plan as { folds: number })));
  const alone = await outputsOf(pipeline('alone', fetch(irisSource), whole, crossValidate(estimator, plan as { folds: number })));
  expect(along['cross-validate']).toMatchObject({ trainedWithFit: true, foldScores: alone['cross-validate']!['foldScores'] });
});

test.each(fixture.series)('a series: $plan', async ({ plan, r2 }) => {
  const outputs = await outputsOf(pipeline('series', fetch(diabetesSource), crossValidate(ridge({ alpha: 0.1 }), plan as never)));
  expect(outputs['cross-validate']!['foldScores']).toEqual(close(r2));
});

test('a search by repeated folds, of all rows', async () => {
  const made = pipeline('search', fetch(irisSource), gridSearch(kNeighborsClassifier(), { nNeighbors: [1, 5] }, { folds: 3, repeats: 2, shuffleSeed: 7 }));
  const { 'grid-search': found } = await outputsOf(made);
  expect((found!['points'] as { foldScores: number[] }[]).map(({ foldScores }) => foldScores)).toEqual(fixture.grid.map(close));
});

test('folds of other rows are kept apart in the cache, however alike they look', async () => {
  const store = memoryCacheStore();
  // A window of as many rows in each fold.
  const windows = { folds: { timeSeries: 4, maxTrainSize: 30, testSize: 20 } } as const;
  const mixed = Uint32Array.from(iris.rows, (i) => (i * 7) % 150);
  const source = { ...irisSource, digest: 'mixed', load: async () => ({ ...iris, rows: mixed }) };
  const made = (shuffleSeed?: number) =>
    pipeline(
      'kept',
      fetch(source),
      crossValidate(kNeighborsClassifier(), shuffleSeed === undefined ? windows : { folds: { shuffleSplit: 4, test: 20, train: 30 }, shuffleSeed }),
    );
  const first = await outputsOf(made(), { store });
  expect(new Set((first['cross-validate']!['foldScores'] as number[]).map(String)).size).toBeGreaterThan(1);
  const alone = await outputsOf(made());
  expect(first['cross-validate']!['foldScores']).toEqual(alone['cross-validate']!['foldScores']);
  for (const seed of [1, 2]) {
    const [shared, fresh] = [await outputsOf(made(seed), { store }), await outputsOf(made(seed))];
    expect(shared['cross-validate']!['foldScores']).toEqual(fresh['cross-validate']!['foldScores']);
  }
});

test('one more repetition trains nothing that was trained', async () => {
  const store = memoryCacheStore();
  const made = (repeats: number) => pipeline('more', fetch(irisSource), crossValidate(kNeighborsClassifier(), { folds: 3, repeats, shuffleSeed: 7 }));
  const two = await outputsOf(made(2), { store });
  const three = await outputsOf(made(3), { store });
  expect(three['cross-validate']).toMatchObject({ modelsFromCache: 6 });
  expect((three['cross-validate']!['foldScores'] as number[]).slice(0, 6)).toEqual(two['cross-validate']!['foldScores']);
});

test('parameters of the estimator and of the folds are set side by side', async () => {
  const made = pipeline('set', fetch(irisSource), crossValidate(kNeighborsClassifier(), { folds: 3 }));
  const set = (param: string, value: unknown) => ({ path: 'cross-validate', param, value, written: '--set' });
  const stageOf = (one: Pipeline) => one.graph.nodes.at(-1)!.stage.spec.params;
  expect(stageOf(made)).toMatchObject({ folds: 3, nNeighbors: 5, estimator: 'kNeighborsClassifier' });
  const other = reconfigure(made, [set('nNeighbors', 1), set('folds', { timeSeries: 2 })] as never);
  expect(stageOf(other)).toMatchObject({ folds: { timeSeries: 2 }, nNeighbors: 1 });
});

test('what does not fit the rows is found before a run', () => {
  const source = { ...irisSource, facts: { rows: 150 } };
  const problemsOf = (options: object) => inferGraph(pipeline('p', fetch(source), crossValidate(estimator, options as { folds: number })).graph).problems;
  expect(problemsOf({ folds: 151 })).toMatchObject([{ code: 'E_PARAMS' }]);
  expect(problemsOf({ folds: { timeSeries: 150 } })).toMatchObject([{ code: 'E_PARAMS', message: expect.stringContaining('leave none of 150 rows') }]);
  expect(problemsOf({ folds: { timeSeries: 149 } })).toEqual([]);
});

test('the stage reads the rows of a split where there is one, and all rows else', async () => {
  const stage = crossValidate(kNeighborsClassifier(), { folds: 2 });
  const { compute } = await openNodeCompute();
  await checkStage(stage, { data: iris }, { compute });
  await checkStage(stage, { train: smallSet('iris') }, { compute });
  const folded = await outputsOf(
    pipeline('split', fetch(irisSource), split({ test: 0.5, seed: 0 }), crossValidate(kNeighborsClassifier(), { folds: 'leaveOneOut' })),
  );
  expect(folded['cross-validate']!['foldScores']).toHaveLength(75);
});

test('a series of rows that stand in no order is told of', async () => {
  const series = crossValidate(ridge(), { folds: { timeSeries: 3 } });
  const told = async (...stages: readonly unknown[]): Promise<readonly string[]> => {
    const events: RunEvent[] = [];
    await outputsOf(pipeline('order', fetch(diabetesSource), ...(stages as [])), { events });
    return events.flatMap((event) => (event.type === 'warning' && event.code === 'W_ORDER' ? [event.message] : []));
  };
  const drawn = split({ test: 0.2, seed: 0 });
  expect(await told(drawn, series)).toEqual([expect.stringContaining('The rows of diabetes stand neither in the order fetched nor in that of any column')]);
  expect(await told(split({ test: 0.2, shuffle: false }), series)).toEqual([]);
  expect(await told(split({ test: 0.2, time: 0 }), series)).toEqual([]);
  expect(await told(series)).toEqual([]);
});

test('copies of rows in several folds are told of', async () => {
  const twice = Uint32Array.from({ length: 300 }, (_, i) => i % 150);
  const x = matrix(
    300,
    4,
    Float64Array.from({ length: 1200 }, (_, at) => iris.x.data[(twice[at >> 2]! << 2) + (at % 4)]!),
  );
  const copied = { ...iris, x, labels: twice.map((row) => iris.labels[row]!) as never, rows: Uint32Array.from({ length: 300 }, (_, i) => i) };
  const source = { name: 'iris', load: async () => ({ ...copied, labels: Uint8Array.from(copied.labels) }) };
  const told = async (options: object): Promise<readonly string[]> => {
    const events: RunEvent[] = [];
    await outputsOf(pipeline('copies', fetch(source), crossValidate(kNeighborsClassifier(), options as { folds: number })), { events });
    return events.flatMap((event) => (event.type === 'warning' ? [`${event.code} ${event.message}`] : []));
  };
  expect(await told({ folds: 5, shuffleSeed: 1 })).toEqual([
    expect.stringMatching(/^W_OVERLAP \d+ rows of iris that fold 1 holds out equal rows that it is fitted on/),
  ]);
});

test('a score that no fold defines names some of the folds', async () => {
  const events: RunEvent[] = [];
  await outputsOf(pipeline('single rows', fetch(diabetesSource), crossValidate(ridge(), { folds: { shuffleSplit: 20, test: 1 }, shuffleSeed: 1 })), { events });
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  expect(warnings).toEqual([expect.stringMatching(/^r2 of fold 1, .*fold 10, \.\.\. \(20 in all\) is not defined/)]);
});
