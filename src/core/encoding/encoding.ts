// Values as data: what a stage provides, as text plus raw bytes, each under its digest. The same value always gives the same
// text, so the text's digest names the value. It comes back as it was: prototypes, order of keys, holes, what is reachable
// on two ways or from itself, and what is frozen. What has no such encoding (a function, an instance of somebody's class, a
// hidden field) is refused, never guessed at.
//
// The text is a line of JSON with the digests and sizes of the bytes, then one with [value, nodes, closed]. Every object is
// a node, in the order in which they are met; others name it by its number: [7]. Nodes are tagged arrays:
// ['a', ...items], ['s', length, items by index] for an array with holes, ['f', start, length] for a long list of numbers,
// which are bytes together, ['o', fields], ['d', fields] for an object without a prototype, ['m', ...keys and values],
// ['e', ...items] of a Set, ['t', time], ['r', source, flags, lastIndex], ['v', type, buffer, offset, length] of a view,
// ['b', which bytes] or ['b', base64] of a buffer, and ['x', type, fields] for the types registered here. Within them stand
// ['u'] for undefined, ['n', number that JSON lacks] and ['i', digits] of a bigint.
import { toBase64 } from './base64.ts';
import { PipelineError } from '../errors/errors.ts';
import { digestOf, sha256 } from './digest.ts';
import { isProxy, hasFields, levelOf, plainElements, plainFields, type Level } from './plain.ts';
import { lengthOf, piecesOf, typeOf } from './views.ts';

export { blobsOf, decode, makerOf, registerType } from './decoding.ts';

/** A value with functions on it says here what data it is made of; `registerType` says how to make it again. */
export const encodeAs: unique symbol = Symbol.for('pipeline-gpu.encodeAs');

export interface Encodable {
  readonly [encodeAs]: { readonly type: string; readonly fields: object };
}

export interface Encoded {
  /** Names the value. */
  readonly digest: string;
  readonly text: string;
  /** Raw bytes by digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** Fewer bytes stand in the text. */
const LEAST_BLOB_BYTES = 512;
/** Shorter lists of numbers stay readable. */
const LEAST_NUMBERS = 256;
/** Beyond it the text alone would take gigabytes. */
const MAX_OBJECTS = 2e6;
const MAX_TEXT = 256e6;

/**
 * @param isKnown which typed arrays still hold what they held when they were encoded last: those are not read again
 * @throws E_ENCODE naming the part of the value that has no encoding
 */
export async function encode(value: unknown, isKnown: (of: object) => boolean = () => true): Promise<Encoded> {
  const { body, pieces } = new Writer().write(value);
  const blobs = new Map<string, Uint8Array>();
  const heads: (readonly [digest: string, bytes: number])[] = [];
  for (const { bytes, of } of pieces) {
    const digest = await (of ? digestOf(of, bytes, isKnown(of)) : sha256(bytes));
    blobs.set(digest, bytes);
    heads.push([digest, bytes.byteLength]);
  }
  const text = `${JSON.stringify(heads)}\n${body}`;
  return { digest: await sha256(text), text, blobs };
}

interface Bytes {
  readonly bytes: Uint8Array;
  readonly of?: object;
}

/** Turns objects into nodes, one after the other, so that no depth is too deep for it. */
class Writer {
  readonly #nodes: unknown[] = [];
  readonly #objects: object[] = [];
  readonly #numberOf = new Map<object, number>();
  /** Where each object was met first: within which, and under what. */
  readonly #within: number[] = [];
  readonly #under: (string | number)[] = [];
  readonly #shown = new Map<ArrayBufferView | ArrayBuffer, number>();
  readonly #lists: (readonly number[])[] = [];
  #listed = 0;
  readonly #closed: Partial<Record<Level, number[]>> = {};

