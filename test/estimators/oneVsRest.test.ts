import { expect, test } from 'vitest';
import { rawSet, smallSet, stageContext } from '../support/smallSets.ts';
import { testCompute } from '../support/compute.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { logisticModel } from '../../src/estimators/logisticRegression/model.ts';
import type { Estimator } from '../../src/dsl/estimator.ts';
import type { FittedClassifier } from '../../src/estimators/define/models.ts';
import { linearSVC } from '../../src/estimators/linearSVC/linearSVC.ts';
import { svc } from '../../src/estimators/svc/svc.ts';
import { calibratedClassifier, decisionTreeClassifier, histGradientBoostingClassifier, matrix, ridge } from '../../src/api.ts';
import { expectClose, expectNear, fitted, half } from '../support/figures.ts';
import { oneVsRest } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import { accuracy } from '../../src/metrics/confusion.ts';
import { scoreOf } from '../../src/metrics/scorers.ts';
import { foldsOf } from '../../src/validation/folding.ts';

const compute = await testCompute();
const context = stageContext(compute);
const settings = { tol: 1e-3 };

test('each model equals the two-class model of its label, and the largest decision is predicted', async () => {
  const digits = smallSet('digits');
  const folds = foldsOf(digits, { folds: 3, stratified: true });
  const jobs = [{ name: 'fit' }, { name: 'fold 1', heldOut: 0 }];
  const [whole, fold] = await oneVsRest(logisticRegression(settings)).train(digits, jobs, { folds }, context);
  expect(whole!.model.classes).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const label of [0, 7]) {
    const [alone] = await logisticRegression(settings).train(smallSet('digits', label), [{ name: 'fit' }], {}, context);
    const together = whole!.model.models[label]!;
    expect(together.nIter).toBe(alone!.model.nIter);
    const norm = Math.hypot(...alone!.model.coef[0]!);
    together.coef[0]!.forEach((value, j) => expect(Math.abs(value - alone!.model.coef[0]![j]!)).toBeLessThan(1e-5 * norm));
  }
  const evaluation = await whole!.model.evaluate(digits, 'counts', context);
  const decisions = await whole!.model.decisionFunction(digits, context);
  const right = digits.labels.filter((label, row) => {
    const own = decisions.subarray(row * 10, row * 10 + 10);
    return own.indexOf(Math.max(...own)) === label;
  }).length;
  expect(accuracy(evaluation.counts)).toBe(right / 1797);
  expect(right / 1797).toBeGreaterThan(0.97);
  expect(fold!.heldOut!.truth).toHaveLength(folds.fold.filter((f) => f === 0).length);
  expect(scoreOf('accuracy', fold!.heldOut!)).toBeGreaterThan(0.85);
});

test('rows of a label that no training row had are predicted wrong', async () => {
  const iris = smallSet('iris');
  const known = { ...iris, rows: iris.rows.filter((id) => iris.labels[id] !== 2) };
  const [trained] = await oneVsRest(logisticRegression()).train(known, [{ name: 'fit' }], {}, context);
  const evaluation = await trained!.model.evaluate(iris, 'decisions', context);
  expect(evaluation).toMatchObject({
    classes: [0, 1],
    labels: [0, 1, 2],
    confusion: [
      [50, 0, 0],
      [0, 50, 0],
      [0, expect.any(Number), 0],
    ],
  });
  expect(evaluation.decisions).toHaveLength(150);
  expect(await trained!.model.score(iris, context)).toBe(100 / 150);
});

test('probabilities are sigmoids divided by their sum, predictions the largest of them, the score their accuracy', async () => {
  const iris = smallSet('iris');
  // Every third row, last first: rows of a dataset are a list of ids.
  const data = { ...iris, rows: iris.rows.filter((id) => id % 3 === 0).toReversed() };
  const [trained] = await oneVsRest(logisticRegression(settings)).train(iris, [{ name: 'fit' }], {}, context);
  const { model } = trained!;
  const [shares, labels] = [await model.predictProba(data, context), await model.predict(data, context)];
  expect(shares).toHaveLength(data.rows.length * 3);
  let right = 0;
  data.rows.forEach((id, row) => {
    const own = model.models.map(({ coef, intercept }) => {
      const decision = coef[0]!.reduce((sum, weight, j) => sum + weight * iris.x.data[id * 4 + j]!, intercept[0]!);
      return 1 / (1 + Math.exp(-decision));
    });
    const sum = own.reduce((a, b) => a + b, 0);
    own.forEach((share, c) => expect(shares[row * 3 + c]).toBeCloseTo(share / sum, 5));
    expect(labels[row]).toBe(model.classes[own.indexOf(Math.max(...own))]);
    if (labels[row] === iris.labels[id]) right++;
  });
  expect(right).toBeGreaterThan(40);
  expect(await model.score(data, context)).toBe(right / data.rows.length);
  const { probability } = await model.predictRow(iris.x.data.subarray(data.rows[5]! * 4, data.rows[5]! * 4 + 4), context);
  expect(probability).toBeCloseTo(Math.max(...shares.subarray(15, 18)), 6);
});

