// The kernels that go by rows: losses of one column a model, and softmax.
import { describe, expect, test } from 'vitest';
import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { intoSlots } from '../support/batch.ts';
import { testCompute } from '../support/compute.ts';
import type { DeviceBuffer, Kernel } from '../../src/core/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { logistic } from '../../src/estimators/linear/losses/logistic.ts';
import type { LinearLoss } from '../../src/estimators/linear/losses/loss.ts';
import { poisson } from '../../src/estimators/linear/losses/poisson.ts';
import { softmax } from '../../src/estimators/linear/losses/softmax.ts';
import { squaredHinge } from '../../src/estimators/linear/losses/squaredHinge.ts';
import { encodeWeightColumns, NO_FOLD } from '../../src/kernels/lib/weightColumn.ts';
import { lossLaunch } from '../../src/kernels/rowLoss/rowLoss.ts';
import type { LossInput } from '../../src/kernels/rowLoss/rowLoss.reference.ts';

const compute = await testCompute();
const { WORKGROUP } = lossLaunch.sizes;

interface Shape {
  readonly loss: LinearLoss;
  readonly rows: number;
  readonly models: number;
  /** Columns a model; 1 for two classes. */
  readonly classes?: number;
  /** Size of the margins, and of the moves. */
  readonly scale?: number;
  readonly move?: number;
  readonly run?: number;
}

/** Random margins, classes or values, folds and weights; the first model holds no fold out. */
function setUp({ loss, rows, models, classes = 1, scale = 3, move = scale, run = 4 }: Shape, seed: number) {
  const random = new RandomState(seed);
  const uniform = (): number => random.uint32() / 2 ** 31 - 1;
  const stride = rows + 5;
  const codes = Array.from({ length: rows }, () => random.interval(Math.max(classes, 3) - 1));
  const folds = Array.from({ length: rows }, () => random.interval(2));
  const weights = Float32Array.from({ length: rows }, () => 0.5 + random.interval(3) / 4);
  const columns = Array.from({ length: models * classes }, (_, slot) => {
    const model = Math.floor(slot / classes);
    const positive = classes === 1 ? slot % 3 : slot % classes;
    return { slot, positive, heldOut: model === 0 ? NO_FOLD : model % 3, step: (model + 1) / 2, positiveWeight: 1.5 + (slot % 2), negativeWeight: 0.75 };
  });
  const margins = columns.map(() => Float32Array.from({ length: rows }, () => uniform() * scale));
  const direction = columns.map(() => Float32Array.from({ length: rows }, () => uniform() * move));
  const ofValues = loss.target === 'values';
  const values = Float32Array.from(codes, (code) => code * 1.25);
  const lanes = Math.ceil(rows / (WORKGROUP * run)) * WORKGROUP;
  const input: LossInput = { truth: ofValues ? values : codes, folds, weights, columns, margins, direction };
  return {
    input,
    stride,
    lanes,
    launch: { params: { rows, stride, lanes }, sizes: { RUN: run, ...loss.sizes(classes) }, grid: [lanes / WORKGROUP, models] as const },
    buffers: {
      rows: Uint32Array.from(codes, (code, i) => (ofValues ? 0 : code) | (folds[i]! << 24)),
      rowWeights: weights,
      columns: encodeWeightColumns(columns),
      margins: Float32Array.from(intoSlots(margins, stride, NaN)),
      direction: Float32Array.from(intoSlots(direction, stride, NaN)),
      ...(ofValues ? { values } : {}),
    },
  };
}

function lossCase(name: string, shape: Shape, seed: number): KernelCase<Kernel> {
  const { loss, classes = 1, models, scale = 3 } = shape;
  const { input, stride, lanes, launch, buffers } = setUp(shape, seed);
  const { residuals } = loss.reference(input, classes);
  return {
    name,
    ...launch,
    buffers: { ...buffers, residuals: new Float32Array(stride * models * classes), partials: new Float32Array(lanes * models * 2) },
    outputs: {
      // Scores differ by up to 5 * scale, which f32 rounds by 6e-8 of itself, and a residual by that times its weight, at most 3.1.
      residuals: { values: intoSlots(residuals, stride, NaN), type: 'f32', absolute: 1e-6 * Math.max(1, scale), relative: 2e-6 * Math.max(1, scale / 3) },
      // How rows fall to lanes is the kernel's own business: sums over lanes are checked below.
      partials: { values: [], type: 'f32', absolute: 0, relative: 0 },
    },
  };
}

const shapes: readonly (readonly [string, Omit<Shape, 'loss'>])[] = [
  ['one row', { rows: 1, models: 1 }],
  ['a row short of a run', { rows: WORKGROUP * 4 - 1, models: 3 }],
  ['a whole run', { rows: WORKGROUP * 4, models: 2 }],
  ['a row past a run', { rows: WORKGROUP * 4 + 1, models: 4 }],
  ['margins near zero', { rows: 100, models: 3, scale: 1e-4 }],
  ['margins that overflow a naive exp', { rows: 300, models: 3, scale: 500 }],
  ['all margins zero', { rows: 300, models: 2, scale: 0 }],
];
const LOSSES = [
  ['logistic', { loss: logistic }],
  ['squared hinge', { loss: squaredHinge }],
  ['Poisson', { loss: poisson }],
  ['softmax of 3', { loss: softmax, classes: 3 }],
  ['softmax of 10', { loss: softmax, classes: 10 }],
] as const;
describe.each(LOSSES)('%s', (_, of) => {
  checkKernel(
    of.loss.kernel,
    // The mean of a Poisson loss is infinite from a margin of 89 on.
    shapes.filter(([, { scale = 3 }]) => of.loss !== poisson || scale < 10).map(([name, shape], i) => lossCase(name, { ...shape, ...of }, i + 1)),
    () => compute,
  );
});

