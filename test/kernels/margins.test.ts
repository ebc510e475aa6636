import { describe, expect, test } from 'vitest';
import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { batchCase, columnsAt, intoSlots } from '../support/batch.ts';
import { testCompute } from '../support/compute.ts';
import type { DeviceBuffer } from '../../src/core/compute.ts';
import { runsOn, variantsOf, wayOf } from '../../src/core/tuning/variants.ts';
import { fitting } from '../../src/estimators/linear/tuning/fastest.ts';
import { marginsLaunch } from '../../src/estimators/linear/tuning/launches.ts';
import { encodeWeightColumns } from '../../src/kernels/lib/weightColumn.ts';
import { TILE_QUADS, type RowDtype } from '../../src/kernels/lib/tiles.ts';
import { margins } from '../../src/kernels/margins/margins.ts';
import { marginsReference } from '../../src/kernels/margins/margins.reference.ts';

const compute = await testCompute();
type Margins = typeof margins.u8;

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly models: number;
  readonly scale?: number;
  readonly pixel?: () => number;
}

function marginsCase(dtype: RowDtype, name: string, { rows, cols, models, scale = 0.01, pixel }: Shape, seed: number): KernelCase<Margins> {
  const { x, shape, tiles, values } = batchCase(rows, cols, seed, dtype, pixel);
  const { words, quads } = shape;
  const stride = quads * 4;
  const steps = Array.from({ length: models }, (_, slot) => slot / 4);
  const weights = steps.map(() => values(cols + 1, scale));
  const direction = steps.map(() => values(rows));
  const before = steps.map(() => values(rows));
  const expected = marginsReference({ x, weights, steps, direction, margins: before });
  const packed = new Float32Array(words * models * 4);
  weights.forEach((w, m) => w.forEach((value, j) => (packed[((j >> 2) * models + m) * 4 + (j & 3)] = value)));
  // f32 sums of `cols` products of size scale * 255: rounding grows with the sum of magnitudes.
  const absolute = 2e-7 * cols * scale * (dtype === 'u8' ? 255 : 1) + 1e-6 * scale;
  return {
    name,
    params: { words, quads, offset: 0, stride: quads, first: 0 },
    sizes: { MODELS: models },
    // The smallest workgroup and the fewest rows an invocation of either form: more invocations than needed do nothing.
    grid: [Math.ceil(quads / 32)],
    buffers: {
      x: tiles,
      weights: packed,
      columns: encodeWeightColumns(columnsAt(steps)),
      direction: Float32Array.from(intoSlots(direction, stride, 0)),
      margins: Float32Array.from(intoSlots(before, stride, 0)),
    },
    outputs: {
      direction: { values: intoSlots(expected.direction, stride, NaN), type: 'f32', absolute, relative: 1e-6 },
      margins: { values: intoSlots(expected.margins, stride, NaN), type: 'f32', absolute: 1e-6, relative: 1e-6 },
    },
  };
}

const ways = (dtype: RowDtype, models: number): readonly Margins[] =>
  (variantsOf(margins[dtype]) as readonly Margins[]).filter((one) => runsOn(one, compute) && fitting('margins', models, compute.subgroupLanes)(one));
/** The first of each form. */
const forms = (dtype: RowDtype): readonly Margins[] => ways(dtype, 1).filter((one, i, all) => all.findIndex(({ name }) => name === one.name) === i);

describe.each(['u8', 'f32'] as const)('%s rows', (dtype) => {
  const cases = [
    marginsCase(dtype, 'one row, one column', { rows: 1, cols: 1, models: 1 }, 1),
    marginsCase(dtype, 'a row short of a tile', { rows: 63, cols: 5, models: 2 }, 2),
    marginsCase(dtype, 'a whole tile', { rows: 64, cols: 4, models: 1 }, 3),
    marginsCase(dtype, 'a row past a tile', { rows: 65, cols: 3, models: 3 }, 4),
    marginsCase(dtype, 'pictures, four models', { rows: 257, cols: 784, models: 4 }, 5),
    marginsCase(dtype, 'eight models', { rows: 300, cols: 31, models: 8 }, 6),
    marginsCase(dtype, 'huge weights', { rows: 65, cols: 12, models: 2, scale: 1e20 }, 9),
    marginsCase(dtype, 'tiny weights', { rows: 65, cols: 12, models: 2, scale: 1e-20 }, 10),
  ];
  for (const form of forms(dtype)) checkKernel(form, cases, () => compute);
});

describe.each([
  ['u8', 2],
  ['u8', 8],
  ['f32', 2],
] as const)('every variant that tuning may keep, %s rows, %i models', (dtype, models) => {
  const pictures = marginsCase(dtype, '', { rows: 700, cols: 30, models }, 11);
  for (const kernel of ways(dtype, models)) {
    const { sizes, across } = marginsLaunch({ tileQuads: TILE_QUADS }, models, kernel, pictures.params.quads);
    checkKernel(kernel, [{ ...pictures, name: wayOf(kernel), sizes, grid: [across] }], () => compute);
  }
});

test('groups of one launch are the groups of several', async () => {
  const grouped = marginsCase('u8', '', { rows: 700, cols: 30, models: 4 }, 12);
  const run = async (launches: readonly { readonly first: number; readonly groups: number }[]): Promise<ArrayBuffer> => {
    const buffers = Object.fromEntries(
      Object.entries(grouped.buffers).map(([name, view]) => [
        name,
        compute.upload(name, view.byteLength, (target) => new Uint8Array(target).set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))),
      ]),
    ) as Record<keyof typeof grouped.buffers, DeviceBuffer>;
    for (const { first, groups } of launches) {
      const params = { ...grouped.params, first };
      await compute.launch(margins.u8, { params, bindings: buffers, sizes: { MODELS: 2 }, grid: [grouped.grid[0], groups] });
    }
    const bytes = await compute.read(buffers.direction);
    compute.release(...Object.values(buffers));
    return bytes;
  };
  expect(await run([{ first: 0, groups: 2 }])).toEqual(
    await run([
      { first: 0, groups: 1 },
      { first: 2, groups: 1 },
    ]),
  );
});

describe('extreme pixels', () => {
  const cases = [
    marginsCase('u8', 'all zero', { rows: 70, cols: 9, models: 2, pixel: () => 0 }, 7),
    marginsCase('u8', 'all full', { rows: 70, cols: 784, models: 2, pixel: () => 255 }, 8),
  ];
  for (const form of forms('u8')) checkKernel(form, cases, () => compute);
});
