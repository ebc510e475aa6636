// The search for the fastest variant of a kernel, what `pipeline doctor --tune` says of it, and that what it keeps is what later
// runs use.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Compute, HostLaunch, Kernel } from '../../src/core/compute.ts';
import { timesOf } from '../../src/core/tuning/measure.ts';
import type { SolverTuned } from '../../src/estimators/linear/tuning/solver.ts';
import { fastestOf, measuredAlone, tune, tuneAnew, type TuneOptions } from '../../src/core/tuning/tune.ts';
import { runsOn, variantsOf, wayOf } from '../../src/core/tuning/variants.ts';
import { fastest, fitting } from '../../src/estimators/linear/tuning/fastest.ts';
import { GROUP_SIZES } from '../../src/estimators/linear/tuning/launches.ts';
import { gradient } from '../../src/kernels/gradient/gradient.ts';
import { margins } from '../../src/kernels/margins/margins.ts';
import { checkKernel } from '../../src/testing.ts';
import { ROOT } from '../support/cli.ts';
import { testCompute } from '../support/compute.ts';

const run = promisify(execFile);
const compute = await testCompute();
const lanes = compute.subgroupLanes;

/** A compute with notes of its own, on which nothing was chosen yet. */
function withNotes(kept: Map<string, unknown>): Compute {
  return { ...compute, notes: { get: async (topic) => kept.get(topic) as never, set: async (topic, _kernels, note) => void kept.set(topic, note) } };
}

type Doubled = HostLaunch<'count', 'x' | 'out', 'BY' | 'WORKGROUP' | 'EACH'>;
const other = { name: 'doubledTwice', source: new URL('../fixtures/testing/doubledTwice.wgsl', import.meta.url), sizes: { EACH: 2 } } as const;
/** Multiplies numbers, several an invocation. */
const doubled = {
  name: 'doubled',
  source: new URL('../fixtures/testing/doubledEach.wgsl', import.meta.url),
  params: { count: 'u32' },
  bindings: { x: 'read', out: 'write' },
  sizes: { BY: 2, WORKGROUP: 64, EACH: 1 },
  variants: { form: [other], WORKGROUP: [32, 128], EACH: [2, 4] },
  reference:
    async () =>
    ({ params: { count }, buffers, sizes: { BY } }: Doubled): void => {
      new Float32Array(buffers.out).set(new Float32Array(buffers.x, 0, count).map((value) => value * BY));
    },
} as const satisfies Kernel;

describe('variants', () => {
  test('are all that choices of each kind make together, the kernel as it is first, none twice', () => {
    const ways = variantsOf(doubled).map(({ name, sizes: { WORKGROUP, EACH } }) => `${name} ${WORKGROUP} ${EACH}`);
    expect(ways[0]).toBe('doubled 64 1');
    expect(ways.toSorted()).toEqual(
      ['doubled', 'doubledTwice']
        .flatMap((name) => [32, 64, 128].flatMap((size) => (name === 'doubled' ? [1, 2, 4] : [2, 4]).map((each) => `${name} ${size} ${each}`)))
        .toSorted(),
    );
    expect(variantsOf(other as never as Kernel)).toHaveLength(1);
    const { name: _, ...nameless } = other;
    expect(variantsOf<Kernel>({ ...doubled, variants: { form: [nameless, { ...nameless, sizes: {} }] } }).map(({ name }) => name)).toEqual([
      'doubled',
      'doubled, form 1',
      'doubled, form 2',
    ]);
  });

  const launch = {
    params: { count: 65 },
    grid: ({ WORKGROUP, EACH }: { readonly WORKGROUP: number; readonly EACH: number }) => [Math.ceil(65 / (WORKGROUP * EACH))] as const,
    buffers: { x: Float32Array.from({ length: 65 }, (_, i) => i), out: new Float32Array(66).fill(9) },
  };
  test('are checked each, and the one that computes something else is named', async () => {
    await checkKernel(doubled, launch, { compute });
    const wrong = { ...other, source: new URL('../fixtures/testing/doubled.wgsl', import.meta.url), sizes: { EACH: 4 } };
    await expect(checkKernel({ ...doubled, variants: { ...doubled.variants, form: [wrong] } }, launch, { compute })).rejects.toThrow(
      /^kernel doubledTwice, BY 2, EACH 4, WORKGROUP 64: /,
    );
  });
  test('of one source and other sizes are other shaders', async () => {
    const x = compute.upload('x', 8, (target) => new Float32Array(target).set([1, 2]));
    const out = compute.create('out', 8);
    for (const by of [2, 5]) {
      await compute.launch({ ...doubled, sizes: { ...doubled.sizes, BY: by } }, { params: { count: 2 }, bindings: { x, out }, grid: [1] });
      expect([...new Float32Array(await compute.read(out))]).toEqual([by, 2 * by]);
    }
    compute.release(x, out);
  });
});

