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
  readonly memory: readonly object[];
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

type SumOf = (of: object, bytes: Uint8Array) => number;

/** @param sumOf checksum of what a typed array or buffer holds */
export function fingerprint(value: unknown, sumOf: SumOf = (_, bytes) => checksum(bytes)): Fingerprint {
  // The commonest value of a stage, without a walk.
  if (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer) {
    const bytes = bytesOf(value);
    return { text: `${nameOf(value)} ${sumOf(value, bytes)}`, cost: 4 + (bytes.length >>> 3), memory: [value] };
  }
  const taker = new Taker(sumOf);
  taker.value(value);
  for (const inner of taker.order.keys()) taker.object(inner);
  const { a, b, cost, promise, memory, order } = taker;
  return { text: `${a >>> 0} ${b >>> 0} ${order.size}`, cost, memory, promise };
}

/** Methods and not closures: those would be compiled anew for each value. */
class Taker {
  a = 1;
  b = 2;
  cost = 0;
  promise: object | undefined;
  readonly memory: object[] = [];
  /** Objects in the order in which they were met. */
  readonly order = new Map<object, number>();
  readonly sumOf: SumOf;

  constructor(sumOf: SumOf) {
    this.sumOf = sumOf;
  }

  word(word: number): void {
    this.cost++;
    const a = Math.imul(this.a ^ word, 0x9e3779b1);
    this.a = a ^ (a >>> 15);
    const b = Math.imul(this.b + word, 0x85ebca6b);
    this.b = b ^ (b >>> 13);
  }

  text(text: string): void {
    this.word(text.length);
    for (let i = 0; i < text.length; i++) this.a = Math.imul(this.a ^ text.charCodeAt(i), 0x85ebca6b);
    this.b = Math.imul(this.b ^ this.a, 0x9e3779b1);
    this.cost += text.length >>> 3;
  }

  number(number: number): void {
    numbers[0] = number;
    this.word(words[0]!);
    this.word(words[1]!);
  }

  value(inner: unknown): void {
    switch (typeof inner) {
      case 'number':
        return this.number(inner);
      case 'string':
        return this.text(inner);
      case 'bigint':
        return this.text(String(inner));
      case 'object':
      case 'function': {
        if (inner === null) return this.word(11);
        let known = this.order.get(inner);
        if (known === undefined) this.order.set(inner, (known = this.order.size));
        return this.word(100 + known);
      }
      default:
        return this.word(inner === undefined ? 12 : inner === true ? 13 : inner === false ? 14 : 15);
    }
  }

  fields(fields: object): void {
    for (const key of Object.keys(fields)) {
      this.text(key);
      const field = Object.getOwnPropertyDescriptor(fields, key)!;
      this.value('value' in field ? field.value : field.get);
    }
  }

  object(inner: object): void {
    if (ArrayBuffer.isView(inner) || inner instanceof ArrayBuffer) {
      this.word(nameOf(inner));
      const bytes = bytesOf(inner);
      // Shared memory is there to be written to by others.
      if (!(bytes.buffer instanceof ArrayBuffer)) return;
      this.memory.push(inner);
      this.cost += bytes.length >>> 3;
      return this.word(this.sumOf(inner, bytes));
    }
    if (isProxy(inner) || typeof inner === 'function') return this.word(nameOf(inner));
    if (Array.isArray(inner)) {
      this.word(inner.length);
      // A list with a hole of millions is looked at where it has something.
      if (inner.length > 1e6 && !Object.hasOwn(inner, inner.length >>> 1)) return this.fields(inner);
      for (let i = 0; i < inner.length; i++) this.value(inner[i]);
      return;
    }
    const own = (inner as Partial<Encodable>)[encodeAs];
    if (own) return this.fields(own.fields);
    if (inner instanceof Map) return inner.forEach((held, key) => (this.value(key), this.value(held)));
    if (inner instanceof Set) return inner.forEach((held) => this.value(held));
    if (inner instanceof Date) return this.number(Date.prototype.getTime.call(inner));
    if (inner instanceof Promise) this.promise ??= inner;
    const prototype = Object.getPrototypeOf(inner) as object | null;
    if (prototype === null || prototype === Object.prototype) this.fields(inner);
    else this.word(nameOf(inner));
  }
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
