// The engine over a cache that misbehaves, and what the engine itself costs.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import { pipeline, type Pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import { defineStage } from '../../src/dsl/stage/stage.ts';
import { memoryCacheStore, readEntry, type CacheStore } from '../../src/runtime/keys/cache.ts';
import type { CodeDigests } from '../../src/runtime/keys/identity.ts';
import { nodeCacheStore } from '../../src/runtime/node/cache/cacheStore.ts';
import { nodeCodeDigests } from '../../src/runtime/node/code/codeDigests.ts';
import { run, type RunResult } from '../../src/runtime/run.ts';
import { sha256, tempFolder } from '../support/files.ts';

const code = { closure: async () => ({}), packageDigests: async () => ({ code: '', kernels: '' }), text: async () => '' };

/** Stages of which the types say nothing. */
const declare = pipeline as (name: string, ...stages: readonly unknown[]) => Pipeline;

async function runOn(
  of: Pipeline,
  store: CacheStore,
  force: readonly string[] = [],
  digests: CodeDigests = code,
): Promise<RunResult & { readonly events: readonly RunEvent[]; readonly statuses: string }> {
  const events: RunEvent[] = [];
  const result = await run(of, {
    files: { read: () => Promise.reject(new Error('no files')) },
    openCompute: () => Promise.reject(new Error('no device')),
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    cache: { store, code: digests },
    selection: { force },
  });
  return { ...result, events, statuses: result.stages.map(({ status }) => status).join(' ') };
}

const codesOf = (events: readonly RunEvent[]): readonly string[] => events.flatMap((event) => (event.type === 'warning' ? [event.code] : []));

const numbers = stage({ id: 'numbers', needs: [], provides: ['x'], run: () => ({ x: Float64Array.from({ length: 3000 }, (_, i) => i) }) });
const total = stage({
  id: 'total',
  needs: ['x'],
  provides: ['total'],
  run: ({ x }: { x: Float64Array }) => ({ total: x.reduce((a, b) => a + b) }),
  output: ({ total }) => ({ total }),
});
const sum = declare('sum', numbers, total);

test.each(['putBlob', 'putText'] as const)('a disk that is full at %s costs one note', async (name) => {
  const store = { ...memoryCacheStore(), [name]: () => Promise.reject(new Error('ENOSPC: no space left on device')) };
  const { status, statuses, events } = await runOn(sum, store);
  expect({ status, statuses }).toEqual({ status: 'ok', statuses: 'ran ran' });
  expect(codesOf(events)).toEqual(['W_CACHE_UNUSABLE']);
});

test('a value that vanishes between the look at its key and the read is computed again', async () => {
  const store = memoryCacheStore();
  await runOn(sum, store);
  let looked = false;
  const vanishing: CacheStore = {
    ...store,
    hasBlob: async (digest) => ((looked = true), store.hasBlob(digest)),
    getBlob: async (digest) => (looked ? undefined : store.getBlob(digest)),
  };
  const { status, statuses, events, outputs } = await runOn(sum, vanishing, ['total']);
  expect({ status, statuses, outputs }).toMatchObject({ status: 'ok', statuses: 'cached ran', outputs: { total: { total: 4_498_500 } } });
  expect(codesOf(events)).toEqual(['W_CACHE_CORRUPT']);
});

test('a vanished value that comes out differently is used, said, and nothing is kept that rests on it', async () => {
  let next = 0;
  const moody = stage({ id: 'moody', needs: [], provides: ['x'], run: () => ({ x: new Float64Array(3000).fill(next++) }) });
  const chain = declare('chain', moody, total);
  const store = memoryCacheStore();
  await runOn(chain, store);
  let looked = false;
  const vanishing: CacheStore = {
    ...store,
    hasBlob: async (digest) => ((looked = true), store.hasBlob(digest)),
    getBlob: async (digest) => (looked ? undefined : store.getBlob(digest)),
  };
  const { events, outputs } = await runOn(chain, vanishing, ['total']);
  expect(outputs).toMatchObject({ total: { total: 3000 } });
  expect(codesOf(events)).toEqual(['W_CACHE_CORRUPT', 'W_NOT_REPRODUCIBLE']);
  expect(events.findLast((event) => event.type === 'stage-finished')).toMatchObject({
    stage: 'total',
    uncached: "its input 'x' is not reproducible",
  });
  expect((await runOn(chain, store)).outputs).toMatchObject({ total: { total: 0 } });
});

