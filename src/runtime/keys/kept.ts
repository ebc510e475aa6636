// Results of single pieces of a stage's work, such as the models of a search, each an entry of the cache. They are known by
// what the stage reads and the code it runs, and by what the stage says of the piece; not by the stage's other parameters, its seed,
// nor by where in a pipeline it stands.
import { canonicalJson, sha256 } from '../../core/encoding/digest.ts';
import { encode, type Encoded } from '../../core/encoding/encoding.ts';
import type { AdapterSummary } from '../../core/events.ts';
import type { Kept } from '../../dsl/stage/context.ts';
import { BY_ADAPTER, CACHE_FORMAT, readEntry, readValue, writeEntry, type CacheStore } from './cache.ts';
import type { Parts } from './identity.ts';

export interface KeptOptions {
  readonly store: CacheStore;
  /** Of the stage's identity, and the kernels. */
  readonly parts: Parts;
  /** Nothing that was kept is used: the stage is to run anew. */
  readonly anew: boolean;
  /** The one that the stage computes on, once it asked for it. */
  readonly adapter: () => AdapterSummary | undefined;
  /** Opens the device that the run computes on. */
  readonly open: () => Promise<unknown>;
  /** What the pieces of a part gave is kept: its checkpoints may go. */
  readonly drop: (part: string) => Promise<void>;
  /** By name: pieces of this run that are being written. The next stage may ask for them before they are. */
  readonly pending: Map<string, Promise<void>>;
  /** Takes a write that goes on while stages run; it never rejects what it returns. */
  readonly behind: (write: Promise<void>) => Promise<void>;
}

/** Parts that say which stage it is and what it was asked, which the key of a piece says better. */
const OF_THE_STAGE = /^(stage$|seed$|param |requested by )/;
const RESULT = 'result';
/** A model with its scores of a fold is one file, unless every row's scores are in it. */
const SMALL_BYTES = 65_536;

export class StageKept implements Kept {
  readonly #options: KeptOptions;
  readonly #base: readonly (readonly [string, string])[];

  constructor(options: KeptOptions) {
    this.#options = options;
    this.#base = Object.entries(options.parts).filter(([part]) => !OF_THE_STAGE.test(part));
  }

  async load(key: string): Promise<unknown> {
    const { store, anew, adapter, open, pending } = this.#options;
    if (anew) return undefined;
    const name = await this.#name(key);
    await pending.get(name);
    const entry = await readEntry(store, name, [RESULT]).catch(() => undefined);
    if (!entry || entry === BY_ADAPTER) return undefined;
    if (entry.adapter) {
      // Another adapter rounds differently. Which one this run has is known once it is open, and only then is it opened.
      await open().catch(() => {});
      if (canonicalJson(adapter() ?? null) !== canonicalJson(entry.adapter)) return undefined;
    }
    return readValue(store, entry, entry.digests[RESULT]!).catch(() => undefined);
  }

  async save(part: string, results: ReadonlyMap<string, unknown>): Promise<void> {
    const { behind, drop, pending } = this.#options;
    const encoded = await Promise.all([...results].map(async ([key, value]) => [await this.#name(key), await encode(value).catch(() => undefined)] as const));
    const writes = encoded.flatMap(([name, value]) => {
      if (!value) return [];
      const write = behind(this.#write(name, value)).finally(() => {
        // Another write of that name may have begun since.
        if (pending.get(name) === write) pending.delete(name);
      });
      pending.set(name, write);
      return [write];
    });
    if (writes.length === encoded.length) void behind(Promise.all(writes).then(() => drop(part)));
  }

  async #write(name: string, value: Encoded): Promise<void> {
    const { store, adapter } = this.#options;
    const on = adapter();
    const entry = {
      format: CACHE_FORMAT,
      digests: { [RESULT]: value.digest },
      stored: [RESULT],
      output: {},
      events: [],
      ms: 0,
      at: Date.now(),
      ...(on ? { adapter: on } : {}),
    };
    await writeEntry(store, name, entry, [value], [], SMALL_BYTES);
  }

  #name(key: string): Promise<string> {
    return sha256(canonicalJson(['piece', this.#base, key]));
  }
}
