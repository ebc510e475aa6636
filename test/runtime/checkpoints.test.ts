// Fits that are cut off anywhere and go on: the weights must be those of a fit that nobody disturbed, to the last bit.
import { beforeAll, expect, test } from 'vitest';
import { encode } from '../../src/core/encoding/encoding.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { pipeline, type Pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage, withPolicy } from '../../src/dsl/stage/ownStage.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { oneVsRest } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import { memoryCacheStore, type CacheStore } from '../../src/runtime/keys/cache.ts';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';
import { run } from '../../src/runtime/run.ts';
import { crossValidate } from '../../src/stages/selection/crossValidate.ts';
import { fit } from '../../src/stages/fit.ts';
import { gridSearch } from '../../src/stages/search/gridSearch.ts';
import { testCompute } from '../support/compute.ts';
import { smallSet, type SetName } from '../support/smallSets.ts';

let compute: GpuCompute;
beforeAll(async () => {
  // Runs close their device; this one is shared.
  compute = { ...(await testCompute()), destroy: () => {} };
});

const code = { closure: async () => ({}), packageDigests: async () => ({ code: '', kernels: '' }), text: async () => '' };
const summary = { name: 'test', vendor: '', architecture: '', driver: '', software: true };

interface Ending {
  readonly status: string;
  /** Digest of all that training gave. */
  readonly digest: string | undefined;
  readonly iterations: readonly number[];
  readonly warnings: number;
}

interface Disturbance {
  readonly store?: CacheStore;
  /** What happens at this many fit-progress events. */
  readonly at?: number;
  readonly how?: 'throw' | 'abort';
  readonly checkpointMs?: number;
  readonly adapter?: string;
}

/** Stages of which the types say nothing. */
const declare = pipeline as (name: string, ...stages: readonly unknown[]) => Pipeline;

async function ending(set: SetName, learners: readonly unknown[], { store, at, how, checkpointMs = 0.1, adapter = 'test' }: Disturbance = {}): Promise<Ending> {
  let digest: string | undefined;
  let steps = 0;
  const events: RunEvent[] = [];
  const abort = new AbortController();
  const data = smallSet(set, set === 'digits' ? 2 : undefined);
  const source = stage({ id: 'rows', needs: [], provides: ['train'], run: () => ({ train: data }) });
  const end = stage({
    id: 'end',
    needs: ['model', ...(learners.length > 1 ? ['crossValidation'] : [])] as never,
    provides: [],
    cache: false,
    run: async (all: object) => ((digest = (await encode(Object.fromEntries(Object.entries(all)))).digest), {}),
  });
  const { status, error } = await run(declare('cut', source, ...learners, end), {
    files: { read: () => Promise.reject(new Error('no files')) },
    openCompute: async () => ({ compute, summary: { ...summary, name: adapter } }),
    emit: (event) => {
      events.push(event);
      if (event.type !== 'fit-progress' || ++steps !== at) return;
      if (how === 'abort') abort.abort();
      else throw new Error('cut');
    },
    signal: abort.signal,
    cache: store && { store, code, checkpointMs },
  });
  if (at === undefined && error !== undefined) throw error;
  const iterations = events.flatMap((event) => (event.type === 'fit-resumed' ? [event.iterations] : []));
  return { status, digest, iterations, warnings: events.filter(({ type }) => type === 'warning').length };
}

const tight = { tol: 1e-9, maxIter: 60 };
const cases: readonly [string, SetName, readonly unknown[], readonly number[]][] = [
  ['a fit with its folds', 'digits', [fit(logisticRegression(tight)), crossValidate({ folds: 3, scoring: ['rocAuc'] })], [2, 20, 59]],
  ['softmax from a model', 'iris', [fit(logisticRegression({ ...tight, C: 100 }))], [3, 30]],
  ['under an L1 penalty', 'iris', [fit(logisticRegression({ ...tight, l1Ratio: 0.5 }))], [20]],
  ['one against the rest', 'iris', [fit(oneVsRest(logisticRegression(tight))), crossValidate({ folds: 3 })], [15]],
  [
    'a walked grid and its refit',
    'digits',
    [gridSearch(logisticRegression({ tol: 1e-3 }), { C: [1e-4, 1e-3, 1e-2] }, { folds: 3, scoring: 'rocAuc', warmStart: true })],
    [3, 30, 45, 60, 75],
  ],
];

