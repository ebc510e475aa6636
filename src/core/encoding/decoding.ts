// What `encode` wrote, as a value again. Text and bytes come from files that anything may have happened to: whatever is not
// as `encode` writes it is refused, nothing is allocated for a length that is only declared, and no depth is too deep.
import { fromBase64 } from './base64.ts';
import { knowDigest } from './digest.ts';
import { PipelineError } from '../errors/errors.ts';
import { closeTo, LEVELS } from './plain.ts';
import { isViewType, makeView } from './views.ts';

const types = new Map<string, (fields: never) => unknown>();

/**
 * Only types registered by code can be decoded: a file never names what is run to read it.
 *
 * @returns the name, for what makes such values to say: bundlers keep both or neither
 */
export function registerType<F extends object>(type: string, decode: (fields: F) => unknown): string {
  types.set(type, decode);
  return type;
}

/** What makes a value of a registered type; undefined for a type that no code registered. */
export function makerOf(type: string): ((fields: never) => unknown) | undefined {
  return types.get(type);
}

type Node = readonly unknown[];
type Head = readonly (readonly [digest: string, bytes: number])[];

/**
 * The value again.
 *
 * @param blobOf bytes by digest, already checked
 * @throws E_ENCODE when the text is not what `encode` writes, and what `blobOf` or the maker of a registered type throws
 */
export async function decode(text: string, blobOf: (digest: string) => Promise<Uint8Array>): Promise<unknown> {
  const head = headOf(text);
  const [root, nodes, closed] = arrayOf(parse(text.slice(text.indexOf('\n') + 1)));
  const blobs: { readonly bytes: Uint8Array; readonly digest: string }[] = [];
  for (const [digest, declared] of head) {
    const bytes = await blobOf(digest);
    if (bytes.byteLength !== declared) throw malformed(`${bytes.byteLength} bytes for ${String(declared)}`);
    blobs.push({ bytes, digest });
  }
  try {
    return new Reader(arrayOf(nodes).map(arrayOf), blobs).read(root, closed);
  } catch (error) {
    if (error instanceof PipelineError) throw error;
    throw malformed(error instanceof Error ? error.message : String(error), error);
  }
}

/** Digests of the bytes that a stored text refers to. @throws E_ENCODE when the text is not what `encode` writes */
export function blobsOf(text: string): readonly string[] {
  return headOf(text).map(([digest]) => digest);
}

function headOf(text: string): Head {
  const head = arrayOf(parse(text.slice(0, Math.max(0, text.indexOf('\n')))));
  for (const one of head) if (!/^[0-9a-f]{64}$/.test(String(arrayOf(one)[0]))) throw malformed('a digest');
  return head as Head;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed('not JSON');
  }
}

/** Makes every object empty, then fills them; a registered type needs its fields filled before it is made. */
class Reader {
  readonly #nodes: readonly Node[];
  readonly #blobs: readonly { readonly bytes: Uint8Array; readonly digest: string }[];
  readonly #made: unknown[] = [];
  readonly #filled = new Set<number>();
  readonly #making = new Set<number>();
  readonly #given = new Set<ArrayBufferLike>();
  #numbers: Float64Array | undefined;

  constructor(nodes: readonly Node[], blobs: readonly { readonly bytes: Uint8Array; readonly digest: string }[]) {
    this.#nodes = nodes;
    this.#blobs = blobs;
  }

  read(root: unknown, closed: unknown): unknown {
    this.#nodes.forEach((node, i) => (this.#made[i] = node[0] === 'v' || node[0] === 'x' ? undefined : this.#empty(node)));
    this.#nodes.forEach((node, i) => node[0] === 'v' && (this.#made[i] = this.#view(node)));
    this.#nodes.forEach((node, i) => node[0] === 'x' && this.#make(i));
    this.#nodes.forEach((_, i) => this.#fill(i));
    const value = this.#child(root);
    for (const level of LEVELS) {
      const numbers = (closed as Partial<Record<string, unknown>> | null)?.[level];
      if (numbers !== undefined) for (const number of arrayOf(numbers)) closeTo(level, this.#child([number]) as object);
    }
    return value;
  }

  #empty(node: Node): unknown {
    const [tag, first, second, third] = node;
    switch (tag) {
      case 'a':
      case 's':
        return [];
      case 'f':
        return this.#list(Number(first), Number(second));
      case 'o':
        return {};
      case 'd':
        return Object.create(null);
      case 'm':
        return new Map();
      case 'e':
        return new Set();
      case 't':
        return new Date(first === null ? NaN : Number(first));
      case 'r':
        return Object.assign(new RegExp(String(first), String(second)), { lastIndex: this.#child(third) });
      case 'b':
        return this.#buffer(first);
      default:
        throw malformed(`tag '${String(tag)}'`);
    }
  }

  #list(start: number, length: number): readonly number[] {
    const { bytes } = this.#blobs[0] ?? {};
    if (!bytes || bytes.byteLength % 8 !== 0) throw malformed('numbers without their bytes');
    const all = (this.#numbers ??= new Float64Array(owned(bytes)));
    if (!(Number.isInteger(start) && Number.isInteger(length) && start >= 0 && length >= 0 && start + length <= all.length))
      throw malformed('a list of numbers');
    const list: number[] = [];
    for (let i = 0; i < length; i++) list.push(all[start + i]!);
    return list;
  }

  #buffer(which: unknown): ArrayBuffer {
    if (typeof which === 'string') return fromBase64(which).buffer;
    const blob = this.#blobs[which as number];
    if (!blob) throw malformed('bytes that are missing');
    const memory = owned(blob.bytes);
    // Two buffers of the same bytes are two buffers.
    const own = this.#given.has(memory) ? memory.slice(0) : memory;
    this.#given.add(own);
    return own;
  }

  #view([, type, buffer, offset, length]: Node): ArrayBufferView {
    const memory = this.#made[buffer as number];
    if (!isViewType(type) || !(memory instanceof ArrayBuffer)) throw malformed(`typed array '${String(type)}'`);
    for (const count of [offset, length]) if (!Number.isSafeInteger(count) || (count as number) < 0) throw malformed('the length of a typed array');
    const view = makeView(type, memory, offset as number, length as number);
    const which = this.#nodes[buffer as number]![1];
    const blob = typeof which === 'number' && view.byteLength === memory.byteLength ? this.#blobs[which] : undefined;
    if (blob) knowDigest(view, blob.digest);
    return view;
  }

