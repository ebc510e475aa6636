// Support vector classifiers against scikit-learn 1.9 (fixtures/svc.json), and by what must hold of any rows.
import { expect, test } from 'vitest';
import figures from '../fixtures/svc.json' with { type: 'json' };
import { calibratedClassifier, chain, modelFromBytes, modelToBytes, pairDecisions, standardize, svc, type SvcOptions } from '../../src/index.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { expectFoldsAlone, expectNames, expectRepeats, searched } from '../support/combined.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const iris = figureSet('iris');
const digits = figureSet('digits');

const SETTINGS: Readonly<Record<string, SvcOptions>> = {
  defaults: {},
  'C=10 gamma=0.01': { C: 10, gamma: 0.01 },
  'gamma auto': { gamma: 'auto', C: 0.5 },
  linear: { kernel: 'linear', C: 0.1 },
  poly: { kernel: 'poly', degree: 2, coef0: 1 },
  sigmoid: { kernel: 'sigmoid', gamma: 1e-3, coef0: -0.5 },
  balanced: { classWeight: 'balanced', C: 0.05 },
  'tol=0.1': { tol: 0.1 },
  'maxIter=20': { maxIter: 20 },
  'break ties': { breakTies: true, C: 0.05 },
};

test.each(figures.rows.map((row) => [`${row.data}, ${row.label}${row.weighted ? ', weights' : ''}${row.twice ? ', twice' : ''}`, row] as const))(
  'scikit-learn: %s',
  async (_, row) => {
    const set = figureSet(row.data);
    const even = half(set, 0);
    const rows = row.twice ? Uint32Array.from([...even.rows, ...even.rows]) : even.rows;
    const train = { ...even, rows, ...(row.weighted ? { weights: thirds(set.x.rows) } : {}) };
    const model = await fitted(svc(SETTINGS[row.label]), train, compute);
    const { fields } = model;
    expect([...(await model.predict(half(set, 1), context))]).toEqual(row.predict);
    const first20 = { ...half(set, 1), rows: half(set, 1).rows.subarray(0, 20) };
    expectNear(await model.decisionFunction(first20, context), row.ovr_first20, 1e-3);
    expectNear((await pairDecisions(model, first20, context)).data, row.ovo_first20, 1e-3);
    expect(Math.abs(fields.gamma / row.gamma - 1)).toBeLessThan(row.label === 'linear' ? Infinity : 1e-12);
    expectNear(fields.intercept, row.intercept, 1e-3);
    expect([...fields.nIter]).toEqual(row.n_iter); // the same steps
    expect([...fields.support]).toEqual(row.support);
    expect([...fields.nSupport]).toEqual(row.n_support);
    expectNear(
      fields.dualCoef.flatMap((own) => [...own.subarray(0, 5)]),
      row.dual_coef_first5.flat(),
      1e-3,
    );
  },
);

test('repeats, folds, names, points of a grid are the models alone', async () => {
  await expectRepeats(svc({ gamma: 0.5, tol: 1e-6 }), iris, compute, 1e-3);
  await expectFoldsAlone(svc({ gamma: 0.5 }), iris, compute, 1e-9);
  await expectNames(svc(), iris, compute);
  const fold = Uint8Array.from(iris.rows, (_, row) => row % 3);
  const jobs = [0, 1].flatMap((heldOut) =>
    [0.1, 10].flatMap((C) => (['scale', 0.05] as const).map((gamma) => ({ name: `${C} ${gamma} ${heldOut}`, heldOut, params: { C, gamma } }))),
  );
  const together = await svc().train(iris, jobs, { folds: { fold, count: 3 } }, context);
  for (const [i, { heldOut, params }] of jobs.entries()) {
    const alone = await fitted(svc(params), { ...iris, rows: iris.rows.filter((_, row) => fold[row] !== heldOut) }, compute);
    expect([...together[i]!.model.fields.nIter]).toEqual([...alone.fields.nIter]);
    expect(together[i]!.model.fields.dualCoef).toEqual(alone.fields.dualCoef);
  }
  const { points } = await searched(chain(standardize(), svc()), { C: [1e-3, 1] }, iris);
  expect(points[0]!.meanScore).toBeLessThan(points[1]!.meanScore);
});

test('bytes on the device are exact, scaled by one factor too; other rows are f32 there', async () => {
  const some = { ...digits, rows: digits.rows.subarray(0, 1300) };
  const scaling = { shift: new Float64Array(64).fill(3), factor: new Float64Array(64).fill(1 / 16) };
  const bytes = await fitted(svc(), some, compute);
  const scaled = await fitted(svc(), { ...some, scaling }, compute);
  expect([...scaled.fields.support]).toEqual([...bytes.fields.support]);
  const decisions = await bytes.decisionFunction(some, context);
  expectNear(await scaled.decisionFunction(some, context), decisions, 1e-6);
  const wide = {
    ...some,
    x: matrix(
      1797,
      64,
      Float64Array.from(digits.x.data, (value, at) => value * ((at % 64) + 1) + 1e4),
    ),
  };
  const same = { shift: new Float64Array(64).fill(1e4), factor: Float64Array.from({ length: 64 }, (_, j) => 1 / (j + 1)) };
  const floats = await fitted(svc(), { ...wide, scaling: same }, compute);
  expectNear(await floats.decisionFunction(wide, context), decisions, 1e-2);
  expect(await bytes.score({ ...digits, rows: digits.rows.subarray(1300) }, context)).toBeGreaterThan(0.95);
});

