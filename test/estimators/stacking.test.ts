// Stacks against scikit-learn 1.9 (fixtures/stacking.json), and by what must hold of any rows.
import { describe, expect, test, vi } from 'vitest';
import figures from '../fixtures/stacking.json' with { type: 'json' };
import {
  chain,
  gaussianNB,
  kNeighborsClassifier,
  linearRegression,
  linearSVC,
  logisticRegression,
  matrix,
  modelFromBytes,
  modelToBytes,
  ridge,
  ridgeClassifier,
  stackingClassifier,
  stackingRegressor,
  standardize,
} from '../../src/api.ts';
import type { Stack } from '../../src/estimators/stacking/stack.ts';
import { foldsOf } from '../../src/validation/folding.ts';
import { nearestMean } from '../fixtures/own/nearestMean.ts';
import { expectApart, expectFoldsAlone, expectNames, saidOf, searched } from '../support/combined.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const iris = figureSet('iris');
const lr = logisticRegression({ tol: 1e-9, maxIter: 5000 });
const members = { nb: gaussianNB(), ridge: ridgeClassifier() };
const stackOf = (model: object): Stack => (model as { readonly transformers: readonly [Stack] }).transformers[0];

describe('stackingClassifier', () => {
  test.each(
    figures.classifiers.map(
      (row) => [`${row.data}, ${row.folds} folds, ${row.passthrough ? 'passthrough' : ''} ${row.weighted ? 'weights' : ''}`, row] as const,
    ),
  )('scikit-learn: %s', async (_, { data, folds, passthrough, weighted, above, predict, proba }) => {
    const set = { ...figureSet(data), ...(weighted ? { weights: thirds(figureSet(data).x.rows) } : {}) };
    const model = await fitted(stackingClassifier(members, { finalEstimator: lr, folds, passthrough }), half(set, 0), compute);
    const test = half(set, 1);
    expectNear((await stackOf(model).transform({ ...test, rows: test.rows.subarray(0, 5) }, context)).data, above, 1e-4);
    expect([...(await model.predict(test, context))]).toEqual(predict);
    expectNear(await model.predictProba(test, context), proba, 2e-3);
  });

  test('the final estimator learns what models of folds say of the rows held out from them', async () => {
    const model = await fitted(stackingClassifier(members, { finalEstimator: lr, folds: 4 }), iris, compute);
    const folds = foldsOf(iris, { folds: 4, stratified: true });
    const above = new Float64Array(150 * 6);
    for (const fold of [0, 1, 2, 3]) {
      const part = { ...iris, rows: iris.rows.filter((_, row) => folds.fold[row] !== fold) };
      const held = [...iris.rows].filter((row) => folds.fold[row] === fold);
      const [nb, margins] = [await fitted(members.nb, part, compute), await fitted(members.ridge, part, compute)];
      const asked = { ...iris, rows: Uint32Array.from(held) };
      const said = [await nb.predictProba!(asked, context), await margins.decisionFunction(asked, context)];
      held.forEach((row, i) => said.forEach((one, k) => above.set(one.subarray(3 * i, 3 * i + 3), row * 6 + 3 * k)));
    }
    const alone = await fitted(lr, { ...iris, x: matrix(150, 6, above) }, compute);
    const own = (model as never as { readonly model: typeof alone }).model;
    own.coef.forEach((row, c) => expectNear(row, alone.coef[c]!, 1e-4));
    expect(own.columns).toEqual(['nb0', 'nb1', 'nb2', 'ridge0', 'ridge1', 'ridge2']);
  });

  test('a class that a fold has no row of has probability 0 there, and no decision', async () => {
    const rare = { ...iris, rows: Uint32Array.from(figures.rare.rows) };
    const model = await fitted(stackingClassifier({ nb: gaussianNB() }, { finalEstimator: lr, folds: 2 }), rare, compute);
    expect([...(await model.predict(iris, context))]).toEqual(figures.rare.predict);
    const { coef } = (model as never as { readonly model: { readonly coef: readonly Float64Array[] } }).model;
    coef.forEach((row, c) => expectNear(row, figures.rare.coef[c]!, 1e-4));
    await expect(fitted(stackingClassifier({ svc: linearSVC() }, { folds: 2 }), rare, compute)).rejects.toMatchObject({
      code: 'E_CLASS',
      message: "stackingClassifier: all rows of label 1 of iris are in one fold, so 'svc' has no decision for them there.",
    });
    const half = { ...iris, rows: Uint32Array.of(0, 1, 2, 50) };
    await expect(fitted(stackingClassifier({ lr }, { folds: 2 }), half, compute)).rejects.toMatchObject({ code: 'E_CLASS' });
  });

  test('folds, names, chains, an estimator of a user, and back from a file', async () => {
    await expectFoldsAlone(stackingClassifier(members, { finalEstimator: lr }), iris, compute, 1e-3);
    await expectNames(stackingClassifier(members, { passthrough: true }), iris, compute);
    const inside = await fitted(stackingClassifier({ a: chain(standardize(), lr) }, { finalEstimator: chain(standardize(), lr), folds: 3 }), iris, compute);
    expect(await saidOf(inside, iris, compute)).toHaveLength(450);
    const around = await fitted(chain(standardize(), stackingClassifier({ a: lr, own: nearestMean() }, { passthrough: true })), iris, compute);
    expect(await around.score(iris, context)).toBeGreaterThan(0.9);
    const { model } = await modelFromBytes<typeof around>('stack', await modelToBytes(around));
    expect(await saidOf(model, iris, compute)).toEqual(await saidOf(around, iris, compute));
    const twice = await fitted(stackingClassifier({ a: stackingClassifier({ b: gaussianNB() }) }), iris, compute);
    expect(await twice.score(iris, context)).toBeGreaterThan(0.9);
  });

  test('features that are passed through are as the chain around them scales them', async () => {
    const scaled = { ...iris, x: { ...iris.x, data: iris.x.data.map((value) => value * 1000 + 5000) } } as typeof iris;
    const estimator = chain(standardize(), stackingClassifier({ nb: gaussianNB() }, { finalEstimator: lr, passthrough: true }));
    const [a, b] = [await fitted(estimator, iris, compute), await fitted(estimator, scaled, compute)];
    expectApart(await saidOf(a, iris, compute), await saidOf(b, scaled, compute), 1e-3);
  });

  test('settings of the final estimator share the layer below, all in one call', async () => {
    const nb = gaussianNB();
    const [train, last] = [vi.fn(nb.train.bind(nb)), vi.fn(lr.train.bind(lr))];
    const estimator = stackingClassifier({ a: { ...nb, train } as typeof nb }, { finalEstimator: { ...lr, train: last } as typeof lr, folds: 3 });
    const jobs = [1e-9, 0.1].flatMap((s) => [0.1, 1].map((C) => ({ name: `${s} ${C}`, params: { 'a.varSmoothing': s, 'finalEstimator.C': C } })));
    expect(await estimator.train(iris, jobs as never, {}, context)).toHaveLength(4);
    expect(train.mock.calls.map(([, own]) => own.length)).toEqual([8]);
    expect(last.mock.calls.map(([, own]) => own.length)).toEqual([2, 2]);
  });

  test('a grid over either layer, and what it refuses', async () => {
    const estimator = stackingClassifier({ nb: gaussianNB(), kn: kNeighborsClassifier() }, { finalEstimator: lr, folds: 3 });
    const { points } = await searched(estimator, { 'kn.nNeighbors': [1, 5], 'finalEstimator.C': [1e-5, 1], stackMethod: ['auto'] }, iris);
    expect(points).toHaveLength(4);
    expect(points[0]!.meanScore).toBeLessThan(points[1]!.meanScore);
    expect(() => stackingClassifier({ finalEstimator: lr })).toThrow("'finalEstimator' cannot be the name of an estimator");
    expect(() => stackingClassifier({ a: lr }, { finalEstimator: ridge() as never })).toThrow('ridge is a regressor; a classifier is needed');
    await expect(fitted(stackingClassifier({ a: linearSVC() }, { stackMethod: 'predictProba' }), iris, compute)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: "stackingClassifier: 'a' has no probabilities, which stackMethod: 'predictProba' needs.",
    });
  });
});

