// What must hold of logistic regression on any table: changes that say the same give the same. fast-check draws the tables.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matrix } from '../../src/core/data/matrix.ts';
import type { Dataset, Scaling } from '../../src/core/data/dataset.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { logisticRegression, type LogisticRegressionOptions } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';
import { standardScaling } from '../support/standardScaling.ts';
import { referenceFit, reordered } from '../support/ordinaryTables.ts';
import { stageContext } from '../support/smallSets.ts';
import { probabilities } from '../../src/metrics/probability.ts';

/** How far probabilities may differ: the ends of two searches at the tolerances below differ by less. */
const CLOSE = 2e-4;

interface Draw {
  readonly seed: number;
  readonly rows: number;
  readonly cols: number;
  readonly classes: number;
}

const draws = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  rows: fc.integer({ min: 12, max: 40 }),
  cols: fc.integer({ min: 1, max: 4 }),
  classes: fc.constantFrom(2, 3),
});

type Table = Dataset<'train'> & { readonly x: { readonly data: Float64Array } };

function tableOf({ seed, rows, cols, classes }: Draw): Table {
  const random = new RandomState(seed);
  const labels = Uint8Array.from({ length: rows }, (_, i) => i % classes);
  const x = Float64Array.from({ length: rows * cols }, (_, i) => random.uint32() / 2 ** 31 - 1 + (Math.floor(i / cols) % classes) * 0.6);
  return of(x, labels, cols);
}

function of(x: Float64Array, labels: Dataset['labels'], cols: number): Table {
  const rows = labels.length;
  return { name: 'draw', role: 'train', x: matrix(rows, cols, x), labels, rows: Uint32Array.from({ length: rows }, (_, i) => i) };
}

interface Options extends LogisticRegressionOptions {
  readonly on?: Dataset;
}

/** Probabilities of `on`, or of the rows trained on, by a model of `table`. */
async function fitted(compute: GpuCompute, table: Dataset<'train'>, { on = table, ...options }: Options = {}): Promise<Float64Array> {
  const context = stageContext(compute);
  const [trained] = await logisticRegression({ tol: 1e-6, maxIter: 5000, ...options }).train(table, [{ name: 'fit' }], {}, context);
  return trained!.model.predictProba(on, context);
}

function expectClose(a: Float64Array, b: ArrayLike<number>): void {
  expect(a.length).toBe(b.length);
  expect(Math.max(...a.map((p, i) => Math.abs(p - b[i]!)))).toBeLessThan(CLOSE);
}

/** Of one draw; the second device is there where the machine has two. */
const PROPERTIES: Readonly<Record<string, (draw: Draw, compute: GpuCompute, other: GpuCompute | undefined) => Promise<void>>> = {
  'rows in another order': async (draw, compute) => {
    const table = tableOf(draw);
    const order = new RandomState(draw.seed + 1).permutation(draw.rows);
    expectClose(await fitted(compute, reordered(table, order), { on: table }), await fitted(compute, table));
  },
  'columns in another order and other units, without a penalty': async (draw, compute) => {
    const plain = tableOf(draw);
    // Every row once with another label too: no line separates the classes, so there is a best one.
    const labels = Uint8Array.from([...plain.labels, ...plain.labels.map((label) => (label + 1) % draw.classes)]);
    const table = of(Float64Array.from([...plain.x.data, ...plain.x.data]), labels, draw.cols);
    const random = new RandomState(draw.seed + 1);
    const units = Float64Array.from({ length: draw.cols }, () => 10 ** (random.interval(2) - 1));
    const levels = Float64Array.from({ length: draw.cols }, () => random.interval(6) - 3);
    const order = random.permutation(draw.cols);
    const moved = table.x.data.map((_, i) => {
      const column = order[i % draw.cols]!;
      return (table.x.data[i - (i % draw.cols) + column]! + levels[column]!) * units[column]!;
    });
    const options = { C: Infinity, tol: 1e-9 };
    expectClose(await fitted(compute, of(moved, labels, draw.cols), options), await fitted(compute, table, options));
  },
  'a weight of 2 is a row twice': async (draw, compute) => {
    const table = tableOf(draw);
    const weights = Float32Array.from(table.rows, (row) => (row % 3 === 0 ? 2 : 1));
    const twice = Uint32Array.from([...table.rows].flatMap((row) => (weights[row] === 2 ? [row, row] : [row])));
    expectClose(await fitted(compute, { ...table, weights }), await fitted(compute, { ...table, rows: twice }, { on: table }));
  },
  'labels of other names': async (draw, compute) => {
    const table = tableOf(draw);
    const names = new RandomState(draw.seed + 1).permutation(9).subarray(0, draw.classes);
    const ascending = [...names].toSorted((a, b) => a - b);
    const renamed = await fitted(compute, { ...table, labels: table.labels.map((label) => names[label]!) });
    const plain = await fitted(compute, table);
    expectClose(
      renamed,
      plain.map((_, i) => plain[i - (i % draw.classes) + names.indexOf(ascending[i % draw.classes]!)]!),
    );
  },
  'a constant column more, standardised': async (draw, compute) => {
    const table = tableOf(draw);
    const constant = [0, 1, -3.7, 1e10, 1.7e9][draw.seed % 5]!;
    const wider = new Float64Array(draw.rows * (draw.cols + 1)).fill(constant);
    table.rows.forEach((row) => wider.set(table.x.data.subarray(row * draw.cols, (row + 1) * draw.cols), row * (draw.cols + 1)));
    const scaled = async (one: Table): Promise<Dataset<'train'> & { readonly scaling: Scaling }> => ({ ...one, scaling: await standardScaling(one) });
    const more = await scaled(of(wider, table.labels, draw.cols + 1));
    const context = stageContext(compute);
    const [trained] = await logisticRegression({ tol: 1e-6, maxIter: 5000 }).train(more, [{ name: 'fit' }], {}, context);
    for (const column of trained!.model.coef) expect(column.at(-1)).toBe(0);
    expectClose(await trained!.model.predictProba(more, context), await fitted(compute, await scaled(table)));
  },
  'folds as masks are folds as copies': async (draw, compute) => {
    const table = tableOf(draw);
    const fold = Uint8Array.from(table.rows, (row) => Math.floor(row / draw.classes) % 3);
    const jobs = [0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }));
    const masked = await logisticRegression({ tol: 1e-6, maxIter: 5000 }).train(
      table,
      jobs,
      { folds: { count: 3, fold }, need: 'decisions' },
      stageContext(compute),
    );
    for (const { heldOut } of jobs) {
      const part = (held: boolean): Dataset<'train'> => ({ ...table, rows: table.rows.filter((row) => (fold[row] === heldOut) === held) });
      expectClose(await fitted(compute, part(false), { on: part(true) }), masked[heldOut]!.heldOut!.probabilities!);
    }
  },
  'another adapter, and float64 on the host': async (draw, compute, other) => {
    const table = tableOf(draw);
    const { decisions } = referenceFit(table, undefined, { tol: 1e-6, maxIter: 5000 });
    const expected = probabilities(decisions, draw.classes);
    for (const device of other ? [compute, other] : [compute]) expectClose(await fitted(device, table), expected);
  },
};

/** Registers a test a property. @param runs draws of each */
export function checkProperties(compute: GpuCompute, other: GpuCompute | undefined, runs: number): void {
  test.each(Object.entries(PROPERTIES))('%s', { timeout: 1_800_000 }, (_, holds) =>
    fc.assert(
      fc.asyncProperty(draws, (draw) => holds(draw, compute, other)),
      { numRuns: runs },
    ),
  );
}
