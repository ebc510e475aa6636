// The choice of an adapter, on whatever machine this is: SwiftShader is always there, the rest may be. Driver variables
// stand in for machines whose Vulkan is missing or refused; a Dawn of our own for machines with GPUs.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exitCodeOf, type PipelineError } from '../../../src/core/errors/errors.ts';
import { lookInSystem } from '../../../src/runtime/node/device/adapterSearch.ts';
import { openAdapter, type OpenAdapterOptions } from '../../../src/runtime/node/device/adapters.ts';
import { summaryOf } from '../../../src/runtime/gpu/device.ts';
import { loadFailure, nameContains, type Dawn } from '../../../src/runtime/node/device/dawn.ts';
import { openDevice, closeDevice } from '../../../src/runtime/node/device/openDevice.ts';

const NO_DRIVER = '/nonexistent/driver.json';

afterEach(() => vi.unstubAllEnvs());
beforeEach(() => vi.stubEnv('PIPELINE_ADAPTER', undefined));

/** The system's Vulkan as on a machine where Dawn accepts none of it. */
function withoutSystemVulkan(): void {
  vi.stubEnv('VK_DRIVER_FILES', NO_DRIVER);
  vi.stubEnv('VK_ICD_FILENAMES', NO_DRIVER);
}

async function refusal(options: OpenAdapterOptions): Promise<PipelineError> {
  return openAdapter(options).then(
    (opened) => expect.fail(`${opened.summary.name} was opened`),
    (error: PipelineError) => error,
  );
}

describe('openAdapter', () => {
  // First in this file: a driver stays loaded for the rest of a process.
  it('decides the same again, also after it loaded a driver of its own', async () => {
    const first = await openAdapter();
    await openAdapter({ adapter: 'swiftshader' });
    expect((await openAdapter()).summary).toEqual(first.summary);
  });

  it('finds an adapter on every machine, and says why it is this one', async () => {
    const { summary, candidates, adapter } = await openAdapter({ tryAll: true });
    expect(candidates.map(({ name }) => name)).toEqual(['gpu', 'system-software', 'swiftshader']);
    expect(candidates.filter(({ status }) => status === 'chosen')).toEqual([expect.objectContaining({ summary })]);
    expect(candidates.map(({ status }) => status)).not.toContain('not-tried');
    expect(candidates.every(({ reason }) => reason.length > 5)).toBe(true);
    expect(summary).toMatchObject({ vendor: adapter.info.vendor, driver: adapter.info.description });
    // Better ones come first.
    const usable = candidates.filter(({ status }) => status === 'chosen' || status === 'available');
    expect(usable[0]?.status).toBe('chosen');
  });

  it('falls back to the embedded SwiftShader in the same process when the system offers nothing', async () => {
    withoutSystemVulkan();
    const { summary, candidates } = await openAdapter();
    expect(summary).toMatchObject({ name: 'SwiftShader', software: true });
    expect(candidates.map(({ status }) => status)).toEqual(['refused', 'refused', 'chosen']);
    expect(candidates[0]!.reason).toMatch(/Vulkan/);
    expect(candidates[1]!.tip).toMatch(/Mesa|mesa/);
    expect(process.env['VK_DRIVER_FILES']).toBe(NO_DRIVER);
    expect(process.env['VK_ICD_FILENAMES']).toBe(NO_DRIVER);
  });

  it('opens SwiftShader when asked to, whatever else there is, and leaves the environment as it was', async () => {
    const before = { ...process.env };
    const { summary } = await openAdapter({ adapter: 'swiftshader' });
    expect(summary).toMatchObject({ name: 'SwiftShader', vendor: 'google', software: true });
    expect({ ...process.env }).toEqual(before);
  });

  it('takes a part of a name in any case', async () => {
    withoutSystemVulkan();
    expect((await openAdapter({ adapter: 'SUBZERO' })).summary.name).toBe('SwiftShader');
  });

  it('prefers the option to PIPELINE_ADAPTER', async () => {
    withoutSystemVulkan();
    const env = { ...process.env, PIPELINE_ADAPTER: 'no such thing' };
    expect((await openAdapter({ adapter: 'software', env })).summary.name).toBe('SwiftShader');
    expect(await refusal({ env })).toMatchObject({ code: 'E_NO_ADAPTER', message: expect.stringContaining('"no such thing"') });
  });

  it.each(['gpu', 'lavapipe', 'no such thing'])('refuses %s with the reason of every candidate and one cure', async (adapter) => {
    withoutSystemVulkan();
    const error = await refusal({ adapter, tryAll: true });
    expect(error.code).toBe('E_NO_ADAPTER');
    expect(exitCodeOf(error)).toBe(4);
    expect(error.message.split('\n')).toEqual([
      `No adapter fits "${adapter}".`,
      expect.stringMatching(/^ {2}gpu: .{10,}/),
      expect.stringMatching(/^ {2}system-software: .{10,}/),
      `  swiftshader: SwiftShader works, but "${adapter}" was asked for`,
    ]);
    expect(error.hint).toMatch(adapter === 'lavapipe' ? /Mesa|mesa/ : /--adapter auto, or a part of one of these names: SwiftShader\.$/);
  });
});