test.each([
  ['null', 'null'],
  ['a number', '3'],
  ['no JSON', '{'],
  ['another format', '{"format":99}'],
  ['no digests', '{"format":3,"small":{},"stored":[],"events":[],"output":{},"ms":1}'],
  ['digests of a prototype', '{"format":3,"small":{},"digests":{"__proto__":{"x":"0"}},"stored":[],"events":[],"output":{},"ms":1}'],
  ['stored that is no list', '{"format":3,"small":{},"digests":{"x":"0"},"stored":{"length":1e9},"events":[],"output":{},"ms":1}'],
  ['a stored name that is not provided', '{"format":3,"small":{},"digests":{"x":"0"},"stored":["constructor"],"events":[],"output":{},"ms":1}'],
  ['an event that a run alone may send', '{"format":3,"small":{},"digests":{"x":"0"},"stored":[],"events":[{"type":"run-finished"}],"output":{},"ms":1}'],
])('an entry that is %s is a miss', async (_, text) => {
  const store = memoryCacheStore();
  await store.putText('key', text);
  expect(await readEntry(store, 'key', ['x'])).toBeUndefined();
});

test('params that JSON alone would confuse are told apart; params that are no data are never kept', async () => {
  const store = memoryCacheStore();
  const limited = (limit: unknown): Pipeline =>
    declare(
      'limited',
      stage({ id: 'limited', needs: [], provides: ['limit'], params: { limit } as never, run: () => ({ limit: String(limit) }), output: (out) => out }),
    );
  for (const limit of [Infinity, -Infinity, NaN, null, 'Infinity', [undefined], [null], -0, 0]) {
    const made = limited(limit);
    expect((await runOn(made, store)).statuses).toBe('ran');
    expect((await runOn(made, store)).statuses).toBe('cached');
  }
  for (let i = 0; i < 2; i++) {
    const { statuses, events } = await runOn(
      limited(() => i),
      store,
    );
    expect(statuses).toBe('ran');
    expect(events.find((event) => event.type === 'stage-finished')).toMatchObject({ uncached: expect.stringMatching(/param 'limit' is not plain data/) });
  }
});

test('each WGSL file of a stage counts, two of one name too', async () => {
  const store = memoryCacheStore();
  const wgsl = ['file:///a/k.wgsl', 'file:///b/k.wgsl'].map((url) => new URL(url));
  const shaded = declare('shaded', defineStage({ id: 'shaded', needs: [], provides: ['y'], params: {}, wgsl, run: () => ({ adds: { y: 1 }, output: {} }) }));
  const texts: Record<string, string> = { '/a/k.wgsl': 'fn a() {}', '/b/k.wgsl': 'fn b() {}' };
  const own = { ...code, text: async (url: URL) => texts[url.pathname]! };
  expect((await runOn(shaded, store, [], own)).statuses).toBe('ran');
  expect((await runOn(shaded, store, [], own)).statuses).toBe('cached');
  for (const path of Object.keys(texts)) {
    texts[path] += ' // edited';
    expect((await runOn(shaded, store, [], own)).statuses).toBe('ran');
  }
});

test('the least recently used goes first, checkpoints included, and reading is use', async () => {
  const folder = tempFolder();
  const blobs = [1, 2, 3].map((i) => new Uint8Array(1000).fill(i));
  const names = blobs.map(sha256);
  const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  const store = nodeCacheStore({ folder, capBytes: 2500 });
  for (const [i, blob] of blobs.entries()) {
    await store.putBlob(names[i]!, blob);
    await wait();
  }
  await store.save('a-checkpoint', new Uint8Array(1000));
  await wait();
  expect(await store.hasBlob(names[0]!)).toBe(true);
  await store.trim();
  expect(await Promise.all(names.map((name) => store.hasBlob(name)))).toEqual([true, false, false]);
  expect(await store.load('a-checkpoint')).toHaveLength(1000);
  expect(await store.size()).toEqual({ entries: 0, bytes: 2000 });
});

test.each(['', '{', '{"bytes":"x","at":null}', '{"bytes":-1,"at":0}'])('a count that says %j is counted anew', async (text) => {
  const folder = tempFolder();
  const store = nodeCacheStore({ folder, capBytes: 500 });
  await store.putText('a', 'a'.repeat(400));
  writeFileSync(join(folder, 'count.json'), text);
  await store.trim();
  await store.putText('b', 'b'.repeat(400));
  await store.trim();
  expect(await store.size()).toEqual({ entries: 1, bytes: 465 });
  expect(await store.getText('b')).toHaveLength(400);
});

