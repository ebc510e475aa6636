// Transforms inside folds: what scikit-learn's make_pipeline gives, what training each fold by hand gives, and no leak.
import { describe, expect, test, vi } from 'vitest';
import fixture from '../fixtures/scaler-inside-folds.json' with { type: 'json' };
import type { Dataset, Scaling } from '../../src/core/data/dataset.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { Estimator, Job, Predictor, Transformer } from '../../src/dsl/estimator.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';
import { chain } from '../../src/estimators/chain/chain.ts';
import { kMeans } from '../../src/estimators/kMeans/kMeans.ts';
import { linearSVC } from '../../src/estimators/linearSVC/linearSVC.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import type { LogisticModel } from '../../src/estimators/logisticRegression/model.ts';
import { nearestCentroid } from '../../src/estimators/nearestCentroid/nearestCentroid.ts';
import { oneVsRest } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import { pca } from '../../src/estimators/pca/pca.ts';
import { poissonRegressor } from '../../src/estimators/poissonRegressor/poissonRegressor.ts';
import { ridge } from '../../src/estimators/ridge/ridge.ts';
import { ridgeClassifier } from '../../src/estimators/ridge/ridgeClassifier.ts';
import { runPipeline } from '../../src/node.ts';
import { branch } from '../../src/dsl/graph/compose.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { scoreOf } from '../../src/metrics/scorers.ts';
import { crossValidate } from '../../src/stages/selection/crossValidate.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { fit } from '../../src/stages/fit.ts';
import { gridSearch } from '../../src/stages/search/gridSearch.ts';
import { foldsOf } from '../../src/validation/folding.ts';
import { batchesFor } from '../../src/validation/foldWarnings.ts';
import { foldJobs } from '../../src/validation/heldOut.ts';
import { trainKept } from '../../src/validation/trainKept.ts';
import { topColumns } from '../fixtures/own/topColumns.ts';
import { predict } from '../../src/stages/predict.ts';
import { score } from '../../src/stages/score.ts';
import { split } from '../../src/stages/split/split.ts';
import { scale, standardize } from '../../src/stages/scale.ts';
import { shuffle } from '../../src/stages/shuffle.ts';
import { testCompute } from '../support/compute.ts';
import { rawSet, stageContext } from '../support/smallSets.ts';
import { standardScaling } from '../support/standardScaling.ts';

const compute = await testCompute();
const events: RunEvent[] = [];
const context = stageContext(compute, events);

const FOLDS: readonly Job<unknown, LogisticModel>[] = foldJobs<unknown, LogisticModel>(5);

describe.each(fixture.rows)('the scaler inside the folds of $data', ({ data, scores, probabilities }) => {
  const train = rawSet(data as 'iris');
  const folds = foldsOf(train, { folds: 5, stratified: true });
  const estimator = chain(standardize(), logisticRegression({ tol: 1e-8, maxIter: 5000 }));

  test("scores as scikit-learn's make_pipeline", async () => {
    const trained = await estimator.train(train, FOLDS, { folds, need: 'decisions' }, context);
    trained.forEach(({ heldOut }, fold) => {
      const rows = folds.fold.filter((own) => own === fold).length;
      expect(Math.abs(scoreOf('accuracy', heldOut!) - scores[fold]!) * rows).toBeLessThanOrEqual(1 + 1e-9);
    });
    const classes = trained[0]!.model.classes.length;
    const next = trained.map(() => 0);
    probabilities.forEach((expected, row) => {
      const fold = folds.fold[row]!;
      const at = next[fold]!++ * classes;
      const found = trained[fold]!.heldOut!.probabilities!.subarray(at, at + classes);
      expected.forEach((share, c) => expect(Math.abs(found[c]! - share)).toBeLessThan(1e-4));
    });
  });

  test('each fold is what it is alone, and its model carries its own scaling', async () => {
    const together = await estimator.train(train, [{ name: 'all' }, ...FOLDS], { folds }, context);
    for (const [fold, { model, heldOut }] of together.slice(1).entries()) {
      const rows = train.rows.filter((_, i) => folds.fold[i] !== fold);
      const part = { ...train, rows };
      const [alone] = await logisticRegression({ tol: 1e-8, maxIter: 5000 }).train(
        { ...part, scaling: await standardScaling(part) },
        [{ name: 'alone' }],
        {},
        context,
      );
      expect(distance(model, alone!.model)).toBeLessThan(1e-5);
      model.scaling!.shift.forEach((shift, j) => expect(shift).toBeCloseTo(alone!.model.scaling!.shift[j]!, 10));
      const held = { ...train, rows: train.rows.filter((_, i) => folds.fold[i] === fold) };
      expect((await model.evaluate(held, 'counts', context)).confusion).toEqual(heldOut!.confusion);
    }
    const whole = await logisticRegression({ tol: 1e-8, maxIter: 5000 }).train(
      { ...train, scaling: await standardScaling(train) },
      [{ name: 'all' }],
      {},
      context,
    );
    expect(distance(together[0]!.model, whole[0]!.model)).toBeLessThan(1e-5);
  });
});

