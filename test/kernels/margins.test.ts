import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { batchCase, intoSlots } from '../support/batch.ts';
import { testCompute } from '../support/compute.ts';
import { encodeColumns, NO_FOLD } from '../../src/kernels/lib/column.ts';
import { margins } from '../../src/kernels/margins/margins.ts';
import { marginsReference } from '../../src/kernels/margins/margins.reference.ts';

const compute = await testCompute();

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly models: number;
  readonly scale?: number;
  readonly pixel?: () => number;
}

function marginsCase(name: string, { rows, cols, models, scale = 0.01, pixel }: Shape, seed: number): KernelCase<typeof margins> {
  const { x, shape, tiles, values } = batchCase(rows, cols, seed, pixel);
  const { words, quads } = shape;
  const stride = quads * 4;
  const weights = Array.from({ length: models }, () => values(cols, scale));
  const columns = weights.map((_, slot) => ({ slot, positive: 1, heldOut: NO_FOLD, bias: Math.fround(0.5 - slot), step: Math.fround(slot / 4) }));
  const direction = weights.map(() => values(rows));
  const before = weights.map(() => values(rows));
  const expected = marginsReference({ x, weights, columns, direction, margins: before });
  const packed = new Float32Array(words * models * 4);
  weights.forEach((w, m) => w.forEach((value, j) => (packed[((j >> 2) * models + m) * 4 + (j & 3)] = value)));
  // f32 sums of `cols` products of size scale * 255: rounding grows like the sum of magnitudes.
  const absolute = 2e-7 * cols * scale * 255 + 1e-6;
  return {
    name,
    params: { words, quads, offset: 0, stride: quads, first: 0, weight: 0 },
    sizes: { MODELS: models },
    grid: [Math.ceil(quads / margins.sizes.WORKGROUP)],
    buffers: {
      x: tiles,
      weights: packed,
      columns: encodeColumns(columns),
      direction: Float32Array.from(intoSlots(direction, stride, 0)),
      margins: Float32Array.from(intoSlots(before, stride, 0)),
    },
    outputs: {
      direction: { values: intoSlots(expected.direction, stride, NaN), type: 'f32', absolute, relative: 1e-6 },
      margins: { values: intoSlots(expected.margins, stride, NaN), type: 'f32', absolute: 1e-6, relative: 1e-6 },
    },
  };
}

checkKernel(
  margins,
  [
    marginsCase('one row, one column', { rows: 1, cols: 1, models: 1 }, 1),
    marginsCase('a row short of a tile', { rows: 63, cols: 5, models: 2 }, 2),
    marginsCase('a whole tile', { rows: 64, cols: 4, models: 1 }, 3),
    marginsCase('a row past a tile', { rows: 65, cols: 3, models: 3 }, 4),
    marginsCase('pictures, four models', { rows: 257, cols: 784, models: 4 }, 5),
    marginsCase('eight models', { rows: 300, cols: 31, models: 8 }, 6),
    marginsCase('all pixels zero', { rows: 70, cols: 9, models: 2, pixel: () => 0 }, 7),
    marginsCase('all pixels full', { rows: 70, cols: 784, models: 2, pixel: () => 255 }, 8),
    marginsCase('huge weights', { rows: 65, cols: 12, models: 2, scale: 1e20 }, 9),
    marginsCase('tiny weights', { rows: 65, cols: 12, models: 2, scale: 1e-20 }, 10),
  ],
  () => compute,
);
