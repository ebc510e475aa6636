// The file store of pages, against a server that fails on purpose. It uses nothing that Node lacks.
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import type { FileProgress, FileSet } from '../../src/core/files.ts';
import { browserFileStore } from '../../src/runtime/browser/fileStore.ts';
import { cutAt, raw, silence, startFaultServer, status, trickle, whole, type FaultServer } from '../support/faultServer.ts';
import { errorOf, known, noise, setOf, warnings } from '../support/files.ts';

const BYTES = noise(300_000);
const FILE = known('noise', BYTES);

async function serverOf(): Promise<FaultServer> {
  const server = await startFaultServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

test('asks the own server first, without a trailing slash too, and shows progress', async () => {
  const server = await serverOf();
  server.on('data/test-set/noise', whole(BYTES));
  const progress: FileProgress[] = [];
  const into = new Uint8Array(BYTES.length);
  const [read] = await browserFileStore({ base: `${server.url}data` }).read(setOf([FILE], [`${server.url}mirror/`]), {
    onProgress: (at) => progress.push(at),
    into: () => into,
  });
  expect(read).toBe(into);
  expect(Buffer.from(into).equals(BYTES)).toBe(true);
  expect(server.requests.map(({ path }) => path)).toEqual(['data/test-set/noise']);
  expect(progress.at(-1)).toMatchObject({ task: 'download', done: BYTES.length, total: BYTES.length });
});

test.each([
  ['gzip', () => whole(gzipSync(BYTES))],
  ['gzip that was unpacked on the way', () => whole(gzipSync(BYTES), { headers: { 'content-encoding': 'gzip' } })],
  ['gzip whose first byte comes alone', () => trickleHead(gzipSync(BYTES))],
])('takes a mirror: %s', async (_name, answer) => {
  const server = await serverOf();
  server.on('mirror/noise.gz', answer());
  const { list, onWarning } = warnings();
  const [read] = await browserFileStore({ base: `${server.url}data/` }).read(setOf([FILE], [`${server.url}mirror/`]), { onWarning });
  expect(Buffer.from(read!).equals(BYTES)).toBe(true);
  expect(list.map(({ code, message }) => [code, message])).toEqual([['W_SOURCE', `${server.url}data/test-set/: HTTP 404 (${server.url}data/test-set/noise)`]]);
});

test('unpacks an archive of the whole set', async () => {
  const server = await serverOf();
  const url = server.on('all', whole(BYTES));
  const unpack: Extract<FileSet['sources'][number], { kind: 'http-archive' }>['unpack'] = async (body, targetOf) => {
    let at = 0;
    for await (const chunk of body) {
      targetOf(FILE).set(chunk, at);
      at += chunk.length;
    }
  };
  const set = { name: 'test-set', files: [FILE], sources: [{ kind: 'http-archive', title: 'all', url, maxBytes: BYTES.length, unpack }] } satisfies FileSet;
  const [read] = await browserFileStore().read(set);
  expect(Buffer.from(read!).equals(BYTES)).toBe(true);
  await expect(browserFileStore().read({ ...set, sources: [{ ...set.sources[0]!, maxBytes: 1000 }] })).rejects.toThrow('unpacks to more than 1000 bytes');
});

const wrong = Buffer.from(BYTES);
wrong[7]! ^= 1;

test.each([
  ['a wrong byte', () => whole(wrong), 'E_DIGEST', `sha256 is ${known('', wrong).sha256}, ${FILE.sha256} is needed`],
  ['a byte too few', () => whole(BYTES.subarray(1)), 'E_FETCH', 'noise: ended after 299999 of 300000 bytes'],
  ['a byte too many', () => whole(noise(300_001)), 'E_FETCH', 'noise: more than 300000 bytes arrived'],
  ['a web page', () => raw(200, { 'content-type': 'text/html; charset=utf-8' }, BYTES), 'E_FETCH', 'a web page arrived instead of the file'],
  ['a body that is cut', () => cutAt(1000, BYTES), 'E_FETCH', 'tried: '],
  ['an error', () => status(503), 'E_FETCH', 'HTTP 503'],
])('refuses %s', async (_name, answer, code, message) => {
  const server = await serverOf();
  server.on('data/test-set/noise', answer());
  const error = await errorOf(browserFileStore({ base: `${server.url}data/` }).read(setOf([FILE], [])));
  expect(error).toMatchObject({ code, message: expect.stringContaining(message), hint: expect.stringContaining('<base>test-set/<file>') });
  expect(error.message).toContain(`needed: noise, 300000 bytes, sha256 ${FILE.sha256}`);
});

test('says so when no server answers', async () => {
  const error = await errorOf(browserFileStore({ base: 'http://127.0.0.1:9/' }).read(setOf([FILE], [])));
  expect(error).toMatchObject({ code: 'E_FETCH', message: expect.stringContaining('no answer, or none that this page may read (CORS)') });
});

test.each([
  ['before an answer', () => silence],
  ['in the middle of a body', () => trickle(BYTES, 1)],
])('is cancelled %s', async (_name, answer) => {
  const server = await serverOf();
  server.on('data/test-set/noise', answer());
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 100);
  const error = await errorOf(browserFileStore({ base: `${server.url}data/` }).read(setOf([FILE], []), { signal: controller.signal }));
  expect(error.code).toBe('E_CANCELLED');
});

/** One byte, a pause, the rest. */
function trickleHead(body: Uint8Array) {
  return async (_request: unknown, response: import('node:http').ServerResponse): Promise<void> => {
    response.writeHead(200).write(body.subarray(0, 1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    response.end(body.subarray(1));
  };
}
