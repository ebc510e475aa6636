// Digests of files are noted for later processes, as long as nothing can have written to the file since.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'pipeline-digest-'));
const path = join(folder, 'table.csv');
const BYTES = 3_000_000;
const sha256 = (fill: number): string => createHash('sha256').update(Buffer.alloc(BYTES, fill)).digest('hex');
const WANTED = [sha256(1), sha256(2)];
const hash = vi.spyOn(Object.getPrototypeOf(createHash('sha256')) as { update(data: Uint8Array | string): unknown }, 'update');

/** As another process would: a new copy of the module knows nothing yet. @returns the digest, and how many bytes were hashed for it */
async function elsewhere(): Promise<readonly [digest: string, hashed: number]> {
  vi.resetModules();
  const { fileDigest } = await import('../../../src/runtime/node/cache/fileDigest.ts');
  hash.mockClear();
  const { digest } = await fileDigest(path);
  const hashed = hash.mock.calls.reduce((sum, [data]) => sum + (typeof data === 'string' ? 0 : data.length), 0);
  return [digest, hashed];
}

const now = vi.spyOn(Date, 'now');
const later = (ms = 120_000): void => void now.mockReturnValue(Date.now() + ms);

beforeEach(() => {
  vi.stubEnv('PIPELINE_CACHE', mkdtempSync(join(folder, 'cache-')));
  writeFileSync(path, Buffer.alloc(BYTES, 1));
});
afterEach(() => {
  vi.unstubAllEnvs();
  now.mockReset();
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a file that nobody wrote to is read once, whichever process asks', async () => {
  later();
  expect(await elsewhere()).toEqual([WANTED[0], BYTES]);
  expect(await elsewhere()).toEqual([WANTED[0], 0]);
});

test('other bytes of the same length and time are read', async () => {
  later();
  expect(await elsewhere()).toEqual([WANTED[0], BYTES]);
  const { atimeMs, mtimeMs } = statSync(path);
  writeFileSync(path, Buffer.alloc(BYTES, 2));
  utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
  expect(await elsewhere()).toEqual([WANTED[1], BYTES]);
  expect(await elsewhere()).toEqual([WANTED[1], 0]);
});

test.each([0, 40_000])('what was written %i ms ago is read again: it may be written to at the same time once more', async (ms) => {
  later(ms);
  expect(await elsewhere()).toEqual([WANTED[0], BYTES]);
  expect(await elsewhere()).toEqual([WANTED[0], BYTES]);
});

test('a damaged note is none', async () => {
  later();
  await elsewhere();
  const notes = join(process.env['PIPELINE_CACHE']!, 'notes');
  const [note] = readdirSync(notes);
  writeFileSync(join(notes, note!), 'x\ny');
  expect(await elsewhere()).toEqual([WANTED[0], BYTES]);
});
