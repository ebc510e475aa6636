// Whether a value still holds what it held: a short number of all that data is made of in it, quick to take again. Where
// something of somebody's own begins (a class, a function), which one it is counts and not what is in it. No getter runs.
import { encodeAs, type Encodable } from './encoding.ts';
import { isProxy } from './plain.ts';
import { bytesOf } from './views.ts';

export interface Fingerprint {
  readonly text: string;
  /** About how much was looked at: one for each field, number or eight bytes. */
  readonly cost: number;
  /** Typed arrays, and buffers. */
  readonly memory: ReadonlySet<object>;
  /** A promise within it. */
  readonly promise?: object | undefined;
}

const numbers = new Float64Array(1);
const words = new Uint32Array(numbers.buffer);

let named = 0;
const names = new WeakMap<object, number>();

/** Which one an object is, among all of the process. */
function nameOf(value: object): number {
  let name = names.get(value);
  if (name === undefined) names.set(value, (name = ++named));
  return name;
}

/** Of bytes: 32 bits at a time, in four rows that a processor computes side by side. */
export function checksum(bytes: Uint8Array): number {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const all = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >>> 2);
  let [a, b, c, d] = [1, 2, 3, 4];
  const rows = all.length & ~3;
  for (let i = 0; i < rows; i += 4) {
    a = Math.imul(a ^ all[i]!, 0x9e3779b1);
    b = Math.imul(b ^ all[i + 1]!, 0x85ebca6b);
    c = Math.imul(c ^ all[i + 2]!, 0xc2b2ae35);
    d = Math.imul(d ^ all[i + 3]!, 0x27d4eb2f);
    // High bits come down, which a product alone never does.
    a ^= a >>> 15;
    b ^= b >>> 13;
    c ^= c >>> 16;
    d ^= d >>> 14;
  }
  for (let i = rows * 4; i < bytes.length; i++) a = Math.imul(a ^ bytes[i]!, 0x9e3779b1);
  return (a ^ Math.imul(b, 3) ^ Math.imul(c, 5) ^ Math.imul(d, 7)) >>> 0;
}

/** @param sumOf checksum of what a typed array or buffer holds */
export function fingerprint(value: unknown, sumOf: (of: object, bytes: Uint8Array) => number = (_, bytes) => checksum(bytes)): Fingerprint {
  let a = 1;
  let b = 2;
  let cost = 0;
  let promise: object | undefined;
  const memory = new Set<object>();
  const order = new Map<object, number>();
  const mix = (word: number): void => {
    cost++;
    a = Math.imul(a ^ word, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(b + word, 0x85ebca6b);
    b ^= b >>> 13;
  };
  const mixText = (text: string): void => {
    mix(text.length);
    for (let i = 0; i < text.length; i++) a = Math.imul(a ^ text.charCodeAt(i), 0x85ebca6b);
    b = Math.imul(b ^ a, 0x9e3779b1);
    cost += text.length >>> 3;
  };
  const mixNumber = (number: number): void => {
    numbers[0] = number;
    mix(words[0]!);
    mix(words[1]!);
  };
  const mixValue = (inner: unknown): void => {
    switch (typeof inner) {
      case 'number':
        return mixNumber(inner);
      case 'string':
        return mixText(inner);
      case 'bigint':
        return mixText(String(inner));
      case 'object':
      case 'function': {
        if (inner === null) return mix(11);
        let known = order.get(inner);
        if (known === undefined) order.set(inner, (known = order.size));
        return mix(100 + known);
      }
      default:
        return mix(inner === undefined ? 12 : inner === true ? 13 : inner === false ? 14 : 15);
    }
  };
  const mixFields = (fields: object): void => {
    for (const key of Object.keys(fields)) {
      mixText(key);
      const field = Object.getOwnPropertyDescriptor(fields, key)!;
      mixValue('value' in field ? field.value : field.get);
    }
  };
  const mixObject = (inner: object): void => {
    if (ArrayBuffer.isView(inner) || inner instanceof ArrayBuffer) {
      mix(nameOf(inner));
      const bytes = bytesOf(inner);
      // Shared memory is there to be written to by others.
      if (!(bytes.buffer instanceof ArrayBuffer)) return;
      memory.add(inner);
      cost += bytes.length >>> 3;
      return mix(sumOf(inner, bytes));
    }
    if (isProxy(inner) || typeof inner === 'function') return mix(nameOf(inner));
    if (Array.isArray(inner)) {
      mix(inner.length);
      // A list with a hole of millions is looked at where it has something.
      if (inner.length > 1e6 && !Object.hasOwn(inner, inner.length >>> 1)) return mixFields(inner);
      for (let i = 0; i < inner.length; i++) mixValue(inner[i]);
      return;
    }
    const own = (inner as Partial<Encodable>)[encodeAs];
    if (own) return mixFields(own.fields);
    if (inner instanceof Map) return inner.forEach((held, key) => (mixValue(key), mixValue(held)));
    if (inner instanceof Set) return inner.forEach((held) => mixValue(held));
    if (inner instanceof Date) return mixNumber(Date.prototype.getTime.call(inner));
    if (inner instanceof Promise) promise ??= inner;
    const prototype = Object.getPrototypeOf(inner) as object | null;
    if (prototype === null || prototype === Object.prototype) mixFields(inner);
    else mix(nameOf(inner));
  };
  mixValue(value);
  for (const inner of order.keys()) mixObject(inner);
  return { text: `${a >>> 0} ${b >>> 0} ${order.size}`, cost, memory, promise };
}

/** Objects that two values both hold, the first of them. */
export function sharedBy(one: unknown, other: unknown): object | undefined {
  const parts = partsOf(one);
  for (const part of partsOf(other).keys()) if (parts.has(part)) return part;
  return undefined;
}

/** How an object is reached within a value, as in `.rows[3]`. */
export function pathTo(part: object, value: unknown): string | undefined {
  return partsOf(value).get(part);
}

function partsOf(value: unknown): ReadonlyMap<object, string> {
  const paths = new Map<object, string>();
  const add = (inner: unknown, path: string): void => {
    if (inner !== null && typeof inner === 'object' && !paths.has(inner)) paths.set(inner, path);
  };
  const addEntries = (map: ReadonlyMap<unknown, unknown>, path: string): void => {
    for (const [key, held] of map) {
      add(key, `${path} key`);
      add(held, `${path}.get(${typeof key === 'string' || typeof key === 'number' ? key : '...'})`);
    }
  };
  add(value, '');
  for (const [inner, path] of paths) {
    if (ArrayBuffer.isView(inner)) add(inner.buffer, `${path}.buffer`);
    else if (Array.isArray(inner)) inner.forEach((item, i) => add(item, `${path}[${i}]`));
    else if (inner instanceof Map) addEntries(inner, path);
    else if (inner instanceof Set) for (const held of inner) add(held, `${path} item`);
    else if ([null, Object.prototype].includes(Object.getPrototypeOf(inner) as object | null)) {
      for (const [key, { value: field }] of Object.entries(Object.getOwnPropertyDescriptors(inner))) add(field, `${path}.${key}`);
    }
  }
  return paths;
}
