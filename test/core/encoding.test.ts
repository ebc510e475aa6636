import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blobsOf, decode, encode, encodeAs, registerType } from '../../src/core/encoding/encoding.ts';
import { isPipelineError } from '../../src/core/errors/errors.ts';
import { pack, unpack } from '../../src/core/encoding/packing.ts';
import { difference, graph } from '../support/graphs.ts';

async function roundTrip(value: unknown): Promise<unknown> {
  const { text, blobs } = await encode(value);
  return decode(text, async (digest) => {
    const found = blobs.get(digest)!;
    // As a file is read: bytes in the middle of something larger.
    const bytes = Buffer.alloc(found.byteLength + 3);
    bytes.set(found, 1);
    return bytes.subarray(1, 1 + found.byteLength);
  });
}

const noBlobs = (): Promise<Uint8Array> => Promise.reject(new Error('asked for a blob'));

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    (value) => new Error(`it gave ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (isPipelineError(error)) return error.code;
  throw error;
}

test('any value comes back as it was, shared parts, descriptors and key order included, and has one digest', async () => {
  await fc.assert(
    fc.asyncProperty(graph, async (value) => {
      const back = await roundTrip(value);
      expect(difference(value, back)).toBeUndefined();
      expect((await encode(back)).digest).toBe((await encode(value)).digest);
      expect(difference(value, await unpack(await pack(value)))).toBeUndefined();
    }),
    { numRuns: 400 },
  );
});

test('text that somebody changed is refused or decodes to plain data, and nothing else is thrown', async () => {
  await fc.assert(
    fc.asyncProperty(graph, fc.nat(), fc.constantFrom('"', '[', ']', '{', '}', '9', 'x', 'a', 't', ','), async (value, at, char) => {
      const { text, blobs } = await encode(value);
      const place = at % (text.length + 1);
      const changed = text.slice(0, place) + char + text.slice(place + 1);
      const outcome = decode(changed, async (digest) => {
        const found = blobs.get(digest);
        return found?.slice() ?? new Uint8Array(0);
      });
      await outcome.catch((error: unknown) => expect(isPipelineError(error) && error.code).toBe('E_ENCODE'));
    }),
    { numRuns: 300 },
  );
});

test('bytes of a packed value that somebody changed or cut are refused', async () => {
  await fc.assert(
    fc.asyncProperty(graph, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), async (value, at, by, cut) => {
      const packed = await pack(value);
      const place = at % packed.length;
      const changed = cut ? packed.slice(0, place) : packed.map((byte, i) => (i === place ? byte ^ by : byte));
      expect(await codeOf(unpack(changed))).toBe('E_ENCODE');
    }),
    { numRuns: 300 },
  );
});

test('views come back without what lies around them; those that overlap or touch on one buffer', async () => {
  const { buffer } = new Float64Array([1, 2, 3, 4, 5, 6]);
  const part = { a: new Float64Array(buffer, 8, 2), touching: new Uint8Array(buffer, 24, 4), far: new Uint8Array(buffer, 40, 8) };
  const back = (await roundTrip(part)) as typeof part;
  expect(difference(part, back)).toBeUndefined();
  expect(back.a.buffer.byteLength).toBe(20);
  expect(back.touching.buffer).toBe(back.a.buffer);
  expect(back.far.buffer.byteLength).toBe(8);
});

test('views of one buffer that lie apart have one digest, in whatever order they are shown', async () => {
  const { buffer } = Uint8Array.from({ length: 64 }, (_, i) => i);
  for (const [at, length] of [
    [16, 4],
    [16, 0],
    [0, 4],
  ] as const) {
    const value = [new Int8Array(buffer, at, length), new Float64Array([at]), new DataView(buffer, 32 - at, 4)];
    expect((await encode(await roundTrip(value))).digest).toBe((await encode(value)).digest);
  }
});

test('a Buffer comes back as a Buffer, and brings nothing of the pool it lies in', async () => {
  const back = (await roundTrip([Buffer.from('ink'), Buffer.from('paper')])) as readonly Buffer[];
  expect(back.map((one) => one.toString('utf8'))).toEqual(['ink', 'paper']);
  expect(back[0]!.buffer.byteLength).toBe(3);
  expect((await encode(Buffer.from('ink'))).digest).toBe((await encode(Buffer.from('ink'))).digest);
});

test('halves that are shared stay shared, however deep; a row of a hundred thousand links is no problem', async () => {
  let shared: unknown = { leaf: 1 };
  for (let i = 0; i < 26; i++) shared = [shared, shared];
  const encoded = await encode(shared);
  expect(encoded.text.length).toBeLessThan(1000);
  let back = (await roundTrip(shared)) as unknown[];
  for (let i = 0; i < 25; i++) {
    expect(back[0]).toBe(back[1]);
    back = back[0] as unknown[];
  }
  let links: { next?: unknown } = {};
  for (let i = 0; i < 1e5; i++) links = { next: links };
  let length = 0;
  for (let at = (await roundTrip(links)) as { next?: unknown } | undefined; at?.next; at = at.next as { next?: unknown }) length++;
  expect(length).toBe(1e5);
});

test('a long list of numbers is bytes, and a list again', async () => {
  const list = Array.from({ length: 1e5 }, (_, i) => (i % 3 === 0 ? -0 : i / 7));
  const { text, blobs } = await encode({ list, also: list.toReversed() });
  expect({ text: text.length < 300, blobs: blobs.size }).toEqual({ text: true, blobs: 1 });
  expect(difference(await roundTrip(list), list)).toBeUndefined();
});

test('`__proto__` is a key like any other', async () => {
  const value = JSON.parse('{ "__proto__": { "admin": true } }') as object;
  const back = (await roundTrip(value)) as object;
  expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  expect(Object.keys(back)).toEqual(['__proto__']);
  expect('admin' in back).toBe(false);
});

class Row extends Array<number> {}
class Bytes extends Uint8Array {}
const hidden = (descriptor: PropertyDescriptor): object => Object.defineProperty({}, 'field', descriptor);
const long = Array.from({ length: 5000 }, (_, i) => i);
test.each<[string, unknown, RegExp]>([
  ['a function inside', { a: [() => 1] }, /value\.a\[0\] is a function/],
  ['a symbol', Symbol('s'), /is a symbol/],
  ['a symbol key', { [Symbol('s')]: 1 }, /has a symbol for a key/],
  ['a class instance', new URL('file:///'), /is a URL/],
  ['an Error', new Error('x'), /is a Error/],
  ['a boxed number', Object(1), /is a Number/],
  ['a Promise', { rows: [Promise.resolve(1)] }, /value\.rows\[0\] is a Promise/],
  ['an array with fields', Object.assign([1], { index: 0 }), /array with fields of its own/],
  ['a long array with fields', Object.assign([...long], { index: 0 }), /array with fields of its own/],
  ['a long list with holes and fields', Object.assign([...long], { 5002: 1, index: 0 }), /array with fields of its own/],
  ['an array of a subclass', new Row(), /is a Row/],
  ['bytes of a subclass', new Bytes(2), /is a Bytes/],
  ['bytes with fields', Object.assign(new Uint8Array(2), { name: 'x' }), /is a Uint8Array with fields of its own/],
  ['many bytes with fields', Object.assign(new Uint8Array(5000), { name: 'x' }), /is a Uint8Array with fields of its own/],
  ['a Map with fields', Object.assign(new Map(), { name: 'x' }), /is a Map with fields of its own/],
  ['a Map of a subclass', new (class Table extends Map {})(), /is a Table/],
  ['shared memory', new Uint8Array(new SharedArrayBuffer(4)), /lies on shared memory/],
  ['memory that grows', new Uint8Array(Reflect.construct(ArrayBuffer, [4, { maxByteLength: 8 }]) as ArrayBuffer), /may be resized/],
  ['a hidden field', hidden({ value: 1 }), /has a hidden field 'field'/],
  ['a read-only field', hidden({ value: 1, enumerable: true, configurable: true }), /has a read-only field 'field'/],
  [
    'a computed field',
    {
      get now() {
        return 1;
      },
    },
    /has a field 'now' that is computed/,
  ],
  [
    'a sealed object with a read-only field',
    Object.seal(Object.defineProperty({ other: 1 }, 'field', { value: 1, enumerable: true })),
    /read-only field 'field'/,
  ],
  ['a Proxy', { of: new Proxy({}, {}) }, /value\.of is a Proxy/],
  ['an object that only looks like a Date', Object.create(Date.prototype), /is a Date/],
  ['a Date that looks like an object', Object.setPrototypeOf(new Date(), Object.prototype), /is a Object/],
])('%s has no encoding, and the error says where', async (_, value, message) => {
  await expect(encode(value)).rejects.toThrow(message);
  expect(await codeOf(encode(value))).toBe('E_ENCODE');
});

const digest = '0'.repeat(64);
test.each([
  ['no JSON', '{'],
  ['one line', '[]'],
  ['a head that is no list', '{}\n[1,[],{}]'],
  ['a body that is no list', '[]\n{}'],
  ['an object without a tag', '[]\n[{"a":1},[],{}]'],
  ['an unknown tag', '[]\n[[0],[["q","alert(1)"]],{}]'],
  ['no tag', '[]\n[[0],[[]],{}]'],
  ['a node that is missing', '[]\n[[1],[["o",{}]],{}]'],
  ['a node that is no list', '[]\n[[0],["o"],{}]'],
  ['a type that nobody registered', '[]\n[[0],[["x","child_process",1],["o",{}]],{}]'],
  ['a type named as an object has it', '[]\n[[0],[["x","constructor",1],["o",{}]],{}]'],
  ['fields that are a text', '[]\n[[0],[["o","abc"]],{}]'],
  ['fields that are an array', '[]\n[[0],[["o",["a"]]],{}]'],
  ['a number that is none', '[]\n[["n","1e9"],[],{}]'],
  ['a bigint that is none', '[]\n[["i","x"],[],{}]'],
  ['a pattern that is none', '[]\n[[0],[["r","(","g",0]],{}]'],
  ['a typed array of a type that objects have', '[]\n[[0],[["v","constructor",1,0,1],["b","AAAA"]],{}]'],
  ['a typed array on what is no memory', '[]\n[[0],[["v","Uint8Array",1,0,1],["o",{}]],{}]'],
  ['a typed array beyond its memory', '[]\n[[0],[["v","Buffer",1,2,2],["b","AAAA"]],{}]'],
  ['numbers without bytes', '[]\n[[0],[["f",0,2]],{}]'],
  ['a digest that is a path', '[["../../etc/passwd",1]]\n[1,[],{}]'],
])('%s is refused before anything is read', async (_, text) => {
  expect(await codeOf(decode(text, noBlobs))).toBe('E_ENCODE');
});

test.each([2 ** 40, -1, 1.5, 1e308, 'many', null])('a declared length of %s is compared, never allocated', async (length) => {
  const at = (declared: unknown, view: unknown, array: unknown): Promise<unknown> =>
    decode(
      `${JSON.stringify([[digest, declared]])}\n${JSON.stringify([
        [2],
        [
          ['v', 'Float64Array', 1, 0, view],
          ['b', 0],
          ['s', array, { 5: 1 }],
        ],
        {},
      ])}`,
      async () => new Uint8Array(8),
    );
  expect(await codeOf(at(length, 1, 6))).toBe('E_ENCODE');
  expect(await codeOf(at(8, length, 6))).toBe('E_ENCODE');
  if (length !== 2 ** 40) expect(await codeOf(at(8, 1, length))).toBe('E_ENCODE');
});

test('a value that is made of itself is refused', async () => {
  expect(await codeOf(decode('[]\n[[0],[["x","test-ink",1],["o",{"me":[0]}]],{}]', noBlobs))).toBe('E_ENCODE');
});

test('a registered type is made of its fields; fields it cannot use are refused', async () => {
  registerType('test-ink', ({ drops }: { readonly drops: Float32Array }) => ({
    total: drops.reduce((a, b) => a + b),
    [encodeAs]: { type: 'test-ink', fields: { drops } },
  }));
  const ink = { total: 3, [encodeAs]: { type: 'test-ink', fields: { drops: Float32Array.of(1, 2) } } };
  const large = { total: 0, [encodeAs]: { type: 'test-ink', fields: { drops: new Float32Array(1000) } } };
  expect(await roundTrip(ink)).toMatchObject({ total: 3 });
  expect(blobsOf((await encode(large)).text)).toHaveLength(1);
  expect(await codeOf(decode('[]\n[[0],[["x","test-ink",1],["o",{}]],{}]', noBlobs))).toBe('E_ENCODE');
});
