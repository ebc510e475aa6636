// Distances of a training as solvers ask for them: all between two groups where they fit, else those of some rows, in bounded memory.
import { expect, test } from 'vitest';
import { rememberHeldOut, saidOfHeldOut } from '../../src/estimators/supportVectors/heldOut.ts';
import { kernelRows } from '../../src/estimators/supportVectors/rows.ts';
import { Recent } from '../../src/estimators/supportVectors/recent.ts';
import { solve } from '../../src/estimators/supportVectors/solve.ts';
import { squaresOf } from '../../src/estimators/supportVectors/squares.ts';
import { matrix, modelFromBytes, modelToBytes, svc, svr, type Features, type SvcModel } from '../../src/api.ts';
import type { ValuesEvaluation } from '../../src/dsl/estimator.ts';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, figureSet } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
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
  const squares = await squaresOf(on, { ...digits, x }, groups, { keptBytes });
  const rows = kernelRows(squares, kernel, shares, new Float64Array(1797));
  const signs = Int8Array.from({ length: count }, (_, t) => (t < groups[0]!.length ? 1 : -1));
  try {
    const solved = await solve({ signs, linear: new Float64Array(count).fill(-1), upper: new Float64Array(count).fill(5), tol: 1e-3 }, rows, {
      signal: new AbortController().signal,
    });
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

test('what is said of rows held out, of the distances of the training, is what the model says of them', async () => {
  const fold = Uint8Array.from(digits.rows, (_, row) => row % 3);
  const rows = digits.rows.filter((id) => digits.labels[id]! < 4).subarray(0, 240);
  const values = matrix(
    1797,
    1,
    Float64Array.from({ length: 1797 }, (_, id) => digits.x.data[id * 64 + 20]! + digits.labels[id]!),
  );
  const jobs = [{ C: 1 }, { C: 10 }, { C: 1, kernel: 'poly' as const }].flatMap((params, i) =>
    [0, 2].map((heldOut) => ({ name: `point ${i} fold ${heldOut}`, heldOut, params })),
  );
  const options = { folds: { fold: fold.subarray(0, 240), count: 3 }, need: 'decisions' as const };
  const { labels: _, ...bare } = digits;
  for (const x of [digits.x, floats]) {
    const classes = await svc().train({ ...digits, x, rows }, jobs, options, context);
    const regression = await svr().train({ ...bare, x, rows, values }, jobs, options, context);
    for (const [i, { heldOut, params }] of jobs.entries()) {
      const held = { ...digits, x, rows: rows.filter((_, row) => fold[row] === heldOut) };
      expect(saidOfHeldOut(classes[i]!.model.fields.supportVectors, held)).toHaveLength(6);
      expect(saidOfHeldOut(classes[i]!.model.fields.supportVectors, { ...held, rows: held.rows.toReversed() })).toBeUndefined();
      const again = await modelFromBytes<SvcModel>('again', await modelToBytes(classes[i]!.model));
      const { decisions, predicted, confusion } = await again.model.evaluate(held, 'decisions', context);
      expectClose(classes[i]!.heldOut!.decisions!, decisions!, params.kernel ? 1e-6 : 1e-7);
      expect(classes[i]!.heldOut!.predicted).toEqual(predicted);
      expect(classes[i]!.heldOut!.confusion).toEqual(confusion);
      const { model } = regression[i]!;
      expect(saidOfHeldOut(model.fields.supportVectors, held)).toHaveLength(1);
      const alone = (await modelFromBytes<typeof model>('again', await modelToBytes(model))).model;
      expectClose((regression[i]!.heldOut as ValuesEvaluation).predicted, await alone.predict(held, context), 1e-6);
    }
  }
});

test('others have their turn while rows held out are summed up, and a run that is to stop does', async () => {
  const rows = digits.rows.subarray(0, 400);
  const all = Uint32Array.from(rows.keys());
  const abort = new AbortController();
  let asked = 0;
  const squares = {
    unit: 1,
    batch: 1,
    has: () => true,
    get: () => {
      const until = performance.now() + 1;
      while (performance.now() < until); // as long as many rows take
      asked++;
      return { numbers: new Float64Array(400), at: 0, step: 1 };
    },
    bring: async () => {},
    release: () => {},
  };
  const model = {
    vectors: matrix(400, 64, new Uint8Array(400 * 64)),
    support: all,
    counted: Array.from(all, () => ({ outputs: [0], weights: [1] })),
    outputs: 1,
    kernel: { kernel: 'rbf', gamma: 1, degree: 3, coef0: 0 } as const,
    heldOut: 0,
  };
  const training = { squares, groups: [all], lengths: new Float64Array(400), fold: Uint8Array.from(all, (row) => row % 2) };
  const held = { ...digits, rows: rows.filter((_, row) => row % 2 === 0) };
  setTimeout(() => abort.abort(), 60);
  await expect(rememberHeldOut({ ...digits, rows }, training, [model], abort.signal)).rejects.toMatchObject({ code: 'E_CANCELLED' });
  expect(asked).toBeLessThan(400);
  expect(saidOfHeldOut(model.vectors, held)).toBeUndefined();

  await rememberHeldOut({ ...digits, rows }, training, [model], new AbortController().signal);
  expect(saidOfHeldOut(model.vectors, held)).toEqual([new Float64Array(200).fill(400)]); // each vector at no distance counts 1
});
