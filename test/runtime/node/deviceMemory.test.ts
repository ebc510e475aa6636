// What users may say of a device: how much of the rows stays there, and whether it searches for linear models.
import { afterEach, expect, test, vi } from 'vitest';
import { onAdapter, type CodeDigests } from '../../../src/runtime/keys/identity.ts';
import { adapterOf } from '../../../src/runtime/node/device/rememberedAdapter.ts';
import { noteSolver, withSolver } from '../../../src/runtime/node/device/solver.ts';
import { openNodeCompute } from '../../../src/runtime/node/runtime.ts';

afterEach(() => vi.unstubAllEnvs());

const roomWith = async (text: string | undefined): Promise<number> => {
  vi.stubEnv('PIPELINE_DEVICE_MEMORY', text);
  const { compute } = await openNodeCompute({ quiet: true });
  compute.destroy();
  return compute.limits.residentBytes;
};

test.each([
  ['200', 200e6],
  ['0.5', 500_000],
  ['0', 0],
  ['', Infinity],
  [undefined, Infinity],
])('%j megabytes', async (text, bytes) => {
  expect(await roomWith(text)).toBe(bytes);
});

test.each(['2GB', '-1', 'all'])('%s is refused', async (text) => {
  await expect(roomWith(text)).rejects.toMatchObject({ code: 'E_USAGE', message: `PIPELINE_DEVICE_MEMORY is '${text}'; a number of megabytes is needed.` });
});

test('of rows in files, a software adapter keeps less, unless it is told how much', async () => {
  const storedWith = async (text: string | undefined): Promise<readonly [boolean, number]> => {
    vi.stubEnv('PIPELINE_DEVICE_MEMORY', text);
    const { compute, summary } = await openNodeCompute({ quiet: true });
    compute.destroy();
    return [summary.software, Math.min(compute.limits.residentBytes, compute.limits.residentStoredBytes)];
  };
  const [software, most] = await storedWith('');
  expect(most).toBe(software ? 400e6 : Infinity);
  expect((await storedWith('900'))[1]).toBe(900e6);
});

test('a solver that was asked for is part of where a result was computed', async () => {
  const code: CodeDigests = {
    closure: async () => ({}),
    packageDigests: async () => ({ code: 'code', kernels: 'kernels' }),
    text: async () => '',
  };
  const keyWith = async (text: string | undefined): Promise<string | undefined> => {
    vi.stubEnv('PIPELINE_SOLVER', text);
    const { compute, summary } = await openNodeCompute({ quiet: true });
    compute.destroy();
    // A run asks which adapter it would have before it opens a device.
    expect(await adapterOf({ quiet: true })()).toEqual(summary);
    return (await onAdapter({ key: 'fit', parts: {} }, summary, code)).key;
  };
  const [plain, host, device] = [await keyWith(undefined), await keyWith('host'), await keyWith('device')];
  expect(device).not.toBe(plain);
  expect(host).toBe(plain); // where nothing was measured
  expect(await keyWith('device')).toBe(device);
  expect(await keyWith('')).toBe(plain);
});

test('where linear models are searched for', async () => {
  const solverWith = async (text: string | undefined): Promise<string | undefined> => {
    vi.stubEnv('PIPELINE_SOLVER', text);
    const { compute, summary } = await openNodeCompute({ quiet: true });
    compute.destroy();
    expect(compute.solver).toBe(summary.solver);
    return compute.solver;
  };
  expect(await solverWith('device')).toBe('device');
  expect(await solverWith('host')).toBeUndefined();
  await expect(solverWith('gpu')).rejects.toMatchObject({ code: 'E_USAGE', message: "PIPELINE_SOLVER is 'gpu'; host or device is needed." });
});

test('what was measured on an adapter decides, unless somebody says otherwise', async () => {
  const adapter = { name: 'Some GPU', vendor: 'v', architecture: 'a', driver: 'd 1', software: false };
  const onDevice = { ...adapter, solver: 'device' };
  vi.stubEnv('PIPELINE_SOLVER', '');
  await noteSolver(adapter, 'device');
  expect(await withSolver(adapter)).toEqual(onDevice);
  expect(await withSolver({ ...adapter, driver: 'd 2' })).toEqual({ ...adapter, driver: 'd 2' });
  expect(await withSolver(adapter, 'host')).toEqual(adapter);
  vi.stubEnv('PIPELINE_SOLVER', 'host');
  expect(await withSolver(adapter)).toEqual(adapter);
  vi.stubEnv('PIPELINE_SOLVER', '');
  await noteSolver(adapter, 'host');
  expect(await withSolver(adapter)).toEqual(adapter);
  expect(await withSolver(adapter, 'device')).toEqual(onDevice);
});
