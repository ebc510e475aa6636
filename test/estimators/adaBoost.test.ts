// AdaBoost against scikit-learn 1.9 (fixtures/adaBoost.json), and by what must hold of any rows.
import { describe, expect, test, vi } from 'vitest';
import figures from '../fixtures/adaBoost.json' with { type: 'json' };
import {
  adaBoostClassifier,
  adaBoostRegressor,
  chain,
  decisionTreeClassifier,
  decisionTreeRegressor,
  dummyClassifier,
  dummyRegressor,
  gaussianNB,
  kNeighborsClassifier,
  linearRegression,
  logisticRegression,
  matrix,
  modelFromBytes,
  modelToBytes,
  ridge,
  stagedScores,
  standardize,
  votingClassifier,
  type AdaBoostRegressorOptions,
} from '../../src/api.ts';
import { testCompute } from '../support/compute.ts';
import { expectFoldsAlone, expectNames, expectRepeats, saidOf, searched } from '../support/combined.ts';
import { expectClose, expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);
const iris = figureSet('iris');
const lastTwo = { ...iris, name: 'the last two', rows: iris.rows.subarray(50) };

const CLASSIFIERS = {
  stump: undefined,
  tree: decisionTreeClassifier({ maxDepth: 2 }),
  gaussianNB: gaussianNB(),
  logisticRegression: logisticRegression({ C: 10, tol: 1e-10, maxIter: 5000 }),
} as const;
const REGRESSORS = {
  tree: decisionTreeRegressor({ maxDepth: 2 }),
  deeper: decisionTreeRegressor({ maxDepth: 3, minSamplesLeaf: 10 }),
  linearRegression: linearRegression(),
} as const;

interface Row {
  readonly data: string;
  readonly of: string;
  readonly weighting: string | null;
  readonly params: { readonly n_estimators: number; readonly learning_rate?: number; readonly loss?: string };
}
const optionsOf = ({ params }: Row): AdaBoostRegressorOptions => ({
  nEstimators: params.n_estimators,
  ...(params.learning_rate ? { learningRate: params.learning_rate } : {}),
  ...(params.loss ? { loss: params.loss as 'linear' } : {}),
  seed: 3,
});
const titled = <R extends Row>(rows: readonly R[]) =>
  rows.map((row) => [`${row.data}, ${row.of}, ${JSON.stringify(row.params)} ${row.weighting ?? ''}`, row] as const);

/** Weights go by the place among the rows, of which `first` is the first. */
function weighted<D extends { readonly x: { readonly rows: number } }>(set: D, weighting: string | null, first = 0): D {
  if (!weighting) return set;
  const own = weighting === 'weights_of' ? thirds(set.x.rows) : Float32Array.from({ length: set.x.rows }, (_, i) => (i % 4) * Math.sqrt(1 + i));
  const weights = Float32Array.from({ length: set.x.rows }, (_, id) => own[Math.max(0, id - first)]!);
  return { ...set, weights };
}

