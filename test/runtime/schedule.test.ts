// What runs beside what, and what never does; how a run that goes on in several places ends.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import type { DatasetSource } from '../../src/datasets/source.ts';
import { branch } from '../../src/dsl/graph/compose.ts';
import { pipeline, type Pipeline } from '../../src/dsl/graph/pipeline.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';
import { stage, type OwnStage } from '../../src/dsl/stage/ownStage.ts';
import { defineStage } from '../../src/dsl/stage/stage.ts';
import type { Fetched } from '../../src/dsl/stage/state.ts';
import { memoryCacheStore, type CacheStore } from '../../src/runtime/keys/cache.ts';
import { run, type RunOptions } from '../../src/runtime/run.ts';
import { inProcess, type Executor } from '../../src/runtime/schedule/executor.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { split } from '../../src/stages/split/split.ts';
import { smallData } from '../support/smallData.ts';

const code = { closure: async () => ({}), packageDigests: async () => ({ code: '', kernels: '' }), text: async () => '' };
const declare = pipeline as (name: string, ...stages: readonly unknown[]) => Pipeline;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function go(made: Pipeline, options: Partial<RunOptions> & { readonly store?: CacheStore } = {}) {
  const events: RunEvent[] = [];
  const { store, ...more } = options;
  const started = performance.now();
  const result = await run(made, {
    files: { read: () => Promise.reject(new Error('no files here')) },
    openCompute: () => Promise.reject(new Error('no device here')),
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    cache: store && { store, code },
    ...more,
  });
  return { ...result, events, ms: performance.now() - started, paths: result.stages.map(({ path }) => path) };
}

/** Stages that say when they run. */
function watched() {
  const now = new Set<string>();
  const together = new Set<string>();
  const order: string[] = [];
  const during = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    for (const other of now) together.add([name, other].toSorted().join(' and '));
    now.add(name);
    order.push(name);
    try {
      return await work();
    } finally {
      now.delete(name);
    }
  };
  const own = (
    name: string,
    needs: readonly string[],
    more: Partial<OwnStage<object, object>> = {},
    work: (context: StageContext) => Promise<unknown> = () => sleep(5),
  ) =>
    stage<object, object>({
      id: name,
      needs: needs as never,
      provides: [name] as never,
      run: (_: object, context) => during(name, async () => (await work(context), { [name]: name })),
      ...more,
    } as OwnStage<object, object>);
  /** A stage of this package, with kernels or without. */
  const packaged = (name: string, needs: readonly string[], kernels: boolean) =>
    defineStage<object, object>({
      id: name,
      needs: needs as never,
      provides: [name] as never,
      params: {},
      code: [],
      kernels,
      run: () => during(name, async () => (await sleep(5), { adds: { [name]: name }, output: {} })),
    });
  return { own, packaged, during, together, order };
}

