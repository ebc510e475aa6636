// What an engine is given, and what it says of each stage when it is over.
import type { AdapterSummary, DeviceUse } from '../../core/events.ts';
import type { GraphNode } from '../../dsl/graph/graph.ts';
import type { RunContext } from '../../dsl/stage/context.ts';
import type { CacheStore } from '../keys/cache.ts';
import type { CodeDigests, Identity } from '../keys/identity.ts';
import type { Elsewhere } from '../schedule/elsewhere.ts';
import type { Executor } from '../schedule/executor.ts';
import type { Surroundings } from '../surroundings.ts';

export interface ResultCache {
  readonly store: CacheStore;
  readonly code: CodeDigests;
  /** Milliseconds between checkpoints, default 1000. */
  readonly checkpointMs?: number | undefined;
}

export interface EngineOptions {
  readonly run: RunContext;
  /** Absent: nothing is read from a cache or kept. */
  readonly cache?: ResultCache | undefined;
  /** Absent: nobody looks at files that stages declare. */
  readonly around?: Surroundings | undefined;
  /** Where the device in use is, once one is open. */
  readonly adapter: () => AdapterSummary | undefined;
  /** Where a device will be. @throws E_NO_ADAPTER */
  readonly comingAdapter: () => Promise<AdapterSummary>;
  /** Bytes alive on that device, and ms waited for it so far. */
  readonly device: () => DeviceUse | undefined;
  /** Who runs the stages; by default this process. */
  readonly executor?: Executor | undefined;
  /** Others that compute stages; they need a cache that is shared with them. */
  readonly elsewhere?: Elsewhere | undefined;
  /** Keeps the values of every stage, also those that are cheaper to compute again: others read them. */
  readonly storesAll?: boolean | undefined;
  /** Called with what each stage depends on, before it runs. @throws what the stage is refused for */
  readonly check?: ((node: GraphNode, identity: Identity) => void) | undefined;
}

/** What became of one stage. */
export interface StageRecord {
  readonly path: string;
  readonly status: 'ran' | 'cached' | 'failed';
  readonly ms: number;
  readonly identity: Identity | undefined;
}
