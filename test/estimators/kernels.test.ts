// Support vectors by kernels that are functions of two rows, against scikit-learn 1.9 (fixtures/kernels.json), and what such kernels
// must be.
import { expect, test } from 'vitest';
import figures from '../fixtures/kernels.json' with { type: 'json' };
import {
  crossValidate,
  fetch,
  fit,
  iris,
  chain,
  kernelMatrix,
  oneClassSVM,
  standardize,
  matrix,
  modelFromBytes,
  modelToBytes,
  pipeline,
  score,
  split,
  stage,
  svc,
  svr,
  type Fetched,
} from '../../src/api.ts';
import { stratifiedFolds } from '../../src/core/folds/folds.ts';
import { runPipeline } from '../../src/node.ts';
import { expectFoldsAlone, expectRepeats } from '../support/combined.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);

const KERNELS: Readonly<Record<string, (a: Float64Array, b: Float64Array) => number>> = {
  laplacian: (a, b) => Math.exp(-0.02 * a.reduce((sum, own, j) => sum + Math.abs(own - b[j]!), 0)),
  chi2: (a, b) => Math.exp(-0.05 * a.reduce((sum, own, j) => sum + (own === b[j] ? 0 : (own - b[j]!) ** 2 / (own + b[j]!)), 0)),
  alone: (a, b) => Number(a.every((own, j) => own === b[j])),
};

/** The rows of a set, and their values: the last of their columns, which they lose, or their labels. */
function rowsOf(name: string) {
  const { labels, ...set } = figureSet(name);
  if (name !== 'digits') {
    const { rows, data } = set.x;
    const three = Float64Array.from({ length: rows * 3 }, (_, at) => data[Math.floor(at / 3) * 4 + (at % 3)]!);
    const last = Float64Array.from({ length: rows }, (_, row) => data[row * 4 + 3]!);
    return { classes: { ...set, labels }, values: { ...set, x: matrix(rows, 3, three), values: matrix(rows, 1, last) } };
  }
  const digits = { ...set, x: matrix(400, 64, set.x.data.slice(0, 400 * 64)), rows: set.rows.subarray(0, 400) };
  return { classes: { ...digits, labels: labels.slice(0, 400) }, values: { ...digits, values: matrix(400, 1, Float64Array.from(labels.subarray(0, 400))) } };
}

const weighted = (rows: number, given: boolean): object => (given ? { weights: thirds(rows) } : {});
const named = <R extends { readonly data: string; readonly kernel: string; readonly weighted: boolean }>(rows: readonly R[]) =>
  rows.map((row) => [`${row.data}, ${row.kernel}${row.weighted ? ', weights' : ''}`, row] as const);

test.each(named(figures.classifiers))("scikit-learn's SVC: %s", async (_, row) => {
  const set = await kernelMatrix(rowsOf(row.data).classes, KERNELS[row.kernel]!);
  const estimator = svc({ kernel: 'precomputed', C: row.C, tol: 1e-6 });
  const model = await fitted(estimator, { ...half(set, 0), ...weighted(set.x.rows, row.weighted) }, compute);
  const odd = half(set, 1);
  const decisions = await model.decisionFunction(odd, context);
  expectNear(decisions.subarray(0, row.decision_first20.length), row.decision_first20, 1e-3);
  expect([...(await model.predict(odd, context))]).toEqual(row.predict);
  expect([...model.fields.support]).toEqual(row.support);
  const fold = stratifiedFolds(
    set.rows.map((id) => set.labels[id]!),
    3,
  );
  const jobs = [0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }));
  const trained = await estimator.train(set, jobs, { folds: { count: 3, fold } }, context);
  const right = trained.map(({ heldOut }) => heldOut!.counts.right.reduce((sum, own) => sum + own) / heldOut!.counts.rows.reduce((sum, own) => sum + own));
  expectNear(right, row.folds, 1e-12);
});

test.each(named(figures.regressors))("scikit-learn's SVR: %s", async (_, row) => {
  const set = await kernelMatrix(rowsOf(row.data).values, KERNELS[row.kernel]!);
  const model = await fitted(svr({ kernel: 'precomputed', C: row.C, tol: 1e-6 }), { ...half(set, 0), ...weighted(set.x.rows, row.weighted) }, compute);
  expectNear(await model.predict(half(set, 1), context), row.predict, 1e-3);
  expect([...model.fields.support]).toEqual(row.support);
});