describe('side by side', () => {
  test('two slow sources take the time of one, and so do two stages that say host: true', async () => {
    const source = (name: string): DatasetSource => ({ name, load: async () => (await sleep(200), { ...smallData(), name }) });
    const two = await go(declare('two', branch({ a: [fetch(source('a'))] as never, b: [fetch(source('b'))] as never })));
    expect(two).toMatchObject({ status: 'ok', paths: ['a/fetch', 'b/fetch'] });
    expect(two.ms).toBeGreaterThanOrEqual(199);
    expect(two.ms).toBeLessThan(330);

    const { own, together } = watched();
    const slow = () => sleep(200);
    expect((await go(declare('own', own('a', [], { host: true }, slow), own('b', [], { host: true }, slow)))).ms).toBeLessThan(330);
    expect([...together]).toEqual(['a and b']);
  });

  test('stages that may compute never overlap, across all their awaits; others of this package run beside them', async () => {
    const { own, packaged, together } = watched();
    const made = declare(
      'mixed',
      packaged('fit', [], true),
      packaged('scale', [], false),
      packaged('score', [], true),
      packaged('show', [], false),
      own('mine', []),
    );
    expect((await go(made)).status).toBe('ok');
    expect(together).toContain('fit and scale');
    expect([...together].filter((pair) => /^(fit|score|mine) and (fit|score|mine)$|^(scale|show) and (scale|show)$/.test(pair))).toEqual([]);
  });

  test('of any graph: no two on the device, the user’s own in order, all behind what they read, records in order', async () => {
    const kinds = fc.constantFrom('own', 'host', 'kernels', 'package');
    const node = fc.record({ kind: kinds, reads: fc.array(fc.nat(20), { maxLength: 3 }), ms: fc.nat(4) });
    await fc.assert(
      fc.asyncProperty(fc.array(node, { minLength: 1, maxLength: 12 }), async (nodes) => {
        const { own, packaged, together, order } = watched();
        const stages = nodes.map(({ kind, reads, ms }, i) => {
          const needs = [...new Set(reads.filter((read) => read < i).map((read) => `${nodes[read]!.kind}${read}`))];
          const name = `${kind}${i}`;
          if (kind === 'own' || kind === 'host') return own(name, needs, { host: kind === 'host' }, () => sleep(ms));
          return packaged(name, needs, kind === 'kernels');
        });
        const { status, paths } = await go(declare('any', ...stages));
        expect({ status, paths }).toEqual({ status: 'ok', paths: nodes.map(({ kind }, i) => `${kind}${i}`) });
        const apart = /^(own|kernels)\d+ and (own|kernels)\d+$|^package\d+ and package\d+$|^own\d+ and host\d+$|^host\d+ and own\d+$/;
        expect([...together].filter((pair) => apart.test(pair))).toEqual([]);
        nodes.forEach(({ kind, reads }, i) => {
          for (const read of reads) if (read < i) expect(order.indexOf(`${nodes[read]!.kind}${read}`)).toBeLessThan(order.indexOf(`${kind}${i}`));
        });
        const mine = order.filter((name) => name.startsWith('own'));
        expect(mine).toEqual(mine.toSorted((a, b) => Number(a.slice(3)) - Number(b.slice(3))));
      }),
      { numRuns: 40 },
    );
  });

  test('of many sources at most one is ahead of the run: their rows are not all held at once', async () => {
    let held = 0;
    let most = 0;
    const loaded: string[] = [];
    const source = (name: string): DatasetSource => ({
      name,
      code: [],
      load: async () => (loaded.push(name), (most = Math.max(most, ++held)), await sleep(3), { ...smallData(), name }),
    });
    const use = stage({
      id: 'use',
      needs: ['data'],
      provides: [],
      run: async ({ data }: Fetched) => (await sleep(10), held--, expect(loaded).toContain(data.name), {}),
    });
    const rows = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`r${i}`, [fetch(source(`r${i}`)), use] as never]));
    expect((await go(declare('rows', branch(rows)))).status).toBe('ok');
    expect({ most, loaded }).toEqual({ most: 2, loaded: Array.from({ length: 8 }, (_, i) => `r${i}`) });
  });

  test('of two stages that give the same, one runs and the other uses it', async () => {
    const source = { name: 's', digest: 'd', code: [], load: async () => (await sleep(20), smallData()) };
    const part = (n: string) =>
      [fetch({ ...source }), split({ train: [0, 8], test: [10, 20] }), stage({ id: n, needs: ['train'], provides: [], run: () => ({}) })] as never;
    const { stages } = await go(declare('alike', branch({ a: part('x'), b: part('y') })), { store: memoryCacheStore() });
    const statuses = Object.fromEntries(stages.map(({ path, status }) => [path, status]));
    expect(statuses).toEqual({ 'a/fetch': 'ran', 'a/split': 'ran', 'a/x': 'ran', 'b/fetch': 'cached', 'b/split': 'cached', 'b/y': 'ran' });
  });

  test('a value that is computed again to bring it back waits for the device, and nobody waits for ever', async () => {
    const { own, packaged, together } = watched();
    const store = memoryCacheStore();
    // A host stage and a device stage both read what only a device stage can bring back.
    const made = (n: number) =>
      declare(
        'again',
        packaged('big', [], true),
        packaged('other', [], true),
        packaged('view', ['big'], false),
        packaged('fit', ['big', 'other'], true),
        own('mine', ['big'], { params: { n } }),
      );
    await go(made(1), { store });
    store.getBlob = async () => undefined;
    const unread: CacheStore = {
      ...store,
      getText: async (key) => (await store.getText(key))?.replace(/"small":\{[^}]*\}/, '"small":{"x":""}').replace(/"stored":\[[^\]]*\]/, '"stored":[]'),
    };
    const again = await go(made(2), { store: unread, selection: { force: ['view', 'fit'] } });
    expect(again).toMatchObject({ status: 'ok' });
    expect(again.events.filter(({ type }) => type === 'stage-restored').length).toBeGreaterThan(0);
    expect([...together].filter((pair) => /^(big|fit|mine|other) and (big|fit|mine|other)$/.test(pair))).toEqual([]);
  });
});

