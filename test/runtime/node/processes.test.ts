// What needs a process of its own: several at one cache, one that is killed, one that may not write, a full disk.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import type { KnownFile } from '../../../src/core/files.ts';
import { nodeFileStore } from '../../../src/runtime/node/files/fileStore.ts';
import { startFaultServer, whole, type FaultServer } from '../../support/faultServer.ts';
import { cachedIn, known, namesIn, noise, sha256, tempFolder } from '../../support/files.ts';
import type { ReadJob, ReadReport } from '../../support/readChild.ts';

const BYTES = noise(1_000_000);
const FILE = known('digits', BYTES);
const GZ = gzipSync(BYTES, { level: 1 });
const CHILD = fileURLToPath(new URL('../../support/readChild.ts', import.meta.url));

async function faultServer(): Promise<FaultServer> {
  const server = await startFaultServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  server.on('digits.gz', whole(GZ));
  return server;
}

interface Child {
  readonly report: Promise<ReadReport>;
}

/** @param before shell words in front of the command, for example `ulimit -f 8;` */
function start(job: Omit<ReadJob, 'file'> & { readonly file?: KnownFile }, { before = '', uid }: { before?: string; uid?: number | undefined } = {}): Child {
  const command = `${before} exec "$0" --import tsx "$1" "$2"`;
  const child = spawn('/bin/sh', ['-c', command, process.execPath, CHILD, JSON.stringify({ file: FILE, ...job } satisfies ReadJob)], {
    env: { ...process.env, TSX_DISABLE_CACHE: '1' }, // its cache would fall under the limits of the test
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const report = once(child, 'close').then(([code, signal]) => {
    if (code !== 0) throw new Error(`the reader ended with ${code ?? signal}: ${err}`);
    return JSON.parse(out) as ReadReport;
  });
  return { report };
}

test('processes that share a cold cache all get the file, without locks and without waste', async () => {
  const server = await faultServer();
  const cache = tempFolder();
  const children = [1, 2, 3].map(() => start({ cache, url: `${server.url}digits.gz`, readers: 4 }));
  for (const { digests, warnings } of await Promise.all(children.map(({ report }) => report))) {
    expect(digests).toEqual(Array(4).fill(FILE.sha256));
    expect(warnings).toEqual([]);
  }
  expect(namesIn(cache)).toEqual(['digits']);
  expect(server.requests.length).toBeLessThanOrEqual(12);

  const late = start({ cache, url: `${server.url}digits.gz`, readers: 1 });
  const before = server.requests.length;
  expect((await late.report).digests).toEqual([FILE.sha256]);
  expect(server.requests).toHaveLength(before);
});

test('a process that is killed while it writes leaves nothing that a reader takes for the file', async () => {
  const bytes = Buffer.alloc(12_000_000, BYTES); // written in several pieces
  const file = known('digits', bytes);
  const server = await faultServer();
  const url = server.on('long.gz', whole(bytes));
  const cache = tempFolder();
  await expect(start({ cache, url, readers: 1, file, dies: true }).report).rejects.toThrow('the reader ended with SIGKILL');
  const names = namesIn(cache);
  expect(names, 'killed in the middle of the write').toEqual([expect.stringMatching(/^\.digits\..*\.tmp$/)]);
  expect(statSync(join(cachedIn(cache), names[0]!)).size).toBeLessThan(bytes.length);

  const set = { name: 'test-set', files: [file], sources: [{ kind: 'http', title: 'mirror', urlOf: () => url, encoding: 'gzip' } as const] };
  const [read] = await nodeFileStore({ cacheFolder: cache, mirror: '' }).read(set);
  expect(sha256(read!)).toBe(file.sha256);
  expect(sha256(readFileSync(join(cachedIn(cache), 'digits')))).toBe(file.sha256);
});

test('a folder that may not be written to: the read works, uncached, and says so', async () => {
  const server = await faultServer();
  const cache = tempFolder();
  mkdirSync(cachedIn(cache), { recursive: true });
  for (const folder of [cachedIn(cache), join(cache, 'datasets'), cache]) chmodSync(folder, 0o555);
  // Root may write anywhere, so the reader is somebody else then.
  const uid = process.getuid?.() === 0 ? 65_534 : undefined;
  const { digests, warnings, uid: actual } = await start({ cache, url: `${server.url}digits.gz`, readers: 1 }, { uid }).report;
  for (const folder of [cache, join(cache, 'datasets'), cachedIn(cache)]) chmodSync(folder, 0o755);
  expect(actual).not.toBe(0);
  expect(digests).toEqual([FILE.sha256]);
  expect(warnings).toEqual([expect.stringMatching(/^W_CACHE_UNUSABLE .*EACCES/)]);
  expect(namesIn(cache)).toEqual([]);
});

test('a disk that is full after half the file: the read works, uncached, and no half file stays', async () => {
  const server = await faultServer();
  const cache = tempFolder();
  // 1000 blocks of 512 bytes: the same failed write as on a full disk, half way through the file.
  const { digests, warnings } = await start({ cache, url: `${server.url}digits.gz`, readers: 1 }, { before: 'ulimit -f 1000;' }).report;
  expect(digests).toEqual([FILE.sha256]);
  expect(warnings).toEqual([expect.stringMatching(/^W_CACHE_UNUSABLE .*EFBIG/)]);
  expect(namesIn(cache)).toEqual([]);
});
