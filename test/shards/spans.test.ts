// Sums over spans: any cut into parts gives the bits that one part gives, and those of the tree they are said to be.
import { describe, expect, test } from 'vitest';
import { RandomState } from '../../src/core/data/random.ts';
import { cutsOf } from '../../src/core/shards/shards.ts';
import { branchesIn, branchMessage } from '../../src/core/shards/messages.ts';
import { branchesOf, cutUp, SpanTree, totalOf } from '../../src/core/shards/spans.ts';

const random = new RandomState(5);
/** Numbers whose sum depends on the order in which they are added. */
const values = Float64Array.from({ length: 300 }, () => (random.uint32() / 2 ** 31 - 1) * 10 ** random.interval(12));
const part = (first: number, end: number) => branchesOf({ first, end }, 2, (span, sums) => sums.set([values[span]!, -values[span]!]));

/** By twos, as long as there are two. */
function byTwos(list: readonly number[]): number {
  if (list.length === 1) return list[0]!;
  const half = 2 ** Math.ceil(Math.log2(list.length) - 1);
  return byTwos(list.slice(0, half)) + byTwos(list.slice(half));
}

describe.each([1, 2, 3, 7, 8, 15, 64, 118, 299])('%d spans', (spans) => {
  test('are a tree', () => {
    const sum = byTwos(Array.from(values.subarray(0, spans)));
    expect([...totalOf(part(0, spans))]).toEqual([sum, -sum]);
  });

  test.each([1, 2, 3, 4, 10, 50])('in %d shards', (shards) => {
    const cuts = cutsOf(spans, shards);
    expect(cuts[0]).toBe(0);
    const parts = cuts.map((cut, i) => part(cut, cuts[i + 1] ?? spans));
    expect([...totalOf(parts.flat())]).toEqual([...totalOf(part(0, spans))]);
    const sizes = cuts.map((cut, i) => (cuts[i + 1] ?? spans) - cut);
    // Of even shards, and each of few branches.
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.max(1, Math.ceil((spans / cuts.length) * 1.25)));
    for (const own of parts) expect(own.length).toBeLessThanOrEqual(12);
  });
});

test('the order of a plain sum would show', () => {
  const plain = values.reduce((sum, value) => sum + value, 0);
  expect(totalOf(part(0, 300))[0]).not.toBe(plain);
});

test('rows that begin behind the first span, span by span and a piece at a time, and as messages', () => {
  const tree = new SpanTree(2);
  for (let span = 3; span < 40; span++) {
    tree.sumsOf(span)[0]! += values[span]!;
    tree.sumsOf(span)[1]! -= values[span]!;
  }
  const parts = [part(3, 18), part(18, 19), part(19, 40)];
  const answers = parts.map((own) => branchMessage(own, part(0, 0), part(7, 8)));
  const [whole, none, third] = branchesIn(answers);
  expect(none).toEqual([]);
  expect(third).toHaveLength(3);
  expect([...totalOf(whole!)]).toEqual([...totalOf(tree.branches())]);
});

test('sums side by side are told apart', () => {
  expect(cutUp(Float64Array.of(1, 2, 3, 4), 2).map((own) => [...own])).toEqual([
    [1, 2],
    [3, 4],
  ]);
});
