// A driver that was unpacked by halves would crash the process that loads it, so every way to get one is tried here.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findSwiftShader, unpackSwiftShader, type Archive } from '../../../src/runtime/node/device/swiftshader.ts';

const found = findSwiftShader();
if ('missing' in found) throw new Error(found.missing);
const archive: Archive = found;

let cache: string;
beforeEach(() => (cache = mkdtempSync(join(tmpdir(), 'pipeline-swiftshader-'))));
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const listed = (): string[] => readdirSync(cache).toSorted();
const driverIn = (folder: string): string => join(folder, 'libvk_swiftshader.so');

it('unpacks the driver, its manifest and a loader, and nothing else', async () => {
  const files = await unpackSwiftShader(archive, { cache });
  expect(readdirSync(files.folder).toSorted()).toEqual(['libvk_swiftshader.so', 'libvulkan.so.1', 'unpacked.json', 'vk_swiftshader_icd.json']);
  expect(JSON.parse(readFileSync(files.icd, 'utf8'))).toMatchObject({ ICD: { library_path: './libvk_swiftshader.so' } });
  for (const library of [files.loader, driverIn(files.folder)]) expect(readFileSync(library).subarray(0, 4).toString('latin1')).toBe('\x7fELF');
  expect(listed()).toEqual([archive.key]);
});

it('unpacks once', async () => {
  const first = await unpackSwiftShader(archive, { cache });
  const before = statSync(first.loader);
  const second = await unpackSwiftShader(archive, { cache });
  expect(second).toEqual(first);
  expect(statSync(second.loader)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
});

it.each([
  ['a driver cut short', (folder: string) => truncateSync(driverIn(folder), 1000)],
  ['a file removed', (folder: string) => rmSync(join(folder, 'vk_swiftshader_icd.json'))],
  ['no list of sizes', (folder: string) => rmSync(join(folder, 'unpacked.json'))],
  ['a list cut short', (folder: string) => truncateSync(join(folder, 'unpacked.json'), 5)],
  [
    'a file in the place of the folder',
    (folder: string) => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, '');
    },
  ],
  [
    'an empty folder',
    (folder: string) => {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
    },
  ],
])('repairs %s', async (_title, damage) => {
  const { folder } = await unpackSwiftShader(archive, { cache });
  const size = statSync(driverIn(folder)).size;
  damage(folder);
  await unpackSwiftShader(archive, { cache });
  expect(statSync(driverIn(folder)).size).toBe(size);
  expect(existsSync(join(folder, 'vk_swiftshader_icd.json'))).toBe(true);
  expect(listed()).toEqual([archive.key]);
});

it('lets any number unpack at once', async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => unpackSwiftShader(archive, { cache })));
  expect(new Set(all.map(({ folder }) => folder)).size).toBe(1);
  expect(listed()).toEqual([archive.key]);
});

it('uses a private folder where the cache cannot be written', async () => {
  const file = join(cache, 'a-file');
  writeFileSync(file, '');
  const files = await unpackSwiftShader(archive, { cache: join(file, 'cache') });
  expect(statSync(files.loader).size).toBeGreaterThan(100_000);
  expect(statSync(dirname(files.folder)).mode & 0o777).toBe(0o700);
  // Removed when a process ends by itself, which a test's process does not.
  rmSync(dirname(files.folder), { recursive: true });
});

it('removes what killed processes left, and not what living ones are writing', async () => {
  for (const name of ['old', 'young']) mkdirSync(join(cache, `${archive.key}.part-${name}`));
  utimesSync(join(cache, `${archive.key}.part-old`), 0, 0);
  await unpackSwiftShader(archive, { cache });
  expect(listed()).toEqual([archive.key, `${archive.key}.part-young`]);
});

it.each([
  ['not an archive', Buffer.from('no brotli at all'), /./],
  ['another archive', brotliCompressSync(Buffer.alloc(1024)), /holds no vk_swiftshader_icd.json/],
  ['a damaged header', brotliCompressSync(Buffer.alloc(1024, 7)), /is damaged/],
])('refuses %s and leaves nothing behind', async (_title, bytes, message) => {
  const path = join(cache, 'archive.tar.br');
  writeFileSync(path, bytes);
  await expect(unpackSwiftShader({ path, key: 'swiftshader-test' }, { cache })).rejects.toThrow(message);
  expect(listed()).toEqual(['archive.tar.br']);
});
