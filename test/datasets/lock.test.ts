// What a name stood for when it was first used, kept in a file: over lines that are cut, with files that are spoilt, in a page.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FileStore } from '../../src/core/files.ts';
import { LOCK_FILE, lockOf, namedFile, type Lock, type LockEntry, type Named } from '../../src/datasets/lock.ts';
import type { LoadOptions } from '../../src/datasets/source.ts';
import { browserFileStore } from '../../src/runtime/browser/fileStore.ts';
import { nodeFileStore } from '../../src/runtime/node/files/fileStore.ts';
import { nodeSurroundings } from '../../src/runtime/node/surroundings.ts';
import { cutAt, raw, redirect, startFaultServer, status, whole, type FaultServer } from '../support/faultServer.ts';
import { errorOf, HASTE, noise, sha256, tempFolder, warnings } from '../support/files.ts';

const BYTES = noise(400_000);
const OTHER = noise(400_007, 7);

interface Place {
  readonly server: FaultServer;
  readonly folder: string;
  readonly lock: URL;
  readonly path: string;
  readonly store: (options?: { readonly offline?: boolean }) => FileStore;
  /** How often the name was looked up. */
  readonly lookUps: () => number;
  readonly get: (changes?: Partial<Named<{ id: number }>> & { readonly files?: FileStore; readonly options?: LoadOptions }) => ReturnType<typeof namedFile>;
  readonly entries: () => Record<string, LockEntry>;
}

async function place(): Promise<Place> {
  const server = await startFaultServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const folder = tempFolder();
  const path = join(folder, LOCK_FILE);
  const lock = pathToFileURL(path);
  server.on('rows', whole(BYTES));
  let lookUps = 0;
  const store: Place['store'] = ({ offline } = {}) => nodeFileStore({ cacheFolder: join(folder, 'cache'), offline, retryPolicy: HASTE, mirror: '' });
  return {
    server,
    folder,
    lock,
    path,
    store,
    lookUps: () => lookUps,
    get: ({ files = store(), options = { disk: nodeSurroundings() }, ...changes } = {}) => {
      const find = async () => ({ url: `${server.url}rows`, facts: { id: ++lookUps } });
      return namedFile({ key: 'some:rows', lock, set: 'some', fileName: 'rows.bin', maxBytes: 1e7, find, ...changes }, files, options);
    },
    entries: () => JSON.parse(readFileSync(path, 'utf8')) as Record<string, LockEntry>,
  };
}

const paths = ({ requests }: FaultServer): string[] => requests.map(({ path }) => path);
const locked = (bytes: Uint8Array, url: string, id = 1): LockEntry => ({ id, url, size: bytes.length, sha256: sha256(bytes) });

