// What a fit asks of rows that are spread over several places, and what answers there. A shard is a pure function of what it was made
// from and of what it was asked since: whoever loses one makes it again elsewhere, and asks the same once more.
import type { Compute } from '../compute.ts';
import type { JsonRecord } from '../events.ts';

export type Numbers = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;

/** Plain data, and numbers beside it that travel as bytes. */
export interface Message {
  readonly json: JsonRecord;
  readonly arrays: readonly Numbers[];
}

export interface Shard {
  answer(question: Message): Promise<Message>;
  release(): void;
}

/** Makes a shard of what a fit sent. */
export type ShardWork = (compute: Compute, setUp: Message) => Promise<Shard>;

/** What shards may be asked to do, by name. */
export type ShardWorks = Readonly<Record<string, () => Promise<ShardWork>>>;

/** Shards of one fit. */
export interface Spread {
  /**
   * Asks every shard, one question at a time.
   *
   * @param questionOf by shard
   * @param options.changes whether later answers depend on it: a shard that is made again is asked it again
   * @param options.answered false where nothing waits for the answers
   * @returns in shard order, by default
   */
  ask(questionOf: (shard: number) => Message, options?: { readonly changes?: boolean; readonly answered?: boolean }): Promise<readonly Message[]>;
  /** What was asked so far is no longer needed by a shard that is made again: this alone is. */
  standAt(questionOf: (shard: number) => Message): void;
  close(): void;
}

export interface Shards {
  /** How many a fit is to be cut into, or fewer where it has fewer rows. */
  readonly count: number;
  /** What the rows are computed on, all alike: part of the keys of results. Waits for whoever computes. */
  numerics(signal: AbortSignal): Promise<string>;
  /** Names of workers that answered since this was asked last, where they have some. */
  lent?(): readonly string[];
  /**
   * @param setUps one a shard, for the work of this name
   * @param signal ends the fit, and waiting for whoever computes
   */
  spread(work: string, setUps: readonly Message[], signal?: AbortSignal): Promise<Spread>;
}

/** Where so many spans are cut into shards of about equal size, the first of each: at large branches, so that a shard has few. */
export function cutsOf(spans: number, shards: number): readonly number[] {
  const count = Math.min(spans, shards);
  const unit = 2 ** Math.max(0, Math.floor(Math.log2(spans / count / 8)));
  const cuts = Array.from({ length: count }, (_, i) => Math.round((i * spans) / count / unit) * unit);
  return cuts.filter((cut, i) => i === 0 || cut > cuts[i - 1]!);
}
