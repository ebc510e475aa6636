// What kernels enable: it runs where the adapter has it, and is refused by name where not; on every adapter of this machine,
// and on a device that was opened without any of it.
import { afterAll, describe, expect, test } from 'vitest';
import type { Compute, Kernel, WgslFeature } from '../../../src/core/compute.ts';
import { createCompute } from '../../../src/runtime/gpu/compute.ts';
import { FEATURES } from '../../../src/runtime/gpu/device.ts';
import { openAdapter, searchAdapter } from '../../../src/runtime/node/device/adapters.ts';
import { openDevice } from '../../../src/runtime/node/device/openDevice.ts';
import { loadText } from '../../../src/runtime/node/runtime.ts';

const halve = {
  name: 'halve',
  source: new URL('./fixtures/halve.wgsl', import.meta.url),
  params: { by: 'f32' },
  bindings: { values: 'write' },
  sizes: {},
} as const satisfies Kernel;
/** Its own text says what it enables, as that of a user's stage does. */
const halfPrecision = { ...halve, name: 'half_precision', source: new URL('./fixtures/half_precision.wgsl', import.meta.url) } as const;
const NAMES = Object.keys(FEATURES) as WgslFeature[];

const { candidates } = await searchAdapter({ tryAll: true, quiet: true });
const adapters = candidates.flatMap(({ summary }) => summary?.name ?? []);
const opened: (readonly [string, Compute, ReadonlySet<string>])[] = [];
for (const adapter of adapters) {
  const found = await openAdapter({ adapter, quiet: true });
  opened.push([adapter, keep(await openDevice(found)), found.adapter.features]);
}
const bare = keep(await (await openAdapter({ quiet: true })).adapter.requestDevice());

function keep(device: GPUDevice): Compute {
  const compute = createCompute(device, { load: loadText });
  afterAll(() => compute.destroy());
  return compute;
}

/** `value` divided by 2. */
async function run(compute: Compute, kernel: typeof halve | typeof halfPrecision, value: number, enable: readonly WgslFeature[] = []): Promise<number> {
  const values = compute.create('values', 16);
  compute.write(values, Float32Array.of(value));
  await compute.launch({ ...kernel, enable }, { params: { by: 2 }, bindings: { values }, grid: [1] });
  return new Float32Array(await compute.read(values))[0]!;
}

test('this machine has an adapter', () => expect(adapters).not.toEqual([]));

describe.each(opened)('%s', (_, compute, has) => {
  test('offers what its adapter has', () => {
    expect(new Set(compute.features)).toEqual(new Set(NAMES.filter((name) => has.has(FEATURES[name]))));
  });

  test.each(NAMES)('a kernel that enables %s', async (name) => {
    if (compute.features.has(name)) expect(await run(compute, halve, 3, [name])).toBe(1.5);
    else {
      await expect(run(compute, halve, 3, [name])).rejects.toMatchObject({
        code: 'E_DEVICE',
        message: `Kernel 'halve' enables ${name}, and this device has ${[...compute.features].join(', ')}.`,
      });
    }
  });

  test('f16, enabled by the text itself', async () => {
    // 2049 has 12 significant bits; f16 holds 11.
    if (compute.features.has('f16')) expect(await run(compute, halfPrecision, 2049)).toBe(1024);
    else await expect(run(compute, halfPrecision, 2049)).rejects.toMatchObject({ code: 'E_DEVICE' });
    expect(await run(compute, halve, 2049), 'the device goes on').toBe(1024.5);
  });
});

test('a device without features says which one is missing, and what to do', async () => {
  expect(bare.features.size).toBe(0);
  expect(bare.subgroupLanes).toBe(0);
  await expect(run(bare, halve, 3, ['subgroups'])).rejects.toMatchObject({
    code: 'E_DEVICE',
    message: "Kernel 'halve' enables subgroups, and this device has none of what kernels may enable.",
    hint: "Choose another adapter (pipeline doctor lists them), or write the kernel without 'enable subgroups'.",
  });
  await expect(run(bare, halfPrecision, 3)).rejects.toMatchObject({ message: expect.stringContaining("Kernel 'half_precision' enables f16") });
  expect(await run(bare, halve, 3)).toBe(1.5);
});

test.each([
  [{ params: {} }, "Kernel 'halve' takes param 'by' as f32; undefined arrived."],
  [{ bindings: {} }, "Kernel 'halve' got no buffer for 'values'."],
  [{ grid: [70_000] }, "Kernel 'halve' asks for 70000 workgroups; the device takes 0 to 65535 in each direction."],
])('a launch with %o is refused by name', async (wrong, message) => {
  const values = bare.create('values', 16);
  const launch = { params: { by: 2 }, bindings: { values }, grid: [1], ...wrong };
  await expect(bare.launch(halve, launch as never)).rejects.toMatchObject({ code: 'E_DEVICE', message });
  bare.release(values);
});
