import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import fixture from '../fixtures/random-state.json' with { type: 'json' };
import { RandomState } from '../../src/core/data/random.ts';

test.each(fixture.small)('permutation of $n under seed $seed equals numpy', ({ seed, n, permutation }) => {
  expect([...new RandomState(seed).permutation(n)]).toEqual(permutation);
});

test.each(fixture.large)('permutation of $n under seed $seed equals numpy to the last entry', ({ seed, n, first, sha256_i64 }) => {
  const permutation = new RandomState(seed).permutation(n);
  expect([...permutation.subarray(0, first.length)]).toEqual(first);
  const bytes = BigInt64Array.from(permutation, BigInt);
  expect(createHash('sha256').update(new Uint8Array(bytes.buffer)).digest('hex')).toBe(sha256_i64);
});

test('an interval of one value draws nothing', () => {
  const random = new RandomState(7);
  const twin = new RandomState(7);
  expect(random.interval(0)).toBe(0);
  expect(random.uint32()).toBe(twin.uint32());
});