/** Uploads inputs, runs `use`, frees everything. */
async function withBuffers<T>(
  inputs: Readonly<Record<string, ArrayBufferView>>,
  outputs: Readonly<Record<string, number>>,
  use: (buffers: Record<string, DeviceBuffer>) => Promise<T>,
): Promise<T> {
  const buffers = {
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, view]) => [
        name,
        compute.upload(name, view.byteLength, (target) => new Uint8Array(target).set(new Uint8Array(view.buffer))),
      ]),
    ),
    ...Object.fromEntries(Object.entries(outputs).map(([name, bytes]) => [name, compute.create(name, bytes)])),
  };
  try {
    return await use(buffers);
  } finally {
    compute.release(...Object.values(buffers));
  }
}

test.each(
  LOSSES.flatMap(([name, of]) =>
    [
      { scale: 3, move: 1e-6 },
      { scale: 3, move: 1e-3 },
      { scale: 3, move: 3 },
      { scale: 30, move: 0.1 },
      { scale: 60, move: 60 },
    ]
      .filter(({ scale }) => of.loss !== poisson || scale < 10)
      .map((size) => ({ name, ...of, ...size })),
  ),
)('the change of the loss is exact to f32 of itself, however small: $name, margins $scale, moves $move', async ({ name: _, scale, move, ...of }) => {
  const { classes = 1 } = of as { readonly classes?: number };
  const models = 2;
  const rows = 3000;
  const { input, stride, lanes, launch, buffers } = setUp({ rows, models, scale, move, run: 8, ...of }, 11);
  const expected = of.loss.reference(input, classes);
  const partials = await withBuffers(buffers, { residuals: stride * models * classes * 4, partials: lanes * models * 8 }, async (bindings) => {
    await compute.launch(of.loss.kernel, { ...launch, bindings });
    return new Float32Array(await compute.read(bindings['partials']!));
  });
  for (let m = 0; m < models; m++) {
    const sum = (k: number): number => Array.from({ length: lanes }, (_, lane) => partials[(m * lanes + lane) * 2 + k]!).reduce((a, b) => a + b, 0);
    // Each row's change is at most its move times its slope; f32 rounds a margin of size `scale`, which shifts slopes by as much.
    const slope = of.loss === squaredHinge ? 2 * (1 + scale + move) : of.loss === poisson ? Math.exp(scale + move) : 1;
    const allowed = rows * move * slope * (m + 1) * 3 * (2e-7 + 6e-8 * scale);
    expect(Math.abs(sum(0) - expected.change[m]!), 'change').toBeLessThan(allowed);
    expect(Math.abs(sum(1) - expected.slope[m]!), 'slope').toBeLessThan(allowed);
  }
});

test.each(LOSSES.slice(0, 3))('%s: its change is the difference of its values, and its residual their derivative', (_, { loss }) => {
  const { row } = loss as typeof logistic;
  for (const truth of row.of === 'code' ? [-1, 1] : [0, 0.5, 7]) {
    for (const margin of [-3, -0.7, 0, 0.4, 2]) {
      for (const moved of [-1, -0.3, 0.2, 1.5]) {
        expect(row.change(truth, margin, moved)).toBeCloseTo(row.value(truth, margin + moved) - row.value(truth, margin), 12);
      }
      const central = (row.value(truth, margin + 1e-5) - row.value(truth, margin - 1e-5)) / 2e-5;
      expect(row.residual(truth, margin, 3)).toBeCloseTo(3 * central, 6);
    }
  }
});

test('rows that count nothing say nothing, though their loss is infinite', async () => {
  const { input, stride, lanes, launch, buffers } = setUp({ loss: poisson, rows: 40, models: 1, run: 4 }, 5);
  const heavy = (row: number): boolean => row % 3 === 0;
  const weights = Float32Array.from(input.weights, (weight, row) => (heavy(row) ? 0 : weight));
  const margins = Float32Array.from(buffers.margins, (margin, row) => (heavy(row) ? 500 : margin));
  const expected = poisson.reference({ ...input, weights, margins: [margins.subarray(0, 40)] }, 1);
  const outputs = { residuals: stride * 4, partials: lanes * 8 };
  const read = await withBuffers({ ...buffers, rowWeights: weights, margins }, outputs, async (bindings) => {
    await compute.launch(poisson.kernel, { ...launch, bindings });
    return [new Float32Array(await compute.read(bindings['residuals']!)), new Float32Array(await compute.read(bindings['partials']!))] as const;
  });
  expected.residuals[0]!.forEach((residual, row) => expect(Math.abs(read[0][row]! - residual)).toBeLessThan(1e-5 * (1 + Math.abs(residual))));
  const change = read[1].filter((_, at) => at % 2 === 0).reduce((a, b) => a + b, 0);
  expect(Math.abs(change - expected.change[0]!)).toBeLessThan(1e-4 * (1 + Math.abs(expected.change[0]!)));
});