function distance(a: LogisticModel, b: LogisticModel): number {
  const [x, y] = [a, b].map(({ coef }) => coef.flatMap((row) => [...row])) as [number[], number[]];
  return Math.hypot(...x.map((value, i) => value - y[i]!)) / Math.hypot(...y);
}

const iris = rawSet('iris');
const irisFolds = foldsOf(iris, { folds: 3, stratified: true });

test('a column that is constant in a fold is exactly 0 there', async () => {
  const rows = 20;
  const x = matrix(
    rows,
    2,
    Float64Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? Math.sin(i) : i < 20 ? 0.1 : 0.1 + (i % 3))),
  );
  const data: Dataset<'train'> = {
    name: 'half constant',
    role: 'train',
    x,
    labels: Uint8Array.from({ length: rows }, (_, i) => i % 2),
    rows: Uint32Array.from({ length: rows }, (_, i) => i),
  };
  const folds = { count: 2, fold: Uint8Array.from({ length: rows }, (_, i) => (i < 10 ? 0 : 1)) };
  const [first, second] = await chain(standardize(), logisticRegression()).train(data, foldJobs<unknown, LogisticModel>(2), { folds }, context);
  expect(second!.model.coef[0]![1]).toBe(0);
  expect(first!.model.coef[0]![1]).not.toBe(0);
});

test('transforms follow one another, and an estimator that scales at once is trained fold by fold', async () => {
  const estimator = logisticRegression({ tol: 1e-6 });
  const jobs = foldJobs<unknown, LogisticModel>(3);
  const twice = await chain(scale({ factor: 10, shift: 3 }), standardize(), estimator).train(iris, jobs, { folds: irisFolds }, context);
  const once = await chain(standardize(), estimator).train(iris, jobs, { folds: irisFolds }, context);
  const nested = await chain(scale({ factor: 10 }), chain(standardize(), estimator)).train(iris, jobs, { folds: irisFolds }, context);
  const plain: Estimator<LogisticModel, never> = { ...estimator, scales: undefined };
  const inTurn = await chain(standardize(), plain).train(iris, jobs as readonly Job<never, LogisticModel>[], { folds: irisFolds }, context);
  for (const other of [twice, nested, inTurn])
    other.forEach(({ model, heldOut }, i) => {
      expect(distance(model, once[i]!.model)).toBeLessThan(1e-6);
      expect(heldOut!.confusion).toEqual(once[i]!.heldOut!.confusion);
    });
});