  #make(i: number): void {
    if (this.#made[i] !== undefined) return;
    if (this.#making.has(i)) throw malformed('a value made of itself');
    this.#making.add(i);
    const [, type, fields] = this.#nodes[i]!;
    const make = makerOf(String(type));
    if (!make) throw malformed(`type '${String(type)}'`);
    this.#fillAll(Number(fields));
    const given = this.#made[Number(fields)];
    if (given === null || typeof given !== 'object') throw malformed('fields that are not an object');
    try {
      this.#made[i] = make(given as never);
    } catch (cause) {
      if (cause instanceof PipelineError) throw cause;
      throw malformed(`fields of a ${String(type)}`, cause);
    }
  }

  /** Fills a node and all that it reaches. */
  #fillAll(from: number): void {
    const reached = new Set([from]);
    for (const i of reached) {
      const node = this.#nodes[i];
      if (!node) throw malformed('a node that is missing');
      if (node[0] === 'x') this.#make(i);
      else for (const child of childrenOf(node)) if (Array.isArray(child) && typeof child[0] === 'number') reached.add(child[0]);
    }
    for (const i of reached) this.#fill(i);
  }

  #fill(i: number): void {
    if (this.#filled.has(i)) return;
    this.#filled.add(i);
    const node = this.#nodes[i]!;
    const made = this.#made[i];
    switch (node[0]) {
      case 'a':
        for (let at = 1; at < node.length; at++) (made as unknown[]).push(this.#child(node[at]));
        return;
      case 's':
        this.#fields(made as Record<string, unknown>, node[2]);
        if (!Number.isInteger(node[1]) || (node[1] as number) < (made as unknown[]).length) throw malformed('the length of an array');
        (made as unknown[]).length = node[1] as number;
        return;
      case 'o':
      case 'd':
        return this.#fields(made as Record<string, unknown>, node[1]);
      case 'm':
        for (let at = 1; at < node.length; at += 2) (made as Map<unknown, unknown>).set(this.#child(node[at]), this.#child(node[at + 1]));
        return;
      case 'e':
        for (let at = 1; at < node.length; at++) (made as Set<unknown>).add(this.#child(node[at]));
    }
  }

  #fields(made: Record<string, unknown>, fields: unknown): void {
    if (fields === null || typeof fields !== 'object' || Array.isArray(fields)) throw malformed('fields that are not an object');
    for (const [key, child] of Object.entries(fields)) {
      const value = this.#child(child);
      if (key === '__proto__') Object.defineProperty(made, key, { value, writable: true, enumerable: true, configurable: true });
      else made[key] = value;
    }
  }

  #child(child: unknown): unknown {
    if (!Array.isArray(child)) {
      if (child !== null && typeof child === 'object') throw malformed('an object without a tag');
      return child;
    }
    const [tag, text] = child as unknown[];
    switch (tag) {
      case 'u':
        return undefined;
      case 'n':
        if (!['NaN', 'Infinity', '-Infinity', '-0'].includes(text as string)) throw malformed(`number '${String(text)}'`);
        return Number(text);
      case 'i':
        return BigInt(String(text));
    }
    if (typeof tag !== 'number' || !Object.hasOwn(this.#made, tag)) throw malformed('a node that is missing');
    return this.#made[tag];
  }
}

function childrenOf([tag, first, second, ...rest]: Node): readonly unknown[] {
  if (tag === 'a' || tag === 'm' || tag === 'e') return [first, second, ...rest];
  const fields = tag === 's' ? second : tag === 'o' || tag === 'd' ? first : undefined;
  return fields !== null && typeof fields === 'object' ? Object.values(fields) : [];
}

/** A buffer with these bytes and nothing else in it. Not by `slice`, which shares memory where they are a Buffer. */
function owned(bytes: Uint8Array): ArrayBuffer {
  return (bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)).buffer as ArrayBuffer;
}

function arrayOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed('not a list');
  return value as readonly unknown[];
}

function malformed(what: string, cause?: unknown): PipelineError {
  return new PipelineError('E_ENCODE', `Stored text is not an encoded value: ${what}.`, { hint: 'It is computed again.', cause });
}
