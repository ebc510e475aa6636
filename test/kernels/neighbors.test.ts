// Distances of pairs and the nearest of them, against float64 loops and sorted lists.
import { describe, expect, test } from 'vitest';
import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { batchCase, type BatchCase } from '../support/batch.ts';
import { testCompute } from '../support/compute.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { keepNearest, NONE } from '../../src/kernels/keepNearest/keepNearest.ts';
import { keepNearestReference } from '../../src/kernels/keepNearest/keepNearest.reference.ts';
import type { RowDtype } from '../../src/kernels/lib/tiles.ts';
import { pairDistances } from '../../src/kernels/pairDistances/pairDistances.ts';
import { pairDistancesReference } from '../../src/kernels/pairDistances/pairDistances.reference.ts';

const compute = await testCompute();
const FORMS = compute.subgroupLanes > 0 ? (['plain', 'subgroups'] as const) : (['plain'] as const);
type Pairs = (typeof pairDistances)[RowDtype][(typeof FORMS)[number]];

function squaresOf({ x, shape }: BatchCase): Uint32Array {
  const squares = new Uint32Array(shape.quads * 4);
  for (let row = 0; row < x.rows; row++) for (let j = 0; j < x.cols; j++) squares[row]! += x.data[row * x.cols + j]! ** 2;
  return squares.map((sum, row) => (row < x.rows ? sum + 1 : 0));
}

/** Every row of one batch against some rows of another. */
function pairsCase(
  kernel: Pairs,
  dtype: RowDtype,
  name: string,
  { asked, rows, cols, first = 0 }: { readonly asked: number; readonly rows: number; readonly cols: number; readonly first?: number },
  pixel?: () => number,
): KernelCase<Pairs> {
  const [a, b] = [batchCase(asked, cols, asked + cols, dtype, pixel), batchCase(rows, cols, rows * 3, dtype, pixel)];
  const [quads, end] = [Math.ceil(asked / 4), Math.ceil(rows / 4)];
  const found = pairDistancesReference(a.x, matrix(rows - first * 4, cols, b.x.data.slice(first * 4 * cols) as Float32Array));
  const expected = new Float64Array((end - first) * 4 * quads * 4).fill(NaN);
  for (let row = 0; row < rows - first * 4; row++) expected.set(found.subarray(row * asked, (row + 1) * asked), row * quads * 4);
  const buffers = { x: a.tiles, rows: b.tiles, distances: new Uint32Array(expected.length).fill(7) };
  return {
    name,
    params: { words: a.shape.words, asked: quads, first, end },
    sizes: { X_TILE: a.shape.tileQuads, ROW_TILE: b.shape.tileQuads },
    grid: [Math.ceil((end - first) / kernel.sizes.QUADS), Math.ceil(quads / kernel.sizes.WORKGROUP)],
    buffers: (dtype === 'u8' ? { ...buffers, xSquares: squaresOf(a), rowSquares: squaresOf(b) } : buffers) as never,
    // Bytes are exact. Of floats nothing cancels: relative to the sum, as many roundings as there are features.
    outputs: {
      distances: {
        values: expected,
        ...(dtype === 'u8' ? { type: 'u32', absolute: 0, relative: 0 } : { type: 'f32', absolute: 1e-30, relative: 3e-7 + cols * 6e-8 }),
      },
    },
  };
}

describe.each(FORMS)('%s', (form) => {
  describe.each(['u8', 'f32'] as const)('%s rows', (dtype) => {
    const kernel = pairDistances[dtype][form] as Pairs;
    checkKernel(
      kernel,
      [
        pairsCase(kernel, dtype, 'one row and one row', { asked: 1, rows: 1, cols: 1 }),
        pairsCase(kernel, dtype, 'a row past a workgroup and a tile', { asked: 257, rows: 513, cols: 5 }),
        pairsCase(kernel, dtype, 'rows from the middle on', { asked: 9, rows: 700, cols: 33, first: 129 }),
        pairsCase(kernel, dtype, 'a row less than the quads of an invocation', { asked: 70, rows: 31, cols: 8 }),
        pairsCase(kernel, dtype, 'pictures', { asked: 20, rows: 40, cols: 784 }),
        pairsCase(kernel, dtype, 'wide rows in tiles of fewer', { asked: 3, rows: 60, cols: 30_000 }),
      ],
      () => compute,
    );
  });
  const kernel = pairDistances.u8[form] as Pairs;
  const ends = new RandomState(4);
  checkKernel(kernel, [pairsCase(kernel, 'u8', 'the largest of bytes', { asked: 4, rows: 9, cols: 65_536 }, () => ends.interval(1) * 255)], () => compute);
});

/** Few distances, so that many are equal. */
function nearestCase(
  name: string,
  { asked, rows, count, before }: Readonly<Record<'asked' | 'rows' | 'count' | 'before', number>>,
  seed: number,
): KernelCase<typeof keepNearest> {
  const random = new RandomState(seed);
  const stride = asked + 3;
  const first = before + 5;
  const distances = Uint32Array.from({ length: rows * stride }, () => random.interval(before === 0 ? 900 : 20));
  const nearest = new Uint32Array(count * stride * 2).fill(NONE);
  const expected = Float64Array.from(nearest);
  for (let i = 0; i < asked; i++) {
    const had = keepNearestReference(
      [],
      Array.from({ length: before }, () => random.interval(20)),
      0,
      count,
    );
    had.forEach(({ distance, position }, slot) => nearest.set([distance, position], 2 * (slot * stride + i)));
    const came = Array.from({ length: rows }, (_, row) => distances[row * stride + i]!);
    keepNearestReference(had, came, first, count).forEach(({ distance, position }, slot) => expected.set([distance, position], 2 * (slot * stride + i)));
  }
  return {
    name,
    params: { rows, first, asked, stride, count },
    grid: [Math.ceil(asked / keepNearest.sizes.WORKGROUP)],
    buffers: { distances, nearest },
    outputs: { nearest: { values: expected, type: 'u32', absolute: 0, relative: 0 } },
  };
}

checkKernel(
  keepNearest,
  [
    nearestCase('one of one', { asked: 1, rows: 1, count: 1, before: 0 }, 1),
    nearestCase('more places than rows', { asked: 65, rows: 7, count: 9, before: 0 }, 2),
    nearestCase('equal ones behind those kept before', { asked: 63, rows: 50, count: 12, before: 30 }, 3),
    nearestCase('many places', { asked: 5, rows: 400, count: 150, before: 200 }, 4),
  ],
  () => compute,
);

test('a position is kept, not a row of the block', () => {
  const came = keepNearestReference([{ distance: 3, position: 1 }], [3, 2, 3], 40, 3);
  expect(came).toEqual([
    { distance: 2, position: 41 },
    { distance: 3, position: 1 },
    { distance: 3, position: 40 },
  ]);
});
