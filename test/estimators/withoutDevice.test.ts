// Logistic regression without a device: the same estimator, its kernels run by their references.
import { expect, test, vi } from 'vitest';
import fixture from '../fixtures/logistic.json' with { type: 'json' };
import { smallSet, stageContext, type SetName } from '../support/smallSets.ts';
import { testCompute } from '../support/compute.ts';
import type { Compute } from '../../src/core/compute.ts';
import { foldsOf } from '../../src/validation/folding.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import type { LogisticModel } from '../../src/estimators/logisticRegression/model.ts';
import { logLoss } from '../../src/metrics/probability.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';

interface FitRow {
  readonly data: SetName;
  readonly target: string;
  readonly label: string;
  readonly coef: number[][];
  readonly intercept: number[];
  readonly train_accuracy: number;
  readonly log_loss: number;
}
const fits = fixture.rows.filter((row) => 'coef' in row) as unknown as readonly FitRow[];

interface Case {
  readonly data: SetName;
  readonly target: 'binary' | 'multiclass';
  /** Of scikit-learn's fit, to the end of its numbers. */
  readonly label: 'tight' | 'C=0.01';
  readonly tol: number;
  /** So often each row, at a C so much smaller: the same best model. Small tables take the precise kernels, large ones the others. */
  readonly times: number;
  readonly kernels: readonly string[];
}
const PRECISE = ['precise_gradient', 'precise_margins'];
const CASES: readonly Case[] = [
  { data: 'iris', target: 'binary', label: 'tight', tol: 1e-9, times: 1, kernels: PRECISE },
  { data: 'iris', target: 'multiclass', label: 'C=0.01', tol: 1e-9, times: 1, kernels: PRECISE },
  { data: 'digits', target: 'binary', label: 'C=0.01', tol: 1e-9, times: 1, kernels: PRECISE },
  { data: 'iris', target: 'binary', label: 'tight', tol: 1e-7, times: 400, kernels: ['gradient', 'logistic_loss', 'margins'] },
  { data: 'iris', target: 'multiclass', label: 'tight', tol: 1e-7, times: 150, kernels: ['gradient', 'margins', 'softmax_loss'] },
  { data: 'digits', target: 'binary', label: 'C=0.01', tol: 1e-6, times: 2, kernels: ['gradient', 'logistic_loss', 'margins'] },
];
const setOf = ({ data, target }: Case) => smallSet(data, target === 'multiclass' ? undefined : data === 'digits' ? 2 : 1);

async function trainedOn(compute: Compute, one: Case): Promise<LogisticModel> {
  const { label, tol, times } = one;
  const set = setOf(one);
  const rows = Uint32Array.from({ length: set.rows.length * times }, (_, i) => set.rows[i % set.rows.length]!);
  const estimator = logisticRegression({ C: (label === 'tight' ? 1 : 0.01) / times, tol, maxIter: 2000 });
  const [trained] = await estimator.train({ ...set, rows }, [{ name: 'fit' }], {}, stageContext(compute));
  return trained!.model;
}

/** Native libraries of this process that are Dawn's. */
function loadedDawn(): readonly string[] {
  const { sharedObjects } = process.report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
  return sharedObjects.filter((path) => path.endsWith('dawn.node'));
}

const host = new ReferenceCompute();
const launches = vi.spyOn(host, 'launch');
const models = new Map<Case, LogisticModel>();

test.each(CASES)('$data, $target, $label, each row $times times: equals scikit-learn, and no Dawn is loaded', async (one) => {
  const row = fits.find(({ data, target, label }) => data === one.data && target === one.target && label === one.label)!;
  launches.mockClear();
  const model = await trainedOn(host, one);
  expect([...new Set(launches.mock.calls.map(([{ name }]) => name))].toSorted()).toEqual(one.kernels);
  models.set(one, model);
  const [set, context] = [setOf(one), stageContext(host)];
  const norm = Math.hypot(...row.coef.flat());
  const away = Math.hypot(...row.coef.flatMap((column, c) => column.map((value, j) => value - model.coef[c]![j]!)));
  expect(away / norm, 'coefficients').toBeLessThan(1e-3);
  const codes = set.labels.map((label) => model.classes.indexOf(label));
  const loss = logLoss(codes, await model.predictProba(set, context), model.classes.length);
  expect(Math.abs(loss - row.log_loss), 'log loss').toBeLessThan(1e-5);
  expect(Math.abs((await model.score(set, context)) - row.train_accuracy) * codes.length, 'rows predicted otherwise').toBeLessThanOrEqual(1);
  expect(loadedDawn()).toEqual([]);
});

test('folds trained together are held out, on the host too', async () => {
  const set = smallSet('iris', 1);
  const folds = foldsOf(set, { folds: 3, stratified: true });
  const jobs = [0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }));
  const trained = await logisticRegression({ tol: 1e-8, maxIter: 5000 }).train(set, jobs, { folds, need: 'decisions' }, stageContext(host));
  for (const { heldOut } of jobs) {
    const rows = set.rows.filter((row) => folds.fold[row] !== heldOut);
    const [alone] = await logisticRegression({ tol: 1e-8, maxIter: 5000 }).train({ ...set, rows }, [{ name: 'fit' }], {}, stageContext(host));
    trained[heldOut]!.model.coef[0]!.forEach((value, j) => expect(value).toBeCloseTo(alone!.model.coef[0]![j]!, 3));
  }
  expect(loadedDawn()).toEqual([]);
});

// Last: from here on this process has a device.
test("a device's models are the same within 1e-4", async () => {
  const device = await testCompute();
  expect(loadedDawn()).not.toEqual([]);
  for (const one of CASES) {
    const [own, other] = [models.get(one)!, await trainedOn(device, one)];
    const norm = Math.hypot(...other.coef.flatMap((column) => [...column]), ...other.intercept);
    const away = own.coef.flatMap((column, c) => [...column.map((value, j) => value - other.coef[c]![j]!), own.intercept[c]! - other.intercept[c]!]);
    expect(Math.hypot(...away) / norm, `${one.data}, ${one.target}, ${one.times} times`).toBeLessThan(1e-4);
  }
});
