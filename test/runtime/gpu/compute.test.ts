// What a device holds while kernels are launched with other params each time, and in which order writes arrive.
import { afterAll, expect, test, vi } from 'vitest';
import type { Kernel } from '../../../src/core/compute.ts';
import { createCompute } from '../../../src/runtime/gpu/compute.ts';
import { BufferUsage } from '../../../src/runtime/gpu/constants.ts';
import { openAdapter } from '../../../src/runtime/node/device/adapters.ts';
import { openDevice } from '../../../src/runtime/node/device/openDevice.ts';
import { loadText } from '../../../src/runtime/node/runtime.ts';

const append = {
  name: 'append',
  source: new URL('./fixtures/append.wgsl', import.meta.url),
  params: { value: 'u32', at: 'u32' },
  bindings: { factor: 'read', sums: 'write' },
  sizes: {},
} as const satisfies Kernel;

const device = await openDevice(await openAdapter({ quiet: true }));
const createBuffer = vi.spyOn(device, 'createBuffer');
const compute = createCompute(device, { load: loadText });
afterAll(() => compute.destroy());

const uniformBuffers = (): number => createBuffer.mock.calls.filter(([{ usage }]) => usage & BufferUsage.UNIFORM).length;
const bindGroups = vi.spyOn(device, 'createBindGroup');

test('ten thousand launches with changing params hold few uniform buffers and bind groups', async () => {
  const factor = compute.create('factor', 16);
  const sums = compute.create('sums', 16);
  compute.write(factor, Uint32Array.of(1));
  for (let value = 0; value < 10_000; value++) await compute.launch(append, { params: { value, at: value % 4 }, bindings: { factor, sums }, grid: [1] });
  const found = [...new Uint32Array(await compute.read(sums))];
  const expected = [0, 0, 0, 0];
  for (let value = 0; value < 10_000; value++) expected[value % 4]! += value;
  expect(found).toEqual(expected);
  expect(uniformBuffers()).toBeLessThanOrEqual(64);
  expect(bindGroups.mock.calls.length).toBeLessThanOrEqual(64);
  compute.release(factor, sums);
});

test('a write is seen by launches behind it and by none before', async () => {
  const factor = compute.create('factor', 16);
  const sums = compute.create('sums', 16);
  const submits = vi.spyOn(device.queue, 'submit');
  for (const [i, value] of [3, 5, 7].entries()) {
    compute.write(factor, Uint32Array.of(10 ** i));
    await compute.launch(append, { params: { value, at: 1 }, bindings: { factor, sums }, grid: [1] });
  }
  expect([...new Uint32Array(await compute.read(sums))]).toEqual([0, 753, 0, 0]);
  expect(submits).toHaveBeenCalledTimes(1);
  compute.release(factor, sums);
});

test('a write larger than what one submit has room for is seen in its place too', async () => {
  const factor = compute.create('factor', 1 << 20);
  const sums = compute.create('sums', 16);
  const write = (value: number): void => compute.write(factor, new Uint32Array(1 << 18).fill(value));
  const add = (): Promise<void> => compute.launch(append, { params: { value: 1, at: 0 }, bindings: { factor, sums }, grid: [1] });
  write(1);
  await add();
  write(10);
  await add();
  expect(new Uint32Array(await compute.read(sums))[0]).toBe(11);
  compute.release(factor, sums);
});

test('part of a buffer is lent, and a look that fails leaves the device usable', async () => {
  const numbers = compute.create('numbers', 64);
  compute.write(
    numbers,
    Uint32Array.from({ length: 16 }, (_, i) => i),
  );
  expect(await compute.lend(numbers, { offset: 16, sizeBytes: 8 }, (bytes) => [...new Uint32Array(bytes)])).toEqual([4, 5]);
  const failing = compute.lend(numbers, {}, () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(new Uint32Array(await compute.read(numbers, 8))).toEqual(Uint32Array.of(0, 1));
});

test('a buffer that is released behind a launch is there for it still', async () => {
  const [factor, sums, other] = [compute.create('factor', 16), compute.create('sums', 16), compute.create('other', 16)];
  await compute.launch(append, { params: { value: 1, at: 0 }, bindings: { factor, sums }, grid: [1] });
  compute.release(factor, sums);
  expect(new Uint32Array(await compute.read(other))).toEqual(new Uint32Array(4));
  expect(compute.failed()).toBe(false);
  compute.release(other);
});
