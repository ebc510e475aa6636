// Chains of classifiers against scikit-learn 1.9 (fixtures/classifierChain.json), and by what must hold of any rows.
import { expect, test, vi } from 'vitest';
import figures from '../fixtures/classifierChain.json' with { type: 'json' };
import {
  baggingClassifier,
  calibratedClassifier,
  chain,
  classifierChain,
  gaussianNB,
  linearSVC,
  logisticRegression,
  matrix,
  modelFromBytes,
  modelToBytes,
  ridge,
  ridgeClassifier,
  standardize,
} from '../../src/api.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { nearestMean } from '../fixtures/own/nearestMean.ts';
import { expectFoldsAlone, expectRepeats, saidOf, searched } from '../support/combined.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);

type Labelled = Dataset<'train', Matrix, 'indicators'>;

/** As the script of the figures labels them. */
function labelled(name: 'iris' | 'digits'): Labelled {
  const { labels, classNames: _, ...rest } = figureSet(name);
  const { data, cols } = rest.x;
  const bits = [...labels].flatMap((label, id) =>
    name === 'iris' ? [data[id * cols]! > 5.75, label === 1, data[id * cols + 1]! > 2.95, label === 2] : [label >= 7, label % 2 === 1],
  );
  return { ...rest, indicators: matrix(labels.length, name === 'iris' ? 4 : 2, Uint8Array.from(bits, Number)) };
}

const iris = labelled('iris');
const ESTIMATORS = {
  ridgeClassifier: ridgeClassifier({ alpha: 2 }),
  gaussianNB: gaussianNB({ varSmoothing: 1e-3 }),
  logisticRegression: logisticRegression({ C: 0.1, tol: 1e-9, maxIter: 5000 }),
} as const;

test.each(
  figures.rows.map(
    (row) => [`${row.data}, ${row.label}, ${row.order ?? 'as they stand'}, ${row.folds ?? 'no'} folds ${row.weighted ? 'weights' : ''}`, row] as const,
  ),
)('scikit-learn: %s', async (_, { data, label, order, folds, weighted, used, predict, said, proba }) => {
  const set = labelled(data as 'iris');
  const weights = weighted ? { weights: thirds(set.x.rows) } : {};
  const estimator = classifierChain(ESTIMATORS[label as 'gaussianNB'], {
    order: (order ?? undefined) as 'random' | undefined,
    folds: folds ?? undefined,
    seed: 4,
  });
  const model = await fitted(estimator, half({ ...set, ...weights }, 0), compute);
  expect(model.fields.order).toEqual(used);
  const test = half(set, 1);
  expect([...(await model.predict({ ...test, rows: test.rows.subarray(0, 100) }, context))]).toEqual(predict);
  const asked = { ...test, rows: test.rows.subarray(0, 20) };
  if (said) expectNear(await model.decisionFunction(asked, context), said, 1e-3);
  if (proba) expectNear(await model.predictProba!(asked, context), proba, 1e-3);
  else expect(model.predictProba).toBeUndefined();
});

test('each model sees the true labels before it in training, and what is predicted of them later', async () => {
  const model = await fitted(classifierChain(ESTIMATORS.gaussianNB, { order: [3, 0, 1, 2] }), iris, compute);
  const seen = (bits: readonly Uint8Array[]) =>
    matrix(
      150,
      4 + bits.length,
      Float64Array.from([...iris.rows].flatMap((id) => [...iris.x.data.subarray(id * 4, id * 4 + 4), ...bits.map((one) => one[id]!)])),
    );
  const column = (label: number): Uint8Array => Uint8Array.from({ length: 150 }, (_, id) => iris.indicators.data[id * 4 + label]!);
  const { indicators: _, ...bare } = iris;
  const second = await fitted(ESTIMATORS.gaussianNB, { ...bare, x: seen([column(3)]), labels: column(0) }, compute);
  const first = Uint8Array.from(await model.fields.models[0]!.predict(iris, context));
  const said = await second.predict({ ...bare, x: seen([first]) }, context);
  const all = await model.predict(iris, context);
  expect(all.filter((_, at) => at % 4 === 3)).toEqual(first);
  expect(all.filter((_, at) => at % 4 === 0)).toEqual(Uint8Array.from(said));
});