  write(value: unknown): { readonly body: string; readonly pieces: readonly Bytes[] } {
    const root = this.#child(value, -1, '');
    for (let i = 0; i < this.#objects.length; i++) this.#nodes[i] = this.#node(this.#objects[i]!, i);
    const pieces: Bytes[] = this.#lists.length > 0 ? [{ bytes: new Uint8Array(this.#numbers().buffer) }] : [];
    for (const { bytes, of, from, views } of piecesOf([...this.#shown.keys()])) this.#place(bytes, of, from, views, pieces);
    try {
      const body = JSON.stringify([root, this.#nodes, this.#closed]);
      if (body.length <= MAX_TEXT) return { body, pieces };
    } catch {
      // longer than any text may be
    }
    throw this.#refused(-1, '', `is too large: more than ${MAX_TEXT / 1e6} MB of text`);
  }

  #numbers(): Float64Array {
    const all = new Float64Array(this.#listed);
    let at = 0;
    for (const list of this.#lists) for (let i = 0; i < list.length; i++) all[at++] = list[i]!;
    return all;
  }

  /** The node of a piece of memory, and those of the views on it. */
  #place(bytes: Uint8Array, of: object | undefined, from: number, views: readonly (ArrayBufferView | ArrayBuffer)[], pieces: Bytes[]): void {
    const whole = views.find((one) => !ArrayBuffer.isView(one));
    const buffer = whole === undefined ? this.#nodes.length : this.#shown.get(whole)!;
    if (bytes.length < LEAST_BLOB_BYTES) this.#nodes[buffer] = ['b', toBase64(bytes)];
    else {
      this.#nodes[buffer] = ['b', pieces.length];
      pieces.push({ bytes, ...(of ? { of } : {}) });
    }
    for (const view of views) {
      if (ArrayBuffer.isView(view)) this.#nodes[this.#shown.get(view)!] = ['v', typeOf(view), buffer, view.byteOffset - from, lengthOf(view)];
    }
  }

  #child(value: unknown, within: number, under: string | number): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? value : ['n', Object.is(value, -0) ? '-0' : String(value)];
      case 'undefined':
        return ['u'];
      case 'bigint':
        return ['i', String(value)];
      case 'object':
        return value === null ? null : [this.#met(value, within, under)];
      default:
        throw this.#refused(within, under, `is a ${typeof value}`);
    }
  }

  #met(value: object, within: number, under: string | number): number {
    const known = this.#numberOf.get(value);
    if (known !== undefined) return known;
    if (this.#objects.length >= MAX_OBJECTS) throw this.#refused(-1, '', `is made of more than ${MAX_OBJECTS} objects`);
    const number = this.#objects.push(value) - 1;
    this.#numberOf.set(value, number);
    this.#within.push(within);
    this.#under.push(under);
    return number;
  }

  #node(value: object, i: number): unknown {
    const no = (why: string): PipelineError => this.#refused(this.#within[i]!, this.#under[i]!, why);
    if (isProxy(value)) throw no('is a Proxy');
    const own = (value as Partial<Encodable>)[encodeAs];
    if (own) return ['x', own.type, this.#met(own.fields, i, '')];
    const level = levelOf(value);
    if (level !== 'open') (this.#closed[level] ??= []).push(i);
    if (ArrayBuffer.isView(value)) return this.#view(value, no);
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (Array.isArray(value) && prototype === Array.prototype) return this.#array(value, i, level, no);
    if ((prototype === null || prototype === Object.prototype) && Object.prototype.toString.call(value) === '[object Object]') {
      const fields = plainFields(value, level);
      if ('why' in fields) throw no(fields.why);
      return [prototype === null ? 'd' : 'o', this.#fields(value as Readonly<Record<string, unknown>>, fields, i)];
    }
    return this.#special(value, prototype, i, no);
  }

  #view(view: ArrayBufferView, no: (why: string) => PipelineError): undefined {
    const type = typeOf(view);
    const { buffer } = view;
    if (type === undefined) throw no(`is a ${view.constructor.name}`);
    if (!(buffer instanceof ArrayBuffer)) throw no('lies on shared memory');
    if ((buffer as { readonly resizable?: boolean }).resizable) throw no('lies on memory that may be resized');
    if (hasFields(view)) throw no(`is a ${type} with fields of its own`);
    this.#shown.set(view, this.#numberOf.get(view)!);
    return undefined;
  }

  #array(list: readonly unknown[], i: number, level: Level, no: (why: string) => PipelineError): unknown {
    const elements = plainElements(list, level);
    if (elements === undefined) {
      if (list.length >= LEAST_NUMBERS && isNumbers(list)) {
        this.#lists.push(list);
        this.#listed += list.length;
        return ['f', this.#listed - list.length, list.length];
      }
      return ['a', ...this.#items(list, i)];
    }
    if ('why' in elements) throw no(elements.why);
    return ['s', list.length, this.#fields(list as never, elements, i)];
  }

  #special(value: object, prototype: object | null, i: number, no: (why: string) => PipelineError): unknown {
    const more = Reflect.ownKeys(value).length;
    const is = (type: { readonly prototype: object; readonly name: string }, fields = 0): boolean => {
      if (prototype !== type.prototype) return false;
      if (more > fields) throw no(`is a ${type.name} with fields of its own`);
      return true;
    };
    try {
      if (is(Map)) {
        const entries = [...Map.prototype.entries.call(value)] as [unknown, unknown][];
        return ['m', ...this.#items(entries.flat(), i)];
      }
      if (is(Set)) return ['e', ...this.#items([...Set.prototype.values.call(value)], i)];
      if (is(Date)) {
        const time = Date.prototype.getTime.call(value);
        return ['t', Number.isNaN(time) ? null : time];
      }
      if (is(RegExp, 1)) {
        const { source, flags, lastIndex } = value as RegExp;
        return ['r', source, flags, this.#child(lastIndex, i, 'lastIndex')];
      }
      if (is(ArrayBuffer) && !(value as { readonly resizable?: boolean }).resizable) {
        this.#shown.set(value as ArrayBuffer, i);
        return undefined; // placed with the views on it
      }
    } catch (error) {
      if (error instanceof PipelineError) throw error;
    }
    throw no(`is a ${(value as { readonly constructor?: { readonly name?: string } }).constructor?.name ?? 'class instance'}`);
  }

  /** Not by spreading into a call: a list may be longer than what a call takes. */
  #items(items: readonly unknown[], within: number): unknown[] {
    const children = new Array<unknown>(items.length);
    for (let at = 0; at < items.length; at++) children[at] = this.#child(items[at], within, at);
    return children;
  }

  #fields(value: Readonly<Record<string, unknown>>, keys: readonly string[], within: number): object {
    // fromEntries defines own fields, `__proto__` among them, and never sets a prototype.
    return Object.fromEntries(keys.map((key) => [key, this.#child(value[key], within, key)]));
  }

  #refused(within: number, under: string | number, why: string): PipelineError {
    let path = '';
    for (let at = within, key = under; at >= 0; key = this.#under[at]!, at = this.#within[at]!) {
      path = `${typeof key === 'number' ? `[${key}]` : key && `.${key}`}${path}`;
    }
    return new PipelineError('E_ENCODE', `value${path} ${why}, which has no encoding as data.`, {
      hint: 'Provide plain objects, arrays, Maps, Sets, numbers, strings, dates and typed arrays.',
    });
  }
}

function isNumbers(list: readonly unknown[]): list is readonly number[] {
  for (let i = 0; i < list.length; i++) if (typeof list[i] !== 'number') return false;
  return true;
}

/** Whether JSON alone says all of a value that was encoded. */
export function isJson({ text, blobs }: Encoded): boolean {
  return blobs.size === 0 && !/\["(?!a"|o")/.test(text);
}
