// Rows of numbers in a file: what is read, what is refused, and that results which rest on them are kept by content.
import { mkdtempSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { fetch, fit, nearestCentroid, pipeline, score, split, standardize, type Dataset } from '../../../src/api.ts';
import { takeRows, type StoredMatrix } from '../../../src/core/data/features.ts';
import { DTYPES, matrix, type Dtype } from '../../../src/core/data/matrix.ts';
import { decode, encode } from '../../../src/core/encoding/encoding.ts';
import { memoryCacheStore } from '../../../src/runtime/keys/cache.ts';
import { nodeCodeDigests } from '../../../src/runtime/node/code/codeDigests.ts';
import { storedMatrix } from '../../../src/runtime/node/storedMatrix.ts';
import { nodeSurroundings } from '../../../src/runtime/node/surroundings.ts';
import { openNodeCompute } from '../../../src/runtime/node/runtime.ts';
import { run } from '../../../src/runtime/run.ts';
import { noise, sha256 } from '../../support/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'stored-matrix-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

/** A new file of these bytes. */
function fileOf(...parts: readonly Uint8Array[]): string {
  const path = join(folder, `rows-${files++}`);
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

/** 3 rows of 2 columns, f32. */
const SIX = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
const AS = { rows: 3, cols: 2, dtype: 'f32' } as const;

const again = async (x: StoredMatrix): Promise<StoredMatrix> => {
  const { text } = await encode(x);
  return (await decode(text, () => Promise.reject(new Error('no blobs')))) as StoredMatrix;
};

const shapes = fc.record({
  dtype: fc.constantFrom(...(Object.keys(DTYPES) as Dtype[])),
  rows: fc.integer({ min: 1, max: 40 }),
  cols: fc.integer({ min: 1, max: 9 }),
  head: fc.integer({ min: 0, max: 4 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
  order: fc.array(fc.nat(), { maxLength: 60 }),
});
test('rows are those of the same numbers in memory, of any dtype, behind any header, in any order; and survive encoding', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async ({ dtype, rows, cols, head, seed, order }) => {
      const offset = head * 8;
      const bytes = noise(offset + rows * cols * DTYPES[dtype].BYTES_PER_ELEMENT, seed);
      const x = await storedMatrix(fileOf(bytes), { rows, cols, dtype, offset });
      const data = new DTYPES[dtype](Uint8Array.from(bytes.subarray(offset)).buffer);
      const ids = Uint32Array.from(order, (id) => id % rows);
      const expected = await takeRows(matrix(rows, cols, data), ids);
      for (const one of [x, await again(x)]) expect(await takeRows(one, ids)).toEqual(expected);
    }),
  );
});

test('a view in the middle of its memory is filled, and nothing around it', async () => {
  const x = await storedMatrix(pathToFileURL(fileOf(SIX)), AS);
  const around = new Float32Array(6).fill(9);
  await x.readRows(Uint32Array.of(2, 0), around.subarray(1, 5));
  expect([...around]).toEqual([9, 5, 6, 1, 2, 9]);
});

test('its encoding names path, shape, dtype and digest: other bytes are another value, and the same bytes are the same', async () => {
  const path = fileOf(SIX);
  const digestOf = async (): Promise<string> => (await encode(await storedMatrix(path, AS))).digest;
  const before = await digestOf();
  expect((await encode(await storedMatrix(path, AS))).text).toContain(sha256(SIX));
  writeFileSync(path, SIX);
  expect(await digestOf()).toBe(before);
  expect((await encode(await storedMatrix(path, { ...AS, rows: 2, cols: 3 }))).digest).not.toBe(before);
  expect((await encode(await storedMatrix(path, { ...AS, dtype: 'u16', cols: 4 }))).digest).not.toBe(before);
  writeFileSync(path, SIX.toReversed());
  expect(await digestOf()).not.toBe(before);
});

describe.each([
  ['a file cut off', { ...AS, rows: 4 }, 'E_DATA', /has 24 bytes; 4 rows of 2 f32 behind 0 bytes are 32\.$/, /^rows: 3 is .* cut off\.$/],
  ['a file with more behind its rows', { ...AS, rows: 2 }, 'E_DATA', /has 24 bytes; 2 rows of 2 f32 behind 0 bytes are 16\.$/, /^rows: 3 is/],
  ['another dtype', { ...AS, dtype: 'f64' }, 'E_DATA', /3 rows of 2 f64 behind 0 bytes are 48\.$/, /cols, dtype or offset/],
  ['an offset behind the file', { ...AS, offset: 400 }, 'E_DATA', /behind 400 bytes are 424\.$/, /^Correct cols, dtype or offset/],
  ['an offset within a number', { ...AS, offset: 6 }, 'E_SHAPE', /offset is 6; a multiple of 4, the bytes of one f32, is needed/, /offset/],
  ['a negative offset', { ...AS, offset: -4 }, 'E_SHAPE', /offset is -4/, /offset/],
  ['half a byte', { rows: 3, cols: 8, offset: 0.5 }, 'E_SHAPE', /offset is 0\.5; a whole number from 0 is needed/, /offset/],
  ['no rows', { ...AS, rows: 0 }, 'E_SHAPE', /rows is 0; a whole number from 1 is needed/, /rows/],
  ['half a column', { ...AS, cols: 2.5 }, 'E_SHAPE', /cols is 2\.5/, /cols/],
  ['a dtype that is none', { ...AS, dtype: 'i8' }, 'E_SHAPE', /dtype is 'i8'; one of u8, u16, f32, f64 is needed/, /dtype/],
  ['a digest that is none', { ...AS, digest: 'abc' }, 'E_SHAPE', /digest is 'abc'; 64 hex digits are needed/, /sha256sum/],
  ['a digest of other bytes', { ...AS, digest: sha256(SIX.toReversed()) }, 'E_DIGEST', new RegExp(`SHA-256 is ${sha256(SIX)}, not`), /digest/],
] as const)('%s', (_, options, code, message, hint) => {
  test('is refused with a cure', async () => {
    const error = { code, message: expect.stringMatching(message), hint: expect.stringMatching(hint) };
    await expect(storedMatrix(fileOf(SIX), options as never)).rejects.toMatchObject(error);
  });
});

test('a file that is not there, and a folder, are told', async () => {
  await expect(storedMatrix(join(folder, 'none'), AS)).rejects.toMatchObject({ code: 'E_DATA', message: `${join(folder, 'none')} is not there.` });
  await expect(storedMatrix(folder, AS)).rejects.toMatchObject({ code: 'E_DATA', message: `${folder} is no file.` });
});

describe.each([
  ['written anew', (path: string) => writeFileSync(path, SIX.toReversed()), 'E_DIGEST', /holds other bytes than its digest says/],
  ['another in its place', (path: string) => renameSync(fileOf(SIX.toReversed()), path), 'E_DIGEST', /holds other bytes than its digest says/],
  ['cut off', (path: string) => truncateSync(path, 20), 'E_DATA', /has 20 bytes; 3 rows/],
  ['gone', (path: string) => rmSync(path), 'E_DATA', /is not there/],
] as const)('a file that is %s once rows of it are known', (_, change, code, message) => {
  test.each(['as it was made', 'brought back from a cache'])('is refused by name: %s', async (from) => {
    const path = fileOf(SIX);
    const made = await storedMatrix(path, { ...AS, digest: sha256(SIX).toUpperCase() });
    const x = from === 'as it was made' ? made : await again(made);
    change(path);
    await expect(takeRows(x, Uint32Array.of(0))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`^${path} .*${message.source}|${message.source}`)),
    });
  });
});

