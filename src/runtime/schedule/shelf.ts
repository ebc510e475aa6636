// What stages of this run provide, for others to take from the cache: all of it, also what would be computed again here.
import { canonicalJson, sha256 } from '../../core/encoding/digest.ts';
import { encode } from '../../core/encoding/encoding.ts';
import { nodesOf, type GraphNode } from '../../dsl/graph/graph.ts';
import type { LazyValues } from '../engine/values/lazyValues.ts';
import { CACHE_FORMAT, writeEntry, type CacheStore } from '../keys/cache.ts';

export class Shelf {
  readonly #store: CacheStore;
  readonly #values: LazyValues;
  /** The key under which all that a stage provides is stored; undefined for what must not be taken apart. */
  readonly #keys = new Map<GraphNode, Promise<string | undefined>>();

  constructor(store: CacheStore, values: LazyValues) {
    this.#store = store;
    this.#values = values;
  }

  /** @param key undefined where values share objects, and one alone would be another one */
  put(node: GraphNode, key: string | undefined): void {
    this.#keys.set(node, Promise.resolve(key));
  }

  /** Of all that a node reads, by path; undefined where some of it can only be read here. */
  async keysFor({ inputs }: GraphNode): Promise<Readonly<Record<string, string>> | undefined> {
    const read = [...new Set(Object.values(inputs).flatMap(nodesOf))];
    const keys = await Promise.all(read.map((node) => this.#keyOf(node)));
    if (keys.includes(undefined)) return undefined;
    return Object.fromEntries(read.map((node, i) => [node.path, keys[i]!]));
  }

  #keyOf(node: GraphNode): Promise<string | undefined> {
    let pending = this.#keys.get(node);
    // What could not be stored once may be the next time.
    if (!pending) this.#keys.set(node, (pending = this.#stored(node).catch((error: unknown) => (this.#keys.delete(node), Promise.reject(error)))));
    return pending;
  }

  async #stored(node: GraphNode): Promise<string | undefined> {
    const values = this.#values.get(node)!;
    const { constants = {} } = node.stage.spec;
    const digests = Object.fromEntries(node.provides.map((name) => [name, values[name]!.digest]));
    if (Object.values(digests).includes(undefined)) return undefined;
    const stored = node.provides.filter((name) => !Object.hasOwn(constants, name));
    const encoded = await Promise.all(stored.map(async (name) => encode(await values[name]!.value())));
    const key = await sha256(canonicalJson(['handed on', digests]));
    const entry = { format: CACHE_FORMAT, digests: digests as Record<string, string>, stored, output: {}, events: [], ms: 0, at: Date.now() };
    await writeEntry(this.#store, key, entry, encoded);
    return key;
  }
}