describe('stackingRegressor', () => {
  const regressors = { a: ridge({ alpha: 0.5 }), b: linearRegression() };

  test.each(
    figures.regressors.map(
      (row) => [`${row.data}, ${row.folds} folds, ${row.passthrough ? 'passthrough' : ''} ${row.weighted ? 'weights' : ''}`, row] as const,
    ),
  )('scikit-learn: %s', async (_, { data, folds, passthrough, weighted, predict, r2 }) => {
    const set = { ...valuedSet(data), ...(weighted ? { weights: thirds(valuedSet(data).x.rows) } : {}) };
    const model = await fitted(stackingRegressor(regressors, { finalEstimator: ridge({ alpha: 2 }), folds, passthrough }), half(set, 0), compute);
    expectNear(await model.predict(half(set, 1), context), predict, 0.05);
    expect(Math.abs((await model.score(half(valuedSet(data), 1), context)) - r2)).toBeLessThan(1e-4);
  });

  test('several outputs, folds, a grid, and no stack without a final estimator', async () => {
    const two = valuedSet('diabetes with two outputs');
    const estimator = stackingRegressor(regressors, { finalEstimator: ridge(), folds: 3 });
    expect(await (await fitted(estimator, two, compute)).score(two, context)).toBeGreaterThan(0.4);
    await expectFoldsAlone(estimator, two, compute, 0.1);
    const { points } = await searched(estimator, { 'a.alpha': [0.1], 'finalEstimator.alpha': [1, 1e9] }, two);
    expect(points[0]!.meanScore).toBeGreaterThan(points[1]!.meanScore);
    expect(() => stackingRegressor(regressors, {} as never)).toThrow('stackingRegressor: nothing arrived; an estimator is needed.');
  });
});
