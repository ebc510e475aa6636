// What must hold of an object for its elements or fields to be all of it. A field that is computed, hidden or read-only, one
// under a symbol, or a proxy in between would be lost where the object is put together again, so it is said instead.

interface NodeUtil {
  inspect(value: object, options: object): string;
  readonly types: { isProxy(value: object): boolean };
}
const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: 'node:util'): NodeUtil } };
const util = process?.getBuiltinModule?.('node:util');

/** Looking at each element's descriptor takes longer than the rest; so long a list is read as it is. */
const MAX_DESCRIBED = 1e6;
/** Listing the keys of a longer array would make a text for each. */
const MAX_LISTED = 1000;

/** How far an object is closed to changes; the same is done to what is made of it. */
export const LEVELS = ['open', 'fixed', 'sealed', 'frozen'] as const;
export type Level = (typeof LEVELS)[number];

export function levelOf(value: object): Level {
  if (Object.isExtensible(value)) return 'open';
  // V8 calls an array without elements frozen whose length may still be set.
  const frozen = Object.isFrozen(value) && !(Array.isArray(value) && Object.getOwnPropertyDescriptor(value, 'length')!.writable);
  return frozen ? 'frozen' : Object.isSealed(value) ? 'sealed' : 'fixed';
}

export function closeTo(level: Level, value: object): void {
  if (level === 'frozen') Object.freeze(value);
  else if (level === 'sealed') Object.seal(value);
  else if (level === 'fixed') Object.preventExtensions(value);
}

export function isProxy(value: object): boolean {
  return util?.types.isProxy(value) ?? false;
}

/** Own fields of a plain object, or why they are not all plain. */
export function plainFields(value: object, level: Level): readonly string[] | { readonly why: string } {
  const keys = Reflect.ownKeys(value);
  for (const key of keys) {
    if (typeof key === 'symbol') return { why: 'has a symbol for a key' };
    const why = oddField(value, key, level);
    if (why !== undefined) return { why };
  }
  return keys as string[];
}

function oddField(value: object, key: string, level: Level): string | undefined {
  const { enumerable, configurable, writable, get, set } = Object.getOwnPropertyDescriptor(value, key)!;
  if (get || set) return `has a field '${key}' that is computed`;
  if (!enumerable) return `has a hidden field '${key}'`;
  const closed = level === 'sealed' || level === 'frozen';
  return writable === (level !== 'frozen') && configurable === !closed ? undefined : `has a read-only field '${key}'`;
}

/** Indices that an array has, undefined where it has all of them, or why it has more than elements. */
export function plainElements(list: readonly unknown[], level: Level): readonly string[] | undefined | { readonly why: string } {
  if (Object.getOwnPropertySymbols(list).length > 0) return { why: 'has a symbol for a key' };
  if (Object.getOwnPropertyDescriptor(list, 'length')!.writable === (level === 'frozen')) return { why: 'has a read-only length' };
  let whole = true;
  for (let i = 0; whole && i < list.length; i++) whole = list[i] !== undefined || Object.hasOwn(list, i);
  if (whole && list.length > MAX_LISTED && util) {
    if (!/^\[ \.\.\. \d+ more items?, \[length\]: \d+ \]$/.test(briefly(list, true))) return { why: 'is an array with fields of its own' };
  } else {
    // Keys that are no indices come last.
    const names = Reflect.ownKeys(list).filter((name) => name !== 'length') as string[];
    const last = names.at(-1);
    if (last !== undefined && !(/^(0|[1-9]\d*)$/.test(last) && Number(last) < list.length)) return { why: 'is an array with fields of its own' };
    if (!whole) {
      const odd = names.map((name) => oddField(list, name, level)).find((why) => why !== undefined);
      return odd === undefined ? names : { why: odd };
    }
  }
  for (let i = 0; i < Math.min(list.length, MAX_DESCRIBED); i++) {
    const why = oddField(list, String(i), level);
    if (why !== undefined) return { why };
  }
  return undefined;
}

/** Whether a typed array has fields beside its elements. */
export function hasFields(view: ArrayBufferView): boolean {
  const length = (view as Partial<Uint8Array>).length ?? 0;
  if (length <= MAX_LISTED) return Reflect.ownKeys(view).length > length;
  // A page cannot list the keys of a large one, of which each element is one.
  if (!util) return Object.getOwnPropertySymbols(view).length > 0;
  return !/^\w+\(\d+\) (\[Uint8Array\] )?\[ \.\.\. \d+ more items? \]$/.test(briefly(view, false));
}

/** Node lists the keys of an array without its elements. */
function briefly(value: object, showHidden: boolean): string {
  return util!.inspect(value, { maxArrayLength: 0, depth: 0, showHidden, customInspect: false, breakLength: Infinity });
}
