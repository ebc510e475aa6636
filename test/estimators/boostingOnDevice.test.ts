// Boosted trees whose nodes are counted on the device: the trees of the host, to the last bit.
import { expect, test, vi } from 'vitest';
import { histGradientBoostingClassifier, histGradientBoostingRegressor, matrix, modelToBytes } from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { binned } from '../../src/estimators/boosting/columns/bins.ts';
import { deviceCounter } from '../../src/estimators/boosting/growth/device.ts';
import { entriesOf } from '../../src/estimators/boosting/growth/entries.ts';
import { histogramOf, layoutOf, sumsOf } from '../../src/estimators/boosting/growth/histograms.ts';
import { unitOf, wholeOf } from '../../src/estimators/boosting/growth/whole.ts';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';
import { testCompute } from '../support/compute.ts';
import { rawSet, stageContext } from '../support/smallSets.ts';

const compute = await testCompute();

const sooner = vi.hoisted(() => ({ device: false }));
vi.mock('../../src/estimators/boosting/growth/device.ts', async (original) => ({
  ...(await original<typeof import('../../src/estimators/boosting/growth/device.ts')>()),
  countsSooner: async () => sooner.device,
}));

const inWhole = (values: Float32Array): ReturnType<typeof wholeOf> => wholeOf(values, unitOf(values.reduce((sum, value) => sum + Math.abs(value), 0)));

/** Digits so often that a launch pays. */
const digits = rawSet('digits');
const many = { ...digits, rows: Uint32Array.from({ length: 36_000 }, (_, i) => (i * 7919) % 1797) };

test.each([false, true])('histograms of nodes of several trees, hessians of 1: %s', async (constant) => {
  const random = new RandomState(3);
  const rows = many.rows.length;
  const bins = await binned(many, { name: 'test', maxBins: 255, categorical: [], trained: rows, weights: undefined, seed: 1 });
  const layout = layoutOf(bins.columns, constant);
  const entries = entriesOf(bins, layout, rows);
  const drawn = (least: number) => inWhole(Float32Array.from({ length: rows }, () => least + random.uint32() / 2 ** 32));
  const derivatives = [0, 1, 2].map(() => ({ gradient: drawn(-0.7), hessian: constant ? undefined : drawn(0) }));
  // Room for one histogram at a time, for some, and for all.
  for (const room of [rows * 64, 8e6, Infinity]) {
    const device: GpuCompute = { ...compute, limits: { ...compute.limits, maxBindingBytes: Math.min(compute.limits.maxBindingBytes, room) } };
    const alive = compute.liveBytes();
    const counter = (await deviceCounter(bins, layout, rows, 3, stageContext(device)))!;
    counter.load(derivatives);
    const order = random.permutation(rows);
    const nodes = [order, order.subarray(0, 1), order.subarray(7, 20_000), order.subarray(20_000), order.subarray(5, 5)];
    const found = await Promise.all(nodes.map((members, i) => counter.histogram(i % 3, members, sumsOf(derivatives[i % 3]!, members))));
    for (const [i, members] of nodes.entries()) {
      const own = derivatives[i % 3]!;
      expect(found[i]).toEqual(histogramOf(entries, layout, own, members, sumsOf(own, members)));
    }
    counter.release();
    expect(compute.liveBytes()).toBe(alive);
  }
});

test('sums are those of float64, and hold all of f32 that is not far smaller than the sum', () => {
  const random = new RandomState(5);
  const values = Float32Array.from({ length: 20_000 }, () => (random.uint32() / 2 ** 31 - 1) * 2 ** -random.interval(12));
  const { numbers, unit } = inWhole(values);
  const sum = values.reduce((total, value) => total + Math.abs(value), 0);
  for (const [row, value] of values.entries()) {
    const own = numbers[row]! * unit;
    if (Math.abs(value) >= sum * 2 ** -27) expect(own).toBe(value);
    else expect(Math.abs(own - value)).toBeLessThanOrEqual(sum * 2 ** -51);
  }
  const tiny = inWhole(Float32Array.of(1, 2 ** -60, -3));
  expect([...tiny.numbers].map((number) => number * tiny.unit)).toEqual([1, 0, -3]);
});

test('a device grows the trees of the host, and several side by side', async () => {
  const thirds = { ...many, labels: many.labels.map((label) => label % 3) };
  const values = matrix(
    1797,
    1,
    Float64Array.from(digits.labels, (label, row) => label + (row % 5) / 8),
  );
  const { labels: _labels, ...bare } = many;
  const grown = async (device: boolean) => {
    sooner.device = device;
    const [launches, context] = [vi.spyOn(compute, 'launch'), stageContext(compute)];
    const options = { maxIter: 2, maxLeafNodes: 6, earlyStopping: false } as const;
    const [classes] = await histGradientBoostingClassifier(options).train(thirds, [{ name: 'fit' }], {}, context);
    const [regression] = await histGradientBoostingRegressor(options).train({ ...bare, values }, [{ name: 'fit' }], {}, context);
    const launched = launches.mock.calls.length;
    launches.mockRestore();
    return { bytes: await Promise.all([classes!, regression!].map(({ model }) => modelToBytes(model))), launched };
  };
  const [host, device] = [await grown(false), await grown(true)];
  expect(host.launched).toBe(0);
  expect(device.launched).toBeGreaterThan(4);
  expect(device.bytes).toEqual(host.bytes);
});