test('repeats, folds, sparse rows, a row alone, and back from a file', async () => {
  await expectRepeats(classifierChain(ESTIMATORS.gaussianNB), iris, compute, 0);
  await expectFoldsAlone(classifierChain(ESTIMATORS.gaussianNB, { folds: 3 }), iris, compute, 0);
  const dense = await fitted(classifierChain(ESTIMATORS.logisticRegression), iris, compute);
  const sparse = await fitted(classifierChain(ESTIMATORS.logisticRegression), { ...iris, x: sparseOf(iris.x) }, compute);
  expect(await saidOf(sparse, iris, compute)).toEqual(await saidOf(dense, iris, compute));
  const all = await dense.predict(iris, context);
  for (const id of [3, 70, 149]) {
    const { prediction } = await dense.predictRow(iris.x.data.subarray(id * 4, id * 4 + 4), context);
    expect(prediction).toEqual([0, 1, 2, 3].filter((label) => all[id * 4 + label] === 1));
  }
  const { model } = await modelFromBytes<typeof dense>('chain', await modelToBytes(dense));
  expect(await model.decisionFunction(iris, context)).toEqual(await dense.decisionFunction(iris, context));
});

test('columns keep their names, and models of labels see those before them by name', async () => {
  const columns = ['a', 'b', 'c', 'd'];
  const named = { ...iris, columns, indicators: iris.indicators, labelNames: ['long', 'versicolor', 'wide', 'virginica'] };
  const model = await fitted(classifierChain(ESTIMATORS.gaussianNB, { order: [1, 0, 3, 2] }), named, compute);
  expect(model.columns).toEqual(columns);
  expect(model.fields.models[2]!.columns).toEqual([...columns, 'versicolor', 'long']);
  await expect(model.predict({ ...named, columns: ['b', 'a', 'c', 'd'] }, context)).rejects.toMatchObject({ code: 'E_SHAPE' });
});

test('settings of the estimator are trained in one call for each label, where they see the same', async () => {
  const nb = ESTIMATORS.gaussianNB;
  const train = vi.fn(nb.train.bind(nb));
  const jobs = [1e-9, 1].map((value) => ({ name: String(value), params: { 'estimator.varSmoothing': value } }));
  await classifierChain({ ...nb, train }).train(iris, jobs, {}, context);
  expect(train.mock.calls.map(([, own]) => own.length)).toEqual([2, 2, 2, 2]);
});

test('chains of transforms on either side, other combinations, an estimator of a user, a grid', async () => {
  const right = async (estimator: Parameters<typeof fitted>[0]) => {
    const said = await saidOf((await fitted(estimator, iris, compute)) as never, iris, compute);
    return said.filter((bit, at) => bit === iris.indicators.data[at]).length / said.length;
  };
  expect(await right(classifierChain(chain(standardize(), ESTIMATORS.logisticRegression)) as never)).toBeGreaterThan(0.8);
  expect(await right(chain(standardize(), classifierChain(ESTIMATORS.logisticRegression)) as never)).toBeGreaterThan(0.8);
  // ClassifierChain(CalibratedClassifierCV(LinearSVC(), cv=3)) has 0.77.
  expect(Math.abs((await right(classifierChain(calibratedClassifier(linearSVC(), { folds: 3 })) as never)) - 0.77)).toBeLessThan(0.01);
  expect(await right(classifierChain(baggingClassifier(nearestMean(), { seed: 1 })) as never)).toBeGreaterThan(0.7);
  // In order, a fold would have no row of a class.
  const mixed = { ...iris, rows: iris.rows.map((id) => (id * 7) % 150) };
  const { points } = await searched(classifierChain(ESTIMATORS.gaussianNB), { 'estimator.varSmoothing': [1e-3, 1e3], order: [[3, 2, 1, 0]] }, mixed);
  expect(points[0]!.meanScore).toBeGreaterThan(points[1]!.meanScore);
});

test('what it refuses', async () => {
  expect(() => classifierChain(ridge() as never)).toThrow('classifierChain: ridge is a regressor; a classifier is needed.');
  await expect(fitted(classifierChain(gaussianNB(), { order: [0, 1, 1, 2] }), iris, compute)).rejects.toMatchObject({
    code: 'E_PARAMS',
    message: 'classifierChain: order is 0, 1, 1, 2; the rows have labels 0 to 3, and each is needed once.',
  });
  const setosa = { ...iris, rows: iris.rows.subarray(0, 50), labelNames: ['long', 'versicolor', 'wide', 'virginica'] };
  await expect(fitted(classifierChain(gaussianNB(), { order: [3, 2, 1, 0] }), setosa, compute)).rejects.toMatchObject({
    code: 'E_CLASS',
    message: 'classifierChain: virginica cannot be learned of the rows of iris: none of them has it.',
  });
});
