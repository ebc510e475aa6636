import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import fixture from '../fixtures/generator.json' with { type: 'json' };
import { defaultRng } from '../../src/core/generator.ts';

test.each(fixture.seeds)("draws under seed $seed are those of numpy's default_rng", ({ seed, mixed, first, sha256_u8: digest }) => {
  const one = defaultRng(seed);
  expect(mixed.map((_, i) => one.integers(fixture.below[i % fixture.below.length]!))).toEqual(mixed);
  const many = defaultRng(seed);
  const draws = Uint8Array.from({ length: 100_001 }, () => many.integers(100));
  expect([...draws.subarray(0, 10)]).toEqual(first);
  expect(createHash('sha256').update(draws).digest('hex')).toBe(digest);
});
