// Tables as people have them, against scikit-learn 1.9 and against float64: large, small and constant columns, rare classes.
import { describe, expect, test } from 'vitest';
import fixture from '../fixtures/ordinary-tables.json' with { type: 'json' };
import { testCompute } from '../support/compute.ts';
import { compare, isRight, LIMITS } from '../support/sweep.ts';
import { stageContext } from '../support/smallSets.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { logisticModel, type LogisticModel } from '../../src/estimators/logisticRegression/model.ts';
import { referenceFit, tableOf } from '../support/ordinaryTables.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { tilesOnDevice } from '../../src/estimators/rows/tilesOnDevice.ts';
import { scoreOf, type Scoring } from '../../src/metrics/scorers.ts';
import { batchesFor } from '../../src/validation/foldWarnings.ts';
import { standardScaling } from '../support/standardScaling.ts';

const compute = await testCompute();

interface Table {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly scikitLearn: {
    readonly coef?: readonly (readonly number[])[];
    readonly iterations?: number;
    readonly accuracy?: number;
    readonly folds: Readonly<Partial<Record<Scoring, readonly number[]>>>;
  };
}

function dataOf({ x, y }: Table): Dataset<'train'> {
  const data = matrix(x.length, x[0]!.length, Float32Array.from(x.flat()));
  return { name: 'table', role: 'train', x: data, labels: Uint8Array.from(y), rows: Uint32Array.from(y.keys()) };
}

const ALLOWED: Readonly<Partial<Record<Scoring, number>>> = { negLogLoss: LIMITS.logLoss, rocAuc: LIMITS.auc, averagePrecision: LIMITS.auc };

async function train(table: Table, options: Parameters<typeof logisticRegression>[0], events: RunEvent[] = [], scaled = false) {
  const plain = dataOf(table);
  const data = scaled ? { ...plain, scaling: await standardScaling(plain) } : plain;
  const context = stageContext(compute, events);
  const [folds] = await batchesFor(data, { folds: 5, stratified: true }, context);
  const jobs = [{ name: 'fit' }, ...[0, 1, 2, 3, 4].map((heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut }))];
  const [fit, ...rest] = await logisticRegression(options).train(data, jobs, { folds, need: 'decisions' }, context);
  const evaluation = await fit!.model.evaluate(data, 'decisions', context);
  return { model: fit!.model, evaluation, folds: rest.map(({ heldOut }) => heldOut!) };
}

type Trained = Awaited<ReturnType<typeof train>>;

function expectScores({ model, evaluation, folds }: Trained, { scikitLearn, y }: Table): void {
  const { coef, iterations, folds: expected, ...scores } = scikitLearn;
  for (const [name, score] of Object.entries(scores) as [Scoring, number][]) {
    expect(Math.abs(scoreOf(name, evaluation) - score), name).toBeLessThanOrEqual(ALLOWED[name] ?? 1 / y.length);
  }
  for (const [name, each] of Object.entries(expected) as [Scoring, number[]][]) {
    each.forEach((score, i) => {
      const rows = folds[i]!.truth!.length;
      expect(Math.abs(scoreOf(name, folds[i]!) - score), `${name} of fold ${i + 1}`).toBeLessThanOrEqual(ALLOWED[name] ?? 1 / rows);
    });
  }
  if (iterations !== undefined) expect(model.nIter).toBe(iterations);
  if (!coef) return;
  const norm = Math.hypot(...coef.flat());
  expect(Math.hypot(...coef.flatMap((column, c) => column.map((value, j) => value - model.coef[c]![j]!))) / norm).toBeLessThan(LIMITS.coef);
}

describe("scikit-learn's scores, coefficients and iterations", () => {
  test('of a softmax with a column a million times larger than the others', async () => {
    const events: RunEvent[] = [];
    const trained = await train(fixture.largeColumn, { maxIter: 3000 }, events);
    expectScores(trained, fixture.largeColumn);
    const { coef } = trained.model;
    coef[0]!.forEach((_, j) => expect(Math.abs(coef[0]![j]! + coef[1]![j]! + coef[2]![j]!)).toBeLessThan(1e-12));
    expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
  });

  test('of a constant column of Unix times, standardised: its coefficient is exactly 0', async () => {
    const trained = await train(fixture.constantColumn, {}, [], true);
    expectScores(trained, fixture.constantColumn);
    expect(trained.model.coef[0]![2]).toBe(0);
  });

  test('of slopes that are small beside the intercept: rows keep their order', async () =>
    expectScores(await train(fixture.slopesSmallBesideTheLevel, {}), fixture.slopesSmallBesideTheLevel));

  test('of a fold whose training rows lack a class, with a warning', async () => {
    const events: RunEvent[] = [];
    expectScores(await train(fixture.rareClass, {}, events), fixture.rareClass);
    expect(events.filter((event) => event.type === 'warning').map(({ message }) => message)).toEqual([
      'Class 2 of table has 1 row, fewer than the 5 folds: some folds hold out none of it.',
      'All rows of class 2 of table are in fold 1: it trains on none of them, so it predicts them wrong.',
    ]);
  });
});