describe('a defined estimator trains folds of other scalings at once', () => {
  const { labels: _, ...bare } = iris;
  const values = {
    ...bare,
    values: matrix(
      150,
      1,
      Float64Array.from({ length: 150 }, (_, row) => row % 7),
    ),
  };
  const cases: readonly (readonly [string, Estimator<Predictor, never, never>])[] = [
    ['ridge', ridge({ alpha: 3 })],
    ['ridge without a constant', ridge({ alpha: 3, fitIntercept: false })],
    ['ridgeClassifier', ridgeClassifier({ classWeight: 'balanced' })],
    ['nearestCentroid', nearestCentroid({ shrinkThreshold: 0.2 })],
    ['nearestCentroid of medians', nearestCentroid({ metric: 'manhattan' })],
    ['kMeans', kMeans({ nClusters: 3, seed: 1 })],
    ['linearSVC', linearSVC({ tol: 1e-8 })],
    ['poissonRegressor', poissonRegressor({ alpha: 0.01, tol: 1e-9 })],
  ];
  test.each(cases)('%s, as each fold alone', async (_, estimator) => {
    const train = vi.fn(estimator.train.bind(estimator));
    const jobs = [{ name: 'all' }, ...foldJobs<never, Predictor>(3)];
    const own = { folds: irisFolds };
    const data = (estimator.kind === 'regressor' ? values : iris) as never;
    const together = await chain(standardize(), { ...estimator, train }).train(data, jobs, own, context);
    expect(train).toHaveBeenCalledTimes(1);
    train.mockClear();
    const apart = await chain(standardize(), { ...estimator, scales: undefined, train }).train(data, jobs, own, context);
    expect(train).toHaveBeenCalledTimes(4);
    const scalings = together.map(({ model }) => (model as never as { fields: { scaling: Scaling } }).fields.scaling);
    expect(new Set(scalings.map(({ shift }) => String(shift))).size).toBe(4);
    for (const [i, { model, heldOut }] of together.entries()) {
      const [a, b] = [await answersOf(model), await answersOf(apart[i]!.model)];
      a.forEach((value, row) => expect(Math.abs(value - b[row]!), `${jobs[i]!.name}, row ${row}`).toBeLessThan(1e-5 * Math.max(1, Math.abs(value))));
      expect(Object.keys((heldOut ?? {}) as object)).toEqual(Object.keys((apart[i]!.heldOut ?? {}) as object));
    }
  });

  async function answersOf(model: Predictor): Promise<Float64Array> {
    const { decisionFunction, transform, predict } = model as never as Readonly<
      Record<string, (data: unknown, context: StageContext) => Promise<Float64Array>>
    >;
    return (decisionFunction ?? transform ?? predict)!(iris, context);
  }
});

