// IDX headers, right and wrong. No byte string may do worse than E_DATA, and none may make the reader allocate.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPipelineError } from '../../src/core/errors/errors.ts';
import { idxHeaderBytes, readIdx, writeIdxHeader } from '../../src/datasets/idx.ts';
import { mnistFile } from '../support/mnistFiles.ts';

/** An IDX file of unsigned bytes with these dims, whatever its values. */
function idx(dims: readonly number[], values: ArrayLike<number> = []): Uint8Array {
  const bytes = new Uint8Array(idxHeaderBytes(dims.length) + values.length);
  writeIdxHeader(bytes, dims).set(values);
  return bytes;
}

function messageOf(bytes: Uint8Array): string {
  try {
    readIdx('some-file', bytes);
  } catch (error) {
    if (isPipelineError(error) && error.code === 'E_DATA') return error.message;
    throw error;
  }
  return 'it was read';
}

test('reads the real label file, as a view', () => {
  const bytes = mnistFile('t10k-labels-idx1-ubyte');
  const { dims, data } = readIdx('t10k-labels-idx1-ubyte', bytes);
  expect(dims).toEqual([10_000]);
  expect([...data.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  expect(data.buffer).toBe(bytes.buffer);
});

test('reads what is not at the start of its memory', () => {
  const memory = new Uint8Array(64);
  memory.set(idx([2, 3], [1, 2, 3, 4, 5, 6]), 7);
  const { dims, data } = readIdx('some-file', memory.subarray(7, 7 + 12 + 6));
  expect([dims, [...data]]).toEqual([
    [2, 3],
    [1, 2, 3, 4, 5, 6],
  ]);
});

describe('refuses, naming the file, what arrived and what was needed:', () => {
  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), '0 bytes arrived, an IDX header needs at least 4'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), 'the file starts with 0x1f8b, an IDX file starts with 0x0000'],
    ['floats', Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 0), 'element type 0x0d arrived, 0x08 (unsigned byte) is needed'],
    ['no dimension', Uint8Array.of(0, 0, 8, 0, 1), '0 dimensions arrived, at least 1 is needed'],
    ['a cut header', Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1), '8 bytes arrived, a header of 3 dimensions needs 16'],
    ['a byte too few', idx([2, 3], [1, 2, 3, 4, 5]), '5 values arrived, 2 x 3 = 6 are needed'],
    ['a byte too many', idx([2, 3], [1, 2, 3, 4, 5, 6, 7]), '7 values arrived, 2 x 3 = 6 are needed'],
    ['2^31 rows', idx([2 ** 31, 28, 28], [1]), '1 values arrived, 2147483648 x 28 x 28 = 1683627180032 are needed'],
    ['more than 2^53 values', idx([2 ** 31, 2 ** 31, 2 ** 31], [1]), '1 values arrived, 2147483648 x 2147483648 x 2147483648 = '],
    ['an endless product with a zero', idx([...Array<number>(40).fill(2 ** 32 - 1), 0], [1]), ' x 0 = 0 are needed'],
  ])('%s', (_name, bytes, why) => {
    expect(messageOf(bytes)).toMatch(/^some-file is not a usable IDX file: /);
    expect(messageOf(bytes)).toContain(why);
  });
});

test('what was written is read back', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }), (dims) => {
      const values = Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, (_, i) => i % 256);
      const read = readIdx('some-file', idx(dims, values));
      expect([read.dims, [...read.data]]).toEqual([dims, values]);
    }),
    { numRuns: 200 },
  );
});

test('random bytes, and real headers with random damage, give E_DATA or exactly as many values as the dims say', () => {
  const real = idx([3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const damaged = fc.array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { maxLength: 4 }).map((damage) => {
    const bytes = Uint8Array.from(real);
    for (const [at, value] of damage) bytes[at] = value;
    return bytes;
  });
  let read = 0;
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 40 })), (bytes) => {
      if (messageOf(bytes) !== 'it was read') return;
      read++;
      const { dims, data } = readIdx('some-file', bytes);
      expect(data.length).toBe(dims.reduce((product, dim) => product * dim, 1));
      expect(data.byteOffset + data.length).toBe(bytes.byteOffset + bytes.length);
    }),
    { numRuns: 1000 },
  );
  expect(read, 'some of them are whole').toBeGreaterThan(0);
});
