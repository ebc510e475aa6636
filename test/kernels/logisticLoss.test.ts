import { expect, test } from 'vitest';
import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { batchCase, intoSlots } from '../support/batch.ts';
import { testCompute } from '../support/compute.ts';
import { confusion } from '../../src/kernels/confusion/confusion.ts';
import { confusionReference } from '../../src/kernels/confusion/confusion.reference.ts';
import { encodeColumns, NO_FOLD } from '../../src/kernels/lib/column.ts';
import { logisticLoss } from '../../src/kernels/logisticLoss/logisticLoss.ts';
import { logisticLossReference, type LossInput } from '../../src/kernels/logisticLoss/logisticLoss.reference.ts';

const compute = await testCompute();
const { WORKGROUP } = logisticLoss.sizes;

interface Shape {
  readonly rows: number;
  readonly models: number;
  /** Size of the margins. */
  readonly scale?: number;
  readonly run?: number;
}

/** Random margins around `scale`, three classes, three folds; column 0 holds no fold out. */
function setUp({ rows, models, scale = 3, run = 4 }: Shape, seed: number) {
  const { values, random } = batchCase(rows, 1, seed);
  const stride = rows + 5;
  const codes = Array.from({ length: rows }, () => random.interval(2));
  const folds = Array.from({ length: rows }, () => random.interval(2));
  const columns = Array.from({ length: models }, (_, slot) => ({
    slot,
    positive: slot % 3,
    heldOut: slot === 0 ? NO_FOLD : slot % 3,
    bias: 0,
    step: Math.fround(slot / 2),
  }));
  const margins = columns.map(() => values(rows, scale));
  const direction = columns.map(() => values(rows, scale));
  const lanes = Math.ceil(rows / (WORKGROUP * run)) * WORKGROUP;
  const input: LossInput = { codes, folds, columns, margins, direction };
  return {
    input,
    stride,
    lanes,
    params: { rows, stride, lanes },
    sizes: { RUN: run },
    grid: [lanes / WORKGROUP, models] as const,
    buffers: {
      rows: Uint32Array.from(codes, (code, i) => code | (folds[i]! << 8)),
      columns: encodeColumns(columns),
      margins: Float32Array.from(intoSlots(margins, stride, NaN)),
      direction: Float32Array.from(intoSlots(direction, stride, NaN)),
    },
  };
}

function lossCase(name: string, shape: Shape, seed: number): KernelCase<typeof logisticLoss> {
  const { input, stride, lanes, buffers, ...launch } = setUp(shape, seed);
  const expected = logisticLossReference(input);
  return {
    name,
    ...launch,
    buffers: { ...buffers, residuals: new Float32Array(stride * shape.models), partials: new Float32Array(lanes * shape.models * 4) },
    outputs: {
      residuals: { values: intoSlots(expected.residuals, stride, NaN), type: 'f32', absolute: 1e-7, relative: 2e-6 },
      // Sums over lanes are checked below: how rows fall to lanes is the kernel's own business.
      partials: { values: [], type: 'f32', absolute: 0, relative: 0 },
    },
  };
}

checkKernel(
  logisticLoss,
  [
    lossCase('one row', { rows: 1, models: 1 }, 1),
    lossCase('a row short of a run', { rows: WORKGROUP * 4 - 1, models: 3 }, 2),
    lossCase('a whole run', { rows: WORKGROUP * 4, models: 2 }, 3),
    lossCase('a row past a run', { rows: WORKGROUP * 4 + 1, models: 4 }, 4),
    lossCase('margins near zero', { rows: 100, models: 3, scale: 1e-4 }, 5),
    lossCase('margins that overflow a naive exp', { rows: 300, models: 3, scale: 500 }, 6),
    lossCase('all margins zero', { rows: 300, models: 2, scale: 0 }, 7),
  ],
  () => compute,
);

test.each([0.01, 3, 40])('logistic_loss: sums over lanes at margins of size %d', async (scale) => {
  const models = 4;
  const { input, stride, lanes, params, sizes, grid, buffers } = setUp({ rows: 3000, models, scale, run: 8 }, 11);
  const expected = logisticLossReference(input);
  const bindings = {
    ...Object.fromEntries(
      Object.entries(buffers).map(([name, view]) => [
        name,
        compute.upload(name, view.byteLength, (target) => new Uint8Array(target).set(new Uint8Array(view.buffer))),
      ]),
    ),
    residuals: compute.create('residuals', stride * models * 4),
    partials: compute.create('partials', lanes * models * 16),
  };
  await compute.launch(logisticLoss, { params, sizes, grid: [grid[0], grid[1]], bindings: bindings as never });
  const partials = new Float32Array(await compute.read(bindings.partials));
  compute.release(...Object.values(bindings));
  for (let m = 0; m < models; m++) {
    const sum = (k: number): number => Array.from({ length: lanes }, (_, lane) => partials[(m * lanes + lane) * 4 + k]!).reduce((a, b) => a + b, 0);
    const magnitude = 3000 * Math.max(1, scale);
    expect(Math.abs(sum(0) - expected.loss[m]!), 'loss').toBeLessThan(1e-6 * magnitude);
    expect(Math.abs(sum(1) - expected.slope[m]!), 'slope').toBeLessThan(1e-6 * magnitude);
    expect(Math.abs(sum(2) - expected.residualSum[m]!), 'residual sum').toBeLessThan(1e-6 * 3000);
    expect(sum(3)).toBe(0);
  }
});

test.each([1, WORKGROUP * 4 - 1, WORKGROUP * 4, 1000])('confusion: exact counts of %d rows', async (rows) => {
  const models = 4;
  const { input, lanes, params, sizes, grid, buffers } = setUp({ rows, models }, rows);
  const bindings = {
    ...Object.fromEntries(
      Object.entries(buffers).map(([name, view]) => [
        name,
        compute.upload(name, view.byteLength, (target) => new Uint8Array(target).set(new Uint8Array(view.buffer))),
      ]),
    ),
    counts: compute.create('counts', lanes * models * 32),
  };
  await compute.launch(confusion, { params, sizes, grid: [grid[0], grid[1]], bindings: bindings as never });
  const cells = new Uint32Array(await compute.read(bindings.counts));
  compute.release(...Object.values(bindings));
  const totals = Array.from({ length: models }, (_, m) =>
    Array.from({ length: 8 }, (__, k) => Array.from({ length: lanes }, (___, lane) => cells[(m * lanes + lane) * 8 + k]!).reduce((a, b) => a + b, 0)),
  );
  expect(totals).toEqual(confusionReference(input));
});
