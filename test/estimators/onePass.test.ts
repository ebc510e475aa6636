// Batches of few models over rows of bytes: products, losses and gradients made in one pass are those made one by one,
// whatever a search asks for.
import { describe, expect, test } from 'vitest';
import { testCompute } from '../support/compute.ts';
import type { Kernel } from '../../src/core/compute.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { LinearBatch } from '../../src/estimators/linear/linearBatch.ts';
import { logistic } from '../../src/estimators/linear/losses/logistic.ts';
import { tilesOnDevice } from '../../src/estimators/rows/tilesOnDevice.ts';
import { NO_FOLD } from '../../src/kernels/lib/weightColumn.ts';
import { orderOfWords, paysOnePass } from '../../src/kernels/onePass/onePass.ts';

const compute = await testCompute();
const [ROWS, COLS] = [1301, 45];

interface Searched {
  readonly answers: readonly number[];
  /** The largest of those that each answer came with: sums that cancel keep the rounding of what they are made of. */
  readonly largest: readonly number[];
  readonly launched: ReadonlySet<string>;
}

/** What a batch answers to a search of some models, of which one goes another step and one stops. */
async function searched(models: number, onePassBytes: number): Promise<Searched> {
  const random = new RandomState(3);
  const launched = new Set<string>();
  const watched = { ...compute, launch: (kernel: Kernel, launch: never) => (launched.add(kernel.name), compute.launch(kernel, launch)) } as typeof compute;
  // Words are 0 in many rows, and the first of them in all.
  const x = matrix(
    ROWS,
    COLS,
    Uint8Array.from({ length: ROWS * COLS }, (_, i) => (i % COLS > 7 && random.interval(3) === 0 ? random.interval(255) : 0)),
  );
  const truth = Uint8Array.from({ length: ROWS }, () => random.interval(2));
  const folds = Uint8Array.from({ length: ROWS }, (_, i) => i % 3);
  const weights = Float32Array.from({ length: ROWS }, () => random.interval(4) / 2);
  const targets = Array.from({ length: models }, (_, i) => [NO_FOLD, 1, 2][i % 3]!).map((heldOut, i) => ({
    heldOut,
    columns: [{ positive: i % 2, positiveWeight: 1 + (i % 3), negativeWeight: 0.5 }],
  }));
  const directions = (count: number): Float64Array[] =>
    Array.from({ length: count }, () => Float64Array.from({ length: COLS + 1 }, () => (random.uint32() / 2 ** 31 - 1) * 1e-3));
  const data = await tilesOnDevice(watched, { x, rows: Uint32Array.from({ length: ROWS }, (_, i) => (i * 7) % ROWS), name: 'digits' });
  const batch = new LinearBatch(watched, { data, truth, folds, weights }, targets, logistic, { onePassBytes });
  const answers: number[] = [];
  const largest: number[] = [];
  const say = (lists: readonly (ArrayLike<number> | { readonly change: number; readonly slope: number })[]): void =>
    lists.forEach((list) => {
      const values = 'slope' in list ? [list.change, list.slope] : Array.from(list);
      const most = Math.max(...values.map(Math.abs));
      answers.push(...values);
      largest.push(...values.map(() => most));
    });
  try {
    const all = targets.map((_, i) => i);
    await batch.setDirections(all, directions(models));
    say(
      await batch.losses(
        all,
        all.map((i) => 1 / (1 + i)),
      ),
    );
    say(await batch.losses([1], [0.25]));
    say(await batch.gradients(all));
    await batch.setDirections([2, 0], directions(2));
    say(await batch.losses([2, 0], [2, -1]));
    say(await batch.gradients([2]));
    say(await batch.gradients([1]));
    await batch.setDirections([0], directions(1));
    say(await batch.gradients([0]));
    say(await batch.scores(0));
    say(await batch.losses([0], [3]));
    const state = await batch.state();
    await batch.setDirections([1], directions(1));
    batch.restore(state);
    say(await batch.scores(1));
    await batch.setDirections([1, 2], directions(2));
    await batch.setDirections([0], directions(1));
    say(await batch.losses([1, 2], [1, 1]));
    say(await batch.gradients([1, 2]));
    say(await batch.scores(2));
  } finally {
    batch.release();
    data.release();
  }
  return { answers, largest, launched };
}

// One group of columns, and two of two sizes.
describe.each([3, 10])('a batch of %d models', (models) => {
  test('answers as when products, losses and gradients are launched one by one', async () => {
    const alone = await searched(models, Infinity);
    const once = await searched(models, 0);
    const name = 'logistic_loss_in_one_pass';
    expect(alone.launched.has(name)).toBe(false);
    expect(once.launched.has(name)).toBe(compute.subgroupLanes === 8);
    expect(once.answers.length).toBe(alone.answers.length);
    const far = once.answers.flatMap((value, i) =>
      Math.abs(value - alone.answers[i]!) <= 1e-5 * (1 + Math.abs(alone.answers[i]!)) + 1e-6 * alone.largest[i]! ? [] : [[i, value, alone.answers[i]]],
    );
    expect(far).toEqual([]);
  });

  test('answers the same twice', async () => {
    expect((await searched(models, 0)).answers).toEqual((await searched(models, 0)).answers);
  });
});

test('words are in the order of how large they are, the constant last', () => {
  // Of the words of nine features, the second is the smallest; the third has the constant.
  expect([...orderOfWords([5, 0, 0, 0, 1, 1, 0, 0, 0], 3)]).toEqual([...new Array<number>(5).fill(0xffffffff), 1, 0, 2]);
});

test('it is for bytes, eight lanes, as many words as a mask has bits, and a device that binds all its buffers', () => {
  const device = (subgroupLanes: number, maxStorageBuffers = 12) => ({ subgroupLanes, limits: { ...compute.limits, maxStorageBuffers } });
  expect(paysOnePass({ dtype: 'u8', words: 256 }, device(8))).toBe(true);
  expect(paysOnePass({ dtype: 'u8', words: 257 }, device(8))).toBe(false);
  expect(paysOnePass({ dtype: 'f32', words: 10 }, device(8))).toBe(false);
  expect(paysOnePass({ dtype: 'u8', words: 10 }, device(4))).toBe(false);
  expect(paysOnePass({ dtype: 'u8', words: 10 }, device(8, 11))).toBe(false);
  expect(compute.limits.maxStorageBuffers).toBeGreaterThanOrEqual(8);
});
