// Rows on the device: known by their matrix and their order, bounded, refused when they are not finite.
import { expect, test } from 'vitest';
import type { DeviceBuffer } from '../../src/core/compute.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import type { Features } from '../../src/core/data/features.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import type { LogisticModel } from '../../src/estimators/logisticRegression/model.ts';
import { rowsOnDevice } from '../../src/estimators/rows/rowsOnDevice.ts';
import { tilesOnDevice } from '../../src/estimators/rows/tilesOnDevice.ts';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';
import { testCompute } from '../support/compute.ts';
import { smallSet, stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
/** The same device, with nothing on it yet. */
const fresh = (): GpuCompute => ({ ...compute });

/** The buffers of one pass. */
async function buffersOf(held: { each(use: (block: { readonly x: DeviceBuffer }) => Promise<void>): Promise<void> }): Promise<readonly DeviceBuffer[]> {
  const found: DeviceBuffer[] = [];
  await held.each(async ({ x }) => void found.push(x));
  return found;
}

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
  const [held, twin] = [await tilesOnDevice(device, sets[0]!), await tilesOnDevice(device, sets[0]!)];
  const one = device.liveBytes() - before;
  expect(one).toBeGreaterThan(x.rows * x.cols);
  expect((await buffersOf(twin))[0]).toBe((await buffersOf(held))[0]);
  twin.release();
  for (const set of sets.slice(1)) (await tilesOnDevice(device, set)).release();
  await device.settle();
  // The set in use, and the last three.
  expect(device.liveBytes() - before).toBe(4 * one);
  held.release();
  held.release(); // counts once
  (await tilesOnDevice(device, sets[7]!)).release();
  await device.settle();
  expect(device.liveBytes() - before).toBe(3 * one);
});

/** The same device, with so much room for rows. */
const cramped = (residentBytes: number): GpuCompute => ({ ...compute, limits: { ...compute.limits, residentBytes, maxBindingBytes: 40_000 } });

test('what stays of all rows together is bounded; rows that nobody uses make place, rows in use do not', async () => {
  const { x, rows } = smallSet('digits', 2);
  const sets = Array.from({ length: 3 }, (_, i) => ({ x, rows: rows.slice(), name: `set ${i}` }));
  const [whole] = [await tilesOnDevice(compute, { x, rows, name: 'all' })];
  const bytes = whole.shape.sizeBytes;
  whole.release();
  const device = cramped(1.5 * bytes);
  const before = device.liveBytes();
  const stays = (): number => device.liveBytes() - before;
  const first = await tilesOnDevice(device, sets[0]!);
  expect(stays()).toBe(bytes);
  const second = await tilesOnDevice(device, sets[1]!);
  expect(stays()).toBeGreaterThan(bytes);
  expect(stays()).toBeLessThanOrEqual(1.5 * bytes);
  const kept = await buffersOf(first);
  first.release();
  const third = await tilesOnDevice(device, sets[2]!);
  expect(stays()).toBeLessThanOrEqual(1.5 * bytes);
  const [again] = await buffersOf(await tilesOnDevice(device, sets[0]!));
  expect(again).not.toBe(kept[0]); // it made place
  second.release();
  third.release();
});

const HELD = [
  ['u8', (x: Features) => x],
  ['f64', (x: Features) => times(x, 1 / 3)],
] as const;
test.each(HELD)('%s rows for kernels of one’s own: what stays and what is brought in again are the same, as they are meant', async (_, of) => {
  const set = smallSet('digits', 2);
  const x = of(set.x);
  const rows = set.rows.filter((row) => row % 3 !== 1).toReversed();
  const scaling = { shift: new Float64Array(64).fill(0.5), factor: Float64Array.from({ length: 64 }, (_, j) => 1 + j) };
  const center = Float64Array.from({ length: 64 }, (_, j) => j / 7);
  const { data } = x as Matrix;
  const expected = Float32Array.from({ length: rows.length * 64 }, (_, at) => {
    const j = at % 64;
    return (data[rows[Math.floor(at / 64)]! * 64 + j]! - 0.5) * (1 + j) - center[j]!;
  });
  for (const room of [0, 100_000, Infinity]) {
    const device = cramped(room);
    const before = device.liveBytes();
    const held = await rowsOnDevice(device, { name: 'digits', x, rows, scaling }, { center });
    let most = 0;
    for (let pass = 0; pass < 2; pass++) {
      const read = new Float32Array(expected.length);
      await held.each(async ({ x, from, rows: count, cols }) => {
        most = Math.max(most, device.liveBytes() - before);
        read.set(new Float32Array(await device.read(x, count * cols * 4)), from * cols);
      });
      expect(read.findIndex((value, at) => value !== expected[at])).toBe(-1);
    }
    expect(most).toBeLessThanOrEqual(Math.min(room, expected.byteLength) + 40_000);
    const alive = device.liveBytes();
    held.release();
    const twin = await rowsOnDevice(device, { name: 'digits', x, rows, scaling: { ...scaling } }, { center: [...center] });
    expect(device.liveBytes()).toBe(alive); // the same rows, meant the same
    const other = await rowsOnDevice(device, { name: 'digits', x, rows, scaling }, { center: center.map((value) => value + 1) });
    if (room === Infinity) expect(device.liveBytes()).toBeGreaterThan(alive);
    twin.release();
    other.release();
  }
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
  await expect(tilesOnDevice(small, data)).rejects.toThrow('the disk is gone');
  expect(device.liveBytes()).toBe(before);
  expect((await tilesOnDevice(small, data)).blocks.length).toBeGreaterThan(2);
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
