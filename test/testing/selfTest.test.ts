// `pipeline doctor --self-test`: kernels that agree, kernels that do not, devices that are lost on the way, and what users read about it.
import { Command } from 'commander';
import { afterEach, expect, test, vi } from 'vitest';
import { cli, jsonLines } from '../support/cli.ts';
import { testCompute } from '../support/compute.ts';
import { addDoctor } from '../../src/cli/commands/machine/doctor.ts';
import type { HostLaunch, Kernel } from '../../src/core/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { natural, oneOf, type Draw, type DrawnLaunch, type Draws } from '../../src/testing/draws/draw.ts';
import { selfTest, type KernelTested } from '../../src/testing/selfTest.ts';

const doubled = {
  name: 'doubled',
  source: new URL('../fixtures/testing/doubled.wgsl', import.meta.url),
  params: { count: 'u32' },
  bindings: { x: 'read', out: 'write' },
  sizes: { BY: 2 },
  reference: async () => reference(0),
} as const satisfies Kernel;
/** Off by so much at the last place, and by half of it at the one before. */
const reference =
  (by: number) =>
  ({ params: { count }, buffers, sizes: { BY } }: HostLaunch<'count', 'x' | 'out', 'BY'>): void => {
    new Float32Array(buffers.out).set(new Float32Array(buffers.x, 0, count).map((value, i) => value * BY + by * 2 ** Math.min(0, i - count + 1)));
  };
const drawOf = (kernel: Kernel, tolerance: number): Draw<DrawnLaunch> =>
  natural(9, 40).map((count) => ({
    kernel,
    launch: { params: { count }, grid: [1] },
    buffers: { x: Float32Array.from({ length: count }, (_, i) => i), out: new Float32Array(count).fill(-1) },
    allowed: { out: tolerance },
  }));
/** A kernel that needs subgroups stands among those of devices that have them. */
const draws = ({ subgroupLanes }: { readonly subgroupLanes: number }): Draws => ({
  good: drawOf(doubled, 0),
  near: drawOf({ ...doubled, reference: async () => reference(0.5) } as Kernel, 2),
  wrong: drawOf({ ...doubled, reference: async () => reference(8) } as Kernel, 1),
  broken: drawOf({ ...doubled, sizes: {} }, 0),
  after: drawOf(doubled, 0),
  ...(subgroupLanes > 0 ? { lanes: drawOf(doubled, 0) } : {}),
});
vi.mock('../../src/testing/draws/all.ts', () => ({ drawsFor: (device: { readonly subgroupLanes: number }) => draws(device) }));

const compute = await testCompute();
const withoutSubgroups = { ...compute, subgroupLanes: 0 };

/** On a device without subgroups, which is lost at the kernel that does not compile. */
async function testAll(open: () => Promise<typeof compute>): Promise<readonly KernelTested[]> {
  let last = '';
  return selfTest({
    open,
    close: () => {},
    lost: () => last === 'broken',
    launches: 3,
    onTested: ({ kernel }) => (last = kernel),
  });
}

test('each kernel has its result, the failing ones with what is wrong, where and at which launch; the others go on', async () => {
  const open = vi.fn(async () => withoutSubgroups);
  const tested = await testAll(open);
  expect(tested.map(({ kernel }) => kernel)).toEqual(['good', 'near', 'wrong', 'broken', 'after', 'lanes']);
  expect(tested.map(({ status }) => status)).toEqual(['ok', 'ok', 'fail', 'fail', 'ok', 'none']);
  const [good, near, wrong, broken] = tested as [KernelTested, KernelTested, KernelTested, KernelTested];
  expect(good).toMatchObject({ launches: 3, furthest: 0 });
  expect(near).toMatchObject({ launches: 3, furthest: 0.25 });
  // The last place is furthest off; three more are off by more than 1, one by just as much as it may be.
  const { count } = wrong.launch!.params;
  expect(wrong.failure).toContain(
    `kernel doubled: out[${count! - 1}] is ${2 * (count! - 1)}; its reference says ${2 * (count! - 1) + 8}, and they may differ by 1.`,
  );
  expect(wrong.failure).toContain(`3 of ${count} numbers differ by more`);
  expect(wrong).toMatchObject({ launches: 1, launch: { grid: [1], seed: expect.any(Number) } });
  expect(natural(9, 40).from(new RandomState(wrong.launch!.seed))).toBe(count);
  expect(broken.failure).toMatch(/a launch on the device failed/);
  expect(open).toHaveBeenCalledTimes(2);
});

