// Batches of few models over rows of bytes: products, losses and gradients made in one pass are those made one by one,
// whatever a search asks for.
import { describe, expect, test } from 'vitest';
import { testCompute } from '../support/compute.ts';
import type { Kernel } from '../../src/core/compute.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { LinearBatch } from '../../src/estimators/linear/linearBatch.ts';
import { logistic } from '../../src/estimators/linear/losses/logistic.ts';
import type { LinearLoss } from '../../src/estimators/linear/losses/loss.ts';
import { softmax } from '../../src/estimators/linear/losses/softmax.ts';
import { tilesOnDevice } from '../../src/estimators/rows/tilesOnDevice.ts';
import { NO_FOLD } from '../../src/kernels/lib/weightColumn.ts';
import { orderOfWords, paysOnePass } from '../../src/kernels/onePass/onePass.ts';

const compute = await testCompute();
const [ROWS, COLS] = [1301, 45];

interface Searched {
  readonly loss: LinearLoss;
  /** Columns a model. */
  readonly columns: number;
  readonly models: number;
  readonly kernel: string;
}

/** What a batch answers to a search of some models, of which one goes another step and one stops. */
async function searched(
  of: Searched,
  onePassBytes: number,
): Promise<{ readonly answers: readonly (readonly number[])[]; readonly launched: ReadonlySet<string> }> {
  const { loss, models } = of;
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
    columns: Array.from({ length: of.columns }, (_, c) => ({ positive: (i + c) % 2, positiveWeight: 1 + i + c, negativeWeight: 0.5 })),
  }));
  const directions = (count: number): Float64Array[] =>
    Array.from({ length: count }, () => Float64Array.from({ length: of.columns * (COLS + 1) }, () => (random.uint32() / 2 ** 31 - 1) * 1e-3));
  const data = await tilesOnDevice(watched, { x, rows: Uint32Array.from({ length: ROWS }, (_, i) => (i * 7) % ROWS), name: 'digits' });
  const batch = new LinearBatch(watched, { data, truth, folds, weights }, targets, loss, { onePassBytes });
  const answers: number[][] = [];
  const say = (lists: readonly (ArrayLike<number> | { readonly change: number; readonly slope: number })[]): void =>
    lists.forEach((list) => answers.push('slope' in list ? [list.change, list.slope] : Array.from(list)));
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
  return { answers, launched };
}

describe.each<Searched>([
  // One group of columns, and two of two sizes.
  { loss: logistic, columns: 1, models: 3, kernel: 'logistic_loss_in_one_pass' },
  { loss: logistic, columns: 1, models: 10, kernel: 'logistic_loss_in_one_pass' },
  { loss: softmax, columns: 3, models: 3, kernel: 'softmax_in_one_pass' },
])('a batch of $models models of $columns columns', (of) => {
  test('answers as when products, losses and gradients are launched one by one', async () => {
    const alone = await searched(of, Infinity);
    const once = await searched(of, 0);
    expect(alone.launched.has(of.kernel)).toBe(false);
    expect(once.launched.has(of.kernel)).toBe(compute.subgroupLanes === 8);
    expect(once.answers.length).toBe(alone.answers.length);
    // Sums of many numbers, against the largest of them.
    const far = once.answers.flatMap((list, i) => {
      const largest = Math.max(...list.map(Math.abs));
      return list.flatMap((value, j) =>
        Math.abs(value - alone.answers[i]![j]!) <= 1e-5 * (1 + Math.abs(alone.answers[i]![j]!)) + 1e-6 * largest ? [] : [[i, j, value, alone.answers[i]![j]]],
      );
    });
    expect(far).toEqual([]);
  });

  test('answers the same twice', async () => {
    expect((await searched(of, 0)).answers).toEqual((await searched(of, 0)).answers);
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
