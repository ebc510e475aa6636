// Products with x in twofold f32: equal to float64 to far below f32's rounding, on rows of every size and dtype.
import { describe, expect, test } from 'vitest';
import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { batchCase, plainFrame } from '../support/batch.ts';
import { testCompute } from '../support/compute.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { gradientReference } from '../../src/kernels/gradient/gradient.reference.ts';
import { packTiles, TILE_ROWS, type Part, type RowDtype } from '../../src/kernels/lib/tiles.ts';
import { piecesOf } from '../../src/kernels/lib/twofold.ts';
import { marginsReference } from '../../src/kernels/margins/margins.reference.ts';
import { preciseGradient } from '../../src/kernels/preciseGradient/preciseGradient.ts';
import { preciseMargins } from '../../src/kernels/preciseMargins/preciseMargins.ts';

const compute = await testCompute();
/** Of the sum of magnitudes. */
const PRECISION = 1e-13;

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly columns: number;
  readonly scale?: number;
}

const SHAPES: readonly (readonly [string, Shape])[] = [
  ['one row, one column', { rows: 1, cols: 1, columns: 1 }],
  ['a row short of a tile', { rows: 511, cols: 4, columns: 2 }],
  ['a row past a tile', { rows: 513, cols: 7, columns: 3 }],
  ['pictures', { rows: 130, cols: 784, columns: 2 }],
  ['large weights', { rows: 70, cols: 12, columns: 1, scale: 1e15 }],
  ['tiny weights', { rows: 70, cols: 12, columns: 1, scale: 1e-15 }],
];

/** Bytes, or float64 features in two parts. */
function featuresOf(dtype: RowDtype, rows: number, cols: number, seed: number) {
  const { x: plain, shape, tiles, random } = batchCase(rows, cols, seed, dtype);
  if (dtype === 'u8') return { x: plain, shape, random, buffers: { x: tiles } };
  const x = matrix(rows, cols, numbers(random, rows * cols, 1));
  const part = (name: Part): Uint8Array => {
    const target = new Uint8Array(shape.sizeBytes);
    packTiles(
      x,
      Uint32Array.from({ length: rows }, (_, i) => i),
      plainFrame(cols),
      shape,
      target.buffer,
      { part: name },
    );
    return target;
  };
  return { x, shape, random, buffers: { x: part('high'), xLow: part('low') } };
}

/** float64 numbers that f32 cannot hold. */
function numbers(random: { uint32(): number }, count: number, scale: number): Float64Array {
  return Float64Array.from({ length: count }, () => (random.uint32() / 2 ** 31 - 1 + random.uint32() / 2 ** 63) * scale);
}

function pieces(values: readonly Float64Array[], stride: number): Float32Array {
  const out = new Float32Array(values.length * stride * 4);
  values.forEach((column, c) => column.forEach((value, i) => piecesOf(value, out, (c * stride + i) * 4)));
  return out;
}

/** `[...][high, low]` of four numbers each, as four numbers. */
function wholeOf(parts: Float32Array, at: number): number {
  const four = Math.floor(at / 4) * 8 + (at % 4);
  return parts[four]! + parts[four + 4]!;
}

/** Values as the kernel's high parts, within a rounding of them; what is not written to may be anything. */
function highs(values: readonly (readonly [at: number, value: number])[], length: number): Float64Array {
  const out = new Float64Array(length).fill(NaN);
  for (const [at, value] of values) out[Math.floor(at / 4) * 8 + (at % 4)] = value;
  return out;
}

