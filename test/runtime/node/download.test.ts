// Every way a server or the network between may fail a download. Each case ends with the right bytes or with an error
// that says what happened, and with nothing but right bytes in the cache.
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FileProgress, ReadOptions } from '../../../src/core/files.ts';
import { nodeFileStore } from '../../../src/runtime/node/files/fileStore.ts';
import { failureOf, type RetryPolicy } from '../../../src/runtime/node/files/retryPolicy.ts';
import { asFailure } from '../../../src/runtime/node/files/sourceFailure.ts';
import {
  cutAt,
  raw,
  redirect,
  reset,
  silence,
  stallAt,
  startFaultServer,
  status,
  trickle,
  whole,
  type Answer,
  type FaultServer,
} from '../../support/faultServer.ts';
import { errorOf, HASTE, known, namesIn, noise, setOf, sha256, tempFolder, warnings } from '../../support/files.ts';

const BYTES = noise(20_000);
const FILE = known('digits', BYTES);
const GZ = gzipSync(BYTES, { level: 1 });
const RESUMED = /^bytes=\d+-$/;

interface Setup {
  readonly server: FaultServer;
  readonly cache: string;
  readonly read: (options?: ReadOptions) => Promise<Uint8Array>;
}

/** A store whose one source answers as given. */
const servedBy = (...answers: readonly [Answer, ...Answer[]]): Promise<Setup> => servedWith(HASTE, ...answers);

async function servedWith(retryPolicy: RetryPolicy, ...answers: readonly [Answer, ...Answer[]]): Promise<Setup> {
  const server = await startFaultServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  server.on('digits.gz', ...answers);
  const cache = tempFolder();
  const store = nodeFileStore({ cacheFolder: cache, retryPolicy, mirror: '' });
  const read = async (options?: ReadOptions): Promise<Uint8Array> => (await store.read(setOf([FILE], [server.url]), options))[0]!;
  return { server, cache, read };
}

async function expectDelivered({ cache, read }: Setup, options?: ReadOptions): Promise<void> {
  expect(sha256(await read(options))).toBe(FILE.sha256);
  expect(namesIn(cache)).toEqual(['digits']);
}

async function expectRefused({ cache, read }: Setup, why: RegExp | string): Promise<void> {
  const error = await errorOf(read());
  expect(error.code).toBe('E_FETCH');
  expect(error.message).toContain('digits');
  expect(error.message).toContain(FILE.sha256);
  expect(error.message).toMatch(why);
  expect(error.hint).toContain(cache);
  expect(namesIn(cache)).toEqual([]);
}

describe('a cut body', () => {
  test('goes on where it was cut, at every 1/64 of the body', async () => {
    for (let part = 0; part < 64; part++) {
      const end = Math.floor((GZ.length * part) / 64);
      const setup = await servedBy(cutAt(end, GZ), whole(GZ));
      await expectDelivered(setup);
      const [, second, third] = setup.server.requests;
      expect(second, `cut at ${end}`).toMatchObject(end === 0 ? { range: undefined } : { range: `bytes=${end}-`, ifRange: '"v1"' });
      expect(third, `cut at ${end}`).toBeUndefined();
    }
  });

  test('is cut again and again, and still ends when each connection delivers enough', async () => {
    // 800 KB in pieces of 200 000: more cuts than tries, but each is progress.
    const bytes = noise(800_000, 7);
    const gz = gzipSync(bytes, { level: 1 });
    const file = known('digits', bytes);
    const server = await startFaultServer();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const cuts = [1, 2, 3, 4].map((i) => cutAt(i * 200_000, gz));
    server.on('digits.gz', cuts[0]!, ...cuts.slice(1), whole(gz));
    const store = nodeFileStore({ cacheFolder: tempFolder(), retryPolicy: { ...HASTE, tries: 2 }, mirror: '' });
    const [read] = await store.read(setOf([file], [server.url]));
    expect(sha256(read!)).toBe(file.sha256);
    // The client may lose the last piece that was under way, so where exactly it goes on is its own business.
    const starts = server.requests.slice(1).map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
    expect(starts).toHaveLength(4);
    starts.forEach((start, i) => {
      expect(start).toBeGreaterThan(i * 200_000 + 65_536);
      expect(start).toBeLessThanOrEqual((i + 1) * 200_000);
    });
  });

  test('starts again where the server gives nothing to resume by', async () => {
    for (const etag of [null, 'W/"weak"']) {
      const setup = await servedBy(cutAt(5000, GZ, { etag }), whole(GZ, { etag }));
      await expectDelivered(setup);
      expect(setup.server.requests.map(({ range }) => range)).toEqual([undefined, undefined]);
    }
  });

  test('is resumed by date where there is no ETag', async () => {
    const date = 'Wed, 01 Jan 2025 00:00:00 GMT';
    const cut: Answer = (_request, response) => {
      response.writeHead(200, { 'last-modified': date, 'content-length': GZ.length });
      response.write(GZ.subarray(0, 5000), () => response.socket?.end());
    };
    const setup = await servedBy(cut, whole(GZ, { etag: date }));
    await expectDelivered(setup);
    expect(setup.server.requests[1]).toMatchObject({ range: 'bytes=5000-', ifRange: date });
  });

  test('gives up when cuts go on without progress', async () => {
    const setup = await servedBy(cutAt(1000, GZ));
    await expectRefused(setup, /closed early.*4 times in a row/);
    expect(setup.server.requests).toHaveLength(4);
  });
});