describe('a grid over a transformer', () => {
  const mixed: Dataset<'train'> = { ...iris, rows: Uint32Array.from(iris.rows, (i) => (i * 7) % 150) };
  const jobsOf = (grid: readonly Readonly<Record<string, unknown>>[]): Job<never, LogisticModel>[] =>
    grid.flatMap((params, i) => [0, 1, 2].map((heldOut) => ({ name: `point ${i} fold ${heldOut}`, heldOut, params: params as never })));
  const folds = foldsOf(mixed, { folds: 3, stratified: true });
  const counted = <E extends Estimator<Transformer, never, 'none'>>(estimator: E) => ({ ...estimator, train: vi.fn(estimator.train.bind(estimator)) });

  test('fits it once for each fold and setting, and gives what each chain gives by itself', async () => {
    const components = counted(pca() as Estimator<Transformer, never, 'none'>);
    const grid = [2, 3].flatMap((n) => [0.1, 10].map((C) => ({ 'pca.nComponents': n, C })));
    const estimator = chain(standardize(), components, logisticRegression({ tol: 1e-6 }));
    const trained = await estimator.train(mixed, jobsOf(grid), { folds }, context);
    expect(components.train).toHaveBeenCalledTimes(6);
    for (const [i, { 'pca.nComponents': nComponents, C }] of grid.entries()) {
      const alone = await chain(standardize(), pca({ nComponents }), logisticRegression({ tol: 1e-6, C })).train(mixed, FOLDS.slice(0, 3), { folds }, context);
      for (const [fold, { model, heldOut }] of alone.entries()) {
        const own = trained[i * 3 + fold]!;
        expect(own.heldOut!.confusion).toEqual(heldOut!.confusion);
        expect(await own.model.decisionFunction(mixed, context)).toEqual(await model.decisionFunction(mixed, context));
      }
    }
  });

  test('steps before the one that differs are shared', async () => {
    const [first, second] = [counted(topColumns() as Estimator<Transformer, never, 'none'>), counted(pca() as Estimator<Transformer, never, 'none'>)];
    const grid = [3, 4].flatMap((keep) => [1, 2].map((n) => ({ 'topColumns.keep': keep, 'pca.nComponents': n })));
    await chain(first, second, logisticRegression()).train(mixed, jobsOf(grid), { folds }, context);
    expect([first.train, second.train].map(({ mock }) => mock.calls.length)).toEqual([6, 12]);
  });

  test('keeps its points one by one', async () => {
    const kept = new Map<string, unknown>();
    const keeping: StageContext = {
      ...context,
      kept: { load: async (key) => kept.get(key), save: async (_, results) => results.forEach((value, key) => kept.set(key, value)) },
    };
    const components = counted(pca() as Estimator<Transformer, never, 'none'>);
    const estimator = chain(components, logisticRegression());
    const train = async (grid: Parameters<typeof jobsOf>[0]) =>
      (await trainKept(estimator, mixed, jobsOf(grid) as never, { folds }, keeping)).map(({ fromCache }) => fromCache);
    expect(await train([{ 'pca.nComponents': 2, C: 1 }])).toEqual([false, false, false]);
    expect(await train([2, 3].map((n) => ({ 'pca.nComponents': n, C: 1 })))).toEqual([true, true, true, false, false, false]);
    expect(
      await train([
        { 'pca.nComponents': 3, C: 1 },
        { 'pca.nComponents': 3, C: 2 },
      ]),
    ).toEqual([true, true, true, false, false, false]);
    expect(components.train).toHaveBeenCalledTimes(9);
  });

  test('through a pipeline, around and inside a model of models, walked or not; --set knows the names', async () => {
    const source = { name: 'iris', load: async () => ({ ...mixed, role: 'all' as const }) };
    const estimator = chain(standardize(), pca(), logisticRegression());
    const grid = { 'pca.nComponents': [1, 3], C: [1e-3, 1] };
    const made = pipeline(
      'components',
      fetch(source),
      split({ train: [0, 110], test: [110, 150] }),
      branch({
        plain: [gridSearch(estimator, grid, { folds: 3 })],
        walked: [gridSearch(estimator, grid, { folds: 3, warmStart: true })],
        inside: [gridSearch(oneVsRest(estimator), grid, { folds: 3 })],
        around: [gridSearch(chain(standardize(), pca(), oneVsRest(logisticRegression())), grid, { folds: 3 })],
      }),
    );
    const { status, error, outputs } = await runPipeline(made);
    expect({ status, error }).toEqual({ status: 'ok', error: undefined });
    const found = Object.entries(outputs).filter(([path]) => path.endsWith('grid-search'));
    expect(found).toHaveLength(4);
    for (const [path, output] of found) expect(output, path).toMatchObject({ bestParams: { 'pca.nComponents': 3, C: 1 } });
    const set = estimator.configurable!.rebuild({ 'pca.nComponents': 2, C: 5 });
    expect(set.params).toMatchObject({ C: 5, chain: [{ standardize: {} }, { pca: { nComponents: 2 } }] });
    const stage = gridSearch(estimator, { C: [1] }).spec.configurable!.rebuild({ 'pca.nComponents': 2, grid: { C: [3] } });
    expect(stage.spec.params).toMatchObject({ chain: [{ standardize: {} }, { pca: { nComponents: 2 } }], grid: { C: [3] } });
  });

  test('what it cannot set is refused by name', () => {
    const estimator = chain(pca(), logisticRegression()) as Estimator<LogisticModel, Record<string, unknown>>;
    const search = (grid: Readonly<Record<string, readonly unknown[]>>, over = estimator) => gridSearch(over, grid);
    expect(() => search({ 'pca.components': [1] })).toThrow("'pca.components' cannot be searched");
    expect(() => search({ 'pca.nComponents': [-1] })).toThrow('pca.nComponents');
    expect(() => search({ 'pca.nComponents': [] })).toThrow(expect.objectContaining({ hint: "Give it a list: { 'pca.nComponents': [...] }." }));
    // Two of one name: which of them is not said.
    expect(() => search({ 'pca.nComponents': [1] }, chain(pca(), pca(), logisticRegression()) as typeof estimator)).toThrow(
      "'pca.nComponents' cannot be searched",
    );
    expect(() => search({ 'pca.nComponents': [1] }, chain(pca(), chain(pca(), logisticRegression())) as typeof estimator)).toThrow(
      "'pca.nComponents' cannot be searched",
    );
  });
});