describe('first use', () => {
  test('looks up, downloads, and writes down what arrived; a warning says so', async () => {
    const { server, get, entries, folder, path } = await place();
    const { list, onWarning } = warnings();
    const { bytes, facts } = await get({ options: { disk: nodeSurroundings(), onWarning } });
    expect(sha256(bytes)).toBe(sha256(BYTES));
    expect(facts).toEqual({ id: 1 });
    expect(entries()).toEqual({ 'some:rows': locked(BYTES, `${server.url}rows`) });
    expect(list).toEqual([{ code: 'W_LOCKED', message: expect.stringContaining(`sha256 ${sha256(BYTES)}`), hint: expect.stringContaining('Commit') }]);
    expect(list[0]!.message).toContain(path);
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([]);
    expect(readFileSync(join(folder, 'cache', 'datasets', 'some', `${sha256(BYTES).slice(0, 16)}-rows.bin`)).equals(BYTES)).toBe(true);
  });

  test('what is packed on the way, or is a .gz itself, counts as what it holds', async () => {
    const { server, get, entries } = await place();
    server.on('rows', whole(gzipSync(BYTES)));
    expect(sha256((await get()).bytes)).toBe(sha256(BYTES));
    expect(entries()['some:rows']!.size).toBe(BYTES.length);
  });

  test('a line that is cut goes on where it stopped, with If-Range', async () => {
    const { server, get } = await place();
    server.on('rows', cutAt(150_000, BYTES), whole(BYTES));
    expect(sha256((await get()).bytes)).toBe(sha256(BYTES));
    expect(server.requests.map(({ range, ifRange }) => [range, ifRange])).toEqual([
      [undefined, undefined],
      ['bytes=150000-', '"v1"'],
    ]);
  });

  test('a server that ignores Range, and one whose file changed meanwhile, send the whole again', async () => {
    for (const etag of ['"v1"', '"v2"']) {
      const { server, get } = await place();
      server.on('rows', cutAt(150_000, OTHER), raw(200, { etag, 'content-length': BYTES.length }, BYTES));
      expect(sha256((await get()).bytes)).toBe(sha256(BYTES));
      expect(server.requests).toHaveLength(2);
    }
  });

  test('a redirect is followed, and the entry keeps the address that was asked', async () => {
    const { server, get, entries } = await place();
    server.on('elsewhere', whole(BYTES));
    server.on('rows', redirect('/elsewhere'));
    await get();
    expect(entries()['some:rows']!.url).toBe(`${server.url}rows`);
    expect(paths(server)).toEqual(['rows', 'elsewhere']);
  });

  test.each([404, 410, 412])('HTTP %i: nothing is there, and nothing is written down', async (code) => {
    const { server, get, folder } = await place();
    server.on('rows', status(code));
    expect(await errorOf(get())).toMatchObject({ code: 'E_FETCH', message: `some:rows: nothing is at ${server.url}rows.` });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a body that is too long, a web page and no network each end it, and nothing is written down', async () => {
    const { server, get, folder, store } = await place();
    expect((await errorOf(get({ maxBytes: 1000 }))).message).toContain('at most 1000');
    server.on('rows', whole(Buffer.from('<!doctype html><p>log in')));
    expect((await errorOf(get())).message).toContain('a web page arrived');
    expect(await errorOf(get({ files: store({ offline: true }) }))).toMatchObject({
      code: 'E_FETCH',
      message: expect.stringContaining('downloads are turned off'),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a run that is cancelled writes nothing down', async () => {
    const { get, folder, server } = await place();
    const controller = new AbortController();
    server.on('rows', () => controller.abort());
    expect((await errorOf(get({ options: { disk: nodeSurroundings(), signal: controller.signal } }))).code).toBe('E_CANCELLED');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('keeps what other names stand for, in the order of names, however many come at once', async () => {
    const { get, entries, lock, path } = await place();
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 8 }), async (keys) => {
        rmSync(path, { force: true });
        await Promise.all(keys.map((key) => get({ key, lock })));
        expect(Object.keys(entries())).toEqual(keys.toSorted());
      }),
      { numRuns: 20 },
    );
  });

  test('a place that cannot be written to ends it', async () => {
    const { get, folder } = await place();
    writeFileSync(join(folder, 'file'), '');
    const error = await errorOf(get({ lock: pathToFileURL(join(folder, 'file', LOCK_FILE)) }));
    expect(error).toMatchObject({ code: 'E_USAGE', message: expect.stringContaining('cannot be written') });
  });
});

