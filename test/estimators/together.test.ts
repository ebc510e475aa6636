// A model is the same to the last bit, whatever else is trained beside it: each result has one key, and so one value.
import { describe, expect, test } from 'vitest';
import { testCompute } from '../support/compute.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { LinearBatch } from '../../src/estimators/linear/linearBatch.ts';
import { logistic } from '../../src/estimators/linear/losses/logistic.ts';
import type { LinearLoss } from '../../src/estimators/linear/losses/loss.ts';
import { softmax } from '../../src/estimators/linear/losses/softmax.ts';
import { tilesOnDevice } from '../../src/estimators/rows/tilesOnDevice.ts';
import { NO_FOLD } from '../../src/kernels/lib/weightColumn.ts';

const compute = await testCompute();

interface Asked {
  readonly loss: LinearLoss;
  /** Columns a model. */
  readonly classes: number;
  readonly dtype: 'u8' | 'f32';
  readonly onePassBytes: number;
  readonly compute?: typeof compute;
}

const [ROWS, COLS, MODELS] = [5301, 415, 10];
const random = new RandomState(3);
// Words are 0 in many rows.
const bytes = Uint8Array.from({ length: ROWS * COLS }, (_, i) => (i % COLS > 7 && random.interval(3) === 0 ? random.interval(255) : 0));
const tables = { u8: matrix(ROWS, COLS, bytes), f32: matrix(ROWS, COLS, Float32Array.from(bytes, (value) => value / 17)) };
const truth = Uint8Array.from({ length: ROWS }, () => random.interval(2));
const learned = {
  truth,
  folds: Uint8Array.from({ length: ROWS }, (_, i) => i % 3),
  weights: Float32Array.from({ length: ROWS }, () => random.interval(4) / 2),
};
const order = random.permutation(ROWS);

/** What models answer to two steps along two directions, the second of which some are not asked for. */
async function answers({ loss, classes, dtype, onePassBytes, compute: on = compute }: Asked, models: readonly number[]): Promise<ReadonlyMap<number, unknown>> {
  const data = await tilesOnDevice(on, { x: tables[dtype], rows: order, name: 'numbers' });
  const targets = models.map((i) => ({
    heldOut: [NO_FOLD, 1, 2][i % 3]!,
    columns: Array.from({ length: classes }, (_, c) => ({ positive: (i + c) % 2, positiveWeight: 1 + i + c, negativeWeight: 0.5 })),
  }));
  const direction = (i: number, round: number): Float64Array =>
    Float64Array.from({ length: classes * (COLS + 1) }, (_, j) => 1e-3 * Math.sin(1 + i * 31 + j * 7 + round));
  const batch = new LinearBatch(on, { data, ...learned }, targets, loss, { onePassBytes });
  const found = new Map<number, unknown[]>(models.map((i) => [i, []]));
  try {
    for (const round of [0, 1]) {
      // Those that are done leave.
      const asked = [...models.keys()].filter((at) => round === 0 || models[at]! % 4 !== 1);
      if (asked.length === 0) continue;
      await batch.setDirections(
        asked,
        asked.map((at) => direction(models[at]!, round)),
      );
      const say = (lists: readonly unknown[], from = asked): void => lists.forEach((one, i) => found.get(models[from[i]!]!)!.push(one));
      say(await batch.losses(asked, asked.map((at) => 1 / (1 + models[at]!))));
      const again = asked.filter((at) => models[at]! % 5 === 2);
      if (again.length > 0) say(await batch.losses(again, again.map(() => 0.25)), again);
      say(await batch.gradients(asked));
    }
    for (const [at, i] of models.entries()) found.get(i)!.push(await batch.scores(at));
  } finally {
    batch.release();
    data.release();
  }
  return found;
}

describe.each<Asked & { readonly name: string }>([
  { name: 'bytes, in one pass where that is', loss: logistic, classes: 1, dtype: 'u8', onePassBytes: 0 },
  { name: 'bytes', loss: logistic, classes: 1, dtype: 'u8', onePassBytes: Infinity },
  { name: 'f32', loss: logistic, classes: 1, dtype: 'f32', onePassBytes: Infinity },
  { name: 'f32, softmax', loss: softmax, classes: 3, dtype: 'f32', onePassBytes: Infinity },
  { name: 'bytes, softmax in one pass where that is', loss: softmax, classes: 3, dtype: 'u8', onePassBytes: 0 },
])('$name', (asked) => {
  test('a batch of ten, of six, four, two and one', async () => {
    const all = Array.from({ length: MODELS }, (_, i) => i);
    const expected = await answers(asked, all);
    for (const models of [all.toReversed(), [1, 8, 3, 2, 7, 6], [9, 2, 5, 4], [7, 0], [2], [5]]) {
      const found = await answers(asked, models);
      for (const i of models) expect(found.get(i), `model ${i} of ${models.length}`).toEqual(expected.get(i));
    }
  }, 120_000);
});
