// The kernels that go by rows: logistic and softmax loss.
import { describe, expect, test } from 'vitest';
import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { intoSlots } from '../support/batch.ts';
import { testCompute } from '../support/compute.ts';
import type { DeviceBuffer } from '../../src/core/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { encodeColumns, NO_FOLD } from '../../src/kernels/lib/column.ts';
import { logisticLoss } from '../../src/kernels/logisticLoss/logisticLoss.ts';
import { logisticLossReference, type LossInput } from '../../src/kernels/logisticLoss/logisticLoss.reference.ts';
import { softmaxLoss } from '../../src/kernels/softmaxLoss/softmaxLoss.ts';
import { softmaxLossReference } from '../../src/kernels/softmaxLoss/softmaxLoss.reference.ts';

const compute = await testCompute();
const { WORKGROUP } = logisticLoss.sizes;

interface Shape {
  readonly rows: number;
  readonly models: number;
  /** Columns a model; 1 for two classes. */
  readonly classes?: number;
  /** Size of the margins, and of the moves. */
  readonly scale?: number;
  readonly move?: number;
  readonly run?: number;
}

/** Random margins, classes, folds and weights; the first model holds no fold out. */
function setUp({ rows, models, classes = 1, scale = 3, move = scale, run = 4 }: Shape, seed: number) {
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
  const lanes = Math.ceil(rows / (WORKGROUP * run)) * WORKGROUP;
  const input: LossInput = { codes, folds, weights, columns, margins, direction };
  return {
    input,
    stride,
    lanes,
    launch: { params: { rows, stride, lanes }, sizes: { RUN: run }, grid: [lanes / WORKGROUP, models] as const },
    buffers: {
      rows: Uint32Array.from(codes, (code, i) => code | (folds[i]! << 8)),
      rowWeights: weights,
      columns: encodeColumns(columns),
      margins: Float32Array.from(intoSlots(margins, stride, NaN)),
      direction: Float32Array.from(intoSlots(direction, stride, NaN)),
    },
  };
}

function lossCase(name: string, shape: Shape, seed: number): KernelCase<typeof softmaxLoss> {
  const { classes = 1, models } = shape;
  const { input, stride, lanes, launch, buffers } = setUp(shape, seed);
  const { residuals } = classes === 1 ? logisticLossReference(input) : softmaxLossReference(input, classes);
  return {
    name,
    ...launch,
    sizes: classes === 1 ? launch.sizes : { ...launch.sizes, CLASSES: classes },
    buffers: { ...buffers, residuals: new Float32Array(stride * models * classes), partials: new Float32Array(lanes * models * 2) },
    outputs: {
      // Scores differ by up to 5 * scale, which f32 rounds by 6e-8 of itself, and a residual by that times its weight, at most 3.1.
      residuals: { values: intoSlots(residuals, stride, NaN), type: 'f32', absolute: 1e-6 * Math.max(1, shape.scale ?? 3), relative: 2e-6 },
      // How rows fall to lanes is the kernel's own business: sums over lanes are checked below.
      partials: { values: [], type: 'f32', absolute: 0, relative: 0 },
    },
  };
}

const shapes: readonly (readonly [string, Shape])[] = [
  ['one row', { rows: 1, models: 1 }],
  ['a row short of a run', { rows: WORKGROUP * 4 - 1, models: 3 }],
  ['a whole run', { rows: WORKGROUP * 4, models: 2 }],
  ['a row past a run', { rows: WORKGROUP * 4 + 1, models: 4 }],
  ['margins near zero', { rows: 100, models: 3, scale: 1e-4 }],
  ['margins that overflow a naive exp', { rows: 300, models: 3, scale: 500 }],
  ['all margins zero', { rows: 300, models: 2, scale: 0 }],
];
checkKernel(
  logisticLoss as never as typeof softmaxLoss,
  shapes.map(([name, shape], i) => lossCase(name, shape, i + 1)),
  () => compute,
);
describe.each([3, 10])('%d classes', (classes) => {
  checkKernel(
    softmaxLoss,
    shapes.map(([name, shape], i) => lossCase(name, { ...shape, classes }, i + 1)),
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
  [1, 3, 10].flatMap((classes) => [
    { classes, scale: 3, move: 1e-6 },
    { classes, scale: 3, move: 1e-3 },
    { classes, scale: 3, move: 3 },
    { classes, scale: 30, move: 0.1 },
    { classes, scale: 60, move: 60 },
  ]),
)('the change of the loss is exact to f32 of itself, however small: $classes columns, margins $scale, moves $move', async ({ classes, scale, move }) => {
  const models = 2;
  const rows = 3000;
  const { input, stride, lanes, launch, buffers } = setUp({ rows, models, classes, scale, move, run: 8 }, 11);
  const expected = classes === 1 ? logisticLossReference(input) : softmaxLossReference(input, classes);
  const partials = await withBuffers(buffers, { residuals: stride * models * classes * 4, partials: lanes * models * 8 }, async (bindings) => {
    const kernel = classes === 1 ? logisticLoss : softmaxLoss;
    const sizes = classes === 1 ? launch.sizes : { ...launch.sizes, CLASSES: classes };
    await compute.launch(kernel as typeof softmaxLoss, { params: launch.params, sizes, grid: [launch.grid[0], launch.grid[1]], bindings: bindings as never });
    return new Float32Array(await compute.read(bindings['partials']!));
  });
  for (let m = 0; m < models; m++) {
    const sum = (k: number): number => Array.from({ length: lanes }, (_, lane) => partials[(m * lanes + lane) * 2 + k]!).reduce((a, b) => a + b, 0);
    // Each row's change is at most its move; f32 rounds a margin of size `scale`, which shifts shares by as much.
    const allowed = rows * move * (m + 1) * 3 * (2e-7 + 6e-8 * scale);
    expect(Math.abs(sum(0) - expected.change[m]!), 'change').toBeLessThan(allowed);
    expect(Math.abs(sum(1) - expected.slope[m]!), 'slope').toBeLessThan(allowed);
  }
});
