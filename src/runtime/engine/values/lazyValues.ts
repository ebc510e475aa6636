// Values on the edges of a running graph. A lazy value knows its value's digest before its value: on a hit nothing is read until
// a stage that really runs asks for it.
import { canonicalJson, sha256 } from '../../../core/encoding/digest.ts';
import type { GraphNode, Ref } from '../../../dsl/graph/graph.ts';

export interface LazyValue {
  /** Undefined for a value that has no encoding, or when nothing is cached. */
  readonly digest: string | undefined;
  value(): Promise<unknown>;
}

export type LazyValues = ReadonlyMap<GraphNode, Readonly<Record<string, LazyValue>>>;

/** The lazy value of a ref; records and lists are put together from the values of their parts. */
export function lazyValueOf(ref: Ref, values: LazyValues): LazyValue | Promise<LazyValue> {
  return 'node' in ref ? values.get(ref.node)![ref.key]! : joined(ref, values);
}

async function joined(ref: Exclude<Ref, { readonly node: GraphNode }>, values: LazyValues): Promise<LazyValue> {
  const names = 'record' in ref ? Object.keys(ref.record) : ref.list.map((_, i) => String(i));
  const refs = 'record' in ref ? Object.values(ref.record) : ref.list;
  const parts = await Promise.all(refs.map((inner) => lazyValueOf(inner, values)));
  const known = parts.every(({ digest }) => digest !== undefined);
  return {
    digest: known ? await sha256(canonicalJson(['record' in ref ? names : 'list', parts.map(({ digest }) => digest)])) : undefined,
    value: async () => {
      const values = await Promise.all(parts.map((part) => part.value()));
      return 'record' in ref ? Object.fromEntries(names.map((name, i) => [name, values[i]])) : values;
    },
  };
}

/** The digest of each value that a node reads. */
export async function inputDigests(node: GraphNode, values: LazyValues): Promise<Readonly<Record<string, string | undefined>>> {
  return Object.fromEntries(await Promise.all(Object.entries(node.inputs).map(async ([key, ref]) => [key, (await lazyValueOf(ref, values)).digest] as const)));
}

/** A lazy value whose value is computed at most once. */
export function lazyValue(digest: string | undefined, compute: () => Promise<unknown>): LazyValue {
  let pending: Promise<unknown> | undefined;
  return { digest, value: () => (pending ??= compute()) };
}
