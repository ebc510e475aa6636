// Values go when nothing needs them any more, and not before.
import { expect, test } from 'vitest';
import type { GraphNode } from '../../src/dsl/graph/graph.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import { Lifetimes } from '../../src/runtime/schedule/lifetimes.ts';
import { run, type RunResult } from '../../src/runtime/run.ts';

function node(path: string, ...reads: readonly GraphNode[]): GraphNode {
  return { path, inputs: { all: { list: reads.map((read) => ({ node: read, key: 'x' })) } } } as unknown as GraphNode;
}

function dropsOf(steps: readonly (readonly [GraphNode, 'ran' | 'cached'])[]): readonly (readonly string[])[] {
  let dropped: string[] = [];
  const lifetimes = new Lifetimes(
    steps.map(([one]) => one),
    ({ path }) => dropped.push(path),
  );
  return steps.map(([one, how]) => {
    dropped = [];
    lifetimes.done(one, how);
    return dropped;
  });
}

const a = node('a');
const b = node('b', a);
const c = node('c', a, b);
const d = node('d', c, c);

test('a value goes with the last stage that reads it', () => {
  const all = [a, b, c, d].map((one) => [one, 'ran'] as const);
  expect(dropsOf(all)).toEqual([[], [], ['a', 'b'], ['c', 'd']]);
});

test('a stage from the cache holds what it would read again until its own readers are done', () => {
  const steps = [
    [a, 'ran'],
    [b, 'cached'],
    [c, 'cached'],
    [d, 'ran'],
  ] as const;
  expect(dropsOf(steps)).toEqual([[], [], [], ['c', 'b', 'a', 'd']]);
});

test('what nobody reads goes at once', () => {
  expect(dropsOf([[node('alone'), 'cached']])).toEqual([['alone']]);
});

const MEGABYTES = 32;
/** A row of stages, each of which turns the values of the one before into as many others. */
async function row(): Promise<RunResult & { readonly most: number }> {
  let most = 0;
  const make = (i: number) => {
    const value = new Uint8Array(MEGABYTES * 2 ** 20).fill(i);
    most = Math.max(most, process.memoryUsage().arrayBuffers);
    return value;
  };
  const first = stage({ id: 's0', needs: [], provides: ['x0'], run: () => ({ x0: make(0) }) });
  const rest = Array.from({ length: 23 }, (_, i) =>
    stage({ id: `s${i + 1}`, needs: [`x${i}` as never], provides: [`x${i + 1}`], run: () => ({ [`x${i + 1}`]: make(i + 1) }), params: { i } }),
  );
  const declare = pipeline as (name: string, ...stages: readonly unknown[]) => ReturnType<typeof pipeline>;
  const result = await run(declare('row', first, ...rest), {
    files: { read: () => Promise.reject(new Error('no files')) },
    openCompute: () => Promise.reject(new Error('no device')),
    emit: () => {},
    signal: new AbortController().signal,
  });
  return { ...result, most };
}

test('a long row needs room for a few of its values, not for all', async () => {
  const { status, most } = await row();
  expect(status).toBe('ok');
  // All of them would be 768 MB.
  expect(most).toBeLessThan(400 * 2 ** 20);
});