test('of two classes it says what the two-class model says, and rows that no model wants have probability 0 of all', async () => {
  const iris = smallSet('iris', 1);
  const [both] = await oneVsRest(logisticRegression(settings)).train(iris, [{ name: 'fit' }], {}, context);
  expect(both!.model.models).toHaveLength(1);
  const [alone] = await logisticRegression(settings).train(iris, [{ name: 'fit' }], {}, context);
  expect(await both!.model.predict(iris, context)).toEqual(await alone!.model.predict(iris, context));
  const expected = await alone!.model.predictProba(iris, context);
  (await both!.model.predictProba(iris, context)).forEach((share, i) => expect(share).toBeCloseTo(expected[i]!, 4));
  const far = logisticModel({ coef: [Float64Array.of(0, 0, 0, 0)], intercept: [-800], classes: [0, 1], nIter: 0, binarized: true, summary: {} });
  const [unwanted] = await oneVsRest({ name: 'far', params: {}, train: async (_, jobs) => jobs.map(() => ({ model: far })) }).train(
    smallSet('iris'),
    [{ name: 'fit' }],
    {},
    context,
  );
  expect(new Set(await unwanted!.model.predictProba!(iris, context))).toEqual(new Set([0]));
});

test('over estimators that give no probabilities, in fits, folds and grids', async () => {
  const iris = smallSet('iris');
  const folds = foldsOf(iris, { folds: 3, stratified: true });
  const jobs = [{ name: 'fit' }, { name: 'fold 1', heldOut: 0 }];
  for (const estimator of [svc(), linearSVC()]) {
    const [whole, fold] = await oneVsRest(estimator as Estimator<FittedClassifier>).train(iris, jobs, { folds, need: 'decisions' }, context);
    expect(whole!.model.predictProba).toBeUndefined();
    const decisions = await whole!.model.decisionFunction(iris, context);
    const [alone] = await (estimator as Estimator<FittedClassifier>).train(smallSet('iris', 2), [{ name: 'fit' }], {}, context);
    expectClose(
      decisions.filter((_, at) => at % 3 === 2),
      await alone!.model.decisionFunction(iris, context),
      1e-6,
    );
    expect(await whole!.model.score(iris, context)).toBeGreaterThan(0.9);
    expect(fold!.heldOut!.decisions).toHaveLength(150);
    expect(fold!.heldOut!.probabilities).toBeUndefined();
    expect(scoreOf('accuracy', fold!.heldOut!)).toBeGreaterThan(0.85);
  }
});

test('over trees: gaps go through, and what calibrates it goes by probabilities, as in scikit-learn', async () => {
  const iris = smallSet('iris');
  const x = matrix(
    150,
    4,
    Float64Array.from(iris.x.data, (value, at) => (at % 7 === 0 ? NaN : value)),
  );
  const estimator = oneVsRest(histGradientBoostingClassifier({ maxIter: 5 }));
  const gaps = { ...iris, x };
  const [one] = await estimator.train(gaps, [{ name: 'fit' }], {}, context);
  const labels = await one!.model.predict(gaps, context);
  expect((await one!.model.predictRow(x.data.subarray(0, 4), context)).prediction).toBe(labels[0]);
  expect(one!.model.summary).not.toHaveProperty('objectives');
  // scikit-learn 1.9.1: CalibratedClassifierCV(OneVsRestClassifier(DecisionTreeClassifier(max_depth=2, random_state=0)), cv=3, ensemble=True), fit on even rows.
  const calibrated = await fitted(calibratedClassifier(oneVsRest(decisionTreeClassifier({ maxDepth: 2 })), { folds: 3 }), half(rawSet('iris'), 0), compute);
  const shares = await calibrated.predictProba!({ ...rawSet('iris'), rows: Uint32Array.of(51) }, context);
  expectNear(shares, [0.0602, 0.8674, 0.0724], 1e-4);
  expect(() => oneVsRest(ridge() as never)).toThrow('oneVsRest: ridge is a regressor; a classifier is needed.');
});