describe('an end', () => {
  test('the first failure stops what runs beside it, starts nothing more, and is the one that is told', async () => {
    const { own, order } = watched();
    let stopped = false;
    const store = memoryCacheStore();
    const patient = own(
      'patient',
      [],
      { host: true },
      ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve((stopped = true)))),
    );
    const broken = own('broken', [], { host: true }, async () => {
      await sleep(10);
      throw new TypeError('broken on purpose');
    });
    const { error, stages, events, exitCode } = await go(declare('failing', patient, broken, own('after', ['patient'])), { store });
    expect(error).toMatchObject({ stage: 'broken', message: expect.stringContaining('broken on purpose') });
    expect(exitCode).toBe(1);
    expect({ stopped, order }).toEqual({ stopped: true, order: ['patient', 'broken'] });
    expect(stages.map(({ path, status }) => `${path} ${status}`)).toEqual(['broken failed']);
    expect(events.filter(({ type }) => type === 'stage-finished')).toEqual([]);
    expect(events.at(-1)!.type).toBe('run-finished');
    // Nothing of the stage that was stopped is kept.
    expect((await go(declare('failing', patient), { store, signal: AbortSignal.timeout(20) })).stages[0]!.status).toBe('failed');
  });

  test('a run that is asked to stop stops all that run', async () => {
    const { own } = watched();
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    const never = () => new Promise(() => {});
    const { error, ms } = await go(declare('stopped', own('a', [], { host: true }, never), own('b', [], { host: true }, never)), { signal: abort.signal });
    expect(error).toMatchObject({ code: 'E_CANCELLED' });
    expect(ms).toBeLessThan(2000);
  });

  test('nothing of a run stays on the signal that it was given, however it ended', async () => {
    const { own } = watched();
    const signal = new AbortController().signal;
    let listening = 0;
    const count = (by: number, name: 'addEventListener' | 'removeEventListener'): void => {
      const inner = signal[name].bind(signal) as (...given: unknown[]) => void;
      Object.assign(signal, { [name]: (...given: unknown[]) => ((listening += by), inner(...given)) });
    };
    count(1, 'addEventListener');
    count(-1, 'removeEventListener');
    await go(declare('fine', own('a', []), own('b', ['a'])), { signal });
    await go(
      declare(
        'broken',
        own('a', [], {}, () => Promise.reject(new Error('broken on purpose'))),
      ),
      { signal },
    );
    expect(listening).toBe(0);
  });

  test('host: true has no device, however the stage comes by it', async () => {
    const { own } = watched();
    const { error } = await go(
      declare(
        'asking',
        own('asks', [], { host: true }, (context) => context.compute()),
      ),
    );
    expect(error).toMatchObject({ code: 'E_STAGE', stage: 'asks', hint: 'Leave out host: true.' });
  });

  test('of two user stages that ran beside each other both are named where a value changed', async () => {
    const make = stage({ id: 'make', needs: [], provides: ['held'], run: () => ({ held: [3, 1, 2] }) });
    const edit = (id: string, at: number) =>
      stage({
        id,
        needs: ['held'],
        provides: [],
        host: true,
        run: async ({ held }: { held: number[] }) => (await sleep(at), at < 20 && held.sort(), await sleep(20), {}),
      });
    const { error } = await go(declare('blame', make, edit('one', 5), edit('two', 40)));
    expect(error).toMatchObject({ code: 'E_STAGE', message: expect.stringMatching(/changed after it was provided, while one of these ran: 'one', 'two'\./) });
  });
});

test('another executor runs the stages: it gets what they read, and its answer is what is kept', async () => {
  const jobs: string[] = [];
  const elsewhere: Executor = {
    execute: async (job) => {
      jobs.push(`${job.node.path}(${Object.keys(job.state).join()})`);
      const { adds, output } = await inProcess.execute(job);
      return { adds: structuredClone(adds), output: { ...output, ranOn: 'another machine' } };
    },
  };
  const a = stage({ id: 'a', needs: [], provides: ['x'], run: () => ({ x: 2 }) });
  const b = stage({ id: 'b', needs: ['x'], provides: ['y'], run: ({ x }: { x: number }) => ({ y: 2 * x }) });
  const store = memoryCacheStore();
  const { outputs, values } = await go(declare('far', a, b), { executor: elsewhere, store, values: ['y'] });
  expect({ jobs, y: values['y'] }).toEqual({ jobs: ['a()', 'b(x)'], y: 4 });
  expect(outputs['b']).toEqual({ ranOn: 'another machine' });
  expect((await go(declare('far', a, b), { executor: elsewhere, store })).outputs).toEqual(outputs);
  expect(jobs).toHaveLength(2);
});
