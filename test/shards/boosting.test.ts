// Boosting over shards: the same to the bit as on one machine, whatever becomes of workers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { testCompute } from '../support/compute.ts';
import { fleet, unbalanced, type Fleet } from '../support/shardedFits.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';
import {
  histGradientBoostingClassifier,
  histGradientBoostingRegressor,
  matrix,
  type Dataset,
  type Estimator,
  type Features,
  type Matrix,
} from '../../src/api.ts';
import { encode } from '../../src/core/encoding/encoding.ts';
import type { Shards } from '../../src/core/shards/shards.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';
import { MOST_ROWS } from '../../src/estimators/boosting/columns/thresholds.ts';
import { storedMatrix } from '../../src/runtime/node/storedMatrix.ts';

const sooner = vi.hoisted(() => ({ device: false }));
vi.mock('../../src/estimators/boosting/growth/device.ts', async (original) => ({
  ...(await original<typeof import('../../src/estimators/boosting/growth/device.ts')>()),
  countsSooner: async () => sooner.device,
}));

const compute = await testCompute();
/** Three whole spans and a part of one. */
const [ROWS, COLS] = [3 * 4096 + 1301, 6];
const open: Fleet[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
const fleetOf = async (...options: Parameters<typeof fleet> extends [unknown, ...infer R] ? R : never): Promise<Fleet> => {
  const made = await fleet(compute, ...options);
  open.push(made);
  return made;
};
const contextWith = (shards?: Shards): StageContext => ({ ...stageContext(compute), ...(shards ? { shards } : {}) });
type Rows = Dataset<'train', Features>;

const FOLDS = { count: 2, fold: Uint8Array.from({ length: ROWS }, (_, i) => (i * 7) % 2) };
const JOBS = [{ name: 'fit' }, { name: 'fold 1', heldOut: 1 }];
const FIT = JOBS.slice(0, 1);

/** All that is learned, to the bit. */
async function trained(estimator: unknown, data: Rows, shards?: Shards, jobs: readonly { readonly name: string }[] = FIT): Promise<readonly string[]> {
  const found = await (estimator as Estimator).train(data as never, jobs, { folds: FOLDS }, contextWith(shards));
  return Promise.all(found.map(async ({ model }) => (await encode(model)).digest));
}

const numbers = unbalanced(ROWS, COLS, { dtype: 'f32' });
const bytes = unbalanced(ROWS, COLS);
const data = (numbers.x as Matrix).data as Float32Array<ArrayBuffer>;
/** Column 0 has few whole numbers, column 1 gaps in few rows, column 2 in the last rows alone. */
const gappy = {
  ...numbers,
  x: matrix(
    ROWS,
    COLS,
    data.map((value, at) => {
      const [row, j] = [Math.floor(at / COLS), at % COLS];
      if (j === 0) return row % 50 === 0 ? NaN : Math.floor(value * 5);
      return (j === 1 && row % 31 === 0) || (j === 2 && row === numbers.rows.at(-1)) ? NaN : value;
    }),
  ),
};
const kinds = Array.from({ length: 20 }, (_, code) => `kind ${(code * 7) % 20}`);
const named = { ...gappy, x: { ...gappy.x, categories: Array.from({ length: COLS }, (_, j) => (j === 0 ? kinds : null)) } };
const valued = (rows: Rows, least = 0): Rows => {
  const { labels, ...bare } = rows as Rows & { labels: Uint8Array };
  return {
    ...bare,
    values: matrix(
      ROWS,
      1,
      Float64Array.from(labels, (label, row) => least + label * 3 + (data[row * COLS + 1]! % 1)),
    ),
  } as never;
};
const plain = (rows: Rows): Rows => ({ ...rows, weights: undefined }) as Rows;

const one = histGradientBoostingClassifier({ maxIter: 8, seed: 1 });
const alone = await trained(one, numbers, undefined, JOBS);

test('one machine grows trees that tell folds from each other', async () => {
  const [found] = await one.train(numbers as never, FIT, {}, contextWith());
  expect(found!.model.fields.roots.length).toBe(8);
  expect(found!.model.fields.feature.length).toBeGreaterThan(8 * 11);
  expect(found!.model.fields.validationScore!.at(-1)).toBeGreaterThan(found!.model.fields.validationScore![0]!);
  expect(new Set(alone).size).toBe(2);
});

test.each([1, 2, 3, 5])('%d shards, a worker each', async (count) => {
  const { driver } = await fleetOf({ count });
  expect(await trained(one, numbers, driver, JOBS)).toEqual(alone);
});

const few = { maxIter: 5, seed: 2 };
test.each<readonly [string, unknown, Rows]>([
  ['bytes with weights', one, bytes],
  ['bytes that are categories', histGradientBoostingClassifier({ ...few, categoricalFeatures: [3], maxBins: 160 }), plain(bytes)],
  ['four classes', histGradientBoostingClassifier({ ...few, classWeight: 'balanced' }), unbalanced(ROWS, COLS, { classes: 4 })],
  ['gaps', histGradientBoostingClassifier(few), gappy],
  ['numbers that are categories', histGradientBoostingClassifier({ ...few, categoricalFeatures: [0] }), gappy],
  ['names', histGradientBoostingClassifier(few), named],
  ['few leaves', histGradientBoostingClassifier({ ...few, maxDepth: 2, minSamplesLeaf: 900, maxBins: 9, l2Regularization: 1 }), numbers],
  ['no early stopping', histGradientBoostingClassifier({ ...few, earlyStopping: false }), numbers],
  ['stopping by the rows trained on', histGradientBoostingClassifier({ ...few, maxIter: 30, validationFraction: null, nIterNoChange: 2, tol: 0.02 }), numbers],
  ['stopping by most rows', histGradientBoostingClassifier({ ...few, maxIter: 30, validationFraction: 0.8, nIterNoChange: 2, tol: 0.02 }), numbers],
  ['values', histGradientBoostingRegressor(few), plain(valued(numbers))],
  ['values with weights', histGradientBoostingRegressor(few), valued(gappy)],
  ['counts', histGradientBoostingRegressor({ ...few, loss: 'poisson' }), valued(numbers)],
])('%s', async (_, estimator, rows) => {
  const { driver } = await fleetOf({ count: 3 }, 2);
  expect(await trained(estimator, rows, driver)).toEqual(await trained(estimator, rows));
});

test('a shard stops when one machine does, and not before', async () => {
  const stops = histGradientBoostingClassifier({ ...few, maxIter: 30, nIterNoChange: 2, tol: 0.02 });
  const { driver } = await fleetOf({ count: 2 });
  const rounds = async (shards?: Shards): Promise<number> => (await stops.train(numbers as never, FIT, {}, contextWith(shards)))[0]!.model.fields.roots.length;
  const said = await rounds(driver);
  expect(said).toBeGreaterThan(2);
  expect(said).toBeLessThan(30);
  expect(said).toBe(await rounds());
});

test('more rows than columns are cut by, which a device counts', async () => {
  const rows = unbalanced(MOST_ROWS + 5000, 11, { dtype: 'f32' });
  const apart = (rows.x as Matrix).data.map((value, at) => (at === 11 * MOST_ROWS + 4 ? NaN : value + (at % 7919) / 7919));
  const many = { ...rows, x: matrix(rows.x.rows, 11, apart as Float32Array) };
  const { driver } = await fleetOf({ count: 1 });
  const quick = histGradientBoostingClassifier({ maxIter: 2, maxLeafNodes: 5, seed: 3, categoricalFeatures: [] });
  const here = await trained(quick, many);
  sooner.device = true;
  expect(await trained(quick, many, driver)).toEqual(here);
  sooner.device = false;
  const three = await fleetOf({ count: 3 }, 1);
  expect(await trained(quick, plain(many), three.driver)).toEqual(await trained(quick, plain(many)));
});

test('rows that are stored', async () => {
  const { driver, folder } = await fleetOf({ count: 3 }, 2);
  const path = join(folder, 'rows.f32');
  writeFileSync(path, new Uint8Array(gappy.x.data.buffer as ArrayBuffer));
  const x = await storedMatrix(path, { rows: ROWS, cols: COLS, dtype: 'f32' });
  const some = histGradientBoostingClassifier({ ...few, categoricalFeatures: [0] });
  expect(await trained(some, { ...gappy, x } as Rows, driver)).toEqual(await trained(some, gappy));
});

describe('faults', () => {
  test.each([0, 1, 3, 40, 111])('a worker that is lost after %d answers', async (answers) => {
    const { driver, add } = await fleetOf({ count: 3, least: 2 }, 1);
    let left = answers;
    add((frame, pass, line) => (frame.kind === 'answer' && left-- === 0 ? void line.destroy() : pass(frame)));
    expect(await trained(one, named, driver)).toEqual(await trained(one, named));
    expect(driver.workers).toBe(1);
  });

  test('a worker that is lost while trees of four classes grow', async () => {
    const { driver, add } = await fleetOf({ count: 3, least: 2 }, 1);
    let left = 50;
    add((frame, pass, line) => (frame.kind === 'answer' && left-- === 0 ? void line.destroy() : pass(frame)));
    const rows = unbalanced(ROWS, COLS, { classes: 4 });
    const four = histGradientBoostingClassifier(few);
    expect(await trained(four, rows, driver)).toEqual(await trained(four, rows));
    expect(driver.workers).toBe(1);
  });

  test('medians and sparse rows are refused; what cannot be is named as on one machine', async () => {
    const { driver } = await fleetOf({ count: 2 });
    await expect(trained(histGradientBoostingRegressor({ loss: 'absoluteError' }), valued(numbers), driver)).rejects.toThrow(
      /histGradientBoostingRegressor with loss 'absoluteError' does not shard/,
    );
    const sparse = sparseOf(matrix(ROWS, 100, new Float32Array(ROWS * 100)));
    await expect(trained(one, { ...numbers, x: sparse } as Rows, driver)).rejects.toThrow(/sparse rows, and those do not shard/);
    const reason = (estimator: unknown, rows: Rows, shards?: Shards): Promise<unknown> =>
      trained(estimator, rows, shards).catch((error: Error) => error.message);
    const infinite = { ...numbers, x: matrix(ROWS, COLS, data.slice()) };
    infinite.x.data[9000 * COLS + 4] = Infinity;
    const many = histGradientBoostingClassifier({ categoricalFeatures: [3], maxBins: 20 });
    for (const [estimator, rows, said] of [
      [one, infinite, /9000/],
      [many, numbers, /categories; 20 at most/],
    ] as const) {
      expect(await reason(estimator, rows)).toMatch(said);
      expect(await reason(estimator, rows, driver)).toBe(await reason(estimator, rows));
    }
  });
});
