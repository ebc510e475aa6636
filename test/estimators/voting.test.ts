// Votes against scikit-learn 1.9 (fixtures/voting.json), and by what must hold of any rows.
import { describe, expect, test, vi } from 'vitest';
import figures from '../fixtures/voting.json' with { type: 'json' };
import {
  chain,
  decisionTreeClassifier,
  gaussianNB,
  linearRegression,
  linearSVC,
  logisticRegression,
  modelFromBytes,
  modelToBytes,
  oneVsRest,
  ridge,
  ridgeClassifier,
  standardize,
  votingClassifier,
  votingRegressor,
} from '../../src/api.ts';
import { nearestMean } from '../fixtures/own/nearestMean.ts';
import { expectApart, expectFoldsAlone, expectNames, expectRepeats, saidOf, searched } from '../support/combined.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const iris = figureSet('iris');
const lr = logisticRegression({ C: 0.1, tol: 1e-9, maxIter: 5000 });

describe('votingClassifier', () => {
  test.each(figures.classifiers.map((row) => [`${row.data}, ${row.voting} ${row.weights ?? ''}, ${row.weighted ? 'weights' : ''}`, row] as const))(
    'scikit-learn: %s',
    async (_, { data, voting, weights, weighted, predict, proba }) => {
      const set = { ...figureSet(data), ...(weighted ? { weights: thirds(figureSet(data).x.rows) } : {}) };
      const members = { lr, nb: gaussianNB(), ...(voting === 'hard' ? { ridge: ridgeClassifier() } : {}) };
      const model = await fitted(votingClassifier(members, { voting: voting as 'hard', weights: weights ?? undefined }), half(set, 0), compute);
      expect([...(await model.predict(half(set, 1), context))]).toEqual(predict);
      if (proba) expectNear(await model.predictProba!(half(set, 1), context), proba, 1e-4);
      else expect(model.predictProba).toBeUndefined();
    },
  );

  test('of equally many votes the first class wins, and weights may silence an estimator', async () => {
    const members = { a: gaussianNB(), b: nearestMean() };
    const [a, b] = [await fitted(members.a, iris, compute), await fitted(members.b, iris, compute)];
    const [first, second] = [await a.predict(iris, context), await b.predict(iris, context)];
    expect(first).not.toEqual(second);
    const both = await fitted(votingClassifier(members), iris, compute);
    expect(await both.predict(iris, context)).toEqual(first.map((label, row) => Math.min(label, second[row]!)));
    const silent = await fitted(votingClassifier(members, { weights: [0, 2] }), iris, compute);
    expect(await silent.predict(iris, context)).toEqual(second);
  });

  test('decisions are shares of the votes, or differences of mean probabilities', async () => {
    const two = figureSet('iris of two classes');
    const members = { a: gaussianNB(), b: lr };
    const soft = await fitted(votingClassifier(members, { voting: 'soft', weights: [1, 3] }), two, compute);
    const each = [await soft.fields.models.a.predictProba!(two, context), await soft.fields.models.b.predictProba(two, context)];
    const shares = await soft.predictProba!(two, context);
    expectApart(
      shares,
      each[0]!.map((share, at) => (share + 3 * each[1]![at]!) / 4),
      1e-15,
    );
    expectApart(
      await soft.decisionFunction(two, context),
      Float64Array.from({ length: 100 }, (_, row) => shares[2 * row + 1]! - shares[2 * row]!),
      1e-15,
    );
    const hard = await fitted(votingClassifier(members), iris, compute);
    expect(new Set(await hard.decisionFunction(iris, context))).toEqual(new Set([0, 0.5, 1]));
  });

  test('repeats, folds, names', async () => {
    await expectRepeats(votingClassifier({ lr, nb: gaussianNB() }, { voting: 'soft' }), iris, compute, 1e-4);
    await expectFoldsAlone(votingClassifier({ lr, nb: gaussianNB() }, { voting: 'soft' }), iris, compute, 1e-4);
    await expectNames(votingClassifier({ lr, nb: gaussianNB() }), iris, compute);
  });

  test('each estimator trains all folds and settings in one call, and what is the same once', async () => {
    const nb = gaussianNB();
    const [train, other] = [vi.fn(lr.train.bind(lr)), vi.fn(nb.train.bind(nb))];
    const estimator = votingClassifier({ a: { ...lr, train } as typeof lr, b: { ...nb, train: other } as typeof nb });
    const fold = Uint8Array.from(iris.rows, (_, row) => row % 2);
    const jobs = [0, 1].flatMap((heldOut) => [0.1, 1].map((C) => ({ name: `${C} fold ${heldOut}`, heldOut, params: { 'a.C': C } })));
    expect(await estimator.train(iris, jobs as never, { folds: { fold, count: 2 } }, context)).toHaveLength(4);
    expect(train.mock.calls.map(([, own]) => own.length)).toEqual([4]);
    expect(other.mock.calls.map(([, own]) => own.length)).toEqual([2]);
  });

  test('a grid over its estimators and its own parameters, with the points that each gives alone', async () => {
    const { points } = await searched(votingClassifier({ a: gaussianNB(), b: lr }), { 'a.varSmoothing': [1e-9, 0.5], voting: ['hard', 'soft'] }, iris);
    expect(points.map(({ params }) => params)).toEqual([
      { 'a.varSmoothing': 1e-9, voting: 'hard' },
      { 'a.varSmoothing': 1e-9, voting: 'soft' },
      { 'a.varSmoothing': 0.5, voting: 'hard' },
      { 'a.varSmoothing': 0.5, voting: 'soft' },
    ]);
    const alone = await searched(votingClassifier({ a: gaussianNB({ varSmoothing: 0.5 }), b: lr }, { voting: 'soft' }), {}, iris);
    expect(points[3]!.meanScore).toBe(alone.points[0]!.meanScore);
    expect(votingClassifier({ a: gaussianNB(), b: lr }).configurable!.rebuild({ 'a.varSmoothing': 0.5, voting: 'soft' }).params).toEqual(
      votingClassifier({ a: gaussianNB({ varSmoothing: 0.5 }), b: lr }, { voting: 'soft' }).params,
    );
  });

  test('a chain inside, a chain around, one class against the rest, and back from a file', async () => {
    const inside = await fitted(votingClassifier({ a: chain(standardize(), lr), b: chain(standardize(), gaussianNB()) }, { voting: 'soft' }), iris, compute);
    const around = await fitted(chain(standardize(), votingClassifier({ a: lr, b: gaussianNB() }, { voting: 'soft' })), iris, compute);
    expectApart(await saidOf(inside, iris, compute), await saidOf(around, iris, compute), 1e-5);
    const { model } = await modelFromBytes<typeof inside>('vote', await modelToBytes(inside));
    expect(await saidOf(model, iris, compute)).toEqual(await saidOf(inside, iris, compute));
    const rest = await fitted(oneVsRest(votingClassifier({ a: lr, b: gaussianNB() }, { voting: 'soft' }) as never), iris, compute);
    expect(await (rest as never as typeof inside).score(iris, context)).toBeGreaterThan(0.9);
  });

  test('equal trees that draw are not the same trees, unless they have the same seed', async () => {
    const tree = decisionTreeClassifier({ maxFeatures: 1 });
    const { models } = (await fitted(votingClassifier({ a: tree, b: tree }), iris, compute)).fields;
    expect(models.a.fields.seed).not.toBe(models.b.fields.seed);
    const seeded = decisionTreeClassifier({ maxFeatures: 1, seed: 5 });
    const same = (await fitted(votingClassifier({ a: seeded, b: seeded }), iris, compute)).fields.models;
    expect(same.a.fields).toEqual(same.b.fields);
  });

  test('what it refuses', async () => {
    expect(() => votingClassifier({})).toThrow('votingClassifier: estimators by name are needed.');
    expect(() => votingClassifier({ 'a.b': lr })).toThrow("'a.b' cannot be the name of an estimator");
    expect(() => votingClassifier({ 1: lr })).toThrow("'1' cannot be the name of an estimator");
    expect(() => votingClassifier({ a: ridge() as never })).toThrow('ridge is a regressor; a classifier is needed');
    expect(() => votingClassifier({ a: lr }, { weights: [1, 2] })).toThrow('2 numbers arrived as weights; 1, one for each');
    expect(() => votingClassifier({ a: lr, b: lr }, { weights: [0, 0] })).toThrow('0 for every estimator arrived as weights');
    await expect(fitted(votingClassifier({ a: linearSVC() }, { voting: 'soft' }), iris, compute)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: "votingClassifier: 'a' has no probabilities, which soft voting needs.",
    });
  });
});

