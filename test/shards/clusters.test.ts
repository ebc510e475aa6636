// k-means over shards: the same to the bit as on one machine, from the rows that are drawn to the inertia.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { testCompute } from '../support/compute.ts';
import { fleet, unbalanced, type Fleet } from '../support/shardedFits.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';
import { chain, kMeans, matrix, standardize, type Dataset, type Estimator, type KMeansOptions, type Matrix } from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { encode } from '../../src/core/encoding/encoding.ts';
import type { Shards } from '../../src/core/shards/shards.ts';
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

type Rows = Dataset<'train'>;
const weighted: Rows = unbalanced(ROWS, COLS, { classes: 3 });
const bytes: Rows = { ...weighted, weights: undefined };
const numbersOf = (own: Rows, add = 0): Rows => ({
  ...own,
  x: matrix(
    own.x.rows,
    own.x.cols,
    Float64Array.from((own.x as Matrix).data, (value, at) => value / 3 + (at % COLS) + add * (Math.floor(at / COLS) % 2)),
  ),
});
const numbers = numbersOf(weighted);

async function trained(options: KMeansOptions, data: Rows, shards?: Shards, estimator: Estimator = kMeans({ maxIter: 6, ...options }) as never) {
  const context = { ...stageContext(compute), ...(shards ? { shards } : {}) };
  const [found] = await estimator.train(data as never, [{ name: 'fit' }], {}, context);
  return (await encode(found!.model)).digest;
}

const OPTIONS = { nClusters: 5, seed: 4 };
const alone = await trained(OPTIONS, numbers);

test('seeds and numbers of starts tell models apart', async () => {
  expect(new Set([alone, await trained({ ...OPTIONS, seed: 5 }, numbers), await trained({ ...OPTIONS, maxIter: 7 }, numbers)]).size).toBe(3);
});

test.each([1, 2, 3, 5])('%d shards, a worker each', async (count) => {
  const { driver } = await fleetOf({ count });
  expect(await trained(OPTIONS, numbers, driver)).toBe(alone);
});

/** Rows of one number each in column 0, and so more clusters than kinds of rows. */
const kinds = matrix(
  ROWS,
  2,
  Uint8Array.from({ length: ROWS * 2 }, (_, at) => (at % 2 === 0 ? (at / 2) % 4 : 7)),
);
/** As near to two centers each, but for rounding: more rows than float64 is to tell of all, and not of a shard. */
const TIED = 64;
const tied = ((): { readonly data: Rows; readonly init: number[][] } => {
  const random = new RandomState(6);
  const x = matrix(
    ROWS,
    TIED,
    Uint8Array.from({ length: ROWS * TIED }, (_, at) => (at % TIED === TIED - 1 ? 1 : random.interval(9))),
  );
  const shared = Array.from({ length: TIED - 1 }, () => 4 + random.double() / 3);
  return { data: { ...bytes, x }, init: Array.from({ length: 8 }, (_, k) => [...shared, 1 + (k % 2 === 0 ? 1 : -1) * (2 / 3 - 1e-9 * k)]) };
})();

test.each<readonly [string, KMeansOptions, Rows]>([
  ['bytes that count once', OPTIONS, bytes],
  ['bytes until no row moves', { ...OPTIONS, tol: 0, maxIter: 300, nClusters: 3 }, bytes],
  ['bytes with weights', OPTIONS, weighted],
  ['numbers without weights', OPTIONS, numbersOf(bytes)],
  ['several starts', { ...OPTIONS, nInit: 3 }, numbers],
  ['several starts of bytes', { ...OPTIONS, nInit: 3 }, bytes],
  ['more clusters than products take', { ...OPTIONS, nClusters: 40, maxIter: 2 }, numbers],
  ['centers that are given', { nClusters: 2, init: [new Array<number>(COLS).fill(3), new Array<number>(COLS).fill(30)] }, numbers],
  [
    'clusters without rows',
    {
      nClusters: 3,
      init: [
        [20, 20, 20, 20, 20, 20],
        [900, 0, 0, 0, 0, 0],
        [0, 900, 0, 0, 0, 0],
      ],
    },
    numbers,
  ],
  ['more clusters than kinds of rows', { ...OPTIONS, nClusters: 6 }, { ...bytes, x: kinds }],
  ['scaled numbers', OPTIONS, { ...numbers, scaling: { shift: new Float64Array(COLS).fill(1.5), factor: new Float64Array(COLS).map((_, j) => 0.3 + j) } }],
  ['numbers that f32 does not tell apart', { ...OPTIONS, maxIter: 2 }, numbersOf(weighted, 1e13)],
  ['rows about as near to two centers', { nClusters: 8, init: tied.init, maxIter: 1 }, tied.data],
])('%s', async (_, options, data) => {
  const { driver } = await fleetOf({ count: 5 }, 2);
  expect(await trained(options, data, driver)).toBe(await trained(options, data));
});

test('a chain whose step is scaled', async () => {
  const { driver } = await fleetOf({ count: 3 });
  const chained = chain(standardize(), kMeans({ ...OPTIONS, maxIter: 4 })) as never;
  expect(await trained({}, numbers, driver, chained)).toBe(await trained({}, numbers, undefined, chained));
});

test('rows that are stored', async () => {
  const { driver, folder } = await fleetOf({ count: 2 });
  const path = join(folder, 'rows.f64');
  writeFileSync(path, new Uint8Array((numbers.x as Matrix).data.buffer));
  const x = await storedMatrix(path, { rows: ROWS, cols: COLS, dtype: 'f64' });
  expect(await trained(OPTIONS, { ...numbers, x }, driver)).toBe(alone);
});

describe('faults', () => {
  test.each([0, 1, 4, 8])('a worker that is lost after %d answers', async (answers) => {
    const { driver, add } = await fleetOf({ count: 3, least: 2 }, 1);
    let left = answers;
    add((frame, pass, line) => (frame.kind === 'answer' && left-- === 0 ? void line.destroy() : pass(frame)));
    expect(await trained(OPTIONS, numbers, driver)).toBe(alone);
    expect(driver.workers).toBe(1);
  });

  test('sparse rows are refused', async () => {
    const few = sparseOf(
      matrix(
        ROWS,
        100,
        Float32Array.from({ length: ROWS * 100 }, (_, at) => Number(at % 100 === Math.floor(at / 100) % 99)),
      ),
    );
    await expect(trained(OPTIONS, { ...bytes, x: few }, {} as Shards)).rejects.toThrow(/sparse rows, and those do not shard/);
  });
});