describe('the search', () => {
  const cost = ({ name, sizes: { WORKGROUP, EACH } }: Kernel): number => (name === 'doubled' ? 2 : 1) + Math.abs(WORKGROUP! - 128) / 100 + Math.abs(EACH! - 4);
  const searched = async (space: Partial<Parameters<typeof fastestOf>[1]>) => {
    const rounds: number[] = [];
    const tuned = await fastestOf<Kernel>(doubled, { first: [{}], wide: true, fits: () => true, ...space }, async (kernels) => {
      rounds.push(kernels.length);
      return kernels.map(cost);
    });
    return { ...tuned, rounds };
  };
  test('walks one kind after the other, each with the best of the others, and keeps the fastest', async () => {
    const { rounds, candidates, kept } = await searched({});
    expect(rounds).toEqual([2, 3, 2]);
    expect(wayOf(kept)).toBe('doubledTwice, BY 2, EACH 4, WORKGROUP 128');
    expect(candidates).toHaveLength(2 + 2 + 1); // what was measured twice stands here once
    expect(Math.min(...candidates.map(({ ms }) => ms))).toBe(cost(kept));
  });
  test('compares what it begins with, and nothing else where nobody waits', async () => {
    const { rounds, kept } = await searched({ wide: false, first: [{ WORKGROUP: 32 }, { EACH: 4 }, { EACH: 2 }] });
    expect(rounds).toEqual([3]);
    expect(wayOf(kept)).toBe('doubled, BY 2, EACH 4, WORKGROUP 64');
  });
  test('leaves out what does not fit, and measures no single one', async () => {
    const { rounds, kept } = await searched({ fits: ({ name, sizes: { EACH } }) => name === 'doubled' && EACH! < 2 });
    expect(rounds).toEqual([3]);
    expect(wayOf(kept)).toBe('doubled, BY 2, EACH 1, WORKGROUP 128');
  });
});