describe('votingRegressor', () => {
  test.each(figures.regressors.map((row) => [`${row.data} ${row.weights ?? ''}, ${row.weighted ? 'weights' : ''}`, row] as const))(
    'scikit-learn: %s',
    async (_, { data, weights, weighted, predict, r2 }) => {
      const set = { ...valuedSet(data), ...(weighted ? { weights: thirds(valuedSet(data).x.rows) } : {}) };
      const estimator = votingRegressor({ a: ridge({ alpha: 0.5 }), b: linearRegression() }, { weights: weights ?? undefined });
      const model = await fitted(estimator, half(set, 0), compute);
      expectNear(await model.predict(half(set, 1), context), predict, 1e-2);
      expect(Math.abs((await model.score(half(valuedSet(data), 1), context)) - r2)).toBeLessThan(1e-5);
    },
  );

  test('several outputs are means of each; repeats, folds, a grid', async () => {
    const two = valuedSet('diabetes with two outputs');
    const estimator = votingRegressor({ a: ridge({ alpha: 0.5 }), b: linearRegression() }, { weights: [1, 3] });
    const model = await fitted(estimator, two, compute);
    const [a, b] = [await model.fields.models.a.predict(two, context), await model.fields.models.b.predict(two, context)];
    expectApart(
      await model.predict(two, context),
      a.map((value, at) => (value + 3 * b[at]!) / 4),
      1e-10,
    );
    await expectRepeats(estimator, two, compute, 0.05);
    await expectFoldsAlone(estimator, two, compute, 0.05);
    const { points } = await searched(estimator, { 'a.alpha': [0.1, 100] }, two);
    expect(points.map(({ params }) => params)).toEqual([{ 'a.alpha': 0.1 }, { 'a.alpha': 100 }]);
    expect(points[0]!.meanScore).not.toBe(points[1]!.meanScore);
  });
});
