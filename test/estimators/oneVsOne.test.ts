// Pairs of classes against scikit-learn 1.9 (fixtures/oneVsOne.json), and by what must hold of any rows.
import { expect, test, vi } from 'vitest';
import figures from '../fixtures/oneVsOne.json' with { type: 'json' };
import { chain, gaussianNB, logisticRegression, oneVsOneClassifier, oneVsRest, ridge, ridgeClassifier, standardize, votingClassifier } from '../../src/api.ts';
import { nearestMean } from '../fixtures/own/nearestMean.ts';
import { expectApart, expectFoldsAlone, expectNames, expectRepeats, saidOf, searched } from '../support/combined.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, half } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const iris = figureSet('iris');
const lr = logisticRegression({ C: 0.1, tol: 1e-9, maxIter: 5000 });

const ESTIMATORS = { logisticRegression: lr, ridgeClassifier: ridgeClassifier({ alpha: 2 }), gaussianNB: gaussianNB({ varSmoothing: 1e-3 }) } as const;

test.each(figures.rows.map((row) => [`${row.data}, ${row.label}`, row] as const))('scikit-learn: %s', async (_, { data, label, predict, said_first20 }) => {
  const set = figureSet(data);
  const model = await fitted(oneVsOneClassifier(ESTIMATORS[label as 'gaussianNB']), half(set, 0), compute);
  expect([...(await model.predict(half(set, 1), context))]).toEqual(predict);
  const said = await model.decisionFunction({ ...half(set, 1), rows: half(set, 1).rows.subarray(0, 20) }, context);
  // Of two classes with probabilities alone, scikit-learn predicts the second above 1/2; here decisions are above 0.
  const shift = label === 'gaussianNB' && model.classes.length === 2 ? 0.5 : 0;
  expectNear(
    said,
    said_first20.map((value) => value - shift),
    1e-4,
  );
  expect(model.fields.models).toHaveLength((model.classes.length * (model.classes.length - 1)) / 2);
});

test('each pair is the model of its rows alone', async () => {
  const model = await fitted(oneVsOneClassifier(lr), iris, compute);
  for (const [k, pair] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ].entries()) {
    const alone = await fitted(lr, { ...iris, rows: iris.rows.filter((id) => pair.includes(iris.labels[id]!)) }, compute);
    expect(model.fields.models[k]!.classes).toEqual(pair);
    expectApart(await saidOf(model.fields.models[k]!, iris, compute), await saidOf(alone, iris, compute), 1e-6);
  }
});

test('repeats, folds, names, an estimator of a user', async () => {
  await expectRepeats(oneVsOneClassifier(lr), iris, compute, 1e-4);
  await expectFoldsAlone(oneVsOneClassifier(lr), iris, compute, 1e-4);
  await expectNames(oneVsOneClassifier(lr), iris, compute);
  expect(await (await fitted(oneVsOneClassifier(nearestMean()), iris, compute)).score(iris, context)).toBeGreaterThan(0.9);
});

test('all folds and settings of a pair are trained in one call', async () => {
  const train = vi.fn(lr.train.bind(lr));
  const fold = Uint8Array.from(iris.rows, (_, row) => row % 2);
  const jobs = [0, 1].flatMap((heldOut) => [0.1, 1].map((C) => ({ name: `${C} fold ${heldOut}`, heldOut, params: { C } })));
  expect(await oneVsOneClassifier({ ...lr, train }).train(iris, jobs, { folds: { fold, count: 2 } }, context)).toHaveLength(4);
  expect(train.mock.calls.map(([, own]) => own.length)).toEqual([4, 4, 4]);
});

test('a fold without rows of a class has no pairs with it, and predicts its rows wrong', async () => {
  const fold = Uint8Array.from(iris.rows, (id) => (iris.labels[id] === 2 ? 0 : 1 + (id % 2)));
  const jobs = [0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }));
  const trained = await oneVsOneClassifier(lr).train(iris, jobs, { folds: { fold, count: 3 } }, context);
  expect(trained.map(({ model }) => model.classes)).toEqual([
    [0, 1],
    [0, 1, 2],
    [0, 1, 2],
  ]);
  expect(trained.map(({ model }) => model.fields.models.length)).toEqual([1, 3, 3]);
  expect(trained[0]!.heldOut).toMatchObject({ labels: [0, 1, 2], counts: { rows: [0, 0, 50], right: [0, 0, 0] } });
  const one = { ...iris, rows: iris.rows.subarray(0, 50) };
  await expect(fitted(oneVsOneClassifier(gaussianNB()), one, compute)).rejects.toMatchObject({
    code: 'E_CLASS',
    message: 'oneVsOneClassifier needs at least two classes; it trains only on rows of label 0 of iris.',
  });
});

test('a grid, a chain on either side, other combinations', async () => {
  const { points } = await searched(oneVsOneClassifier(chain(standardize(), lr)), { C: [1e-4, 1] }, iris);
  expect(points[0]!.meanScore).toBeLessThan(points[1]!.meanScore);
  const inside = await fitted(oneVsOneClassifier(chain(standardize(), lr)), iris, compute);
  const around = await fitted(chain(standardize(), oneVsOneClassifier(lr)), iris, compute);
  expect(await inside.score(iris, context)).toBeGreaterThan(0.9);
  expect(await around.score(iris, context)).toBeGreaterThan(0.9);
  const votes = await fitted(votingClassifier({ a: oneVsOneClassifier(lr), b: gaussianNB() }), iris, compute);
  expect(await votes.score(iris, context)).toBeGreaterThan(0.9);
  const rest = await fitted(oneVsRest(votingClassifier({ a: oneVsOneClassifier(gaussianNB()) }) as never), iris, compute).catch((error: unknown) => error);
  expect(rest).not.toBeInstanceOf(TypeError);
  expect(() => oneVsOneClassifier(ridge() as never)).toThrow('oneVsOneClassifier: ridge is a regressor; a classifier is needed.');
});
