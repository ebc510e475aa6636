// Products with sparse rows on the device, in blocks however small, against float64 over the same rows with their zeros.
import { expect, test } from 'vitest';
import type { Compute } from '../../src/core/compute.ts';
import { csr, denseOf, type CsrMatrix } from '../../src/core/data/csr.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { SparseProducts } from '../../src/estimators/linear/sparseProducts.ts';
import { cutUp, totalOf } from '../../src/core/shards/spans.ts';
import { sparseOnDevice } from '../../src/estimators/rows/sparseOnDevice.ts';
import { encodeWeightColumns, NO_FOLD } from '../../src/kernels/lib/weightColumn.ts';
import { ReferenceCompute } from '../../src/testing.ts';
import { testCompute } from '../support/compute.ts';

const compute = await testCompute();
const random = new RandomState(7);
const uniform = (): number => random.uint32() / 2 ** 31 - 1;

/** Every tenth row and column are empty; row 1 and column 3 are full, longer than one run. */
function sparse(rows: number, cols: number, each: number): CsrMatrix {
  const indptr = [0];
  const indices: number[] = [];
  for (let row = 0; row < rows; row++) {
    const drawn = Array.from({ length: row % 10 === 0 ? 0 : each }, () => random.interval(cols - 1));
    const own = new Set(row === 1 ? Array.from({ length: cols }, (_, j) => j) : [...drawn.slice(0, 1).map(() => 3), ...drawn]);
    indices.push(...[...own].filter((column) => column % 10 !== 0).toSorted((a, b) => a - b));
    indptr.push(indices.length);
  }
  return csr(rows, cols, { indptr, indices, data: Float32Array.from(indices, uniform) });
}

/** A block is some hundred rows, and a column of weights and sums has a pass of its own. */
const LIMITS = { ...compute.limits, maxBindingBytes: 2 ** 16 };
const PLACES: readonly [string, Compute][] = [
  ['in one block', compute],
  ['in small blocks', Object.create(compute, { limits: { value: LIMITS } }) as Compute],
  ['in small blocks that do not stay', Object.create(compute, { limits: { value: { ...LIMITS, residentBytes: 0 } } }) as Compute],
  ['on the host', new ReferenceCompute()],
];

test.each(PLACES)('%s', async (_, place) => {
  const x = sparse(1300, 1500, 6);
  const ids = random.permutation(1300).subarray(0, 1200);
  const rows = await sparseOnDevice(place, { x, rows: ids, name: 'sparse' });
  const stride = rows.shape.quads * 4;
  const count = 3;
  const slots = [1, 3, 0, 2];
  const products = new SparseProducts(place, rows, count);
  const columns = place.create('columns', 4 * 32);
  place.write(columns, encodeWeightColumns(slots.map((slot) => ({ slot, positive: 1, heldOut: NO_FOLD, step: 0.5, positiveWeight: 1, negativeWeight: 1 }))));
  const values = (): Float32Array => Float32Array.from({ length: 4 * stride }, uniform);
  const bufferOf = (of: Float32Array) => place.upload('values', of.byteLength, (target) => new Float32Array(target).set(of));
  const before = { direction: values(), margins: values(), residuals: values() };
  const buffers = { columns, direction: bufferOf(before.direction), margins: bufferOf(before.margins), residuals: bufferOf(before.residuals) };
  const weights = Array.from({ length: count }, () => ({ weights: Float64Array.from({ length: 1500 }, () => Math.fround(uniform())), bias: 0.25 }));

  await products.margins(weights, buffers);
  const direction = new Float32Array(await place.read(buffers.direction));
  const margins = new Float32Array(await place.read(buffers.margins));
  const sums = cutUp(totalOf(await products.gradients(count, buffers)), 1501);

  const dense = denseOf(x);
  const gradient = Array.from({ length: count }, () => new Float64Array(1501));
  ids.forEach((id, row) => {
    weights.forEach(({ weights: own, bias }, i) => {
      const at = slots[i]! * stride + row;
      const sum = own.reduce((total, weight, j) => total + weight * dense[id * 1500 + j]!, bias);
      expect(direction[at]).toBeCloseTo(sum, 4);
      expect(margins[at]).toBeCloseTo(before.margins[at]! + 0.5 * before.direction[at]!, 5);
      for (let j = 0; j < 1500; j++) gradient[i]![j]! += dense[id * 1500 + j]! * before.residuals[at]!;
      gradient[i]![1500]! += before.residuals[at]!;
    });
  });
  gradient.forEach((own, i) => own.forEach((sum, j) => expect(Math.abs(sums[i]![j]! - sum), `${i} ${j}`).toBeLessThan(2e-4)));
  expect(gradient[0]![3]).not.toBe(0);
  products.release();
  rows.release();
});

test('more columns than a launch has workgroups, and rows in panels of columns', async () => {
  const [count, cols] = [40, 5_000_000];
  const indices = Array.from({ length: count }, () => [...new Set(Array.from({ length: 50 }, () => random.interval(cols - 1)))].toSorted((a, b) => a - b));
  const indptr = indices.reduce((ends, own) => [...ends, ends.at(-1)! + own.length], [0]);
  const x = csr(count, cols, { indptr, indices: indices.flat(), data: Float32Array.from(indices.flat(), uniform) });
  const ids = Uint32Array.from({ length: count }, (_, i) => i);
  const rows = await sparseOnDevice(compute, { x, rows: ids, name: 'sparse' });
  const products = new SparseProducts(compute, rows, 1);
  const columns = compute.create('columns', 32);
  compute.write(columns, encodeWeightColumns([{ slot: 0, positive: 1, heldOut: NO_FOLD, step: 0, positiveWeight: 1, negativeWeight: 1 }]));
  const stride = rows.shape.quads * 4;
  const factors = Float32Array.from({ length: stride }, uniform);
  const residuals = compute.upload('residuals', stride * 4, (target) => new Float32Array(target).set(factors));
  const [direction, margins] = [compute.create('direction', stride * 4), compute.create('margins', stride * 4)];
  const weights = Float64Array.from({ length: cols }, (_, j) => (j % 1009) / 1009);
  await products.margins([{ weights, bias: 0.25 }], { columns, direction, margins });
  const got = new Float32Array(await compute.read(direction));
  const [gradient] = cutUp(totalOf(await products.gradients(1, { columns, residuals })), cols + 1);

  const expected = new Float64Array(cols + 1);
  indices.forEach((own, row) => {
    const values = own.map((_, i) => x.values[indptr[row]! + i]!);
    expect(got[row]).toBeCloseTo(
      own.reduce((total, j, i) => total + weights[j]! * values[i]!, 0.25),
      4,
    );
    own.forEach((j, i) => (expected[j]! += values[i]! * factors[row]!));
    expected[cols]! += factors[row]!;
  });
  expect(expected.reduce((most, sum, j) => Math.max(most, Math.abs(gradient![j]! - sum)), 0)).toBeLessThan(1e-5);
  expect(gradient!.reduce((kept, sum) => kept + (sum === 0 ? 0 : 1), 0)).toBe(1 + new Set(indices.flat()).size);
  products.release();
  rows.release();
});