describe('a resumed body', () => {
  const cut = cutAt(5000, GZ);
  const rest = (start: number, total: number | string = GZ.length): Record<string, string> => ({
    'content-range': `bytes ${start}-${GZ.length - 1}/${total}`,
  });

  test.each<[string, Answer]>([
    ['the whole file instead of the rest', raw(200, { etag: '"v1"' }, GZ)],
    ['the whole file, changed ETag', raw(200, { etag: '"v2"' }, GZ)],
  ])('%s: that answer itself is used', async (_name, answer) => {
    const setup = await servedBy(cut, answer, status(500));
    await expectDelivered(setup);
    expect(setup.server.requests).toHaveLength(2);
  });

  test.each<[string, Answer]>([
    ['206 from another offset', raw(206, { ...rest(4000), etag: '"v1"' }, GZ.subarray(4000))],
    ['206 of another length', raw(206, { ...rest(5000, GZ.length + 7), etag: '"v1"' }, GZ.subarray(5000))],
    ['206 without Content-Range', raw(206, { etag: '"v1"' }, GZ.subarray(5000))],
    ['206 with a changed ETag', raw(206, { ...rest(5000), etag: '"v2"' }, GZ.subarray(5000))],
    ['416', status(416, { 'content-range': 'bytes */100' })],
  ])('%s: the file is asked for again from its start', async (_name, answer) => {
    const setup = await servedBy(cut, answer, whole(GZ));
    await expectDelivered(setup);
    const ranges = setup.server.requests.map(({ range }) => range);
    expect(ranges).toEqual([undefined, 'bytes=5000-', undefined]);
  });

  test('206 with other bytes: joined halves that are wrong are not blamed on the file', async () => {
    const wrong = Buffer.from(GZ.subarray(5000));
    wrong[wrong.length - 20]! ^= 1;
    const setup = await servedBy(cut, raw(206, { ...rest(5000), etag: '"v1"' }, wrong), whole(GZ));
    await expectDelivered(setup);
    expect(setup.server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=5000-', undefined]);
  });

  test('halves that were wrong once are not joined again', async () => {
    const wrong = raw(206, { ...rest(5000), etag: '"v1"' }, Buffer.alloc(GZ.length - 5000));
    let firsts = 0;
    const spoil: Answer = (request, response) => {
      if (request.headers.range) return wrong(request, response);
      return (firsts++ < 2 ? cut : whole(GZ))(request, response);
    };
    const setup = await servedBy(spoil);
    await expectDelivered(setup);
    expect(setup.server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=5000-', undefined, undefined]);
  });

  test('a server that spoils every resume is given up', async () => {
    const spoil: Answer = (request, response) => (request.headers.range ? status(416)(request, response) : cut(request, response));
    const setup = await servedBy(spoil);
    await expectRefused(setup, /HTTP 416|closed early/);
    expect(setup.server.requests.length).toBeLessThanOrEqual(8);
  });
});

describe('a wrong body', () => {
  test('longer in its announcement than in fact', async () => {
    await expectRefused(await servedBy(raw(200, { 'content-length': GZ.length + 50, connection: 'close' }, GZ)), /digits/);
  });

  test('shorter in its announcement than in fact', async () => {
    const setup = await servedBy(raw(200, { 'content-length': GZ.length - 50 }, GZ.subarray(0, GZ.length - 50)));
    await expectRefused(setup, /the gzip data ended early/);
    expect(setup.server.requests).toHaveLength(4);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /ended after 0 of 20000 bytes/],
    ['a web page', Buffer.from('\n<!DOCTYPE html><html><title>Log in to this network</title>'), /a web page arrived instead of the file/],
    ['a web page in gzip', gzipSync('<html>'), /6 of 20000 bytes/],
    ['gzip with a broken checksum', Buffer.concat([GZ.subarray(0, -8), Buffer.alloc(8)]), /not valid gzip/],
    ['less', gzipSync(BYTES.subarray(0, 100)), /ended after 100 of 20000 bytes/],
    ['more', gzipSync(Buffer.concat([BYTES, BYTES])), /unpacks to more than 20000 bytes/],
    ['random bytes', noise(20_000, 3), /sha256 is [0-9a-f]{64}, [0-9a-f]{64} is needed/],
  ])('%s', async (_name, body, why) => {
    await expectRefused(await servedBy(raw(200, {}, body)), why);
  });

  test("another dataset's file: both digests are named, and the mirror is asked once", async () => {
    const other = noise(20_000, 2);
    const setup = await servedBy(whole(gzipSync(other)));
    await expectRefused(setup, `sha256 is ${sha256(other)}, ${FILE.sha256} is needed`);
    expect(setup.server.requests).toHaveLength(1);
  });

  test('a gzip bomb stops after the first piece too many', async () => {
    // 800 MB of zeros. Unpacked whole they would show in the memory of this process, whatever else happens in it.
    const bomb = Buffer.concat(Array.from<Buffer>({ length: 8 }).fill(gzipSync(Buffer.alloc(100_000_000), { level: 1 })));
    const small = Buffer.alloc(bomb.length * 2);
    const file = known('digits', small);
    const server = await startFaultServer();
    onTestFinished(() => server[Symbol.asyncDispose]());
    server.on('digits.gz', whole(bomb));
    const before = process.memoryUsage().rss;
    const error = await errorOf(nodeFileStore({ cacheFolder: tempFolder(), mirror: '' }).read(setOf([file], [server.url])));
    expect(error.message).toContain(`unpacks to more than ${file.sizeBytes} bytes`);
    expect(process.memoryUsage().rss - before).toBeLessThan(400_000_000);
  });

  test('an endless body is left at the first byte too many', async () => {
    let sent = 0;
    const setup = await servedBy(async (_request, response) => {
      response.writeHead(200);
      while (!response.destroyed) {
        sent += 65_536;
        // Not more than the client takes, however long that takes it.
        const taken = response.write(noise(65_536, sent)) || new Promise((resolve) => void response.once('drain', resolve).once('close', resolve));
        await taken;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    });
    await expectRefused(setup, /more than|the body has/);
    expect(sent).toBeLessThan(20_000_000);
  });

  test('an endless body that unpacks to nothing is left as well, and so is one that announces too much', async () => {
    const empty = gzipSync('');
    const setup = await servedBy(raw(200, {}, Buffer.alloc(empty.length * 20_000, empty)));
    await expectRefused(setup, /the body has \d+ bytes or more, at most \d+ are expected/);
    const boast = await servedBy((_request, response) => {
      response.writeHead(200, { 'content-length': 10_000_000_000 });
      response.write(GZ.subarray(0, 100));
    });
    await expectRefused(boast, /the body has 10000000000 bytes or more/);
    expect(boast.server.requests).toHaveLength(1);
  });

  test('unpacked on the way is fine: the digest decides', async () => {
    await expectDelivered(await servedBy(whole(BYTES)));
  });
});

describe('a busy or broken server', () => {
  test.each<[string, Answer]>([
    ['500', status(500)],
    ['503', status(503)],
    ['429', status(429)],
    ['a reset', reset],
  ])('%s three times, then well', async (_name, fault) => {
    const setup = await servedBy(fault, fault, fault, whole(GZ));
    await expectDelivered(setup);
    expect(setup.server.requests).toHaveLength(4);
  });

  test('503 for ever: four tries', async () => {
    const setup = await servedBy(status(503));
    await expectRefused(setup, /HTTP 503, 4 times in a row/);
    expect(setup.server.requests).toHaveLength(4);
  });

  test.each([400, 401, 403, 404, 410, 412, 501])('%i is an answer, not a fault: one try', async (code) => {
    const setup = await servedBy(status(code), whole(GZ));
    await expectRefused(setup, `HTTP ${code}`);
    expect(setup.server.requests).toHaveLength(1);
  });

  test('429 with Retry-After: the server is left alone that long', async () => {
    const setup = await servedBy(status(429, { 'retry-after': '1' }), whole(GZ));
    await expectDelivered(setup);
    const [first, second] = setup.server.requests;
    expect(second!.atMs - first!.atMs).toBeGreaterThan(990);
  });

  test('Retry-After as a date, in the past, unreadable, or longer than anyone waits', () => {
    const inOneMinute = new Date(Date.now() + 60_000).toUTCString();
    expect(failureOf(503, inOneMinute, 120_000)).toMatchObject({ kind: 'retry', waitMs: expect.closeTo(60_000, -4) });
    expect(failureOf(503, 'Wed, 01 Jan 2020 00:00:00 GMT', 1000)).toMatchObject({ kind: 'retry', waitMs: undefined });
    expect(failureOf(503, 'soon', 1000)).toMatchObject({ kind: 'retry', waitMs: undefined });
    expect(failureOf(429, '3600', 30_000)).toMatchObject({ kind: 'final', message: expect.stringContaining('3600 s') });
    expect(failureOf(404, '1', 30_000)).toMatchObject({ kind: 'final', waitMs: undefined });
  });

  test('206 that nobody asked for', async () => {
    await expectRefused(await servedBy(raw(206, { 'content-range': `bytes 0-9/${GZ.length}` }, GZ.subarray(0, 10))), /HTTP 206/);
  });

  test.each([
    ['ECONNRESET', 'retry'],
    ['UND_ERR_SOCKET', 'retry'],
    ['HPE_INVALID_CONSTANT', 'retry'],
    ['UND_ERR_CONNECT_TIMEOUT', 'final'],
    ['ENOTFOUND', 'final'],
    ['EAI_AGAIN', 'final'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'final'],
    [20, 'final'],
  ])('%s is worth: %s', (code, kind) => {
    const failure = asFailure(Object.assign(new Error('bad \u001b[31mnews'), { code }));
    expect(failure.kind).toBe(kind);
    expect(failure.message).not.toMatch(/\p{Cc}/u);
  });

  test('nobody listens: one try, no wait', async () => {
    const setup = await servedWith({ ...HASTE, backoffMs: 60_000, longestWaitMs: 60_000 }, status(500));
    await setup.server[Symbol.asyncDispose]();
    const before = performance.now();
    await expectRefused(setup, /the connection was refused \(ECONNREFUSED\)/);
    expect(performance.now() - before).toBeLessThan(20_000);
  });
});

describe('a stall', () => {
  const impatient = { ...HASTE, stallMs: 500 };

  test.each<[string, Answer]>([
    ['before any answer', silence],
    ['after the headers', stallAt(0, GZ)],
    ['in the body', stallAt(5000, GZ)],
  ])('%s: the connection is dropped and the rest is asked for', async (_name, fault) => {
    const setup = await servedWith(impatient, fault, whole(GZ));
    await expectDelivered(setup);
    expect(setup.server.requests.length).toBeGreaterThan(1);
  });

  test('a byte now and then is a stall too', async () => {
    const setup = await servedWith(impatient, trickle(GZ, 20), whole(GZ));
    await expectDelivered(setup);
    expect(setup.server.requests[1]!.range).toMatch(RESUMED);
  });

  test('for ever: an end in bounded time', async () => {
    const before = performance.now();
    await expectRefused(await servedWith(impatient, silence), /stalled: nothing arrived for 0\.5 s, 4 times in a row/);
    expect(performance.now() - before).toBeLessThan(30_000);
  });

  test('a slow reader is no stall of the server', async () => {
    const server = await startFaultServer();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const url = server.on('all', whole(GZ));
    const source = {
      kind: 'http-archive',
      title: 'archive',
      url,
      maxBytes: 1_000_000,
      unpack: async (body: AsyncIterable<Uint8Array>, targetOf: (file: typeof FILE) => Uint8Array) => {
        let filled = 0;
        for await (const chunk of body) {
          targetOf(FILE).set(chunk, filled);
          filled += chunk.length;
          await new Promise((resolve) => setTimeout(resolve, 2 * retryPolicy.stallMs));
        }
      },
    } as const;
    const retryPolicy = { ...HASTE, stallMs: 1000 };
    const store = nodeFileStore({ cacheFolder: tempFolder(), retryPolicy, mirror: '' });
    const [read] = await store.read({ name: 'test-set', files: [FILE], sources: [source] });
    expect(sha256(read!)).toBe(FILE.sha256);
    expect(server.requests).toHaveLength(1);
  });
});

describe('redirects', () => {
  test('five are followed', async () => {
    const setup = await servedBy(redirect('/1'));
    for (let hop = 1; hop < 5; hop++) setup.server.on(String(hop), redirect(hop === 4 ? '/there' : `/${hop + 1}`));
    setup.server.on('there', whole(GZ));
    await expectDelivered(setup);
    expect(setup.server.requests).toHaveLength(6);
  });

  test('a loop ends after five', async () => {
    const setup = await servedBy(redirect('/digits.gz'));
    await expectRefused(setup, /more than 5 redirects/);
    expect(setup.server.requests).toHaveLength(6);
  });

  test.each([
    ['to plain http elsewhere', 'http://example.org/digits.gz?key=secret', /http:\/\/example\.org\/digits\.gz was refused: only https/],
    ['to a file', 'file:///etc/passwd', /was refused: only https/],
    ['to nowhere', 'http://', /is not a URL/],
  ])('%s', async (_name, to, why) => {
    const setup = await servedBy(redirect(to));
    await expectRefused(setup, why);
    const { message } = await errorOf(setup.read());
    expect(message).not.toContain('secret');
  });

  test('without a place to go', async () => {
    await expectRefused(await servedBy(status(301)), /HTTP 301 without a Location/);
  });
});

test('progress grows to the length of the body, and a failing mirror is a warning', async () => {
  const server = await startFaultServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  server.on('bad/digits.gz', status(404));
  server.on('good/digits.gz', whole(GZ));
  const seen: FileProgress[] = [];
  const { list, onWarning } = warnings();
  const store = nodeFileStore({ cacheFolder: tempFolder(), retryPolicy: HASTE, mirror: '' });
  await store.read(setOf([FILE], [`${server.url}bad/`, `${server.url}good/`]), { onProgress: (progress) => seen.push(progress), onWarning });
  expect(seen.at(-1)).toEqual({ task: 'download', done: GZ.length, total: GZ.length, note: 'digits from mirror 2' });
  expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).toSorted((a, b) => a - b));
  expect(list).toEqual([{ code: 'W_SOURCE', message: `mirror 1: digits: HTTP 404 (${server.url}bad/digits.gz)` }]);
});
