import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blobsOf, decode, encode, encodeAs, registerType } from '../../src/core/encoding.ts';
import { isPipelineError } from '../../src/core/errors.ts';
import { pack, unpack } from '../../src/core/packing.ts';

async function roundTrip(value: unknown): Promise<unknown> {
  const { text, blobs } = await encode(value);
  return decode(text, async (digest) => {
    const view = blobs.get(digest)!;
    // As a file is read: bytes in the middle of something larger.
    const bytes = Buffer.alloc(view.byteLength + 3);
    bytes.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), 1);
    return bytes.subarray(1, 1 + view.byteLength);
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

const view = fc.oneof(
  fc.int8Array(),
  fc.uint8Array(),
  fc.uint8ClampedArray(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
);
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom(null, undefined, -0, NaN, Infinity, -Infinity),
    view,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toJSON', 'length', '0')), tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('any plain value comes back as it was, key order included, and has one digest', async () => {
  await fc.assert(
    fc.asyncProperty(anything, async (value) => {
      const back = await roundTrip(value);
      expect(isDeepStrictEqual(back, value)).toBe(true);
      expect(JSON.stringify(back)).toBe(JSON.stringify(value));
      expect((await encode(back)).digest).toBe((await encode(value)).digest);
      expect(isDeepStrictEqual(await unpack(await pack(value)), value)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('text that somebody changed is refused or decodes to plain data, and nothing else is thrown', async () => {
  await fc.assert(
    fc.asyncProperty(anything, fc.nat(), fc.constantFrom('"', '[', ']', '{', '}', '9', 'x', 'a', 't', ','), async (value, at, char) => {
      const { text, blobs } = await encode(value);
      const place = at % (text.length + 1);
      const changed = text.slice(0, place) + char + text.slice(place + 1);
      const outcome = decode(changed, async (digest) => {
        const found = blobs.get(digest);
        return found ? new Uint8Array(found.buffer, found.byteOffset, found.byteLength).slice() : new Uint8Array(0);
      });
      await outcome.catch((error: unknown) => expect(isPipelineError(error) && error.code).toBe('E_ENCODE'));
    }),
    { numRuns: 300 },
  );
});

test('bytes of a packed value that somebody changed or cut are refused', async () => {
  await fc.assert(
    fc.asyncProperty(anything, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), async (value, at, by, cut) => {
      const packed = await pack(value);
      const place = at % packed.length;
      const changed = cut ? packed.slice(0, place) : packed.map((byte, i) => (i === place ? byte ^ by : byte));
      expect(await codeOf(unpack(changed))).toBe('E_ENCODE');
    }),
    { numRuns: 300 },
  );
});

test('views with offsets and views that share a buffer come back alone', async () => {
  const buffer = new Float64Array([1, 2, 3, 4]).buffer;
  const back = (await roundTrip({ a: new Float64Array(buffer, 8, 2), b: new Uint8Array(buffer, 3, 5), again: new Float64Array(buffer, 8, 2) })) as {
    readonly a: Float64Array;
    readonly b: Uint8Array;
  };
  expect([...back.a]).toEqual([2, 3]);
  expect(back.a.buffer.byteLength).toBe(16);
  expect([...back.b]).toEqual([...new Uint8Array(buffer, 3, 5)]);
});

test('a Buffer comes back as the Uint8Array it is', async () => {
  expect(await roundTrip(Buffer.from('ink'))).toStrictEqual(Uint8Array.from([105, 110, 107]));
});

test('`__proto__` is a key like any other', async () => {
  const value = JSON.parse('{ "__proto__": { "admin": true } }') as object;
  const back = (await roundTrip(value)) as object;
  expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  expect(Object.keys(back)).toEqual(['__proto__']);
  expect('admin' in back).toBe(false);
});

const selfish: unknown[] = [];
selfish.push([selfish, selfish]);
let deep: unknown = 1;
for (let i = 0; i < 70; i++) deep = [deep];

test.each([
  ['a Map', new Map(), /value is a Map/],
  ['a function inside', { a: [() => 1] }, /value\.a\[0\] is a function/],
  ['a Date', new Date(0), /is a Date/],
  ['a bigint', 1n, /is a bigint/],
  ['a symbol key', { [Symbol('s')]: 1 }, /has a symbol for a key/],
  ['a class instance', new URL('file:///'), /is a URL/],
  ['an array with fields', Object.assign([1], { index: 0 }), /array with fields of its own/],
  ['an array of a subclass', new (class Row extends Array {})(), /is a Row/],
  ['BigInt64Array', new BigInt64Array(1), /is a BigInt64Array/],
  ['itself', selfish, /contains itself/],
  ['70 levels', deep, /nested more than 64 levels deep/],
])('%s has no encoding, and the error says where', async (_, value, message) => {
  await expect(encode(value)).rejects.toThrow(message);
  expect(await codeOf(encode(value))).toBe('E_ENCODE');
});

const digest = '0'.repeat(64);
test.each([
  ['no JSON', '{'],
  ['an object without a tag', '{"a":1}'],
  ['an unknown tag', '["f","alert(1)"]'],
  ['no tag', '[]'],
  ['a type that nobody registered', '["x","child_process",["o",{}]]'],
  ['a type named as an object has it', '["x","constructor",["o",{}]]'],
  ['fields that are a text', '["o","abc"]'],
  ['fields that are an array', '["o",["a"]]'],
  ['fields that are missing', '["o"]'],
  ['a number that is none', '["n","1e9"]'],
  ['a typed array of a type that objects have', `["t","constructor","${digest}",1]`],
  ['a typed array of no type', `["t",null,"${digest}",1]`],
  ['a digest that is a path', '["t","Uint8Array","../../etc/passwd",1]'],
  ['deep nesting', `${'["a",'.repeat(100_000)}1${']'.repeat(100_000)}`],
])('%s is refused before anything is read', async (_, text) => {
  expect(await codeOf(decode(text, noBlobs))).toBe('E_ENCODE');
});

test.each([2 ** 40, -1, 1.5, 1e308, 'many', null])('a declared length of %s is compared, never allocated', async (length) => {
  const text = JSON.stringify(['t', 'Float64Array', digest, length]);
  expect(await codeOf(decode(text, async () => new Uint8Array(8)))).toBe('E_ENCODE');
});

test('two declared lengths of one blob are both checked', async () => {
  const text = JSON.stringify(['a', ['t', 'Uint8Array', digest, 2], ['t', 'Uint8Array', digest, 99]]);
  expect(await codeOf(decode(text, async () => new Uint8Array(2)))).toBe('E_ENCODE');
});

test('a registered type is made of its fields; fields it cannot use are refused', async () => {
  registerType('test-ink', ({ drops }: { readonly drops: Float32Array }) => ({
    total: drops.reduce((a, b) => a + b),
    [encodeAs]: { type: 'test-ink', fields: { drops } },
  }));
  const ink = { total: 3, [encodeAs]: { type: 'test-ink', fields: { drops: Float32Array.of(1, 2) } } };
  expect(await roundTrip(ink)).toMatchObject({ total: 3 });
  expect(blobsOf((await encode(ink)).text)).toHaveLength(1);
  expect(await codeOf(decode('["x","test-ink",["o",{}]]', noBlobs))).toBe('E_ENCODE');
});
