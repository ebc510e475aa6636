// Packed bytes of a known length: the right ones, and others, which end at once whatever they claim.
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../../src/formats/bytes/crc32.ts';
import { Damaged } from '../../src/formats/bytes/damaged.ts';
import { unpack, type Packing } from '../../src/formats/bytes/unpack.ts';
import { readDeltas, readRuns } from '../../src/formats/parquet/bits.ts';
import { bytesOf } from './cells.ts';

const REPEATED = bytesOf('abcabcabcabc!');
/** Three letters as they are, nine of what stands three earlier, one letter. */
const SNAPPY = Uint8Array.of(13, 0x08, 97, 98, 99, 0x15, 3, 0x00, 33);
const LZ4 = Uint8Array.of(0x35, 97, 98, 99, 3, 0, 0x10, 33);

test('snappy and lz4 that repeat what they are writing', async () => {
  expect(await unpack('snappy', SNAPPY, 13)).toEqual(REPEATED);
  expect(await unpack('lz4', LZ4, 13)).toEqual(REPEATED);
});

test('crc32 of a known text', () => expect(crc32(bytesOf('123456789'))).toBe(0xcbf43926));

test('gzip of any bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      expect(await unpack('gzip', new Uint8Array(gzipSync(bytes)), bytes.length)).toEqual(bytes);
    }),
    { numRuns: 50 },
  );
});

describe('other lengths, and other bytes, are damage', () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(1 << 24)));
  test.each<[string, Packing, Uint8Array, number]>([
    ['snappy of another length', 'snappy', SNAPPY, 12],
    ['snappy that is cut off', 'snappy', SNAPPY.subarray(0, 6), 13],
    ['snappy that repeats what is not there', 'snappy', Uint8Array.of(13, 0x15, 3), 13],
    ['snappy that claims much', 'snappy', SNAPPY, 2 ** 40],
    ['lz4 of another length', 'lz4', LZ4, 14],
    ['lz4 that is cut off', 'lz4', LZ4.subarray(0, 5), 13],
    ['lz4 that claims much', 'lz4', LZ4, 2 ** 40],
    ['a frame that is none', 'lz4Frame', LZ4, 13],
    ['gzip that goes on', 'gzip', bomb, 1000],
    ['gzip that is cut off', 'gzip', bomb.subarray(0, 100), 1 << 24],
    ['zstd that is none', 'zstd', bytesOf('zstandard'), 10],
    ['zstd that looks back far', 'zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0xff, 1, 0, 0), 10],
    ['zstd that is cut off', 'zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 10), 10],
  ])('%s', async (_what, packing, bytes, size) => {
    await expect(unpack(packing, bytes, size)).rejects.toBeInstanceOf(Damaged);
  });

  test('any bytes', async () => {
    const packing = fc.constantFrom<Packing>('snappy', 'lz4', 'lz4Frame', 'gzip', 'zstd');
    await fc.assert(
      fc.asyncProperty(packing, fc.uint8Array({ maxLength: 60 }), fc.nat(100), async (packing, bytes, size) => {
        const out = await unpack(packing, bytes, size).catch((error: unknown) => error);
        expect(out instanceof Damaged || (out as Uint8Array).length === size).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('runs and differences of pages', () => {
  test.each<[string, readonly number[], number, number]>([
    ['a run that is longer than what is missing', [0xfe, 0xff, 0xff, 0xff, 0x0f, 1], 1, 4],
    ['groups without bytes', [0xff, 0xff, 0xff, 0xff, 0x0f], 1, 1000],
    ['runs without end', Array<number>(50).fill(0x80), 1, 4],
    ['runs of nothing', Array<number>(50).fill(0), 0, 4],
    ['a value with more bits than there are', [0x08, 2], 1, 4],
  ])('%s', (_what, bytes, width, count) => {
    expect(() => readRuns(Uint8Array.from(bytes), 0, bytes.length, width, new Int32Array(count))).toThrow(Damaged);
  });

  test('bits of any width', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), fc.array(fc.nat(), { minLength: 1, maxLength: 40 }), (width, drawn) => {
        const values = drawn.map((value) => value % 2 ** Math.min(width, 31));
        const groups = Math.ceil(values.length / 8);
        const bytes = new Uint8Array(1 + groups * width);
        bytes[0] = 2 * groups + 1;
        values.forEach((value, i) => {
          for (let bit = 0; bit < width; bit++) {
            const at = i * width + bit;
            if (Math.floor(value / 2 ** bit) % 2 === 1) bytes[1 + (at >> 3)]! |= 1 << (at & 7);
          }
        });
        const out = new Int32Array(values.length);
        readRuns(bytes, 0, bytes.length, width, out);
        expect([...out]).toEqual(values);
      }),
      { numRuns: 200 },
    );
  });

  test.each<[string, readonly number[]]>([
    ['no blocks', [0, 0, 5, 0]],
    ['blocks in no parts', [0x80, 1, 0, 5, 0]],
    ['another count', [0x80, 1, 4, 6, 0]],
    ['differences of 65 bits', [0x80, 1, 4, 5, 0, 0, 65, 0, 0, 0, ...Array<number>(600).fill(0)]],
    ['no bytes', [0x80, 1, 4, 5, 0, 0, 8, 8, 8, 8]],
  ])('%s', (_what, bytes) => {
    expect(() => readDeltas(Uint8Array.from(bytes), 0, bytes.length, 5)).toThrow(Damaged);
  });
});