test.each(cases)('%s, cut off anywhere, goes on to the same bits', async (_, set, learners, cuts) => {
  const whole = await ending(set, learners);
  for (const at of cuts) {
    // Early on only the start itself may be written, and on a busy machine later on too: then once more.
    for (let from = -1; from < (at > 10 ? 1 : 0);) {
      const store = memoryCacheStore();
      expect(await ending(set, learners, { store, at })).toMatchObject({ status: 'failed' });
      const resumed = await ending(set, learners, { store });
      expect(resumed).toMatchObject({ digest: whole.digest, warnings: whole.warnings });
      from = Math.max(...resumed.iterations);
      expect(from).toBeGreaterThanOrEqual(0);
    }
  }
});

test('cut off again and again, it still ends with the same bits', async () => {
  const learners = cases[0]![2];
  const whole = await ending('digits', learners);
  const store = memoryCacheStore();
  const reached: number[] = [];
  // On a busy machine a round may get no further than the one before.
  while (new Set(reached).size < 3) reached.push(...(await ending('digits', learners, { store, at: 12 })).iterations);
  expect(reached.toSorted((a, b) => a - b)).toEqual(reached);
  expect((await ending('digits', learners, { store })).digest).toBe(whole.digest);
});

/** A store that keeps what was saved at hand. */
function openStore(): CacheStore & { readonly saved: Map<string, Uint8Array> } {
  const saved = new Map<string, Uint8Array>();
  return {
    ...memoryCacheStore(),
    saved,
    load: async (name) => saved.get(name),
    save: async (name, bytes) => void saved.set(name, bytes),
    remove: async (name) => void saved.delete(name),
  };
}

const learners = [fit(logisticRegression({ tol: 1e-9, maxIter: 40 }))];

test('a stop saves where the fit stands, however long ago the last checkpoint was; success leaves none', async () => {
  const whole = await ending('digits', learners);
  const store = openStore();
  expect(await ending('digits', learners, { store, at: 20, how: 'abort', checkpointMs: 1e9 })).toMatchObject({ status: 'failed' });
  expect(store.saved.size).toBe(1);
  const { digest, iterations } = await ending('digits', learners, { store, checkpointMs: 1e9 });
  expect(digest).toBe(whole.digest);
  expect(iterations[0]).toBeGreaterThanOrEqual(20);
  expect(store.saved.size).toBe(0);
});

test('a damaged, a cut, or another fit’s checkpoint is not used, and is no error', async () => {
  const whole = await ending('digits', learners);
  const other = openStore();
  await ending('iris', [fit(logisticRegression(tight))], { store: other, at: 20 });
  const [foreign] = [...other.saved.values()];
  const spoils: ((bytes: Uint8Array) => Uint8Array)[] = [
    (bytes) => bytes.map((byte, i) => (i === bytes.length - 9 ? byte ^ 1 : byte)),
    (bytes) => bytes.slice(0, bytes.length / 2),
    () => new Uint8Array(0),
    () => foreign!,
  ];
  for (const spoil of spoils) {
    const store = openStore();
    await ending('digits', learners, { store, at: 20 });
    for (const [name, bytes] of store.saved) store.saved.set(name, spoil(bytes));
    expect(await ending('digits', learners, { store })).toMatchObject({ status: 'ok', digest: whole.digest, iterations: [] });
  }
});

test('another adapter starts anew', async () => {
  const store = openStore();
  await ending('digits', learners, { store, at: 20 });
  expect(await ending('digits', learners, { store, adapter: 'another' })).toMatchObject({ status: 'ok', iterations: [] });
});

test('a store that cannot be written to costs the checkpoints and nothing else', async () => {
  const store = { ...memoryCacheStore(), save: () => Promise.reject(new Error('disk full')), remove: () => Promise.reject(new Error('read-only')) };
  expect(await ending('digits', learners, { store })).toMatchObject({ status: 'ok', iterations: [] });
});

test('a retry goes on from the checkpoint of the try before', async () => {
  const whole = await ending('digits', learners);
  const again = [withPolicy(learners[0]!, { retries: 1 })];
  let from: number | undefined;
  // On a busy machine only the start itself may be written by then.
  while (from === undefined || from === 0) {
    const { digest, iterations } = await ending('digits', again, { store: memoryCacheStore(), at: 20 });
    expect(digest).toBe(whole.digest);
    expect(iterations).toHaveLength(1);
    [from] = iterations;
  }
});
