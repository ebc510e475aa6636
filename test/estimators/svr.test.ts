// Support vector regression against scikit-learn 1.9 (fixtures/svr.json), and by what must hold of any rows.
import { expect, test } from 'vitest';
import figures from '../fixtures/svr.json' with { type: 'json' };
import { modelFromBytes, modelToBytes, svr, type SvrOptions } from '../../src/index.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { expectFoldsAlone, expectRepeats } from '../support/combined.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);

const SETTINGS: Readonly<Record<string, SvrOptions>> = {
  defaults: {},
  'C=10 epsilon=0.01': { C: 10, epsilon: 0.01 },
  linear: { kernel: 'linear', C: 0.5 },
  poly: { kernel: 'poly', degree: 2, coef0: 1, gamma: 'auto' },
  'tol=0.05': { tol: 0.05 },
  'maxIter=15': { maxIter: 15 },
  sigmoid: { kernel: 'sigmoid', gamma: 1e-3, coef0: -0.5 },
};

/** The last column of iris by the others, or the number by the pixels. */
function valuesSet(name: string) {
  const { labels, ...set } = figureSet(name);
  if (name === 'digits') return { ...set, values: matrix(1797, 1, Float64Array.from(labels)) };
  const { rows, data } = set.x;
  const x = matrix(
    rows,
    3,
    Float64Array.from({ length: rows * 3 }, (_, at) => data[Math.floor(at / 3) * 4 + (at % 3)]!),
  );
  return {
    ...set,
    x,
    values: matrix(
      rows,
      1,
      Float64Array.from({ length: rows }, (_, row) => data[row * 4 + 3]!),
    ),
  };
}
const iris = valuesSet('iris');

test.each(figures.rows.map((row) => [`${row.data}, ${row.label} ${row.kind}`, row] as const))('scikit-learn: %s', async (_, row) => {
  const set = valuesSet(row.data);
  const even = half(set, 0);
  const train = {
    ...even,
    ...(row.kind === 'twice' ? { rows: Uint32Array.from([...even.rows, ...even.rows]) } : {}),
    ...(row.kind === 'weighted' ? { weights: thirds(set.x.rows) } : {}),
    ...(row.kind === 'constant' ? { values: matrix(set.x.rows, 1, new Float64Array(set.x.rows).fill(2.5)) } : {}),
  };
  const model = await fitted(svr(SETTINGS[row.label]), train, compute);
  const { fields } = model;
  const odd = half(set, 1);
  expectNear(await model.predict({ ...odd, rows: odd.rows.subarray(0, 50) }, context), row.predict_first50, 1e-3);
  // The same steps, until libsvm shrinks its problem for the first time.
  if (row.n_iter < Math.min(train.rows.length, 1000)) {
    expect(fields.nIter).toBe(row.n_iter);
    expect([...fields.support]).toEqual(row.support);
    expectNear(fields.dualCoef.subarray(0, 5), row.dual_coef_first5, 1e-3);
  }
  expect(Math.abs(fields.intercept - row.intercept)).toBeLessThan(1e-3);
});

test('repeats, folds, a saved model', async () => {
  await expectRepeats(svr({ gamma: 0.5, tol: 1e-6 }), iris, compute, 1e-4);
  await expectFoldsAlone(svr({ gamma: 0.5 }), iris, compute, 1e-9);
  const model = await fitted(svr({ kernel: 'linear' }), iris, compute);
  const { model: loaded } = await modelFromBytes<typeof model>('svr', await modelToBytes(model));
  expect(await loaded.predict(iris, context)).toEqual(await model.predict(iris, context));
});

test('no prediction that counts no loss is off by more than epsilon', async () => {
  const C = 3;
  const epsilon = 0.2;
  const model = await fitted(svr({ C, epsilon, tol: 1e-6 }), iris, compute);
  const said = await model.predict(iris, context);
  const counts = new Float64Array(150);
  model.fields.support.forEach((row, v) => (counts[row] = model.fields.dualCoef[v]!));
  said.forEach((value, row) => {
    const off = iris.values.data[row]! - value;
    if (counts[row] === 0) expect(Math.abs(off)).toBeLessThanOrEqual(epsilon + 1e-5);
    else if (Math.abs(counts[row]!) < C) expect(Math.abs(Math.abs(off) - epsilon)).toBeLessThan(1e-5);
    else expect(off * Math.sign(counts[row]!)).toBeGreaterThan(epsilon - 1e-5);
  });
  expect(Math.abs(counts.reduce((sum, value) => sum + value, 0))).toBeLessThan(1e-9);
});

test('what cannot be learned from, and a search that ends early', async () => {
  const two = { ...iris, values: matrix(150, 2, new Float64Array(300)) };
  await expect(fitted(svr(), two, compute)).rejects.toMatchObject({ code: 'E_DATA', message: 'svr: the rows of iris have 2 values each; one is needed.' });
  await expect(fitted(svr(), { ...iris, weights: new Float32Array(150) }, compute)).rejects.toMatchObject({ code: 'E_DATA' });
  const events: RunEvent[] = [];
  await svr({ maxIter: 3 }).train(iris, [{ name: 'fit' }], {}, stageContext(compute, events));
  expect(events).toMatchObject([{ type: 'warning', code: 'W_CONVERGENCE' }]);
});