test('products of rows are the linear kernel; repeats, folds and a saved model', async () => {
  const { classes, values } = rowsOf('iris');
  const product = (a: Float64Array, b: Float64Array): number => a.reduce((sum, own, j) => sum + own * b[j]!, 0);
  const model = await fitted(svc({ kernel: 'precomputed' }), await kernelMatrix(classes, product), compute);
  const linear = await fitted(svc({ kernel: 'linear' }), classes, compute);
  const alike = await kernelMatrix(classes, product);
  expectNear(await model.decisionFunction(alike, context), await linear.decisionFunction(classes, context), 1e-6);
  const { model: loaded } = await modelFromBytes<typeof model>('svc', await modelToBytes(model));
  expect(await loaded.predict(alike, context)).toEqual(await model.predict(alike, context));
  const laplacian = await kernelMatrix(values, KERNELS['laplacian']!);
  await expectRepeats(svr({ kernel: 'precomputed', tol: 1e-6 }), laplacian, compute, 1e-4);
  await expectFoldsAlone(svr({ kernel: 'precomputed' }), laplacian, compute, 1e-9);
});

test('a stage makes kernels of all rows, and splits and folds cut them', async () => {
  const alike = stage({
    id: 'alike',
    needs: ['data'],
    provides: ['data'],
    run: async ({ data }: Fetched) => ({ data: await kernelMatrix(data, KERNELS['laplacian']!) }),
  });
  const estimator = svc({ kernel: 'precomputed' });
  const found = await runPipeline(
    pipeline('p', fetch(iris()), alike, split({ test: 0.25, seed: 1, stratify: true }), fit(estimator), score({ on: 'test' }), crossValidate({ folds: 3 })),
  );
  expect(found.error).toBeUndefined();
  expect(found.outputs['score']).toMatchObject({ testAccuracy: expect.any(Number) });
  expect((found.outputs['score'] as { testAccuracy: number }).testAccuracy).toBeGreaterThan(0.9);
});

test('what is no kernel', async () => {
  const { classes } = rowsOf('iris');
  await expect(fitted(svc({ kernel: 'precomputed' }), classes, compute)).rejects.toMatchObject({
    code: 'E_DATA',
    message: "svc: iris has 150 rows of 4 columns; a 'precomputed' kernel has a column for each row.",
  });
  const lopsided = matrix(150, 150, new Float64Array(150 * 150));
  lopsided.data[3 * 150 + 1] = 1;
  await expect(fitted(svc({ kernel: 'precomputed' }), { ...classes, x: lopsided }, compute)).rejects.toMatchObject({
    code: 'E_DATA',
    message: 'Row 3 of iris has a kernel of 1 with row 1, which has 0 with it; both are to be the same.',
  });
  // Between classes, and in values as well.
  const { x } = await kernelMatrix(classes, KERNELS['laplacian']!);
  const halved = matrix(150, 150, x.data.slice());
  halved.data[100 * 150 + 60]! /= 2;
  const { values } = rowsOf('iris');
  for (const training of [
    fitted(svc({ kernel: 'precomputed' }), { ...classes, x: halved }, compute),
    fitted(svr({ kernel: 'precomputed' }), { ...values, x: halved }, compute),
    fitted(oneClassSVM({ kernel: 'precomputed' }), { ...classes, x: halved }, compute),
  ]) {
    await expect(training).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringMatching(/^Row 100 of .* with row 60,/) });
  }
  const large = matrix(
    150,
    150,
    x.data.map((value, at) => (at % 151 === 0 ? value : value * 1e39)),
  );
  await expect(fitted(svc({ kernel: 'precomputed' }), { ...classes, x: large }, compute)).rejects.toMatchObject({
    code: 'E_DATA',
    hint: expect.stringContaining('Divide'),
  });
  await expect(fitted(chain(standardize(), svc({ kernel: 'precomputed' })), { ...classes, x }, compute)).rejects.toMatchObject({
    code: 'E_DATA',
    hint: expect.stringContaining('Leave out standardize()'),
  });
  const jobs = (['precomputed', 'linear'] as const).map((kernel) => ({ name: kernel, params: { kernel } }));
  await expect(svc().train({ ...classes, x: lopsided }, jobs, {}, context)).rejects.toMatchObject({ code: 'E_PARAMS' });
  await expect(kernelMatrix(classes, () => NaN)).rejects.toMatchObject({ code: 'E_DATA' });
});
