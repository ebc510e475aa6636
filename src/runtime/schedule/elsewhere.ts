// Stages that other machines compute, which share the cache of results: a key goes there, and once the work is done its result stands
// under that key. Values never go through whoever hands the work out.
import type { AdapterSummary, Emit } from '../../core/events.ts';
import type { GraphNode } from '../../dsl/graph/graph.ts';
import type { Parts } from '../keys/identity.ts';

/** A stage to be computed elsewhere. */
export interface ElsewhereJob {
  readonly node: GraphNode;
  /** Under which its result will stand, or a mark that it is kept by adapter. */
  readonly key: string;
  /** What the key is made of. */
  readonly parts: Parts;
  /** By path of each stage that it reads: the key under which all that this one provides is stored. */
  readonly from: Readonly<Record<string, string>>;
  /** Whatever is in the cache, it is to run. */
  readonly anew: boolean;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** For progress: what is part of the result is kept with it. */
  readonly emit: Emit;
}

/** Who computed it. */
export interface ElsewhereDone {
  readonly worker: string;
  /** From 1. */
  readonly attempt: number;
}

export interface Elsewhere {
  /** Which stages go there. */
  takes(node: GraphNode): boolean;
  /** What the others compute on; waits until there is one of them. */
  adapter(signal: AbortSignal): Promise<AdapterSummary>;
  /**
   * Resolves once the result is in the cache.
   *
   * @throws what the stage throws
   */
  compute(job: ElsewhereJob): Promise<ElsewhereDone>;
}