test('it goes around a model of models and through parameters', async () => {
  const estimator = chain(standardize(), oneVsRest(logisticRegression()));
  expect(estimator).toMatchObject({ name: 'chain(standardize, oneVsRest(logisticRegression))', params: { C: 1, chain: [{ standardize: {} }] } });
  expect(estimator.configurable!.rebuild({ C: 5 }).params).toMatchObject({ C: 5, chain: [{ standardize: {} }] });
  const [trained] = await estimator.train(iris, [{ name: 'fit' }], {}, context);
  expect(trained!.model.models.every(({ scaling }) => scaling?.fromRows)).toBe(true);
  expect(await trained!.model.score(iris, context)).toBeGreaterThan(0.9);
});

test('what is no transform is refused, and a cross-validation behind standardize() is warned of', async () => {
  // @ts-expect-error a stage that is no transform
  expect(() => chain(shuffle({ seed: 1 }), logisticRegression())).toThrow(
    expect.objectContaining({ code: 'E_USAGE', message: "chain: part 1 is the stage 'shuffle'; a transform is needed before the estimator." }),
  );
  // @ts-expect-error no estimator
  expect(() => chain(standardize())).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  events.length = 0;
  await batchesFor({ ...iris, scaling: await standardScaling(iris) }, { folds: 3, stratified: true }, context);
  const warnings = (): readonly object[] => events.filter(({ type }) => type === 'warning');
  expect(warnings()).toEqual([expect.objectContaining({ code: 'W_LEAK', hint: expect.stringContaining('chain(standardize(), estimator)') })]);
  events.length = 0;
  await batchesFor(iris, { folds: 3, stratified: true }, context);
  expect(warnings()).toEqual([]);
});

test('a pipeline fits, folds, searches, scores and predicts with one chain', async () => {
  const estimator = chain(standardize(), logisticRegression({ tol: 1e-3 }));
  const mixed = Uint32Array.from(iris.rows, (i) => (i * 7) % 150);
  const source = { name: 'iris', load: async () => ({ ...iris, rows: mixed, role: 'all' as const }) };
  const made = pipeline(
    'chained',
    fetch(source),
    split({ train: [0, 100], test: [100, 150] }),
    fit(estimator),
    score({ on: 'test' }),
    predict({ row: 2 }),
    crossValidate({ folds: 3 }),
    gridSearch(estimator, { C: [0.1, 1] }, { folds: 3 }),
  );
  const seen: RunEvent[] = [];
  const { status, outputs, values, error } = await runPipeline(made, { onEvent: (event) => seen.push(event), values: ['model'] });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  expect(values.model!.scaling).toMatchObject({ fromRows: true });
  expect(outputs['score']!['testAccuracy']).toBeGreaterThan(0.9);
  expect(outputs['predict']).toMatchObject({ label: 0, prediction: 0 });
  expect(outputs['cross-validate']).toMatchObject({ trainedWithFit: true });
  const points = outputs['grid-search']!['points'] as readonly { readonly params: { readonly C: number }; readonly meanScore: number }[];
  expect(points.find(({ params }) => params.C === 1)!.meanScore).toBe(outputs['cross-validate']!['meanScore']);
  expect(seen.filter(({ type }) => type === 'warning')).toEqual([]);
});
