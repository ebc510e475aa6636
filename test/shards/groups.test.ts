// Estimators that learn from sums by class, over shards: the same to the bit as on one machine.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { testCompute } from '../support/compute.ts';
import { expectClose } from '../support/figures.ts';
import { fleet, unbalanced, type Fleet } from '../support/shardedFits.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';
import {
  bernoulliNB,
  chain,
  gaussianNB,
  matrix,
  multinomialNB,
  nearestCentroid,
  standardize,
  type Dataset,
  type Estimator,
  type Features,
  type Matrix,
} from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { encode } from '../../src/core/encoding/encoding.ts';
import type { Shards } from '../../src/core/shards/shards.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';
import { storedMatrix } from '../../src/runtime/node/storedMatrix.ts';

const compute = await testCompute();
/** Five whole blocks of spans, as shards are cut, and a part of one. */
const [ROWS, COLS] = [5 * 8192 + 1301, 6];
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

type Rows = Dataset<'train', Features, 'classes'>;
const bytes = unbalanced(ROWS, COLS, { classes: 3 }) as unknown as Rows;
/** Thirds, and so nothing that float64 or f32 adds up exactly. */
const numbers = {
  ...bytes,
  x: matrix(
    ROWS,
    COLS,
    Float64Array.from((bytes.x as Matrix).data, (value, at) => value / 3 + (at % COLS)),
  ),
} as Rows;
const plain = (data: Rows): Rows => ({ ...data, weights: undefined }) as Rows;
/** As large by turns as float64 keeps no sum of, in whatever order it is taken. */
const random = new RandomState(3);
const turns = Array.from({ length: 1 + (ROWS >> 10) }, () => 2 ** (random.interval(40) - 20));
const sizes = new Float32Array(ROWS);
bytes.rows.forEach((id, i) => (sizes[id] = (1 + random.double()) * turns[i >> 10]!));
const scaled = { ...numbers, scaling: { shift: new Float64Array(COLS).fill(1.5), factor: new Float64Array(COLS).fill(0.7) } } as Rows;
const far = {
  ...numbers,
  x: matrix(
    ROWS,
    COLS,
    Float64Array.from((numbers.x as Matrix).data, (value, at) => value + 1e12 * Number((at / COLS) % 2 < 1)),
  ),
} as Rows;
const foldsOf = (rows: number) => ({ count: 3, fold: Uint8Array.from({ length: rows }, (_, i) => (i * 7) % 3) });
const FOLDS = foldsOf(ROWS);
/** So many sums that blocks are of as many tiles as they may be, and spans of two blocks of rows. */
const wide = unbalanced(2 * 8192 + 1301, 600, { classes: 255 }) as unknown as Rows;
const JOBS = [{ name: 'fit' }, ...[0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }))];

/** All that is learned, to the bit. */
async function trained(estimator: Estimator, data: Rows, shards?: Shards): Promise<readonly string[]> {
  const found = await estimator.train(data as never, JOBS, { folds: foldsOf(data.rows.length) }, contextWith(shards));
  return Promise.all(found.map(async ({ model }) => (await encode(model)).digest));
}

const one = gaussianNB() as unknown as Estimator;
const alone = await trained(one, numbers);

test('models of one machine are those of their rows, and folds are told from each other', async () => {
  const [, found] = await gaussianNB({ varSmoothing: 0 }).train(numbers as never, JOBS, { folds: FOLDS }, contextWith());
  const { data } = numbers.x as Matrix;
  const own = [...numbers.rows.keys()].filter((i) => FOLDS.fold[i] !== 0 && numbers.labels[numbers.rows[i]!] === 1);
  const weightOf = (i: number): number => numbers.weights![numbers.rows[i]!]!;
  const total = own.reduce((sum, i) => sum + weightOf(i), 0);
  const means = Array.from({ length: COLS }, (_, j) => own.reduce((sum, i) => sum + weightOf(i) * data[numbers.rows[i]! * COLS + j]!, 0) / total);
  expectClose(found!.model.fields.theta[1]!, means, 1e-6);
  expect(new Set(alone).size).toBe(4);
});

test.each([1, 2, 3, 5])('%d shards, a worker each', async (count) => {
  const { driver } = await fleetOf({ count });
  expect(await trained(one, numbers, driver)).toEqual(alone);
});

