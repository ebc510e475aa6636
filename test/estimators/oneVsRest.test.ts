import { expect, test } from 'vitest';
import { smallSet, stageContext } from '../support/smallSets.ts';
import { testCompute } from '../support/compute.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { oneVsRest } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import { accuracy } from '../../src/metrics/confusion.ts';
import { scoreOf } from '../../src/metrics/scorers.ts';
import { foldsOf } from '../../src/stages/heldOut.ts';

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
  expect(accuracy(evaluation.confusion)).toBe(right / 1797);
  expect(right / 1797).toBeGreaterThan(0.97);
  expect(fold!.heldOut!.truth).toHaveLength(folds.fold.filter((f) => f === 0).length);
  expect(scoreOf('accuracy', fold!.heldOut!)).toBeGreaterThan(0.85);
});

test('a label that no training row had is refused', async () => {
  const iris = smallSet('iris');
  const known = { ...iris, rows: iris.rows.filter((id) => iris.labels[id] !== 2) };
  const [trained] = await oneVsRest(logisticRegression()).train(known, [{ name: 'fit' }], {}, context);
  await expect(trained!.model.evaluate(iris, 'counts', context)).rejects.toMatchObject({ code: 'E_CLASS', message: expect.stringMatching(/label 2/) });
});
