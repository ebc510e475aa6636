// Logistic regression on a real adapter against scikit-learn 1.9's figures.
import { describe, expect, test } from 'vitest';
import fixture from '../fixtures/logistic.json' with { type: 'json' };
import { dataOf } from '../support/logisticFits.ts';
import { equalsSklearn } from '../support/logisticRows.ts';
import { stageContext, type SetName } from '../support/smallSets.ts';
import { testCompute } from '../support/compute.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { foldsOf } from '../../src/validation/folding.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import type { LogisticModel } from '../../src/estimators/logisticRegression/model.ts';
import { scoreOf } from '../../src/metrics/scorers.ts';

const compute = await testCompute();
const context = stageContext(compute);

/** The only model of a training. */
async function one(training: Promise<readonly { readonly model: LogisticModel }[]>): Promise<LogisticModel> {
  return (await training)[0]!.model;
}

equalsSklearn(false);

const SCORING = {
  accuracy: 'accuracy',
  precision: 'precision',
  recall: 'recall',
  f1: 'f1',
  roc_auc: 'rocAuc',
  neg_log_loss: 'negLogLoss',
  balanced_accuracy: 'balancedAccuracy',
  average_precision: 'averagePrecision',
} as const;
const validations = fixture.rows.filter((row) => 'scores' in row) as unknown as { data: SetName; scores: Record<keyof typeof SCORING, number[]> }[];

test.each(validations)('cross_validate on $data: every score of every fold', async ({ data, scores }) => {
  const set = dataOf({ data, target: 'binary', weighted: false });
  const folds = foldsOf(set, { folds: 3, stratified: true });
  const jobs = [0, 1, 2].map((fold) => ({ name: `fold ${fold + 1}`, heldOut: fold }));
  const trained = await logisticRegression({ maxIter: 5000, tol: 1e-8 }).train(set, jobs, { folds, need: 'decisions' }, context);
  for (const [name, expected] of Object.entries(scores) as [keyof typeof SCORING, number[]][]) {
    trained.forEach(({ heldOut }, fold) => {
      const rows = heldOut!.truth!.length;
      const positives = [...heldOut!.truth!].filter((code) => code === 1).length;
      // One row predicted otherwise moves a score by at most one over the smaller of its counts.
      const oneRow = name === 'neg_log_loss' ? 1e-4 : name === 'accuracy' ? 1 / rows : 1 / Math.min(positives, rows - positives);
      expect(Math.abs(scoreOf(SCORING[name], heldOut!) - expected[fold]!), `${name}, fold ${fold + 1}`).toBeLessThanOrEqual(oneRow + 1e-12);
    });
  }
});

test('models trained together equal models trained alone, and a second run, to the bit', async () => {
  const set = dataOf({ data: 'digits', target: 'binary', weighted: false });
  const folds = foldsOf(set, { folds: 3, stratified: true });
  const jobs = [
    { name: 'all' },
    ...[0, 1, 2].map((fold) => ({ name: `fold ${fold}`, heldOut: fold })),
    ...[0.01, 100].map((C) => ({ name: `C ${C}`, params: { C } })),
  ];
  const estimator = logisticRegression({ tol: 1e-3 });
  const together = await estimator.train(set, jobs, { folds }, context);
  const again = await estimator.train(set, jobs, { folds }, context);
  for (const [i, job] of jobs.entries()) {
    const [alone] = await estimator.train(set, [job], { folds }, context);
    for (const { model, heldOut } of [alone!, again[i]!]) {
      expect(model.coef, job.name).toEqual(together[i]!.model.coef);
      expect(model.intercept).toEqual(together[i]!.model.intercept);
      expect(model.summary).toEqual(together[i]!.model.summary);
      expect(heldOut).toEqual(together[i]!.heldOut);
    }
  }
});

test.each([
  ['two classes', 'binary'],
  ['three classes', 'multiclass'],
])('the score of a model is the accuracy of what it predicts: %s', async (_, target) => {
  const iris = dataOf({ data: 'iris', target, weighted: false });
  const model = await one(logisticRegression({ tol: 1e-2 }).train(iris, [{ name: 'fit' }], {}, context));
  const data = { ...iris, rows: iris.rows.toReversed() };
  const labels = await model.predict(data, context);
  const right = data.rows.filter((id, row) => labels[row] === iris.labels[id]).length;
  expect(right).toBeGreaterThan(90);
  expect(right).toBeLessThan(150);
  expect(await model.score(data, context)).toBe(right / 150);
});

test('a warm start at the solution stops at once', async () => {
  const set = dataOf({ data: 'iris', target: 'multiclass', weighted: false });
  const [first] = await logisticRegression({ tol: 1e-4 }).train(set, [{ name: 'fit' }], {}, context);
  const [second] = await logisticRegression({ tol: 1e-3, warmStart: first!.model }).train(set, [{ name: 'fit' }], {}, context);
  expect(first!.model.nIter).toBeGreaterThan(5);
  expect(second!.model.nIter).toBe(0);
  second!.model.coef.forEach((column, c) => expect(column).toEqual(first!.model.coef[c]));
});

