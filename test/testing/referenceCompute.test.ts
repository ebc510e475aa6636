// A device of host memory takes what a device takes, refuses what one refuses, and names it.
import { beforeEach, expect, test } from 'vitest';
import type { DeviceBuffer, HostLaunch, Kernel } from '../../src/core/compute.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';

type Add = HostLaunch<'by' | 'count', 'from' | 'to', 'TIMES'>;
const add = {
  name: 'add',
  source: new URL('file:///add.wgsl'),
  params: { by: 'f32', count: 'u32' },
  bindings: { from: 'read', to: 'write' },
  sizes: { TIMES: 2 },
  reference:
    async () =>
    ({ params: { by, count }, buffers, sizes: { TIMES }, grid }: Add) => {
      const [from, to] = [new Float32Array(buffers.from, 0, count), new Float32Array(buffers.to)];
      from.forEach((value, i) => (to[i] = (value + by) * TIMES * grid[0] * grid[1] * grid[2]));
    },
} as const satisfies Kernel;

const compute = new ReferenceCompute();
let from: DeviceBuffer;
let to: DeviceBuffer;
beforeEach(() => {
  from = compute.upload('from', 16, (target) => new Float32Array(target).set([1, 2, 3, 4]));
  to = compute.create('to', 16);
});

const floats = async (buffer: DeviceBuffer, sizeBytes?: number): Promise<readonly number[]> => [...new Float32Array(await compute.read(buffer, sizeBytes))];

test('runs a kernel by its reference, in order with writes', async () => {
  await compute.launch(add, { params: { by: 1, count: 4 }, bindings: { from, to }, grid: [1] });
  expect(await floats(to)).toEqual([4, 6, 8, 10]);
  compute.write(from, Float32Array.of(10), 4);
  await compute.launch(add, { params: { by: 0.1, count: 3 }, bindings: { from, to }, sizes: { TIMES: 1 }, grid: [1, 3] });
  // Params are f32 there and here.
  expect(await floats(to, 12)).toEqual([1, 10, 3].map((value) => Math.fround((value + Math.fround(0.1)) * 3)));
  await compute.settle();
});

test('memory that was filled or lent is gone afterwards', async () => {
  let filled: ArrayBuffer | undefined;
  const buffer = await compute.uploadFrom('late', 5, async (target) => {
    filled = target;
    await Promise.resolve();
    new Uint8Array(target)[4] = 7;
  });
  expect([buffer.sizeBytes, filled!.byteLength]).toEqual([5, 0]);
  const lent = await compute.lend(buffer, { offset: 4, sizeBytes: 4 }, (bytes) => [bytes, new Uint8Array(bytes)[0]] as const);
  expect([lent[0].byteLength, lent[1]]).toEqual([0, 7]);
  const copy = await compute.read(buffer);
  new Uint8Array(copy)[4] = 9;
  expect(new Uint8Array(await compute.read(buffer))[4]).toBe(7);
});

test('notes are kept by topic and kernels', async () => {
  await compute.notes.set('speed', [add], { ms: 1 });
  expect(await compute.notes.get('speed', [add])).toEqual({ ms: 1 });
  expect(await compute.notes.get('speed', [{ ...add, name: 'other' }])).toBeUndefined();
});

const launchWith = (wrong: object, kernel: Kernel = add) =>
  compute.launch(kernel, { params: { by: 1, count: 4 }, bindings: { from, to }, grid: [1], ...wrong } as never);
const { reference: _, ...noReference } = add;

test.each<[string, () => unknown, RegExp]>([
  ['a kernel without a reference', () => launchWith({}, noReference), /^Kernel 'add' has no reference/],
  ['a feature', () => launchWith({}, { ...add, enable: ['subgroups'] }), /^Kernel 'add' enables subgroups, and this device has none/],
  ['a param left out', () => launchWith({ params: { by: 1 } }), /'count' as u32; undefined arrived/],
  ['a param of another type', () => launchWith({ params: { by: 1, count: -1 } }), /'count' as u32; -1 arrived/],
  ['a binding left out', () => launchWith({ bindings: { from } }), /^Kernel 'add' got no buffer for 'to'/],
  ['a buffer read and written', () => launchWith({ bindings: { from, to: from } }), /got 'from' as both 'from' and 'to'/],
  ['too many workgroups', () => launchWith({ grid: [1, 65_536] }), /1 x 65536 workgroups/],
  ['a buffer too small', () => launchWith({ params: { by: 1, count: 5 } }), /^The reference of kernel 'add' failed: /],
  ['a buffer too large', () => compute.create('big', 2 ** 27 + 4), /^Buffer 'big' needs 134217732 bytes; the device binds at most 134217728/],
  ['a write past the end', () => compute.write(to, new Float32Array(2), 12), /^Buffer 'to' has 16 bytes; 8 from 12 on were asked for/],
  ['a look past the end', () => compute.lend(to, { offset: 8, sizeBytes: 12 }, () => 0), /^Buffer 'to' has 16 bytes; 12 from 8 on/],
])('refuses %s', async (_, act, message) => {
  await expect((async () => act())()).rejects.toMatchObject({
    code: 'E_DEVICE',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/.{20}/),
  });
});

test('refuses a buffer that was released, and one of another device', async () => {
  compute.release(to);
  const released = { code: 'E_DEVICE', message: "Buffer 'to' was released, or is another device's." };
  await expect(compute.read(to)).rejects.toMatchObject(released);
  await expect(launchWith({})).rejects.toMatchObject(released);
  expect(() => compute.write(to, Float32Array.of(1))).toThrow(expect.objectContaining(released));
  const other = new ReferenceCompute();
  await expect(other.read(from)).rejects.toMatchObject({ code: 'E_DEVICE', message: "Buffer 'from' was released, or is another device's." });
  expect(await floats(from)).toEqual([1, 2, 3, 4]);
});

test('limits and features are what a test gives', async () => {
  const small = new ReferenceCompute({ limits: { maxBindingBytes: 64 }, features: new Set(['subgroups']) });
  expect(() => small.create('rows', 65)).toThrow(expect.objectContaining({ message: "Buffer 'rows' needs 68 bytes; the device binds at most 64." }));
  const [a, b] = [small.create('a', 16), small.create('b', 16)];
  await small.launch({ ...add, enable: ['subgroups'] }, { params: { by: 2, count: 1 }, bindings: { from: a, to: b }, grid: [1] });
  expect(new Float32Array(await small.read(b))[0]).toBe(4);
});