test('a saved model, rows in another matrix, one row alone', async () => {
  const model = await fitted(svc({ kernel: 'poly' }), iris, compute);
  const { model: loaded } = await modelFromBytes<typeof model>('svc', await modelToBytes(model));
  expect(await loaded.decisionFunction(iris, context)).toEqual(await model.decisionFunction(iris, context));
  expect((await pairDecisions(loaded, iris, context)).cols).toBe(3);
  await expect(pairDecisions(model, { ...iris, x: matrix(1, 2, Float64Array.of(1, 2)), rows: Uint32Array.of(0) }, context)).rejects.toMatchObject({
    code: 'E_SHAPE',
  });
});

test('the slopes of the dual problem meet within tol', async () => {
  const random = new RandomState(11);
  const rows = 80;
  const x = matrix(
    rows,
    3,
    Float64Array.from({ length: rows * 3 }, () => random.interval(1000) / 500),
  );
  const labels = Uint8Array.from({ length: rows }, () => random.interval(1));
  const data = { name: 'noise', role: 'train', x, labels, rows: Uint32Array.from({ length: rows }, (_, i) => i) } as const;
  for (const tol of [1e-2, 1e-6]) {
    const C = 2;
    const model = await fitted(svc({ C, tol, gamma: 1 }), data, compute);
    const alpha = new Float64Array(rows);
    model.fields.support.forEach((row, v) => (alpha[row] = Math.abs(model.fields.dualCoef[0]![v]!)));
    const said = await model.decisionFunction(data, context);
    let [up, low] = [Infinity, -Infinity];
    said.forEach((value, row) => {
      const sign = labels[row] === 1 ? 1 : -1;
      const slope = value - sign;
      if (sign > 0 ? alpha[row]! < C : alpha[row]! > 0) up = Math.min(up, slope);
      if (sign > 0 ? alpha[row]! > 0 : alpha[row]! < C) low = Math.max(low, slope);
    });
    expect(low - up).toBeLessThan(tol * 1.01 + 1e-6);
    const balance = alpha.reduce((sum, value, row) => sum + (labels[row] === 1 ? value : -value), 0);
    expect(Math.abs(balance)).toBeLessThan(1e-9);
  }
});

test('what cannot be learned from, and a search that ends early', async () => {
  const one = { ...iris, rows: iris.rows.subarray(0, 50) };
  await expect(fitted(svc(), one, compute)).rejects.toMatchObject({ code: 'E_CLASS' });
  const weights = Float32Array.from(iris.labels, (label) => (label === 2 ? 0 : 1));
  await expect(fitted(svc(), { ...iris, weights }, compute)).rejects.toMatchObject({
    code: 'E_DATA',
    message: 'svc: every row of label 2 that fit of iris trains on has weight 0.',
  });
  await expect(fitted(svc({ classWeight: { 0: 0 } }), iris, compute)).rejects.toMatchObject({ code: 'E_DATA' });
  const constant = { ...iris, x: matrix(150, 4, new Float64Array(600).fill(3)) };
  expect((await fitted(svc(), constant, compute)).fields.gamma).toBe(1);
  const events: RunEvent[] = [];
  await svc({ maxIter: 3 }).train(iris, [{ name: 'fit' }], {}, stageContext(compute, events));
  expect(events).toMatchObject([{ type: 'warning', code: 'W_CONVERGENCE', message: 'svc: fit of iris did not converge within maxIter steps.' }]);
  expect(() => svc({ gamma: -1 })).toThrow(/gamma/);
  expect(() => svc({ C: 0 })).toThrow(/C is the weight of the losses/);
});

test('a kernel whose values f32 cannot hold, and a run that is cancelled while it searches', async () => {
  const far = {
    ...iris,
    x: matrix(
      150,
      4,
      Float64Array.from(iris.x.data, (value) => value * 1e10),
    ),
  };
  await expect(fitted(svc({ kernel: 'poly', degree: 5, gamma: 1 }), far, compute)).rejects.toMatchObject({
    code: 'E_DATA',
    message: expect.stringContaining("A 'poly' kernel of these features has values of"),
  });
  // Noise that a tiny tol never has enough of: without a look at the signal this would search for minutes.
  const random = new RandomState(5);
  const x = matrix(
    400,
    2,
    Float64Array.from({ length: 800 }, () => random.interval(1000)),
  );
  const labels = Uint8Array.from({ length: 400 }, () => random.interval(1));
  const data = { name: 'noise', role: 'train', x, labels, rows: Uint32Array.from({ length: 400 }, (_, i) => i) } as const;
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(), 200);
  const running = svc({ C: 1e9, kernel: 'linear', tol: 1e-12 }).train(data, [{ name: 'fit' }], {}, { ...stageContext(compute, []), signal: cancel.signal });
  await expect(running).rejects.toThrow();
  expect(cancel.signal.aborted).toBe(true);
});

test('probabilities by calibration', async () => {
  const model = await fitted(calibratedClassifier(svc(), { folds: 3 }), iris, compute);
  expect(await model.score(iris, context)).toBeGreaterThan(0.9);
});