test('C = Infinity has no penalty, so the coefficients grow past those of any finite C', async () => {
  const set = dataOf({ data: 'iris', target: 'binary', weighted: false });
  const sizes: number[] = [];
  for (const C of [1, 1e6, Infinity]) {
    const model = await one(logisticRegression({ C, tol: 1e-6, maxIter: 2000 }).train(set, [{ name: 'fit' }], {}, context));
    sizes.push(Math.hypot(...model.coef[0]!));
  }
  expect(sizes[0]!).toBeLessThan(sizes[1]!);
  expect(sizes[2]! / sizes[1]!).toBeCloseTo(1, 3);
});

test('class weights by label equal rows repeated that often', async () => {
  const set = dataOf({ data: 'iris', target: 'binary', weighted: false });
  const repeated = { ...set, rows: Uint32Array.from([...set.rows].flatMap((id) => (set.labels[id] === 1 ? [id, id, id] : [id]))) };
  const settings = { tol: 1e-8, maxIter: 1000 };
  const [weighted] = await logisticRegression({ ...settings, classWeight: { 1: 3 } }).train(set, [{ name: 'fit' }], {}, context);
  const [plain] = await logisticRegression({ ...settings, C: 1 }).train(repeated, [{ name: 'fit' }], {}, context);
  weighted!.model.coef[0]!.forEach((value, j) => expect(value).toBeCloseTo(plain!.model.coef[0]![j]!, 4));
});

test('scaling folded into the weights equals scaled features', async () => {
  const set = dataOf({ data: 'digits', target: 'binary', weighted: false });
  const shift = new Float64Array(64).fill(3);
  const factor = Float64Array.from({ length: 64 }, (_, j) => 1 / (4 + (j % 3)));
  const scaled = Float32Array.from(set.x.data, (value, i) => (value - 3) / (4 + ((i % 64) % 3)));
  const settings = { tol: 1e-6, maxIter: 1000 };
  const [folded] = await logisticRegression(settings).train({ ...set, scaling: { shift, factor } }, [{ name: 'fit' }], {}, context);
  const [explicit] = await logisticRegression(settings).train(
    { ...set, x: { rows: set.x.rows, cols: 64, dtype: 'f32', data: scaled } },
    [{ name: 'fit' }],
    {},
    context,
  );
  // f32 rounds the two in different places, which the flattest directions of these pixels magnify.
  const norm = Math.hypot(...explicit!.model.coef[0]!);
  folded!.model.coef[0]!.forEach((value, j) => expect(Math.abs(value - explicit!.model.coef[0]![j]!)).toBeLessThan(3e-3 * norm));
  const row = set.x.data.subarray(0, 64) as Uint8Array;
  const [here, there] = [await folded!.model.predictRow(row, context), await explicit!.model.predictRow(scaled.subarray(0, 64), context)];
  expect(here.probability).toBeCloseTo(there.probability!, 4);
  expect(here.decision / there.decision).toBeCloseTo(1, 2);
});

test('stopping at maxIter warns, with the cure', async () => {
  const events: RunEvent[] = [];
  const set = dataOf({ data: 'digits', target: 'binary', weighted: false });
  const model = await one(logisticRegression({ maxIter: 3 }).train(set, [{ name: 'fit' }], {}, stageContext(compute, events)));
  expect(model.nIter).toBe(3);
  expect(events.find(({ type }) => type === 'warning')).toMatchObject({
    code: 'W_CONVERGENCE',
    message: expect.stringContaining('after 3 iterations (max-iter)'),
    hint: expect.stringContaining('maxIter'),
  });
});

describe('what cannot be fitted is refused', () => {
  const set = dataOf({ data: 'iris', target: 'multiclass', weighted: false });
  const train = (
    data: typeof set,
    jobs: readonly { name: string; heldOut?: number }[] = [{ name: 'fit' }],
    folds?: Parameters<ReturnType<typeof logisticRegression>['train']>[2]['folds'],
  ) => logisticRegression().train(data, jobs, { folds }, context);

  test('one class', () =>
    expect(train({ ...set, rows: set.rows.filter((id) => set.labels[id] === 1) })).rejects.toMatchObject({
      code: 'E_CLASS',
      message: expect.stringContaining('all 50 training rows of iris have label 1'),
    }));

  test('rows of other columns at prediction', async () => {
    const model = await one(train(set));
    await expect(model.predictRow(new Float32Array(5), context)).rejects.toMatchObject({
      code: 'E_SHAPE',
      message: expect.stringMatching(/5 columns, the model was fitted on 4/),
    });
  });

  test.each([[{ C: 0 }], [{ C: -1 }], [{ tol: 0 }], [{ maxIter: 1.5 }], [{ penalty: 'l2' }]])('parameters %j', (options) =>
    expect(() => logisticRegression(options as never)).toThrow(expect.objectContaining({ code: 'E_PARAMS' })),
  );
});
