// Which center a row is nearest to, told by whole numbers where rows are bytes, and sums of clusters that follow rows from one to another.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matrix, type Dataset } from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { nearestCodes, positionsOf } from '../../src/estimators/centroids/assigned.ts';
import { inSteps } from '../../src/estimators/centroids/steps.ts';
import { moveRows } from '../../src/estimators/kMeans/moves.ts';
import { tilesOnDevice } from '../../src/estimators/rows/tilesOnDevice.ts';
import { runsNearestOfBytes } from '../../src/kernels/nearestOfBytes/nearestOfBytes.ts';
import { testCompute } from '../support/compute.ts';

const compute = await testCompute();

function bytesOf(random: RandomState, rows: number, cols: number, most: number): Dataset<'train'> & { readonly x: { readonly data: Uint8Array } } {
  const x = matrix(
    rows,
    cols,
    Uint8Array.from({ length: rows * cols }, () => random.interval(most)),
  );
  return { name: 'bytes', role: 'train', x, labels: new Uint8Array(rows), rows: new RandomState(1).permutation(rows) };
}

/** The first of the nearest, in float64. */
function nearestInFloat64({ x, rows }: ReturnType<typeof bytesOf>, points: readonly Float64Array[]): Uint32Array {
  return rows.map((id) => {
    const squares = points.map((point) => point.reduce((sum, value, j) => sum + (x.data[id * point.length + j]! - value) ** 2, 0));
    return squares.indexOf(Math.min(...squares));
  });
}

const drawn = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  rows: fc.integer({ min: 1, max: 700 }),
  cols: fc.integer({ min: 1, max: 40 }),
  clusters: fc.integer({ min: 1, max: 13 }),
  /** Few values: many rows are as near to one center as to another. */
  most: fc.constantFrom(1, 4, 255),
  /** Of a center: whole bytes, halves, thirds, which no power of two makes whole. */
  parts: fc.constantFrom(1, 2, 3),
});

test('bytes: the nearest center is that of float64, of equally near ones the first', async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async ({ seed, rows, cols, clusters, most, parts }) => {
      const random = new RandomState(seed);
      const data = bytesOf(random, rows, cols, most);
      const sets = [0, 1].map(() => Array.from({ length: clusters }, () => Float64Array.from({ length: cols }, () => random.interval(most * parts) / parts)));
      const held = await tilesOnDevice(compute, data);
      try {
        // Columns of one value are 0 there.
        const { center } = held.frame;
        const framed = sets.map((points) => points.map((point) => point.map((value, j) => value - center[j]!)));
        const codes = await nearestCodes(compute, data, held, framed, new Float64Array(cols).fill(1));
        // Thirds of equal distance differ by rounding: there the first is whichever float64 finds.
        if (parts < 3 || most === 255) sets.forEach((points, set) => expect(codes[set]).toEqual(nearestInFloat64(data, points)));
      } finally {
        held.release();
      }
    }),
    { numRuns: 30 },
  );
});

test('pictures whose centers are a thousandth of a byte apart', async () => {
  const random = new RandomState(3);
  const data = bytesOf(random, 600, 784, 255);
  const one = Float64Array.from({ length: 784 }, () => random.interval(255) + 0.1);
  const points = [one, one.map((value) => value + 0.001), one.map((value, j) => value + (j % 2 === 0 ? 0.001 : -0.001))];
  const held = await tilesOnDevice(compute, data);
  try {
    const [codes] = await nearestCodes(compute, data, held, [points], new Float64Array(784).fill(1));
    const expected = nearestInFloat64(data, points);
    // Distances in f32, which are all there is without subgroups, cannot tell these.
    if (runsNearestOfBytes(compute)) expect(codes).toEqual(expected);
    expect(new Set(expected).size).toBe(3);
  } finally {
    held.release();
  }
});

test('steps fit their words, and are off by half at most', () => {
  fc.assert(
    fc.property(drawn, fc.constantFrom(1, 300, 1e7), ({ seed, cols, clusters }, size) => {
      const random = new RandomState(seed);
      const points = Array.from({ length: clusters }, () => Float64Array.from({ length: cols }, () => (random.uint32() / 2 ** 31 - 1) * size));
      const shape = { words: Math.ceil((cols + 1) / 4), cols };
      const steps = inSteps(points, shape);
      expect(steps === undefined).toBe(size === 1e7 && clusters > 1);
      if (!steps) return;
      const row = Float64Array.from({ length: cols }, () => random.interval(255));
      // What differs between centers, twice over, from the first.
      const exact = points.map((point) => point.reduce((sum, value, j) => sum + (row[j]! - value) ** 2, 0));
      const found = points.map((_, k) => row.reduce((sum, value, j) => sum + value * steps.weights[k * shape.words * 4 + j]!, steps.biases[k]!));
      found.forEach((value) => expect(Math.abs(value)).toBeLessThan(2 ** 31));
      const off = row.reduce((sum, value) => sum + value, 0) + 1;
      found.forEach((value, k) => expect(Math.abs(value - found[0]! + ((exact[k]! - exact[0]!) / 2) * steps.times)).toBeLessThanOrEqual(off + 1e-3));
    }),
    { numRuns: 200 },
  );
});

test('sums that follow the rows are the sums of all rows, to the bit', async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async ({ seed, rows, cols, clusters, most }) => {
      const random = new RandomState(seed);
      const data = bytesOf(random, rows, cols, most);
      const { center } = (await tilesOnDevice(compute, data)).frame;
      const codesOf = (): Uint32Array => Uint32Array.from({ length: rows }, () => random.interval(clusters - 1));
      const sumsOf = (codes: Uint32Array): Float64Array[] => {
        const sums = Array.from({ length: clusters }, () => new Float64Array(cols + 1));
        data.rows.forEach((id, row) => {
          for (let j = 0; j < cols; j++) sums[codes[row]!]![j]! += data.x.data[id * cols + j]! - center[j]!;
          sums[codes[row]!]![cols]!++;
        });
        return sums;
      };
      const [before, codes] = [codesOf(), codesOf()];
      const sums = sumsOf(before);
      const changed = positionsOf(codes, (code, row) => code !== before[row]);
      await moveRows(data, { center, unit: new Float64Array(cols).fill(1) }, sums, { changed, before, codes }, new AbortController().signal);
      expect(sums).toEqual(sumsOf(codes));
    }),
    { numRuns: 20 },
  );
});