test('a device that does not come back fails what is left', async () => {
  const open = vi.fn(async () => {
    if (open.mock.calls.length > 1) throw new Error('The adapter is gone.');
    return withoutSubgroups;
  });
  const tested = await testAll(open);
  expect(tested.map(({ status }) => status)).toEqual(['ok', 'ok', 'fail', 'fail', 'fail', 'none']);
  expect(tested[4]!.failure).toBe('Not launched: broken took the device along, and no new one can be opened: The adapter is gone.');
});

test('a device that hangs has a limit, and keeps nobody waiting for what comes behind', async () => {
  const closed = vi.fn();
  const hanging = {
    ...withoutSubgroups,
    launch: (async (kernel, launch) =>
      kernel.reference === doubled.reference ? withoutSubgroups.launch(kernel, launch) : new Promise(() => {})) as typeof compute.launch,
  };
  const tested = await selfTest({ open: async () => hanging, close: closed, lost: () => false, launches: 3, limitMs: 500 });
  expect(tested.map(({ status }) => status)).toEqual(['ok', 'fail', 'fail', 'fail', 'fail', 'none']);
  expect(tested.slice(0, 3)).toMatchObject([
    { kernel: 'good', launches: 3 },
    { kernel: 'near', launches: 0, ms: 500, timedOut: true, failure: 'The device gave nothing within 0.5 s' },
    { kernel: 'wrong', launches: 0, failure: 'Not launched: the device still has not done near. Name others to test them: pipeline doctor --self-test good' },
  ]);
  expect(closed).not.toHaveBeenCalled();
});

const printed: string[] = [];
async function doctor(...args: readonly string[]): Promise<string> {
  printed.length = 0;
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  const program = new Command();
  addDoctor(program);
  await program.parseAsync(['node', 'pipeline', 'doctor', ...args]).finally(() => vi.mocked(process.stdout.write).mockRestore());
  return printed.join('');
}
afterEach(() => (process.exitCode = undefined));

test('the command tells each kernel, what to report, and fails', async () => {
  const text = await doctor('--self-test');
  expect(process.exitCode).toBe(4);
  expect(text).toMatch(/^ok {3}good +4 launches, equal, \d+ ms$/m);
  expect(text).toMatch(/^ok {3}near +4 launches, differs by 25 % of what is/m);
  expect(text.replace(/\s+/g, ' ')).toMatch(
    /fail wrong kernel doubled: out\[\d+\] is \d+; its reference says .* Launch: \{"params":\{"count":\d+\},"grid":\[1\],"seed":\d+\}/,
  );
  expect(text.replace(/\s+/g, ' ')).toContain('Report what `pipeline doctor --self-test --json` prints');
  expect(text).toMatch(/^[34] of [56] kernels agree with their float64 references, 2 do not/m);
});

test('some kernels alone, as JSON, and the exit code of success', async () => {
  const lines = jsonLines(await doctor('--self-test', 'goo', '--json'));
  expect(process.exitCode).toBeUndefined();
  expect(lines).toEqual([
    { type: 'kernel', kernel: 'good', status: 'ok', launches: 4, furthest: 0, ms: expect.any(Number) },
    expect.objectContaining({ type: 'self-test', status: 'ok', agree: 1, differ: 0, adapter: expect.objectContaining({ name: expect.any(String) }) }),
  ]);
  await expect(doctor('--self-test', 'nosuch')).rejects.toMatchObject({ code: 'E_USAGE' });
});

test('the built command tests the kernels of the package', async () => {
  const { code, stdout, stderr } = await cli(['doctor', '--self-test', 'margins, u8, plain', '--json']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const [kernel, all] = jsonLines(stdout);
  expect(kernel).toMatchObject({ type: 'kernel', kernel: 'margins, u8, plain', status: 'ok', launches: 4 });
  expect(kernel!['furthest']).toBeGreaterThan(0);
  expect(all).toMatchObject({ type: 'self-test', status: 'ok', agree: 1, differ: 0, left: 0 });
});

test('least and most of a range are drawn more often than by chance, and nothing outside it', () => {
  const random = new RandomState(3);
  const drawn = Array.from({ length: 400 }, () => natural(1, 100).from(random));
  expect(drawn.filter((value) => value === 1 || value === 100).length).toBeGreaterThan(60);
  expect(Math.min(...drawn)).toBe(1);
  expect(Math.max(...drawn)).toBe(100);
  expect(new Set(Array.from({ length: 50 }, () => oneOf(2, 5).from(random)))).toEqual(new Set([2, 5]));
});