test.each<readonly [string, Estimator, Rows]>([
  ['bytes', one, bytes],
  ['bytes that count once', one, plain(bytes)],
  ['numbers without weights', one, plain(numbers)],
  ['scaled numbers', one, scaled],
  ['numbers that f32 does not tell apart', one, far],
  ['weights of all sizes', one, { ...numbers, weights: sizes }],
  ['bytes with weights of all sizes', multinomialNB() as never, { ...bytes, weights: sizes }],
  ['counts with weights of all sizes', multinomialNB() as never, { ...numbers, weights: sizes }],
  ['nearestCentroid of medians', nearestCentroid({ metric: 'manhattan' }) as never, bytes],
  ['nearestCentroid', nearestCentroid() as never, numbers],
  ['nearestCentroid that shrinks', nearestCentroid({ shrinkThreshold: 0.1 }) as never, bytes],
  ['a chain whose step is scaled', chain(standardize(), gaussianNB()) as never, numbers],
  ['counts of bytes', multinomialNB() as never, bytes],
  ['counts of bytes that count once', multinomialNB() as never, plain(bytes)],
  ['counts of numbers', multinomialNB() as never, numbers],
  ['scaled counts', multinomialNB() as never, { ...bytes, scaling: { shift: new Float64Array(COLS), factor: new Float64Array(COLS).fill(0.7) } }],
  ['features that are there', bernoulliNB({ binarize: 70 }) as never, bytes],
  ['numbers above another', bernoulliNB({ binarize: 21.5 }) as never, numbers],
])('%s', async (_, estimator, data) => {
  const { driver } = await fleetOf({ count: 5 }, 2);
  expect(await trained(estimator, data, driver)).toEqual(await trained(estimator, data));
});

test('blocks of more rows than the usual spans', async () => {
  const { driver } = await fleetOf({ count: 3 }, 2);
  const [jobs, rows] = [[JOBS[1]!], { ...wide, weights: wide.weights!.map((weight, i) => weight * turns[i >> 10]!) }];
  const learned = async (shards?: Shards): Promise<string> => {
    const [found] = await one.train(rows as never, jobs, { folds: foldsOf(wide.rows.length) }, contextWith(shards));
    return (await encode(found!.model)).digest;
  };
  expect(await learned(driver)).toBe(await learned());
});

test('rows that are stored', async () => {
  const { driver, folder } = await fleetOf({ count: 2 });
  const path = join(folder, 'rows.f64');
  writeFileSync(path, new Uint8Array((numbers.x as Matrix).data.buffer));
  const x = await storedMatrix(path, { rows: ROWS, cols: COLS, dtype: 'f64' });
  expect(await trained(one, { ...numbers, x }, driver)).toEqual(alone);
  const counts = multinomialNB() as never;
  expect(await trained(counts, { ...numbers, x }, driver)).toEqual(await trained(counts, numbers));
});

describe('faults', () => {
  test.each([0, 1, 2])('a worker that is lost after %d answers', async (answers) => {
    const { driver, add } = await fleetOf({ count: 3, least: 2 }, 1);
    let left = answers;
    add((frame, pass, line) => (frame.kind === 'answer' && left-- === 0 ? void line.destroy() : pass(frame)));
    expect(await trained(one, numbers, driver)).toEqual(alone);
    expect(driver.workers).toBe(1);
  });

  test('sparse rows are refused, and a row that cannot count is named as on one machine', async () => {
    const { driver } = await fleetOf({ count: 2 });
    const few = sparseOf(
      matrix(
        ROWS,
        100,
        Float32Array.from({ length: ROWS * 100 }, (_, at) => Number(at % 100 === Math.floor(at / 100) % 99)),
      ),
    );
    for (const estimator of [one, multinomialNB() as never]) {
      await expect(trained(estimator, { ...numbers, x: few }, driver)).rejects.toThrow(/sparse rows, and those do not shard/);
    }
    for (const wrong of [-1, Infinity]) {
      const data = (numbers.x as Matrix).data.slice() as Float64Array<ArrayBuffer>;
      data[39000 * COLS + 4] = wrong;
      const reason = (shards?: Shards): Promise<unknown> =>
        trained(multinomialNB() as never, { ...numbers, x: matrix(ROWS, COLS, data) }, shards).catch((error: Error) => error.message);
      expect(await reason()).toMatch(/39000/);
      expect(await reason(driver)).toBe(await reason());
    }
  });
});
