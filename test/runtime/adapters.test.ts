// Results by adapter, without a device: what the engine asks for, and when.
import { expect, test } from 'vitest';
import type { AdapterSummary } from '../../src/core/events.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import { planOf } from '../../src/runtime/keys/plan.ts';
import { run, type OpenedCompute } from '../../src/runtime/run.ts';

const summaryOf = (name: string): AdapterSummary => ({ name, vendor: 'v', architecture: 'a', driver: 'd', software: true });
const code = { closure: async () => ({}), packageDigests: async () => ({ code: 'own', kernels: 'kernels' }), text: async () => '' };
const compute = { failed: () => false, waitedMs: () => 0, liveBytes: () => 0, peakBytes: () => 0, destroy: () => {} } as never as OpenedCompute['compute'];

const computed = stage({ id: 'computed', needs: [], provides: ['n'], run: async (_: object, context) => (await context.compute(), { n: 1 }) });
const plain = stage({ id: 'plain', needs: ['n'], provides: ['m'], run: ({ n }: { n: number }) => ({ m: n }) });
const tries = stage({
  id: 'tries',
  needs: [],
  provides: ['t'],
  run: async (_: object, context) => ({ t: await context.compute().then(String, () => 'none') }),
});

async function go(
  name: string | undefined,
  cache: { store: ReturnType<typeof memoryCacheStore>; code: typeof code },
  { told = true, of = pipeline('p', computed, plain) } = {},
) {
  let opened = 0;
  const none = (): Promise<never> => Promise.reject(new Error('none here'));
  const { stages } = await run(of, {
    files: { read: none },
    openCompute: name === undefined ? none : async () => (opened++, { compute, summary: summaryOf(name) }),
    ...(told && name !== undefined ? { adapter: async () => summaryOf(name) } : {}),
    emit: () => {},
    signal: new AbortController().signal,
    cache,
  });
  return { ran: stages.filter(({ status }) => status === 'ran').map(({ path }) => path), opened, stages };
}

test('each adapter has its results; where nobody tells which it is, the device is opened', async () => {
  const cache = { store: memoryCacheStore(), code };
  expect(await go('one', cache)).toMatchObject({ ran: ['computed', 'plain'], opened: 1 });
  expect(await go('two', cache)).toMatchObject({ ran: ['computed'], opened: 1 });
  expect(await go('one', cache)).toMatchObject({ ran: [], opened: 0 });
  expect(await go('two', cache, { told: false })).toMatchObject({ ran: [], opened: 1 });
  const { stages } = await go('two', cache);
  expect(stages.map(({ identity }) => identity!.parts['adapter'])).toEqual(['two (v, a, d)', undefined]);
  const plan = await planOf(pipeline('p', computed, plain), { cache, adapter: async () => summaryOf('three') });
  expect(plan.map(({ does }) => does)).toEqual(['runs', 'waits']);
});

test('another kernel is another result', async () => {
  const store = memoryCacheStore();
  await go('one', { store, code });
  const changed = { ...code, packageDigests: async () => ({ code: 'own', kernels: 'others' }) };
  expect((await go('one', { store, code: changed })).ran).toEqual(['computed']);
});

test('what a stage gave without the device that it asked for is not kept', async () => {
  const cache = { store: memoryCacheStore(), code };
  const of = pipeline('p', tries) as never;
  expect((await go(undefined, cache, { of })).ran).toEqual(['tries']);
  expect((await go('one', cache, { of })).ran).toEqual(['tries']);
  expect((await go('one', cache, { of })).ran).toEqual([]);
});
