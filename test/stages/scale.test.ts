// Scaling travels beside x. Here it is held against values that are scaled for real, one stage after the other, in float64.
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { Split } from '../../src/dsl/stage/state.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { scale, standardize } from '../../src/stages/scale.ts';
import { split } from '../../src/stages/split/split.ts';
import { runSmall } from '../support/smallData.ts';

const ROWS = 12;
const COLS = 4;
/** Columns of different size and spread; the last is constant over the training rows and not over the test rows. */
const values = Float32Array.from({ length: ROWS * COLS }, (_, i) => {
  const [row, col] = [Math.floor(i / COLS), i % COLS];
  return col === 3 ? (row < 8 ? 0.1 : row) : (col + 1) * 7 + ((row * (2 * col + 3)) % 11) * 10 ** (col - 1);
});
const data: Dataset<'all'> = {
  name: 'columns',
  role: 'all',
  x: matrix(ROWS, COLS, values),
  labels: Uint8Array.from({ length: ROWS }, (_, row) => row % 2),
  rows: Uint32Array.from({ length: ROWS }, (_, row) => row),
};

type Step = { readonly factor: number; readonly shift?: number } | 'standardize';

async function splitAfter(...stages: readonly (ReturnType<typeof scale> | ReturnType<typeof standardize>)[]) {
  const seen: Split[] = [];
  const peek = stage({ id: 'peek', needs: ['train', 'test'], provides: [], run: (state: Split) => (seen.push(state), {}) });
  const head = [fetch({ name: 'columns', load: async () => data }), split({ train: [0, 8], test: [8, 12] })] as const;
  const result = await runSmall(pipeline('scaled', ...([...head, ...stages, peek] as unknown as typeof head)));
  return { ...result, seen: seen[0] };
}

/** `[rows][cols]` as the datasets mean them. */
const meant = ({ x, rows, scaling }: Dataset): number[][] =>
  [...rows].map((id) => Array.from({ length: x.cols }, (_, j) => (values[id * x.cols + j]! - (scaling?.shift[j] ?? 0)) * (scaling?.factor[j] ?? 1)));

/** Every value replaced by every step. */
function scaledForReal(steps: readonly Step[]): number[][] {
  let rows = Array.from({ length: ROWS }, (_, row) => [...values.subarray(row * COLS, (row + 1) * COLS)]);
  for (const step of steps) {
    const columns = Array.from({ length: COLS }, (_, j) => {
      if (step !== 'standardize') return { shift: step.shift ?? 0, factor: step.factor };
      const train = rows.slice(0, 8).map((row) => row[j]!);
      if (train.every((value) => value === train[0])) return { shift: train[0]!, factor: 1 };
      const mean = train.reduce((a, b) => a + b, 0) / train.length;
      return { shift: mean, factor: 1 / Math.sqrt(train.reduce((sum, value) => sum + (value - mean) ** 2, 0) / train.length) };
    });
    rows = rows.map((row) => row.map((value, j) => (value - columns[j]!.shift) * columns[j]!.factor));
  }
  return rows;
}

describe('scalings in a row equal values scaled in that order', () => {
  const steps: readonly Step[][] = [
    [{ factor: 0.01 }, { factor: 0.01 }],
    [
      { factor: 0.5, shift: 3 },
      { factor: -4, shift: -2 },
    ],
    ['standardize'],
    ['standardize', { factor: 10 }],
    ['standardize', { factor: 10, shift: 0.25 }, { factor: 2, shift: 1 }],
    [{ factor: 0.5, shift: 3 }, 'standardize'],
    [{ factor: -0.5, shift: 3 }, 'standardize', { factor: 2 }],
    ['standardize', 'standardize'],
  ];
  test.each(steps.map((row) => [row]))('%j', async (row) => {
    const { seen, error } = await splitAfter(...row.map((step) => (step === 'standardize' ? standardize() : scale(step))));
    expect(error).toBeUndefined();
    const wanted = scaledForReal(row);
    const got = [...meant(seen!.train), ...meant(seen!.test)];
    got.forEach((features, i) => features.forEach((value, j) => expect(Math.abs(value - wanted[i]![j]!), `row ${i}, column ${j}`).toBeLessThan(1e-9)));
  });
});

test('a factor of 0 is refused where it is written', () => {
  expect(() => scale({ factor: 0 })).toThrow(
    expect.objectContaining({ code: 'E_PARAMS', message: expect.stringContaining('factor: a factor of 0 makes every feature 0'), at: expect.anything() }),
  );
});

test.each([
  ['a shift behind a factor that swallows it', [{ factor: 1e-300 }, { factor: 1, shift: 1e10 }]],
  ['factors too small together', [{ factor: 1e-200 }, { factor: 1e-200 }]],
])('%s is refused', async (_, steps) => {
  const { error } = await splitAfter(...steps.map((step) => scale(step)));
  expect(error).toMatchObject({ code: 'E_PARAMS', stage: 'scale-2', message: expect.stringMatching(/^Column 0 was scaled by 1e-[23]00 before/) });
});

test('a value that is not finite is named by standardize, not by what stands behind it', async () => {
  const bad = values.slice();
  bad[5 * COLS + 1] = NaN;
  const source = { name: 'columns', load: async () => ({ ...data, x: matrix(ROWS, COLS, bad) }) };
  const { error } = await runSmall(pipeline('bad', fetch(source), split({ train: [0, 8], test: [8, 12] }), standardize(), scale({ factor: 2 })));
  expect(error).toMatchObject({
    code: 'E_DATA',
    stage: 'standardize',
    message: "Row 5 of the features holds NaN in column 1; finite numbers are needed. It came in with stage 'fetch'.",
  });
});
