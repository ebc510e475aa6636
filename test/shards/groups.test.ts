// Estimators that learn from sums by class, over shards: the same to the bit as on one machine.
import { afterEach, expect, test } from 'vitest';
import { testCompute } from '../support/compute.ts';
import { fleet, unbalanced, type Fleet } from '../support/shardedFits.ts';
import { stageContext } from '../support/smallSets.ts';
import {
  bernoulliNB,
  chain,
  gaussianNB,
  kMeans,
  matrix,
  multinomialNB,
  nearestCentroid,
  standardize,
  type Dataset,
  type Estimator,
  type Matrix,
} from '../../src/api.ts';
import { encode } from '../../src/core/encoding/encoding.ts';
import type { Shards } from '../../src/core/shards/shards.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';

const compute = await testCompute();
/** Three whole spans and a part of one. */
const [ROWS, COLS] = [3 * 4096 + 1301, 9];
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

const bytes = unbalanced(ROWS, COLS, { classes: 3 });
const floats = unbalanced(ROWS, COLS, { classes: 3, dtype: 'f32' });
/** Far from zero for how little they vary: f32 does not tell them apart. */
const far = {
  ...floats,
  x: matrix(
    ROWS,
    COLS,
    Float64Array.from((floats.x as Matrix).data, (value) => 1e9 + value / 1000),
  ),
} as Dataset<'train'>;
const many = unbalanced(ROWS, COLS, { classes: 45 });
const plain = (data: Dataset<'train'>): Dataset<'train'> => ({ ...data, weights: undefined });
const scaled = { ...floats, scaling: { shift: new Float64Array(COLS).fill(-1.5), factor: new Float64Array(COLS).fill(0.7) } } as Dataset<'train'>;
const FOLDS = { count: 3, fold: Uint8Array.from({ length: ROWS }, (_, i) => (i * 7) % 3) };
const JOBS = [{ name: 'fit' }, ...[0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }))];

/** All that is learned, to the bit. */
async function trained(estimator: Estimator, data: Dataset<'train'>, shards?: Shards): Promise<readonly string[]> {
  const found = await estimator.train(data as never, JOBS, { folds: FOLDS }, contextWith(shards));
  return Promise.all(found.map(async ({ model }) => (await encode(model)).digest));
}

const KINDS: readonly (readonly [string, Estimator, Dataset<'train'>])[] = [
  ['gaussianNB of bytes', gaussianNB() as never, plain(bytes)],
  ['gaussianNB of floats with weights', gaussianNB() as never, floats],
  ['gaussianNB of many classes', gaussianNB() as never, many],
  ['gaussianNB of rows that need float64', gaussianNB() as never, far],
  ['a chain whose step is scaled', chain(standardize(), gaussianNB()) as never, floats],
  ['nearestCentroid', nearestCentroid({ shrinkThreshold: 0.5 }) as never, floats],
  ['nearestCentroid of medians', nearestCentroid({ metric: 'manhattan' }) as never, bytes],
  ['multinomialNB of bytes', multinomialNB() as never, bytes],
  ['multinomialNB of floats', multinomialNB() as never, floats],
  ['multinomialNB of scaled floats', multinomialNB() as never, scaled],
  ['bernoulliNB', bernoulliNB({ binarize: 70 }) as never, bytes],
  ['bernoulliNB of scaled floats', bernoulliNB({ binarize: 1.2 }) as never, scaled],
];

test.each(KINDS)('%s, over 1, 2, 3 and 5 shards', async (_, estimator, data) => {
  const alone = await trained(estimator, data);
  expect(new Set(alone).size).toBe(4);
  for (const count of [1, 2, 3, 5]) {
    const { driver } = await fleetOf({ count }, Math.min(count, 2));
    expect(await trained(estimator, data, driver)).toEqual(alone);
  }
});

test.each<readonly [string, Parameters<typeof kMeans>[0], Dataset<'train'>]>([
  ['bytes that count once', { nClusters: 7, nInit: 3, seed: 3 }, plain(bytes)],
  ['bytes with weights', { nClusters: 7, tol: 0, maxIter: 12, seed: 4 }, bytes],
  ['floats', { nClusters: 40, maxIter: 8, seed: 5 }, floats],
  ['scaled floats', { nClusters: 5, nInit: 2, seed: 6 }, scaled],
  ['rows that need float64', { nClusters: 3, maxIter: 4, seed: 7 }, far],
  [
    'more clusters than there are rows apart',
    { nClusters: 9, seed: 8 },
    {
      ...plain(bytes),
      x: matrix(
        ROWS,
        2,
        (bytes.x as Matrix).data.slice(0, 2 * ROWS).map((value) => value % 2),
      ),
    },
  ],
])('k-means of %s, over 1, 2, 3 and 5 shards', async (_, options, data) => {
  const learned = async (shards?: Shards): Promise<string> => {
    const [found] = await kMeans(options).train(data as never, [{ name: 'fit' }], {}, contextWith(shards));
    return (await encode(found!.model)).digest;
  };
  const alone = await learned();
  for (const count of [1, 2, 3, 5]) {
    const { driver } = await fleetOf({ count }, Math.min(count, 2));
    expect(await learned(driver)).toBe(alone);
  }
});

test.each([2, 9])('k-means, and a worker that is lost after %d answers', async (answers) => {
  const { driver, add } = await fleetOf({ count: 3, least: 2 }, 1);
  let left = answers;
  add((frame, pass, line) => (frame.kind === 'answer' && left-- === 0 ? void line.destroy() : pass(frame)));
  const estimator = kMeans({ nClusters: 6, seed: 1 });
  const [found] = await estimator.train(floats as never, [{ name: 'fit' }], {}, contextWith(driver));
  const [alone] = await estimator.train(floats as never, [{ name: 'fit' }], {}, contextWith());
  expect((await encode(found!.model)).digest).toBe((await encode(alone!.model)).digest);
  expect(driver.workers).toBe(1);
});

test.each([1, 3])('a worker that is lost after %d answers', async (answers) => {
  const { driver, add } = await fleetOf({ count: 3, least: 2 }, 1);
  let left = answers;
  add((frame, pass, line) => (frame.kind === 'answer' && left-- === 0 ? void line.destroy() : pass(frame)));
  const estimator = gaussianNB() as unknown as Estimator;
  expect(await trained(estimator, floats, driver)).toEqual(await trained(estimator, floats));
  expect(driver.workers).toBe(1);
});

test('a feature that is no count is told of as on one machine', async () => {
  const { data } = floats.x as Matrix;
  const wrong = {
    ...floats,
    x: matrix(
      ROWS,
      COLS,
      Float32Array.from(data, (value, at) => (at === 9000 * COLS + 4 ? -1 : value)),
    ),
  } as Dataset<'train'>;
  const { driver } = await fleetOf({ count: 3 });
  const estimator = multinomialNB() as unknown as Estimator;
  const told = async (shards?: Shards): Promise<unknown> => trained(estimator, wrong, shards).catch(({ code, message, hint }) => ({ code, message, hint }));
  expect(await told(driver)).toEqual(await told());
  expect(await told()).toMatchObject({ code: 'E_DATA', message: expect.stringContaining('row 9000 has -1 in column 4') });
});
