// Rows on the device: known by their matrix and their order, bounded, refused when they are not finite.
import { expect, test } from 'vitest';
import type { Dataset } from '../../src/core/data/dataset.ts';
import type { Features } from '../../src/core/data/features.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import { rowsOnDevice } from '../../src/estimators/linear/deviceRows.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import type { LogisticModel } from '../../src/estimators/logisticRegression/model.ts';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';
import { testCompute } from '../support/compute.ts';
import { smallSet, stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
/** The same device, with nothing on it yet. */
const fresh = (): GpuCompute => ({ ...compute });

const fitOn = async (device: GpuCompute, data: object): Promise<LogisticModel> =>
  (await logisticRegression({ tol: 1e-3 }).train(data as Dataset<'train'>, [{ name: 'fit' }], {}, stageContext(device)))[0]!.model;

/** Pixels as numbers, each multiplied. */
function times(x: Features, factor: number): Features {
  const { rows, cols, data } = x as Matrix;
  return matrix(
    rows,
    cols,
    Float32Array.from(data, (value) => value * factor),
  );
}

test('another matrix, or another order, is another upload', async () => {
  const device = fresh();
  const set = smallSet('digits', 2);
  const twin = { ...set, x: times(set.x, 1 / 16) };
  const turned = { ...set, rows: set.rows.toReversed() };
  const [first, ofTwin, ofTurned] = [await fitOn(device, set), await fitOn(device, twin), await fitOn(device, turned)];
  for (const [model, data] of [
    [ofTwin, twin],
    [ofTurned, turned],
  ] as const) {
    expect(model.coef).not.toEqual(first.coef);
    expect(model.coef).toEqual((await fitOn(fresh(), data)).coef);
  }
});

test('rows are uploaded once while they are in use, and those idle for longest make place', async () => {
  const device = fresh();
  const { x, rows } = smallSet('digits', 2);
  const sets = Array.from({ length: 8 }, (_, i) => ({ x, rows: rows.slice(), name: `set ${i}` }));
  const before = device.liveBytes();
  const [held, twin] = [await rowsOnDevice(device, sets[0]!), await rowsOnDevice(device, sets[0]!)];
  const one = device.liveBytes() - before;
  expect(one).toBeGreaterThan(x.rows * x.cols);
  expect(twin.chunks).toBe(held.chunks);
  twin.release();
  for (const set of sets.slice(1)) (await rowsOnDevice(device, set)).release();
  await device.settle();
  // The set in use, and the last three.
  expect(device.liveBytes() - before).toBe(4 * one);
  held.release();
  held.release(); // counts once
  (await rowsOnDevice(device, sets[7]!)).release();
  await device.settle();
  expect(device.liveBytes() - before).toBe(3 * one);
});

test('an upload that fails leaves nothing and is begun anew at the next try', async () => {
  const device = fresh();
  const { x, rows } = smallSet('digits', 2);
  const small = { ...device, limits: { ...device.limits, maxBindingBytes: 40_000 } };
  let reads = 0;
  const stored: Features = {
    rows: x.rows,
    cols: x.cols,
    dtype: 'u8',
    async readRows(ids, target) {
      if (++reads === 3) throw new Error('the disk is gone');
      ids.forEach((id, i) => target.set((x as Matrix<'u8'>).data.subarray(id * x.cols, (id + 1) * x.cols), i * x.cols));
    },
  };
  const before = device.liveBytes();
  const data = { x: stored, rows, name: 'stored' };
  await expect(rowsOnDevice(small, data)).rejects.toThrow('the disk is gone');
  expect(device.liveBytes()).toBe(before);
  expect((await rowsOnDevice(small, data)).chunks.length).toBeGreaterThan(2);
});

test.each([NaN, Infinity, -Infinity])('%s is refused with its row and column', async (bad) => {
  const set = smallSet('digits', 2);
  const x = times(set.x, 1) as Matrix;
  x.data[7 * 64 + 5] = bad;
  await expect(fitOn(fresh(), { ...set, x })).rejects.toMatchObject({
    code: 'E_DATA',
    message: `Row 7 of the features holds ${bad} in column 5; finite numbers are needed.`,
  });
});

test('features of any size are learned from; those whose squares overflow are refused, not a model of zeros', async () => {
  const set = smallSet('digits', 2);
  const { summary } = await fitOn(fresh(), { ...set, x: times(set.x, 1e4) });
  expect(summary['trainAccuracy']).toBeGreaterThan(0.95);
  const huge = matrix(
    set.x.rows,
    set.x.cols,
    Float64Array.from(set.x.data, (value) => value * 1e200),
  );
  await expect(fitOn(fresh(), { ...set, x: huge })).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringMatching(/too (large|far)/) });
});
