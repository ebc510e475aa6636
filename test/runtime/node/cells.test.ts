// Stages made in cells: what their functions do and hold decides, and what cannot be told for sure makes them run every time.
import { runInThisContext } from 'node:vm';
import { expect, test } from 'vitest';
import { stage, takeRows } from '../../../src/api.ts';
import { graphOf } from '../../../src/dsl/graph/graph.ts';
import { CELL } from '../../../src/dsl/place.ts';
import { identify, type CodeDigests } from '../../../src/runtime/keys/identity.ts';
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
  ['whose name is not ASCII', (value: string) => cell(`(() => { const größe = ${value}; return () => größe; })()`)],
  ['whose name is a sign', (value: string) => cell(`(() => { const π = ${value}; return () => π + 1; })()`)],
  ['whose name is written as an escape', (value: string) => cell(`(() => { const k = ${value}; return () => \\u006b; })()`)],
  ['of a list', (value: string) => cell(`(() => { const k = [${value}]; return () => [...k]; })()`)],
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
  ['this', () => cell<{ list: number[]; run: HeldFunction }>('({ list: [10], run() { return [...this.list]; } })').run],
  ['this', () => cell('(function () { return () => this.x; }).call({ x: 10 })')],
  ['eval', () => cell('(() => { const k = 10; return () => [...eval("[k]")]; })()')],
  ['arguments', () => cell('(function () { return () => [...arguments]; })(10)')],
  ['a class', () => cell('(() => { class B { static v() { return 10; } } class A extends B {} return () => A.v(); })()')],
  ['a class', () => cell('(() => { const K = "k"; class A { static [K]() { return 10; } } return () => A.k(); })()')],
  ["what 'missing'", () => cell('() => missing')],
  ['fields of its own', () => cell('(() => { const h = (x) => x; h.k = 10; return () => h.k; })()')],
  ['fields of its own', () => cell('() => exports.h.k', new Proxy({ h: Object.assign(cell('(x) => x'), { k: 10 }), other: () => 1 }, {}))],
  ['fields of its own', () => cell('(() => { function h() {} h.prototype.k = 10; return () => new h().k; })()')],
  ['fields of its own', () => cell('(() => { const h = () => 1; Object.setPrototypeOf(h, { k: 10 }); return () => h.k; })()')],
  ['made elsewhere', () => cell('() => exports.taken()', { taken: expect })],
  ['made elsewhere', () => cell('((x) => x).bind(1)')],
])('what may do more than is known is refused: %s', async (why, make) => {
  await expect(heldBy([make()])).rejects.toThrow(why);
});

test('what code reads is seen', async () => {
  const { uses } = await heldBy([cell('async () => (await fetch("https://x.example")).text()'), cell('() => Date.now() + Math.random()')]);
  expect(uses.map(({ kind }) => kind)).toEqual(['reads', 'clock', 'chance']);
});

test.each([
  ['Math', Math],
  ['Array.prototype', Array.prototype],
  ['Object.prototype', Object.prototype],
])('what somebody put among what the language brings is refused: %s', async (_name, of) => {
  Object.assign(of, { added: 10 });
  try {
    await expect(heldBy([cell('() => [].added')])).rejects.toThrow('added');
  } finally {
    Reflect.deleteProperty(of, 'added');
  }
});

test('fields of what the platform brings are known by their values', async () => {
  const made = async (value: number): Promise<string> => {
    Object.assign(process, { added: value });
    try {
      return await digestOf(cell('() => process.added + performance.timeOrigin + Math.PI + Math.max(1, Number.MAX_VALUE)'));
    } finally {
      Reflect.deleteProperty(process, 'added');
    }
  };
  expect(await made(10)).toBe(await made(10));
  expect(await made(20)).not.toBe(await made(10));
});

test.each([
  ['uses randomness: Math.random (/cell:1)', 'Math.random()', {}],
  ['reads the clock: Date.now (/cell:1)', 'Date.now()', {}],
  ['reads process.env.MODE (/cell:1)', 'process.env.MODE', {}],
  ['reads process.env.MODE (/cell:1)', 'process.env.MODE', { env: ['REGION'] }],
  [undefined, 'process.env.MODE', { env: ['MODE'] }],
  [undefined, 'Date.now()', { validFor: '1h' }],
  [undefined, 'Math.sqrt(2)', {}],
] as const)('in a cell %s costs a stage its place in the cache', async (why, value, inputs) => {
  const code: CodeDigests = {
    closure: async () => ({}),
    packageDigests: async () => ({ code: '', kernels: '' }),
    text: async () => '',
    held: heldBy,
  };
  const around = { inputs: async () => ({}) } as never;
  const run = cell<() => { a: unknown }>(`() => ({ a: ${value} })`);
  const declared = Object.keys(inputs).length > 0 ? { inputs } : {};
  const made = Object.assign(stage({ id: 'own', needs: [], provides: ['a'], ...declared, run }), { files: [CELL] });
  const identity = await identify(graphOf([made]).nodes[0]!, {}, code, 0, { around });
  if (why === undefined) expect(identity.key).toMatch(/^[0-9a-f]{64}$/);
  else expect(identity).toMatchObject({ why: expect.stringContaining(`its code ${why}`) });
});
