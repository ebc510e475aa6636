// Values with every kind of thing that data is made of, shared and in circles, and what tells two of them apart.
import fc from 'fast-check';

const primitive = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\ud800', '__proto__', 'toJSON'),
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.constantFrom<unknown>(null, undefined, true, false, -0, NaN, Infinity, -Infinity),
);
const key = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('__proto__', 'constructor', 'toJSON', 'length', '0', '7'));
const edge = fc.oneof(
  primitive.map((value) => ({ value })),
  fc.nat(30).map((to) => ({ to })),
);
const TYPES = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Float32Array, Float64Array, BigInt64Array];
const node = fc.record({
  kind: fc.constantFrom('array', 'object', 'bare', 'map', 'set', 'date', 'regexp', 'view', 'data', 'buffer', 'sparse', 'numbers', 'nodeBuffer'),
  edges: fc.array(fc.tuple(key, edge), { maxLength: 5 }),
  level: fc.constantFrom('open', 'open', 'open', 'fixed', 'sealed', 'frozen'),
  memory: fc.nat(2),
  offset: fc.nat(20),
  length: fc.nat(200),
  type: fc.constantFrom(...TYPES),
  date: fc.date({ noInvalidDate: false }),
});
type Node = typeof node extends fc.Arbitrary<infer N> ? N : never;

/** Any value of up to 20 objects that refer to each other. */
export const graph: fc.Arbitrary<unknown> = fc.tuple(fc.array(node, { minLength: 1, maxLength: 20 }), edge).map(([nodes, root]) => {
  const memories = [0, 1, 2].map((at) => Uint8Array.from({ length: 2048 }, (_, i) => (i * (at + 3)) % 251).buffer);
  const made = nodes.map((one) => empty(one, memories));
  const of = (one: typeof root): unknown => ('to' in one ? made[one.to % made.length] : one.value);
  nodes.forEach((one, i) => fill(one, made[i]!, of));
  nodes.forEach(({ kind, level }, i) => {
    if (['view', 'nodeBuffer', 'data'].includes(kind)) return;
    if (level === 'frozen') Object.freeze(made[i]);
    else if (level === 'sealed') Object.seal(made[i]);
    else if (level === 'fixed') Object.preventExtensions(made[i]);
  });
  return of(root);
});

function empty({ kind, memory, offset, length, type, date }: Node, memories: readonly ArrayBuffer[]): object {
  const buffer = memories[memory]!;
  switch (kind) {
    case 'bare':
      return Object.create(null) as object;
    case 'map':
      return new Map();
    case 'set':
      return new Set();
    case 'date':
      return new Date(date);
    case 'regexp':
      return Object.assign(/a(b)/gu, { lastIndex: length });
    case 'view':
      return new type(buffer, offset * 8, length % 100);
    case 'data':
      return new DataView(buffer, offset, length);
    case 'nodeBuffer':
      return Buffer.from(buffer, offset, length);
    case 'buffer':
      return buffer;
    case 'numbers':
      return Array.from({ length: length * 4 }, (_, i) => (i % 7 === 0 ? -0 : i / 3));
    case 'object':
      return {};
    default:
      return [];
  }
}

function fill({ kind, edges, length }: Node, made: object, of: (one: Node['edges'][number][1]) => unknown): void {
  const values = edges.map(([, one]) => of(one));
  if (kind === 'array') (made as unknown[]).push(...values);
  if (kind === 'sparse') {
    values.forEach((value, i) => ((made as unknown[])[i * 3 + 1] = value));
    (made as unknown[]).length += length;
  }
  if (kind === 'map') edges.forEach(([key, one], i) => (made as Map<unknown, unknown>).set(i % 2 ? of(one) : key, of(one)));
  if (kind === 'set') values.forEach((value) => (made as Set<unknown>).add(value));
  if (kind !== 'object' && kind !== 'bare') return;
  for (const [key, one] of edges) Object.defineProperty(made, key, { value: of(one), writable: true, enumerable: true, configurable: true });
}

/** Where two values differ: in kind, prototype, fields and their descriptors, order, or in what is the same thing as what. */
export function difference(a: unknown, b: unknown): string | undefined {
  const paired = new Map<unknown, unknown>();
  const back = new Map<unknown, unknown>();
  const differ = (x: unknown, y: unknown, path: string): string | undefined => {
    if (x === null || y === null || typeof x !== 'object' || typeof y !== 'object')
      return Object.is(x, y) ? undefined : `${path}: ${String(x)} and ${String(y)}`;
    if (paired.has(x) || back.has(y)) return paired.get(x) === y && back.get(y) === x ? undefined : `${path}: shared otherwise`;
    paired.set(x, y);
    back.set(y, x);
    if (Object.getPrototypeOf(x) !== Object.getPrototypeOf(y)) return `${path}: another prototype`;
    const levels = [x, y].map((one) => [Object.isExtensible(one), Object.isSealed(one), Object.isFrozen(one)].join());
    if (levels[0] !== levels[1]) return `${path}: closed otherwise`;
    if (x instanceof Date || x instanceof RegExp) {
      const texts = [x, y].map((one) => (one instanceof Date ? String(one.getTime()) : String(one)));
      if (texts[0] !== texts[1]) return `${path}: ${texts.join(' and ')}`;
    }
    if (x instanceof ArrayBuffer) return bytes(x) === bytes(y) ? undefined : `${path}: other bytes`;
    if (ArrayBuffer.isView(x)) return bytes(x) === bytes(y) ? undefined : `${path}: other bytes`;
    if (x instanceof Map) return differ([...x].flat(), [...(y as Map<unknown, unknown>)].flat(), `${path} entries`);
    if (x instanceof Set) return differ([...x], [...(y as Set<unknown>)], `${path} items`);
    const keys = [x, y].map((one) => Reflect.ownKeys(one));
    if (keys[0]!.length !== keys[1]!.length || keys[0]!.some((key, i) => key !== keys[1]![i])) return `${path}: keys ${keys.map(String).join(' and ')}`;
    for (const key of keys[0]!) {
      const [p, q] = [Object.getOwnPropertyDescriptor(x, key)!, Object.getOwnPropertyDescriptor(y, key)!];
      if (p.enumerable !== q.enumerable || p.writable !== q.writable || p.configurable !== q.configurable) return `${path}.${String(key)}: another descriptor`;
      const found = differ(p.value, q.value, `${path}.${String(key)}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return differ(a, b, 'value') ?? overlaps([...paired.keys()], [...paired.values()]);
}

function bytes(of: unknown): string {
  return Buffer.from(ArrayBuffer.isView(of) ? new Uint8Array(of.buffer, of.byteOffset, of.byteLength) : new Uint8Array(of as ArrayBuffer)).toString('hex');
}

/** Whether the same pairs of views share memory, and at the same distance. */
function overlaps(as: readonly unknown[], bs: readonly unknown[]): string | undefined {
  const views = as.flatMap((a, i) => (ArrayBuffer.isView(a) ? [[a, bs[i] as ArrayBufferView] as const] : []));
  const between = (a: ArrayBufferView, b: ArrayBufferView): string => {
    const [from, to] = [Math.max(a.byteOffset, b.byteOffset), Math.min(a.byteOffset + a.byteLength, b.byteOffset + b.byteLength)];
    return a.buffer === b.buffer && from < to ? `shares ${to - from} at ${b.byteOffset - a.byteOffset}` : 'apart';
  };
  for (const [a, x] of views) for (const [b, y] of views) if (between(a, b) !== between(x, y)) return `views: ${between(a, b)}, ${between(x, y)}`;
  return undefined;
}