describe('adaBoostClassifier', () => {
  test.each(titled(figures.classes))('scikit-learn: %s', async (_, row) => {
    const last = row.data === 'iris, the last two classes';
    const set = last ? lastTwo : figureSet(row.data);
    const estimator = adaBoostClassifier(CLASSIFIERS[row.of as 'tree'], optionsOf(row));
    const model = await fitted(estimator, half(weighted(set, row.weighting, last ? 50 : 0), 0), compute);
    const asked = half(set, 1);
    expect(model.fields.models).toHaveLength(row.weights.length);
    expectNear(model.fields.estimatorWeights, row.weights, 1e-4);
    expectNear(model.fields.estimatorErrors, row.errors, 1e-5);
    expect([...(await model.predict(asked, context))]).toEqual(row.predict);
    const some = { ...asked, rows: asked.rows.subarray(0, 20) };
    expectNear(await model.decisionFunction(some, context), row.said, 1e-4);
    expectNear(await model.predictProba(some, context), row.proba, 1e-4);
    expectNear(await stagedScores(model, asked, {}, context), row.accuracy, 1e-12);
    expectNear(await stagedScores(model, asked, { scoring: 'negLogLoss' }, context), row.negLogLoss, 1e-4);
  });

  test('weights are repeats, folds, names, sparse rows, settings of a grid, and back from a file', async () => {
    const estimator = adaBoostClassifier(undefined, { nEstimators: 6, learningRate: 0.7, seed: 1 });
    await expectRepeats(estimator, lastTwo, compute, 1e-4);
    await expectFoldsAlone(estimator, iris, compute, 0);
    await expectNames(estimator, iris, compute);
    const dense = await fitted(estimator, iris, compute);
    const { model } = await modelFromBytes<typeof dense>('rounds', await modelToBytes(dense));
    expect(await saidOf(model, iris, compute)).toEqual(await saidOf(dense, iris, compute));
    expect(await stagedScores(model, iris, {}, context)).toEqual(await stagedScores(dense, iris, {}, context));
    const nb = adaBoostClassifier(gaussianNB(), { nEstimators: 4 });
    const sparse = await fitted(nb, { ...iris, x: sparseOf(iris.x) }, compute);
    expect(await saidOf(sparse, iris, compute)).toEqual(await saidOf(await fitted(nb, iris, compute), iris, compute));
    const { points } = await searched(estimator, { 'estimator.maxDepth': [1, 3], nEstimators: [1, 5] }, lastTwo);
    expect(points).toHaveLength(4);
    for (const { params, meanScore } of points) {
      const { 'estimator.maxDepth': maxDepth, nEstimators } = params as { readonly 'estimator.maxDepth': number; readonly nEstimators: number };
      const own = adaBoostClassifier(decisionTreeClassifier({ maxDepth }), { nEstimators, learningRate: 0.7, seed: 1 });
      const [one] = (await searched(own, { nEstimators: [nEstimators] }, lastTwo)).points;
      expect(one!.meanScore).toBe(meanScore);
    }
  });

  test('in a chain with its rounds, in votes, and of one against the rest', async () => {
    const stumps = adaBoostClassifier(undefined, { nEstimators: 5, seed: 1 });
    const around = await fitted(chain(standardize(), stumps), iris, compute);
    const alone = await fitted(stumps, iris, compute);
    expect(await around.predict(iris, context)).toEqual(await alone.predict(iris, context));
    expect(await stagedScores(around, iris, {}, context)).toEqual(await stagedScores(alone, iris, {}, context));
    const votes = await fitted(votingClassifier({ a: stumps, b: gaussianNB() }, { voting: 'soft' }), iris, compute);
    expect(await votes.score(iris, context)).toBeGreaterThan(0.9);
    const [rest] = await stumps.train(iris, [{ name: 'one', positive: 1 }], {}, context);
    const against = { ...iris, labels: iris.labels.map((label) => Number(label === 1)) };
    expect(await saidOf(rest!.model, against, compute)).toEqual(await saidOf(await fitted(stumps, against, compute), against, compute));
  });

  test('trees draw from a seed of each round, by default of the run', async () => {
    const trees = adaBoostClassifier(decisionTreeClassifier({ maxDepth: 2, maxFeatures: 1 }), { nEstimators: 4, seed: 3 });
    const seeds = async (): Promise<readonly unknown[]> => (await fitted(trees, iris, compute)).fields.models.map(({ fields }) => fields.seed);
    expect(new Set(await seeds()).size).toBe(4);
    expect(await seeds()).toEqual(await seeds());
    const [drawn] = await adaBoostClassifier().train(lastTwo, [{ name: 'fit' }], {}, { ...context, seed: () => 77 });
    expect(drawn!.model.fields.seed).toBe(77);
    expect(adaBoostClassifier().params).toMatchObject({ 'estimator.maxDepth': 1, nEstimators: 50, learningRate: 1 });
  });

  test('weights that grow out of numbers end the rounds, with a warning', async () => {
    const emit = vi.fn();
    const estimator = adaBoostClassifier(undefined, { nEstimators: 5, learningRate: 1e300 });
    const [one] = await estimator.train(lastTwo, [{ name: 'fit' }], {}, { ...context, emit });
    expect(one!.model.fields.models).toHaveLength(1);
    expect(emit).toHaveBeenCalledWith(expect.objectContaining({ code: 'W_CONVERGENCE', hint: 'Set learningRate lower.' }));
  });

  test('what it refuses', async () => {
    expect(() => adaBoostClassifier(ridge() as never)).toThrow('adaBoostClassifier: ridge is a regressor; a classifier is needed.');
    expect(() => adaBoostClassifier(gaussianNB(), { learningRate: 0 })).toThrow('learningRate');
    await expect(fitted(adaBoostClassifier(dummyClassifier()), iris, compute)).rejects.toMatchObject({
      code: 'E_DATA',
      message: 'adaBoostClassifier: its first model is wrong about 66.7 percent of iris by weight; with 3 classes, less than 66.7 is needed.',
    });
    await expect(fitted(adaBoostClassifier(), { ...iris, rows: iris.rows.subarray(0, 50) }, compute)).rejects.toMatchObject({ code: 'E_CLASS' });
    await expect(fitted(adaBoostClassifier(kNeighborsClassifier()), iris, compute)).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining('have weights'),
    });
  });
});