test('a file that was only touched is read on', async () => {
  const path = fileOf(SIX);
  const x = await storedMatrix(path, AS);
  utimesSync(path, 1, 1);
  expect([...(await takeRows(x, Uint32Array.of(1))).data]).toEqual([3, 4]);
});

test('what is learned of a stored matrix is kept by its content', async () => {
  const path = fileOf(new Uint8Array(0));
  const write = (shift: number): void =>
    writeFileSync(path, new Uint8Array(Float32Array.from({ length: 240 }, (_, at) => ((at * 7) % 11) + (at % 2 ? shift : 0)).buffer));
  const store = memoryCacheStore();
  const source = {
    name: 'stored',
    inputs: { files: [pathToFileURL(path)] },
    load: async (): Promise<Dataset<'all', StoredMatrix>> => ({
      name: 'stored',
      role: 'all',
      x: await storedMatrix(path, { rows: 60, cols: 4, dtype: 'f32' }),
      labels: Uint8Array.from({ length: 60 }, (_, row) => row % 2),
      rows: Uint32Array.from({ length: 60 }, (_, row) => row),
    }),
  };
  const made = pipeline('stored', fetch(source), split({ train: [0, 40], test: [40, 60] }), standardize(), fit(nearestCentroid()), score({ on: 'test' }));
  const once = async (): Promise<readonly string[]> => {
    const { stages, error } = await run(made, {
      files: { read: () => Promise.reject(new Error('no files')) },
      openCompute: () => openNodeCompute(),
      emit: () => {},
      signal: new AbortController().signal,
      cache: { store, code: { ...nodeCodeDigests(), uses: async () => [] } },
      around: nodeSurroundings(),
    });
    expect(error).toBeUndefined();
    return stages.map(({ status }) => status);
  };
  write(0);
  expect(await once()).toEqual(['ran', 'ran', 'ran', 'ran', 'ran']);
  expect(await once()).toEqual(['cached', 'cached', 'cached', 'cached', 'cached']);
  write(3);
  expect(await once()).toEqual(['ran', 'ran', 'ran', 'ran', 'ran']);
  write(0); // the same bytes again
  expect(await once()).toEqual(['cached', 'cached', 'cached', 'cached', 'cached']);
});
