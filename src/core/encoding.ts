// Values as data: what a stage provides, as JSON text plus the raw bytes of its typed arrays, each under its digest. The
// same value always gives the same text, so the text's digest names the value. What cannot be told apart by its data (a
// function, a class instance of somebody else) has no encoding: it is refused, never guessed at.
//
// Composite values are tagged arrays: ['a', ...items], ['o', fields], ['t', type, digest, length], ['n', number that JSON
// lacks], ['u'] and ['x', type, ['o', fields]] for the types registered here.
import { PipelineError } from './errors.ts';
import { sha256 } from './digest.ts';

/** A value with functions on it says here what data it is made of; `registerType` says how to make it again. */
export const encodeAs: unique symbol = Symbol.for('pipeline-gpu.encodeAs');

export interface Encodable {
  readonly [encodeAs]: { readonly type: string; readonly fields: object };
}

type View = Uint8Array | Uint32Array | Int32Array | Float32Array | Float64Array;
const VIEWS = { Uint8Array, Uint32Array, Int32Array, Float32Array, Float64Array } as const;
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

/** @throws E_ENCODE naming the part of the value that has no encoding */
export async function encode(value: unknown): Promise<Encoded> {
  const views = new Set<View>();
  const tree = toTree(value, 'value', 0, views);
  const names = new Map<View, string>();
  for (const view of views) names.set(view, await digestOf(view));
  const text = JSON.stringify(tree, (_key, inner: unknown) => {
    if (!(inner instanceof Leaf)) return inner;
    return ['t', inner.type, names.get(inner.view), inner.view.length];
  });
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

function toTree(value: unknown, path: string, depth: number, views: Set<View>): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (value === undefined) return ['u'];
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : ['n', Object.is(value, -0) ? '-0' : String(value)];
  if (typeof value !== 'object') throw refused(path, `is a ${typeof value}`);
  if (depth > MAX_DEPTH) throw refused(path, `is nested more than ${MAX_DEPTH} levels deep, or contains itself`);
  if (ArrayBuffer.isView(value)) {
    const type = value.constructor.name;
    if (!(type in VIEWS) && type !== 'Buffer') throw refused(path, `is a ${type}`);
    views.add(value as View);
    return new Leaf(value as View, type === 'Buffer' ? 'Uint8Array' : type);
  }
  if (Array.isArray(value)) return ['a', ...value.map((item, i) => toTree(item, `${path}[${i}]`, depth + 1, views))];
  const own = (value as Partial<Encodable>)[encodeAs];
  if (own) return ['x', own.type, fieldsToTree(own.fields, path, depth, views)];
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype !== null && prototype !== Object.prototype) throw refused(path, `is a ${prototype.constructor?.name ?? 'class instance'}`);
  return fieldsToTree(value, path, depth, views);
}

function fieldsToTree(fields: object, path: string, depth: number, views: Set<View>): unknown {
  const entries = Object.entries(fields)
    .filter(([, inner]) => inner !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return ['o', Object.fromEntries(entries.map(([key, inner]) => [key, toTree(inner, `${path}.${key}`, depth + 1, views)]))];
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
 * @throws E_ENCODE when the text is not what `encode` writes
 */
export async function decode(text: string, blobOf: (digest: string) => Promise<Uint8Array>): Promise<unknown> {
  const tree = JSON.parse(text) as unknown;
  const views = new Map<string, View>();
  await collect(tree, 0, async (type, digest, length) => {
    const Type = VIEWS[type as keyof typeof VIEWS];
    const name = `${type} ${digest}`;
    if (!Type || views.has(name)) return;
    const bytes = await blobOf(digest);
    if (bytes.byteLength !== length * Type.BYTES_PER_ELEMENT) throw malformed(`${bytes.byteLength} bytes for ${length} values of ${type}`);
    // A view needs an aligned start; a fresh buffer has one.
    const aligned = bytes.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
    const view = new Type(aligned.buffer as ArrayBuffer, aligned.byteOffset, length) as View;
    digests.set(view, Promise.resolve(digest));
    views.set(name, view);
  });
  return fromTree(tree, views, 0);
}

type OnView = (type: string, digest: string, length: number) => Promise<void>;

async function collect(tree: unknown, depth: number, onView: OnView): Promise<void> {
  if (!Array.isArray(tree)) return;
  if (depth > 2 * MAX_DEPTH) throw malformed('nested too deep');
  const [tag, ...rest] = tree as unknown[];
  if (tag === 't') return onView(String(rest[0]), String(rest[1]), Number(rest[2]));
  const children = tag === 'o' ? Object.values((rest[0] ?? {}) as object) : tag === 'x' ? [rest[1]] : tag === 'a' ? rest : [];
  for (const child of children) if (Array.isArray(child)) await collect(child, depth + 1, onView);
}

function fromTree(tree: unknown, views: ReadonlyMap<string, View>, depth: number): unknown {
  if (!Array.isArray(tree)) {
    if (tree !== null && typeof tree === 'object') throw malformed('an object without a tag');
    return tree;
  }
  if (depth > 2 * MAX_DEPTH) throw malformed('nested too deep');
  const [tag, ...rest] = tree as unknown[];
  switch (tag) {
    case 'a':
      return rest.map((item) => fromTree(item, views, depth + 1));
    case 'o':
      // fromEntries defines own fields, `__proto__` among them, and never sets a prototype.
      return Object.fromEntries(Object.entries((rest[0] ?? {}) as object).map(([key, inner]) => [key, fromTree(inner, views, depth + 1)]));
    case 't': {
      const view = views.get(`${String(rest[0])} ${String(rest[1])}`);
      if (!view) throw malformed(`typed array '${String(rest[0])}'`);
      return view;
    }
    case 'n':
      return Number(rest[0]);
    case 'u':
      return undefined;
    case 'x': {
      const make = types.get(String(rest[0]));
      if (!make) throw malformed(`type '${String(rest[0])}'`);
      return make(fromTree(rest[1], views, depth + 1) as never);
    }
    default:
      throw malformed(`tag '${String(tag)}'`);
  }
}

function malformed(what: string): PipelineError {
  return new PipelineError('E_ENCODE', `Stored text is not an encoded value: ${what}.`, { hint: 'It is computed again.' });
}

/** Digests of the typed arrays that a stored text refers to. */
export async function blobsOf(text: string): Promise<readonly string[]> {
  const found = new Set<string>();
  await collect(JSON.parse(text), 0, async (_type, digest) => void found.add(digest));
  return [...found];
}