test('bytes that are not those of their digest are a miss', async () => {
  const store = nodeCacheStore({ folder: tempFolder() });
  const digest = sha256(Uint8Array.of(1, 2, 3));
  await store.putBlob(digest, Uint8Array.of(1, 2, 4));
  expect(await store.hasBlob(digest)).toBe(false);
  expect(await store.getBlob(digest)).toBeUndefined();
  await store.putBlob(digest, Uint8Array.of(1, 2, 3));
  expect(await store.getBlob(digest)).toHaveLength(3);
});

test('text that is replaced leaves nothing behind; an empty value is a value', async () => {
  const store = nodeCacheStore({ folder: tempFolder() });
  await store.putText('a', 'first');
  await store.putText('a', 'second one');
  expect(await store.getText('a')).toBe('second one');
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  await store.putBlob(empty, new Uint8Array(0));
  expect(await store.getBlob(empty)).toHaveLength(0);
  expect(await store.size()).toEqual({ entries: 1, bytes: 75 });
});

test.each<[string, (text: string) => string]>([
  ['changed', (text) => text.replace('second', 'sacond')],
  ['cut', (text) => text.slice(0, -1)],
  ['longer', (text) => `${text} `],
  ['empty', () => ''],
  ['of one line', (text) => text.replace('\n', ' ')],
])('a text that was %s is a miss, and another takes its place', async (_, damage) => {
  const folder = tempFolder();
  const store = nodeCacheStore({ folder });
  await store.putText('a', 'second one');
  const path = join(folder, 'entries/a');
  writeFileSync(path, damage(readFileSync(path, 'utf8')));
  expect(await store.getText('a')).toBeUndefined();
  await store.putText('a', 'again');
  expect(await store.getText('a')).toBe('again');
  expect(readdirSync(join(folder, 'entries'))).toEqual(['a']);
});

test('a checkpoint goes with what killed runs began to write of it, and nothing else goes', async () => {
  const folder = tempFolder();
  const store = nodeCacheStore({ folder });
  await store.remove('none'); // not even the folder is there
  await store.save('one', Uint8Array.of(1));
  await store.save('two', Uint8Array.of(2));
  writeFileSync(join(folder, 'checkpoints/.one.cut.tmp'), 'h');
  writeFileSync(join(folder, 'checkpoints/.two.live.tmp'), 'h');
  await store.remove('one');
  expect(readdirSync(join(folder, 'checkpoints')).toSorted()).toEqual(['.two.live.tmp', 'two']);
  expect(await store.load('two')).toEqual(Buffer.of(2));
});

test('fifty small stages cost little beyond what they do', async () => {
  const file = join(tempFolder(), 'stages.ts');
  writeFileSync(file, 'export const stages = 50;');
  const stages = Array.from({ length: 50 }, (_, i) =>
    Object.assign(
      stage({ id: `s${i}`, needs: i === 0 ? [] : [`x${i - 1}` as never], provides: [`x${i}`], params: { i }, run: () => ({ [`x${i}`]: Float64Array.of(i) }) }),
      { files: [file] },
    ),
  );
  const fifty = declare('fifty', ...stages);
  const ms = async (store?: CacheStore): Promise<number> => {
    const started = performance.now();
    const { stages: records } = await run(fifty, {
      files: { read: () => Promise.reject(new Error('no files')) },
      openCompute: () => Promise.reject(new Error('no device')),
      emit: () => {},
      signal: new AbortController().signal,
      cache: store && { store, code: nodeCodeDigests() },
    });
    expect(records).toHaveLength(50);
    return performance.now() - started;
  };
  const tries: (readonly number[])[] = [];
  for (let i = 0; i < 5; i++) {
    const store = nodeCacheStore({ folder: tempFolder() });
    tries.push([await ms(), await ms(store), await ms(store)]);
  }
  const [bare, first, second] = [0, 1, 2].map((at) => Math.min(...tries.map((one) => one[at]!)));
  // Milliseconds on a machine at rest are 1, 90 and 50; the best of five has twenty times that where it is not.
  expect(bare).toBeLessThan(100);
  expect(first).toBeLessThan(2000);
  expect(second).toBeLessThan(1200);
});