describe('later', () => {
  test('nothing is looked up, and nothing asked while the cache has it, not even offline', async () => {
    const { get, server, lookUps, store } = await place();
    const first = await get();
    const again = await get({ files: store({ offline: true }) });
    expect(sha256(again.bytes)).toBe(sha256(first.bytes));
    expect(again.facts).toEqual({ id: 1 });
    expect([lookUps(), paths(server)]).toEqual([1, ['rows']]);
  });

  test('an empty cache is filled from the address of the entry, and from no other', async () => {
    const { get, server, lookUps, folder } = await place();
    await get();
    rmSync(join(folder, 'cache'), { recursive: true });
    expect(sha256((await get()).bytes)).toBe(sha256(BYTES));
    expect([lookUps(), paths(server)]).toEqual([1, ['rows', 'rows']]);
  });

  test.each([
    ['of another length', OTHER],
    ['of the same length', Buffer.from(BYTES).fill(1, 200_000, 200_001)],
  ])('other bytes, %s, are refused: what was locked, what arrived, and the cure', async (_name, bytes) => {
    const { get, server, path, folder, entries } = await place();
    const text = `${JSON.stringify({ 'some:rows': locked(bytes, `${server.url}rows`) }, null, 2)}\n`;
    writeFileSync(path, text);
    const error = await errorOf(get());
    expect(error.code).toBe('E_DIGEST');
    expect(error.message).toBe(
      `some:rows changed: ${path} has ${bytes.length} bytes with sha256 ${sha256(bytes)}, ${server.url}rows served ${BYTES.length} bytes with sha256 ${sha256(BYTES)}.`,
    );
    expect(error.hint).toBe("To take what is served now, delete the entry 'some:rows' and run again.");
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readdirSync(folder)).toEqual([LOCK_FILE]); // nothing of it is kept
    rmSync(path);
    await get();
    expect(entries()['some:rows']!.sha256).toBe(sha256(BYTES));
  });

  test('a spoilt file in the cache is fetched again', async () => {
    const { get, server, folder } = await place();
    await get();
    const cached = join(folder, 'cache', 'datasets', 'some', `${sha256(BYTES).slice(0, 16)}-rows.bin`);
    writeFileSync(cached, OTHER);
    const { list, onWarning } = warnings();
    expect(sha256((await get({ options: { disk: nodeSurroundings(), onWarning } })).bytes)).toBe(sha256(BYTES));
    expect(list.map(({ code }) => code)).toEqual(['W_CACHE_CORRUPT']);
    expect(paths(server)).toEqual(['rows', 'rows']);
    expect(readFileSync(cached).equals(BYTES)).toBe(true);
  });

  test('a file that is gone is told with where to put it, and is taken from there', async () => {
    const { get, server, folder } = await place();
    await get();
    rmSync(join(folder, 'cache'), { recursive: true });
    server.on('rows', status(404));
    const error = await errorOf(get());
    expect(error).toMatchObject({ code: 'E_FETCH', message: expect.stringContaining(`nothing is at ${server.url}rows any more`) });
    const [, where] = /as (datasets\/\S+);/.exec(error.hint!)!;
    mkdirSync(join(folder, 'cache', 'datasets', 'some'), { recursive: true });
    writeFileSync(join(folder, 'cache', where!), BYTES);
    expect(sha256((await get()).bytes)).toBe(sha256(BYTES));
  });

  test.each<[string, string, string]>([
    ['a merge that was left half', '<<<<<<< HEAD\n{}', 'is no JSON'],
    ['a list', '[]', 'does not say entries by name'],
    ['an entry without a size', `{"some:rows":{"url":"x","sha256":"${'0'.repeat(64)}"}}`, "does not say url, sha256 and size of 'some:rows'"],
    ['half a digest', '{"a":{"url":"x","sha256":"00","size":1}}', "does not say url, sha256 and size of 'a'"],
  ])('a lock file that is none stops the run: %s', async (_name, text, why) => {
    const { get, path, lookUps } = await place();
    writeFileSync(path, text);
    expect(await errorOf(get())).toMatchObject({ code: 'E_DATA', message: expect.stringContaining(why) });
    expect([lookUps(), readFileSync(path, 'utf8')]).toEqual([0, text]);
  });

  test('who is slower than another run, and got other bytes, stops', async () => {
    const { get, server, path } = await place();
    const entry = locked(OTHER, `${server.url}rows`);
    const find = async () => {
      writeFileSync(path, JSON.stringify({ 'some:rows': entry }));
      return { url: `${server.url}rows`, facts: { id: 1 } };
    };
    expect((await errorOf(get({ find }))).code).toBe('E_DIGEST');
  });
});

describe('a page', () => {
  const page = browserFileStore();

  test('has no lock file, and says what to do', async () => {
    const { get } = await place();
    const error = await errorOf(get({ files: page, options: {} }));
    expect(error).toMatchObject({ code: 'E_USAGE', message: expect.stringContaining('A page cannot keep what some:rows stands for') });
    expect(error.hint).toContain('Run it once in Node');
  });

  test('takes the contents of one, from its own server or the address of the entry', async () => {
    const { get, server } = await place();
    const lock: Lock = { 'some:rows': locked(BYTES, `${server.url}rows`) };
    expect(sha256((await get({ files: page, options: {}, lock })).bytes)).toBe(sha256(BYTES));
    server.on('rows', whole(OTHER));
    expect((await errorOf(get({ files: page, options: {}, lock }))).code).toBe('E_DIGEST');
    server.on(`data/some/${sha256(BYTES).slice(0, 16)}-rows.bin`, whole(BYTES));
    expect(sha256((await get({ files: browserFileStore({ base: `${server.url}data` }), options: {}, lock })).bytes)).toBe(sha256(BYTES));
    server.on('rows', status(404));
    expect((await errorOf(get({ files: page, options: {}, lock }))).message).toContain('is gone');
  });

  test('stops where they say nothing of a name', async () => {
    const { get, lookUps } = await place();
    const error = await errorOf(get({ files: page, options: {}, lock: { 'other:rows': locked(BYTES, 'https://example.org/rows') } }));
    expect(error).toMatchObject({ code: 'E_USAGE', message: 'The given lock does not say what some:rows stands for; it has other:rows.' });
    expect(lookUps()).toBe(0);
  });
});

test('the lock file stands beside the file that asks, unless another is named', () => {
  expect(lockOf('openml', undefined)).toEqual(new URL(LOCK_FILE, import.meta.url));
  expect(lockOf('openml', '../own.json')).toEqual(new URL('../own.json', import.meta.url));
  expect(lockOf('openml', new URL('file:///a/b.json'))).toEqual(new URL('file:///a/b.json'));
});