describe('tune', () => {
  /** Trials that were made, each until it is released. */
  const trials = { made: 0, open: 0 };
  const slow = 'doubled, BY 2, EACH 1, WORKGROUP 32';
  const options: TuneOptions = {
    trial: () => {
      trials.made++;
      expect(++trials.open).toBe(1);
      return {
        launch: (kernel) => new Promise((resolve) => setTimeout(resolve, kernel.sizes['EACH'] === 4 ? 0 : 5)),
        release: () => trials.open--,
      };
    },
    fits: ({ name }) => name === 'doubled',
  };
  test('measures once, notes what it found, and a later device takes the note', { timeout: 60_000 }, async () => {
    const kept = new Map<string, unknown>();
    const device = withNotes(kept);
    const before = trials.made;
    const [found, same] = await Promise.all([tune<Kernel>(device, doubled, '4 columns', options), tune<Kernel>(device, doubled, '4 columns', options)]);
    expect(same).toBe(found);
    expect([found.sizes['EACH'], trials.made - before, trials.open]).toEqual([4, 1, 0]);
    expect([...kept]).toEqual([['doubled-4-columns', wayOf(found)]]);
    kept.set('doubled-4-columns', slow);
    expect(wayOf(await tune<Kernel>(device, doubled, '4 columns', options))).toBe(wayOf(found));
    expect(wayOf(await tune<Kernel>(withNotes(kept), doubled, '4 columns', options))).toBe(slow);
    expect(trials.made - before).toBe(1);
    const anew = (await tuneAnew<Kernel>(device, doubled, '4 columns', options)).kept;
    expect(anew.sizes['EACH']).toBe(4);
    expect(kept.get('doubled-4-columns')).toBe(wayOf(anew));
    expect(await tune<Kernel>(device, doubled, '4 columns', options)).toBe(anew);
  });
  test.each([null, 3, {}, 'doubled', 'doubledTwice, BY 2, EACH 2, WORKGROUP 64', 'doubled, BY 2, EACH 3, WORKGROUP 64'])(
    'a note that is none of ours is measured anew: %j',
    { timeout: 60_000 },
    async (note) => {
      const kept = new Map<string, unknown>([['doubled-few', note]]);
      const found = await tune<Kernel>(withNotes(kept), doubled, 'few', options);
      expect(kept.get('doubled-few')).toBe(wayOf(found));
      expect(found.sizes['EACH']).toBe(4);
    },
  );
  test('one search at a time, and another try after one that failed', { timeout: 60_000 }, async () => {
    const device = withNotes(new Map());
    const failing = { ...options, trial: () => Promise.reject(new Error('no room')) };
    const both = await Promise.allSettled([tune<Kernel>(device, doubled, 'a', failing), tune<Kernel>(device, doubled, 'b', options)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect((await tune<Kernel>(device, doubled, 'a', options)).sizes['EACH']).toBe(4);
    const order: string[] = [];
    const other = measuredAlone(device, async () => {
      await device.settle();
      order.push('what is no kernel');
    });
    const trial = (wide: boolean) => {
      order.push('a kernel');
      return options.trial(wide);
    };
    await Promise.all([other, tune<Kernel>(device, doubled, 'c', { ...options, trial })]);
    expect(order).toEqual(['what is no kernel', 'a kernel']);
  });
  test('a variant that the device refuses is none; where all are, that is said', { timeout: 60_000 }, async () => {
    const refusing = (refused: (kernel: Kernel) => boolean) => async (kernel: Kernel) => {
      if (refused(kernel)) throw new Error(`no ${kernel.name}`);
    };
    const ways = variantsOf<Kernel>(doubled);
    const times = await timesOf(
      compute,
      ways,
      refusing(({ sizes: { EACH } }) => EACH === 1),
    );
    expect(times.map((ms) => ms === Infinity)).toEqual(ways.map(({ sizes: { EACH } }) => EACH === 1));
    await expect(
      timesOf(
        compute,
        ways,
        refusing(() => true),
      ),
    ).rejects.toThrow('no doubled');
  });
});

test('what linear models choose fits, is noted, and is taken from the notes', { timeout: 120_000 }, async () => {
  const kept = new Map<string, unknown>();
  const device = withNotes(kept);
  for (const [name, kernels] of Object.entries({ margins, gradient })) {
    for (const models of GROUP_SIZES) {
      const found = await fastest(device, name as 'margins', 'u8', models);
      const able = variantsOf<Kernel>(kernels.u8).filter((one) => runsOn(one, compute) && fitting(name as 'margins', models, lanes)(one));
      expect(able.map(wayOf)).toContain(wayOf(found));
    }
  }
  expect([...kept.keys()]).toEqual(lanes === 0 ? [] : ['margins', 'gradient'].flatMap((name) => [`${name}-u8-rows-1-columns`, `${name}-u8-rows-4-columns`]));
  const slow = wayOf({ ...margins.u8, sizes: { ...margins.u8.sizes, WORKGROUP: 256 } } as Kernel);
  kept.set('margins-u8-rows-8-columns', slow);
  expect(wayOf(await fastest(withNotes(kept), 'margins', 'u8', 8))).toBe(slow);
});

test('doctor --tune tells every candidate and the one kept, of each kernel, type of rows and group size', { timeout: 600_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-tune-'));
  try {
    const { stdout } = await run(
      process.execPath,
      ['--import', 'tsx', '--conditions=pipeline-gpu-source', 'src/cli/main.ts', 'doctor', '--tune', '--json'],
      // The embedded adapter would be unpacked into a cache folder of its own.
      { cwd: ROOT, env: lanes === 0 || process.env['PIPELINE_ADAPTER'] === 'swiftshader' ? process.env : { ...process.env, PIPELINE_CACHE: folder } },
    );
    interface Way {
      readonly form: string;
      readonly workgroup: number;
      readonly quads?: number;
      readonly ms: number;
    }
    interface Search {
      readonly kernel: 'margins' | 'gradient';
      readonly dtype: 'u8' | 'f32';
      readonly models: number;
      readonly candidates: readonly Way[];
      readonly kept: Way;
    }
    interface Report {
      readonly type: string;
      readonly adapter: { readonly name: string };
      readonly searches: readonly Search[];
      readonly solver: SolverTuned;
    }
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({ type: 'tuned', adapter: { name: expect.any(String) } });
    expect(report.searches).toHaveLength(2 * 2 * GROUP_SIZES.length);
    const { ms, kept } = report.solver;
    expect(kept).toBe(ms.device < ms.host ? 'device' : 'host');
    expect(Math.min(ms.device, ms.host)).toBeGreaterThan(0);
    for (const { kernel, models, candidates, kept } of report.searches) {
      const able = variantsOf<Kernel>({ margins, gradient }[kernel].u8).filter(fitting(kernel, models, lanes));
      const told = able.map(({ name, sizes: { WORKGROUP, QUADS } }) => `${name} ${WORKGROUP} ${QUADS}`);
      for (const { ms, form, workgroup, quads } of candidates) expect(told.includes(`${form} ${workgroup} ${quads}`) && ms > 0).toBe(true);
      expect(new Set(candidates.map(({ workgroup }) => workgroup)).size).toBeGreaterThan(2);
      expect(candidates.toSorted((a, b) => a.ms - b.ms)[0]).toMatchObject(kept);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
