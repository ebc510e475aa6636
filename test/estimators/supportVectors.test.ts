// Distances of a training as solvers ask for them: all between two groups where they fit, else those of some rows, in bounded memory.
import { expect, test } from 'vitest';
import { kernelRows } from '../../src/estimators/supportVectors/rows.ts';
import { Recent } from '../../src/estimators/supportVectors/recent.ts';
import { solve } from '../../src/estimators/supportVectors/solve.ts';
import { squaresOf } from '../../src/estimators/supportVectors/squares.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { Features } from '../../src/core/data/features.ts';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';
import { testCompute } from '../support/compute.ts';
import { figureSet } from '../support/figures.ts';

const compute = await testCompute();
const digits = figureSet('digits');
const groups = [3, 8].map((label) => Uint32Array.from(digits.rows.keys()).filter((row) => digits.labels[digits.rows[row]!] === label));
const shares = groups.map((positions, group) => ({ group, positions, within: Uint32Array.from(positions.keys()) }));
const count = groups[0]!.length + groups[1]!.length;
const kernel = { kernel: 'rbf', gamma: 0.002, degree: 3, coef0: 0 } as const;
const floats: Features = matrix(
  1797,
  64,
  Float32Array.from(digits.x.data, (value, at) => value * (1 + (at % 64) / 7)),
);

/** Solved with so many bytes of distances kept. */
async function solvedWith(x: Features, keptBytes: number, on: GpuCompute = compute) {
  const squares = await squaresOf(on, { ...digits, x }, groups, keptBytes);
  const rows = kernelRows(squares, kernel, shares, new Float64Array(1797));
  const signs = Int8Array.from({ length: count }, (_, t) => (t < groups[0]!.length ? 1 : -1));
  try {
    const solved = await solve(
      { signs, linear: new Float64Array(count).fill(-1), upper: new Float64Array(count).fill(5), tol: 1e-3 },
      rows,
      new AbortController().signal,
    );
    return { solved, batch: squares.batch };
  } finally {
    squares.release();
  }
}

test.each([
  ['bytes', digits.x],
  ['f32', floats],
] as const)('%s: all distances, those of some rows, and rows in blocks give the same steps', async (_, x) => {
  const whole = await solvedWith(x, 256e6);
  expect(whole.solved.converged).toBe(true);
  expect(whole.solved.nIter).toBeGreaterThan(100);
  const alive = compute.liveBytes();
  const some = await solvedWith(x, 500_000);
  expect(some.batch).toBeGreaterThan(1);
  expect(some.solved).toEqual(whole.solved);
  const cramped = { ...compute, limits: { ...compute.limits, maxBindingBytes: 70_000, residentBytes: 0 } };
  expect((await solvedWith(x, 500_000, cramped)).solved).toEqual(whole.solved);
  expect((await solvedWith(x, 256e6, cramped)).solved).toEqual(whole.solved);
  expect(compute.liveBytes()).toBe(alive);
});

test('what is kept is bounded, and what was asked for last stays', () => {
  const kept = new Recent<Float64Array>(80);
  for (let key = 0; key < 10; key++) kept.set(key, new Float64Array(1));
  expect(kept.get(0)).toBeDefined();
  kept.set(10, new Float64Array(3));
  expect([...Array(11).keys()].filter((key) => kept.has(key))).toEqual([0, 4, 5, 6, 7, 8, 9, 10]);
  kept.set(11, new Float64Array(20)); // larger than all there is room for: it stays alone
  expect([...Array(12).keys()].filter((key) => kept.has(key))).toEqual([11]);
});