describe('adaBoostRegressor', () => {
  test.each(titled(figures.values))('scikit-learn: %s', async (_, row) => {
    const set = valuedSet(row.data);
    const model = await fitted(adaBoostRegressor(REGRESSORS[row.of as 'tree'], optionsOf(row)), half(weighted(set, row.weighting), 0), compute);
    expect(model.fields.models).toHaveLength(row.weights.length);
    expectNear(model.fields.estimatorErrors, row.errors, 1e-6);
    expectNear(model.fields.estimatorWeights, row.weights, 1e-5);
    expectClose(await model.predict(half(set, 1), context), row.predict, 1e-6);
    expectNear(await stagedScores(model, half(set, 1), {}, context), row.r2, 1e-5);
  });

  const first = { ...valuedSet('diabetes'), rows: valuedSet('diabetes').rows.subarray(0, 30) };
  const ofValues = (of: (row: number) => number): typeof first => ({
    ...first,
    values: matrix(
      first.x.rows,
      1,
      Float64Array.from({ length: first.x.rows }, (_, row) => of(row)),
    ),
  });

  test('a first model that is right about every row, or loses half, is the only one', async () => {
    const right = await fitted(
      adaBoostRegressor(undefined, { seed: 3 }),
      ofValues(() => 7),
      compute,
    );
    expect([right.fields.models.length, ...right.fields.estimatorWeights, ...right.fields.estimatorErrors]).toEqual([1, 1, 0]);
    expect([...(await right.predict(first, context))]).toEqual(figures.exact.predict);
    const half = await fitted(
      adaBoostRegressor(dummyRegressor(), { seed: 3 }),
      ofValues((row) => row % 2),
      compute,
    );
    expect([half.fields.models.length, ...half.fields.estimatorWeights]).toEqual([1, ...figures.halved.weights]);
    expectNear(await half.predict(first, context), figures.halved.predict, 1e-12);
  });

  test('folds, a grid over losses, back from a file, and what it refuses', async () => {
    const set = valuedSet('diabetes');
    const estimator = adaBoostRegressor(linearRegression(), { nEstimators: 4, seed: 6 });
    await expectFoldsAlone(estimator, set, compute, 1e-6);
    const { points } = await searched(estimator, { loss: ['linear', 'square'], learningRate: [0.5, 1] }, set);
    expect(new Set(points.map(({ meanScore }) => meanScore)).size).toBe(4);
    const own = await fitted(estimator, set, compute);
    const { model } = await modelFromBytes<typeof own>('rounds', await modelToBytes(own));
    expect(await saidOf(model, set, compute)).toEqual(await saidOf(own, set, compute));
    expect(adaBoostRegressor().params).toMatchObject({ 'estimator.maxDepth': 3, loss: 'linear' });
    expect(() => adaBoostRegressor(gaussianNB() as never)).toThrow('adaBoostRegressor: gaussianNB is a classifier; a regressor is needed.');
    await expect(fitted(adaBoostRegressor(ridge()), valuedSet('diabetes with two outputs'), compute)).rejects.toMatchObject({
      code: 'E_DATA',
      message: 'adaBoostRegressor: diabetes with two outputs has 2 values a row; one is needed.',
    });
  });
});
