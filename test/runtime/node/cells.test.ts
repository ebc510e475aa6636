// Stages made in cells: what their functions do and hold decides, and what cannot be told for sure makes them run every time.
import { runInThisContext } from 'node:vm';
import { expect, test } from 'vitest';
import { takeRows } from '../../../src/api.ts';
import { heldBy, type HeldFunction } from '../../../src/runtime/node/code/cells.ts';

/** As tslab runs a cell. */
function cell<T = HeldFunction>(code: string, exports: object = {}): T {
  return (runInThisContext(`(function(exports, require) { return ${code}\n; })`) as (exports: object) => T)(exports);
}

async function digestOf(...functions: readonly HeldFunction[]): Promise<string> {
  return (await heldBy(functions)).digest;
}

test('the same text is the same, whatever its layout, and an edit is not', async () => {
  const one = await digestOf(cell('(x) => x + 1'));
  expect(await digestOf(cell('(x) =>   x + 1 // more'))).toBe(one);
  expect(await digestOf(cell('(x) => x + 2'))).not.toBe(one);
});

test.each([
  ['of the cell', (value: string) => cell(`(() => { const k = ${value}; return () => k; })()`)],
  ['of a loop', (value: string) => cell<HeldFunction[]>(`[${value}].map((k) => () => k)`)[0]!],
  ['of a function', (value: string) => cell(`((k) => () => ({ n: k }))(${value})`)],
  ['of a helper', (value: string) => cell(`(() => { const k = ${value}; const helper = () => k; return () => helper() + 1; })()`)],
  ['of a method', (value: string) => cell<{ run: HeldFunction }>(`(() => { const k = ${value}; return { run({ data }) { return k; } }; })()`).run],
  ['of a record', (value: string) => cell(`(() => { const record = { deep: [${value}] }; return () => record.deep[0]; })()`)],
  ['of an earlier cell', (value: string) => cell('() => exports.k', new Proxy({ k: Number(value), other: () => 1 }, {}))],
])('equal texts that hold other values differ: a value %s', async (_of, make) => {
  const [one, again, other] = [await digestOf(make('10')), await digestOf(make('10')), await digestOf(make('20'))];
  expect(again).toBe(one);
  expect(other).not.toBe(one);
});

test('functions of this package are known by name, and those of the platform as they are', async () => {
  const uses = (taken: unknown): HeldFunction => cell('(x) => Math.round(exports.taken(x)) + structuredClone(1)', { taken });
  expect(await digestOf(uses(takeRows))).toBe(await digestOf(uses(takeRows)));
});

test.each([
  ['this', () => cell('function () { return this.x; }')],
  ['globalThis', () => cell('() => globalThis.x')],
  ['no plain data', () => cell('exports.make(new (class A { v = 3; })())', { make: cell('(w) => () => w') })],
  ['made elsewhere', () => cell('() => exports.taken()', { taken: expect })],
  ['made elsewhere', () => cell('((x) => x).bind(1)')],
])('what may do more than is known is refused: %s', async (why, make) => {
  await expect(heldBy([make()])).rejects.toThrow(why);
});

test('what code reads is seen', async () => {
  const { uses } = await heldBy([cell('async () => (await fetch("https://x.example")).text()'), cell('() => Date.now() + Math.random()')]);
  expect(uses.map(({ kind }) => kind)).toEqual(['reads', 'clock', 'chance']);
});