test('a fold that leaves one class has no score; the others have theirs', async () => {
  const data = dataOf({ x: [[0], [1], [2], [3], [4], [5]], y: [0, 0, 0, 1, 1, 1], scikitLearn: { folds: {} } });
  const folds = { count: 2, fold: Uint8Array.of(0, 0, 1, 1, 1, 1) };
  const jobs = [0, 1].map((heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut }));
  const [first, second] = await logisticRegression().train(data, jobs, { folds }, stageContext(compute));
  expect(scoreOf('accuracy', first!.heldOut!)).toBeGreaterThan(0);
  expect(scoreOf('accuracy', second!.heldOut!)).toBeNaN();
  expect(second!.heldOut!.failed).toMatch(/all have label 0/);
});

test.each([
  { set: 'blobs', classes: 2, scale: 1e8, ratio: 1, standardised: false },
  { set: 'digits', classes: 3, scale: 1e-8, ratio: 1e3, standardised: false },
  { set: 'blobs', classes: 10, scale: 1e-4, ratio: 1e7, standardised: true },
  { set: 'digits', classes: 2, scale: 1e4, ratio: 1e5, standardised: true },
  { set: 'digits', classes: 3, scale: 1, ratio: 0, constant: 1e10, standardised: true },
] as const)('float64 on the host, from Float64Array: %j', async (cell) => {
  const figures = await compare(cell, compute);
  expect(isRight(figures), JSON.stringify(figures)).toBe(true);
  expect(figures.warned).toBe(false);
});

test('a column that hides the others, where float64 gives up at the majority class, is trained to the end', async () => {
  const table = tableOf({ set: 'blobs', classes: 2, scale: 1e6, ratio: 100, standardised: false });
  const reference = referenceFit(table, undefined, { tol: 1e-4, maxIter: 3000 });
  const said = Array.from(reference.decisions, (decision) => (decision > 0 ? 1 : 0));
  expect(said.filter((code, row) => code === table.labels[row]).length / 80).toBe(0.5);
  const events: RunEvent[] = [];
  const [trained] = await logisticRegression({ maxIter: 3000 }).train(table, [{ name: 'fit' }], {}, stageContext(compute, events));
  expect(trained!.model.summary).toMatchObject({ status: 'flat', trainAccuracy: 1 });
  expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
});

test('a grid walked over folds that lack a class starts each point from the model of its own fold', async () => {
  const data = dataOf(fixture.rareClass);
  const folds = { count: 2, fold: Uint8Array.from(data.labels, (label, row) => (label === 2 ? 0 : row % 2)) };
  const jobs = (start?: readonly { readonly model: LogisticModel }[]) =>
    [0, 1].map((heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut, ...(start ? { start: start[heldOut]!.model } : {}) }));
  const first = await logisticRegression({ C: 0.1 }).train(data, jobs(), { folds }, stageContext(compute));
  const second = await logisticRegression({ C: 0.1 }).train(data, jobs(first), { folds }, stageContext(compute));
  expect(second.map(({ model }) => model.classes)).toEqual([
    [0, 1],
    [0, 1, 2],
  ]);
  expect(second.map(({ model }) => model.nIter)).toEqual([0, 0]);
});

test('durations between Unix times of years are told to the second', async () => {
  const random = new RandomState(3);
  const rows = 300;
  const times = new Float64Array(2 * rows);
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = 1.4e9 + Math.floor((random.uint32() / 2 ** 32) * 3e8);
    const seconds = random.interval(59);
    times.set([start, start + seconds], 2 * row);
    labels[row] = seconds > 30 ? 1 : 0;
  }
  const model = logisticModel({ coef: [Float64Array.of(-1, 1)], intercept: [-30.5], classes: [0, 1], nIter: 0, binarized: false, summary: {} });
  const data = { name: 'times', role: 'test' as const, x: matrix(rows, 2, times), labels, rows: Uint32Array.from(labels.keys()) };
  expect(await model.score(data, stageContext(compute))).toBe(1);
});

test('a Unix time as Float64Array keeps its seconds', async () => {
  const start = 1_700_000_000;
  const seconds = Float64Array.from({ length: 60 }, (_, i) => start + i);
  const plain: Dataset<'train'> = {
    name: 'times',
    role: 'train',
    x: matrix(60, 1, seconds),
    labels: Uint8Array.from(seconds, (second) => (second < start + 30 ? 0 : 1)),
    rows: Uint32Array.from(seconds.keys()),
  };
  const data = { ...plain, scaling: await standardScaling(plain) };
  const context = stageContext(compute);
  const [trained] = await logisticRegression({ C: 1000 }).train(data, [{ name: 'fit' }], {}, context);
  expect(await trained!.model.score(data, context)).toBe(1);
  expect((await trained!.model.predictRow(Float64Array.of(start + 45), context)).prediction).toBe(1);
});

test('20 rows of 100 000 columns take little more of the device than they hold', async () => {
  const wide = { name: 'wide', x: matrix(20, 100_000, new Float32Array(2e6)), rows: Uint32Array.from({ length: 20 }, (_, i) => i) };
  const before = compute.liveBytes();
  const rows = await tilesOnDevice(compute, wide);
  expect(compute.liveBytes() - before).toBeLessThan(2 * 8e6);
  rows.release();
});