function marginsCase(dtype: RowDtype, name: string, { rows, cols, columns, scale = 1 }: Shape, seed: number) {
  const { x, shape, random, buffers } = featuresOf(dtype, rows, cols, seed);
  const { words, quads } = shape;
  const weights = Array.from({ length: columns }, () => numbers(random, cols, scale));
  const zero = weights.map(() => new Float64Array(rows));
  const { direction } = marginsReference({ x, weights: weights.map((w) => [...w, 0]), steps: weights.map(() => 0), direction: zero, margins: zero });
  const sizes = weights.map((w) => Float64Array.from({ length: rows }, (_, row) => w.reduce((sum, v, j) => sum + Math.abs(v * x.data[row * cols + j]!), 0)));
  const expected = direction.flatMap((column, c) => [...column].map((value, row) => [c * quads * 4 + row, value] as const));
  const largest = Math.max(...sizes.flatMap((size) => [...size]));
  const one: KernelCase<typeof preciseMargins.u8> = {
    name,
    params: { zero: 0, words, quads, offset: 0, stride: quads },
    grid: [Math.ceil(quads / preciseMargins.u8.sizes.WORKGROUP), columns],
    buffers: { ...buffers, weights: pieces(weights, words * 4), margins: new Float32Array(columns * quads * 8) },
    outputs: { margins: { values: highs(expected, columns * quads * 8), type: 'f32', absolute: 1e-7 * largest, relative: 0 } },
  };
  return {
    one,
    kernel: preciseMargins[dtype],
    output: 'margins',
    expected,
    size: (at: number) => sizes[Math.floor(at / (quads * 4))]![at % (quads * 4)]!,
  } as const;
}

function gradientCase(dtype: RowDtype, name: string, { rows, cols, columns, scale = 1 }: Shape, seed: number) {
  const { x, shape, random, buffers } = featuresOf(dtype, rows, cols, seed);
  const { words, quads } = shape;
  const residuals = Array.from({ length: columns }, () => numbers(random, rows, scale));
  const blocks = gradientReference(x, residuals, TILE_ROWS);
  const magnitudes = gradientReference(
    { ...x, data: x.data.map(Math.abs) } as typeof x,
    residuals.map((residual) => residual.map(Math.abs)),
    TILE_ROWS,
  );
  const at = (c: number, block: number, j: number): number => (c * blocks.length + block) * words * 4 + j;
  const expected = blocks.flatMap((block, b) => block.flatMap((sums, c) => [...sums].map((value, j) => [at(c, b, j), value] as const)));
  const sizes = new Map(magnitudes.flatMap((block, b) => block.flatMap((sums, c) => [...sums].map((value, j) => [at(c, b, j), value] as const))));
  const length = columns * blocks.length * words * 8;
  const one: KernelCase<typeof preciseGradient.u8> = {
    name,
    params: { zero: 0, words, quads, offset: 0, stride: quads, block: 0, blocks: blocks.length, tiles: 1 },
    grid: [Math.ceil(words / preciseGradient.u8.sizes.WORKGROUP), blocks.length, columns],
    buffers: { ...buffers, residuals: pieces(residuals, quads * 4), partials: new Float32Array(length) },
    outputs: { partials: { values: highs(expected, length), type: 'f32', absolute: 1e-7 * Math.max(...sizes.values()), relative: 0 } },
  };
  return { one, kernel: preciseGradient[dtype], output: 'partials', expected, size: (position: number) => sizes.get(position)! } as const;
}

describe.each(['u8', 'f32'] as const)('%s rows', (dtype) => {
  const margins = SHAPES.map(([name, shape], i) => marginsCase(dtype, name, shape, i + 1));
  const gradients = SHAPES.map(([name, shape], i) => gradientCase(dtype, name, shape, i + 11));
  checkKernel(
    preciseMargins[dtype] as typeof preciseMargins.u8,
    margins.map(({ one }) => one),
    () => compute,
  );
  checkKernel(
    preciseGradient[dtype] as typeof preciseGradient.u8,
    gradients.map(({ one }) => one),
    () => compute,
  );

  test.each([...margins, ...gradients])(
    '$output, $one.name: high and low parts together are float64 but for 1e-13',
    async ({ one, kernel, output, expected, size }) => {
      const buffers = Object.fromEntries(
        Object.entries(one.buffers).map(([name, view]) => [
          name,
          compute.upload(name, view.byteLength, (target) => new Uint8Array(target).set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))),
        ]),
      );
      await compute.launch(kernel as typeof preciseMargins.u8, { params: one.params, bindings: buffers, grid: one.grid } as never);
      const parts = new Float32Array(await compute.read(buffers[output]!));
      compute.release(...Object.values(buffers));
      expect(expected.length).toBeGreaterThan(0);
      const worst = Math.max(...expected.map(([at, value]) => Math.abs(wholeOf(parts, at) - value) / (size(at) || 1)));
      expect(worst).toBeLessThan(PRECISION);
    },
  );
});