describe('lookInSystem', () => {
  const platform = process.platform;
  beforeEach(() => Object.defineProperty(process, 'platform', { value: 'darwin' }));
  afterEach(() => Object.defineProperty(process, 'platform', { value: platform }));

  it('opens only the best adapter when that is accepted', async () => {
    const dawn = dawnWith('NVIDIA H200', 'Intel UHD', 'llvmpipe (LLVM 15.0.6, 256 bits)');
    const { found } = await lookInSystem(dawn, () => true, false, {});
    expect(found.map(({ summary }) => summary.name)).toEqual(['nvidia-h200']);
    expect(dawn.create).toHaveBeenCalledTimes(1);
  });

  it('opens the others, once each, when another one is wanted', async () => {
    const dawn = dawnWith('NVIDIA H200', 'NVIDIA H200', 'Intel UHD', 'llvmpipe (LLVM 15.0.6, 256 bits)');
    const { found } = await lookInSystem(dawn, ({ summary }) => summary.software, false, {});
    expect(found.map(({ candidate, summary }) => [candidate, summary.name])).toEqual([
      ['gpu', 'nvidia-h200'],
      ['gpu', 'intel-uhd'],
      ['system-software', 'llvmpipe (LLVM 15.0.6, 256 bits)'],
    ]);
  });

  it('says so when there is none', async () => {
    const { found, absent } = await lookInSystem(dawnWith(), () => true, false, {});
    expect(found).toEqual([]);
    expect(absent.gpu?.reason).toBe('this system offers no adapter that Dawn accepts');
  });
});

describe('summaryOf', () => {
  it.each([
    [{ vendor: 'nvidia', architecture: 'hopper', device: 'nvidia-h200', description: 'NVIDIA: 580.65.06' }, 'nvidia-h200', false],
    [
      { vendor: 'mesa', architecture: 'software', device: 'llvmpipe-llvm-15-0-6-256-bits-', description: 'llvmpipe: Mesa 25.0.7' },
      'llvmpipe (LLVM 15.0.6, 256 bits)',
      true,
    ],
    [{ vendor: 'google', architecture: 'swiftshader', device: 'swiftshader-device-subzero-', description: 'SwiftShader driver 5.0.0' }, 'SwiftShader', true],
    [
      { vendor: 'microsoft', architecture: '', device: 'microsoft-basic-render-driver', description: 'D3D12 driver version 10' },
      'microsoft-basic-render-driver',
      true,
    ],
    [{ vendor: 'google', architecture: 'swiftshader', device: '', description: '' }, 'google swiftshader', true], // Chromium
    [{ vendor: 'apple', architecture: 'metal-3', device: 'apple-m1-max', description: 'Metal driver' }, 'apple-m1-max', false],
  ])('%o', (info, name, software) => {
    expect(summaryOf(adapterWith(info))).toEqual({ name, vendor: info.vendor, architecture: info.architecture, driver: info.description, software });
  });

  it('believes the fallback flag', () => {
    expect(summaryOf(adapterWith({ vendor: 'x', architecture: '', device: 'y', description: '', isFallbackAdapter: true })).software).toBe(true);
  });
});

it('compares names without case and punctuation', () => {
  expect(nameContains('nvidia-h200', 'NVIDIA H200')).toBe(true);
  expect(nameContains('llvmpipe (LLVM 15.0.6, 256 bits)', 'LLVM 15')).toBe(true);
  expect(nameContains('nvidia-h200', 'h100')).toBe(false);
});

it.each([
  ["/usr/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by dawn.node)", /newer C\+\+ library \(GLIBCXX_3\.4\.32\)/],
  ["Cannot find module '/x/node_modules/webgpu/dist/linux-ppc64/dawn.node'", /no build for/],
  ["Cannot find package 'webgpu' imported from /x/dawn.ts", /not installed/],
])('explains %s', (message, reason) => {
  expect(loadFailure(new Error(message))).toMatch(reason);
});

it("opens a device with the adapter's own limits and features", async () => {
  const opened = await openAdapter();
  const device = await openDevice(opened);
  expect(device.limits.maxStorageBufferBindingSize).toBe(opened.adapter.limits.maxStorageBufferBindingSize);
  expect(device.limits.maxComputeInvocationsPerWorkgroup).toBe(opened.adapter.limits.maxComputeInvocationsPerWorkgroup);
  expect(device.limits.maxBufferSize).toBeGreaterThanOrEqual(device.limits.maxStorageBufferBindingSize);
  for (const feature of ['subgroups', 'shader-f16'] as const) {
    expect(device.features.has(feature)).toBe(opened.adapter.features.has(feature));
  }
  closeDevice(device);
  closeDevice(device);
  expect((await device.lost).reason).toBe('destroyed');
});

function adapterWith(info: Partial<GPUAdapterInfo>): GPUAdapter {
  return { info: { isFallbackAdapter: false, ...info } } as GPUAdapter;
}

/** Behaves as Dawn's binding does with the `adapter=` flag. */
function dawnWith(...names: string[]): Dawn & { create: ReturnType<typeof vi.fn> } {
  const create = vi.fn((flags: string[]) => ({
    requestAdapter: async () => {
      const wanted = flags[0]?.replace(/^adapter=/, '') ?? '';
      const name = names.find((candidate) => candidate.includes(wanted));
      if (names.length === 0) return null;
      if (name === undefined)
        throw new Error(['no suitable backends found', 'Available adapters:', ...names.map((one) => ` * backend: 'metal', name: '${one}'`)].join('\n'));
      return adapterWith({
        vendor: '',
        architecture: '',
        device: name
          .toLowerCase()
          .replace(/[^a-z0-9]/g, '-')
          .replace(/-+/g, '-'),
        description: '',
      });
    },
  }));
  return { create: create as never, quiet: false };
}
