// Sparse rows: what is refused, and that taking rows gives what the dense twin has.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDataset } from '../../src/core/data/checkDataset.ts';
import { tellingColumns } from '../../src/core/leaks/tellingColumns.ts';
import { csr } from '../../src/core/data/csr.ts';
import { takeBlocks, takeRows } from '../../src/core/data/features.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { decode, encode } from '../../src/core/encoding/encoding.ts';
import { sparseOf } from '../support/sparse.ts';

const F = Float64Array;
describe.each([
  ['too few row starts', { indptr: [0, 1], indices: [0], data: F.of(1) }, 'E_SHAPE', 'indptr has 2 entries; 2 rows need 3'],
  ['a first row behind 0', { indptr: [1, 1, 1], indices: [0], data: F.of(1) }, 'E_SHAPE', 'indptr begins with 1'],
  ['a row that ends before it begins', { indptr: [0, 2, 1], indices: [0, 1], data: F.of(1, 2) }, 'E_SHAPE', 'row 1 begins at 2 and ends at 1'],
  [
    'a column that is not there',
    { indptr: [0, 1, 2], indices: [0, 3], data: F.of(1, 2) },
    'E_SHAPE',
    'row 1 has a value in column 3; there are columns 0 to 2',
  ],
  ['a negative column', { indptr: [0, 1, 2], indices: Int32Array.of(0, -1), data: F.of(1, 2) }, 'E_SHAPE', 'indices[1] is -1'],
  ['a column twice', { indptr: [0, 0, 2], indices: [1, 1], data: F.of(1, 2) }, 'E_SHAPE', 'row 1 has column 1 twice'],
  ['columns out of order', { indptr: [0, 0, 2], indices: [2, 1], data: F.of(1, 2) }, 'E_SHAPE', 'row 1 has column 1 after column 2'],
  ['too few values', { indptr: [0, 1, 2], indices: [0, 1], data: F.of(1) }, 'E_SHAPE', 'indptr ends with 2, for 2 indices and 1 values'],
  ['NaN', { indptr: [0, 0, 2], indices: [0, 2], data: F.of(1, NaN) }, 'E_DATA', 'Row 1 of sparse features holds NaN in column 2'],
  ['Infinity in the first row', { indptr: [0, 1, 1], indices: [1], data: F.of(Infinity) }, 'E_DATA', 'Row 0 of sparse features holds Infinity in column 1'],
  ['values of no dtype', { indptr: [0, 0, 0], indices: [], data: [1] as never }, 'E_SHAPE', 'data of type Array arrived'],
] as const)('%s', (_, parts, code, message) => {
  test('is refused with a cure', () => {
    expect(() => csr(2, 3, parts as never)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message), hint: expect.stringMatching(/.{10}/) }),
    );
  });
});

const dense = fc.record({ rows: fc.integer({ min: 1, max: 20 }), cols: fc.integer({ min: 1, max: 9 }) }).chain(({ rows, cols }) =>
  fc.record({
    x: fc
      .array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 255 }) }), {
        minLength: rows * cols,
        maxLength: rows * cols,
      })
      .chain((values) => fc.constantFrom(Uint8Array, Uint16Array, Float32Array, Float64Array).map((Values) => matrix(rows, cols, Values.from(values)))),
    ids: fc.uint32Array({ maxLength: 30, max: rows - 1 }),
    labels: fc.uint8Array({ minLength: rows, maxLength: rows, max: 2 }),
    leak: fc.boolean(),
  }),
);

test('rows are those of the dense twin, in any order and however often, and survive encoding', async () => {
  await fc.assert(
    fc.asyncProperty(dense, async ({ x, ids }) => {
      const sparse = sparseOf(x);
      const { text, blobs } = await encode(sparse);
      const again = (await decode(text, async (digest) => blobs.get(digest)!)) as typeof sparse;
      for (const one of [sparse, again]) expect(await takeRows(one, ids)).toEqual(await takeRows(x, ids));
    }),
  );
});

test('columns that tell the label are found as in the dense twin', () =>
  fc.assert(
    fc.property(dense, ({ x, labels, leak }) => {
      if (leak) labels.forEach((label, row) => (x.data[row * x.cols + x.cols - 1] = label));
      const data = { name: 'd', role: 'all', labels, rows: Uint32Array.from(labels.keys()) } as const;
      const equal = tellingColumns({ ...data, x }).filter(({ how }) => how === 'equals the label');
      expect(tellingColumns({ ...data, x: sparseOf(x) })).toEqual(equal);
    }),
  ));

test('blocks are all rows in order, in multiples of what is asked, and narrow where rows are wide', async () => {
  const x = csr(5000, 20_000, {
    indptr: Uint32Array.from({ length: 5001 }, (_, i) => i),
    indices: Uint32Array.from({ length: 5000 }, (_, i) => i),
    data: new F(5000).fill(1),
  });
  const ids = Uint32Array.from({ length: 600 }, (_, i) => i * 7);
  const seen: number[] = [];
  for await (const { from, rows, data } of takeBlocks(x, ids, 32)) {
    expect(from % 32).toBe(0);
    expect(data.byteLength).toBeLessThanOrEqual(32e6);
    for (let r = 0; r < rows; r++) seen.push(data.subarray(r * 20_000, (r + 1) * 20_000).indexOf(1));
  }
  expect(seen).toEqual([...ids]);
});

test('sparse features made by hand are checked when they arrive', () => {
  const x = { rows: 1, cols: 2, dtype: 'f32', indptr: Uint32Array.of(0, 1), indices: Uint32Array.of(2), values: Float32Array.of(1) } as const;
  expect(() => checkDataset({ name: 'd', role: 'all', x, labels: Uint8Array.of(0), rows: Uint32Array.of(0) })).toThrow('row 0 has a value in column 2');
});
