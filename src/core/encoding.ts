// Values as data: what a stage provides, as JSON text plus the raw bytes of its typed arrays, each under its digest. The
// same value always gives the same text, so the text's digest names the value. What cannot be told apart by its data (a
// function, a class instance of somebody else) has no encoding: it is refused, never guessed at.
//
// Composite values are tagged arrays: ['a', ...items], ['o', fields], ['d', fields] for an object without a prototype,
// ['t', type, digest, length], ['n', number that JSON lacks], ['u'] and ['x', type, ['o', fields]] for the types registered
// here. Fields keep their order, since a stage may read them in it.
import { PipelineError } from './errors.ts';
import { sha256 } from './digest.ts';

/** A value with functions on it says here what data it is made of; `registerType` says how to make it again. */
export const encodeAs: unique symbol = Symbol.for('pipeline-gpu.encodeAs');

export interface Encodable {
  readonly [encodeAs]: { readonly type: string; readonly fields: object };
}

const VIEWS = { Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array } as const;
type ViewName = keyof typeof VIEWS;
type View = InstanceType<(typeof VIEWS)[ViewName]>;
const NOT_IN_JSON = ['NaN', 'Infinity', '-Infinity', '-0'];
const MAX_DEPTH = 64;

const types = new Map<string, (fields: never) => unknown>();

/** Only types registered by code can be decoded: a file never names what is run to read it. */
export function registerType<F extends object>(type: string, decode: (fields: F) => unknown): void {
  types.set(type, decode);
}

export interface Encoded {
  /** Names the value. */
  readonly digest: string;
  readonly text: string;
  /** Typed arrays by digest. */
  readonly blobs: ReadonlyMap<string, View>;
}

const digests = new WeakMap<View, Promise<string>>();

/** Digest of a typed array. Arrays of a pipeline's state are never written to again, so each is read once. */
function digestOf(view: View): Promise<string> {
  let pending = digests.get(view);
  if (!pending) digests.set(view, (pending = sha256(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))));
  return pending;
}

/** @returns what tells later whether the value still holds what it holds now; true for one that has no encoding */
export function watchChanges(value: unknown): () => Promise<boolean> {
  const before = outlineOf(value);
  return async () => {
    if (!before) return true;
    const now = outlineOf(value);
    if (!now || now.text !== before.text || now.views.some((view, i) => view !== before.views[i])) return false;
    for (const view of now.views) {
      // Without a digest nothing rests on what it held.
      const known = digests.get(view);
      if (known && (await known) !== (await sha256(new Uint8Array(view.buffer, view.byteOffset, view.byteLength)))) return false;
    }
    return true;
  };
}

/** Everything but what typed arrays hold. */
function outlineOf(value: unknown): { readonly text: string; readonly views: readonly View[] } | undefined {
  const views = new Set<View>();
  try {
    const tree = toTree(value, 'value', [], views);
    return { text: JSON.stringify(tree, (_key, inner: unknown) => (inner instanceof Leaf ? inner.type : inner)), views: [...views] };
  } catch {
    return undefined;
  }
}

/** @throws E_ENCODE naming the part of the value that has no encoding */
export async function encode(value: unknown): Promise<Encoded> {
  const views = new Set<View>();
  const tree = toTree(value, 'value', [], views);
  const names = new Map<View, string>();
  for (const view of views) names.set(view, await digestOf(view));
  const text = JSON.stringify(tree, (_key, inner: unknown) => (inner instanceof Leaf ? ['t', inner.type, names.get(inner.view), inner.view.length] : inner));
  return { digest: await sha256(text), text, blobs: new Map([...views].map((view) => [names.get(view)!, view])) };
}

/** A typed array on its way into the text. */
class Leaf {
  readonly view: View;
  readonly type: string;
  constructor(view: View, type: string) {
    this.view = view;
    this.type = type;
  }
}

/** @param inside what `value` is part of, outermost first */
function toTree(value: unknown, path: string, inside: readonly object[], views: Set<View>): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (value === undefined) return ['u'];
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : ['n', Object.is(value, -0) ? '-0' : String(value)];
  if (typeof value !== 'object') throw refused(path, `is a ${typeof value}`);
  if (inside.includes(value)) throw refused(path, 'contains itself');
  if (inside.length > MAX_DEPTH) throw refused(path, `is nested more than ${MAX_DEPTH} levels deep`);
  if (ArrayBuffer.isView(value)) {
    const type = value.constructor.name === 'Buffer' ? 'Uint8Array' : value.constructor.name;
    if (!Object.hasOwn(VIEWS, type)) throw refused(path, `is a ${type}`);
    views.add(value as View);
    return new Leaf(value as View, type);
  }
  const own = (value as Partial<Encodable>)[encodeAs];
  if (own) return ['x', own.type, fieldsToTree('o', own.fields, path, [...inside, value], views)];
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (![null, Object.prototype, Array.prototype].includes(prototype)) throw refused(path, `is a ${prototype!.constructor?.name ?? 'class instance'}`);
  if (Object.getOwnPropertySymbols(value).length > 0) throw refused(path, 'has a symbol for a key');
  if (!Array.isArray(value)) return fieldsToTree(prototype === null ? 'd' : 'o', value, path, [...inside, value], views);
  if (Object.keys(value).length > value.length) throw refused(path, 'is an array with fields of its own');
  return ['a', ...Array.from(value, (item, i) => toTree(item, `${path}[${i}]`, [...inside, value], views))];
}

function fieldsToTree(tag: 'o' | 'd', fields: object, path: string, inside: readonly object[], views: Set<View>): unknown {
  return [tag, Object.fromEntries(Object.entries(fields).map(([key, inner]) => [key, toTree(inner, `${path}.${key}`, inside, views)]))];
}

function refused(path: string, why: string): PipelineError {
  return new PipelineError('E_ENCODE', `${path} ${why}, which has no encoding as data.`, {
    hint: 'Provide plain objects, arrays, numbers, texts and typed arrays.',
  });
}

/**
 * The value again.
 *
 * @param blobOf bytes by digest, already checked
 * @throws E_ENCODE when the text is not what `encode` writes, and what `blobOf` throws
 */
export async function decode(text: string, blobOf: (digest: string) => Promise<Uint8Array>): Promise<unknown> {
  const tree = parse(text);
  const views = new Map<string, View>();
  for (const leaf of leavesOf(tree, 0)) if (!views.has(nameOf(leaf))) views.set(nameOf(leaf), viewOf(leaf, await blobOf(leaf.digest)));
  return fromTree(tree, views, 0);
}

/** Digests of the typed arrays that a stored text refers to. @throws E_ENCODE when the text is not what `encode` writes */
export function blobsOf(text: string): readonly string[] {
  return [...new Set(Array.from(leavesOf(parse(text), 0), ({ digest }) => digest))];
}

interface StoredLeaf {
  readonly type: ViewName;
  readonly digest: string;
  readonly length: number;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed('not JSON');
  }
}

function* leavesOf(tree: unknown, depth: number): Generator<StoredLeaf> {
  if (!Array.isArray(tree)) return;
  if (depth > 2 * MAX_DEPTH) throw malformed('nested too deep');
  const [tag, first] = tree as unknown[];
  if (tag === 't') yield leafOf(tree);
  else if (tag === 'a') for (const child of tree) yield* leavesOf(child, depth + 1);
  else if (tag === 'x') yield* leavesOf(tree[2], depth + 1);
  else if (tag === 'o' || tag === 'd') for (const child of Object.values(fieldsOf(first))) yield* leavesOf(child, depth + 1);
}

function leafOf([, type, digest, length]: readonly unknown[]): StoredLeaf {
  if (typeof type !== 'string' || !Object.hasOwn(VIEWS, type)) throw malformed(`typed array '${String(type)}'`);
  if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) throw malformed('a digest');
  return { type: type as ViewName, digest, length: Number(length) };
}

const nameOf = ({ type, digest, length }: StoredLeaf): string => `${type} ${digest} ${length}`;

/** A declared length is compared with the bytes there are; nothing is allocated for it. */
function viewOf({ type, digest, length }: StoredLeaf, bytes: Uint8Array): View {
  const Type = VIEWS[type];
  if (bytes.byteLength !== length * Type.BYTES_PER_ELEMENT) throw malformed(`${bytes.byteLength} bytes for ${length} values of ${type}`);
  // A buffer of its own: aligned, and with nothing else in it. Not `slice`, which shares memory where bytes are a Buffer.
  const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
  const view = new Type(own.buffer as ArrayBuffer) as View;
  digests.set(view, Promise.resolve(digest));
  return view;
}

function fromTree(tree: unknown, views: ReadonlyMap<string, View>, depth: number): unknown {
  if (!Array.isArray(tree)) {
    if (tree !== null && typeof tree === 'object') throw malformed('an object without a tag');
    return tree;
  }
  if (depth > 2 * MAX_DEPTH) throw malformed('nested too deep');
  const [tag, first] = tree as unknown[];
  switch (tag) {
    case 'a':
      return tree.slice(1).map((item) => fromTree(item, views, depth + 1));
    case 'o':
    case 'd': {
      // fromEntries defines own fields, `__proto__` among them, and never sets a prototype.
      const fields = Object.fromEntries(Object.entries(fieldsOf(first)).map(([key, inner]) => [key, fromTree(inner, views, depth + 1)]));
      return tag === 'o' ? fields : Object.setPrototypeOf(fields, null);
    }
    case 't':
      return views.get(nameOf(leafOf(tree)));
    case 'n':
      if (!NOT_IN_JSON.includes(first as string)) throw malformed(`number '${String(first)}'`);
      return Number(first);
    case 'u':
      return undefined;
    case 'x':
      return made(String(first), fromTree(tree[2], views, depth + 1));
    default:
      throw malformed(`tag '${String(tag)}'`);
  }
}

function fieldsOf(fields: unknown): object {
  if (fields === null || typeof fields !== 'object' || Array.isArray(fields)) throw malformed('fields that are no object');
  return fields;
}

function made(type: string, fields: unknown): unknown {
  const make = types.get(type);
  if (!make) throw malformed(`type '${type}'`);
  try {
    return make(fields as never);
  } catch (cause) {
    throw malformed(`fields of a ${type}`, cause);
  }
}

function malformed(what: string, cause?: unknown): PipelineError {
  return new PipelineError('E_ENCODE', `Stored text is not an encoded value: ${what}.`, { hint: 'It is computed again.', cause });
}
