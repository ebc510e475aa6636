// Runs the nodes of a graph, each at most once: from the cache where its key is known there, else for real. A cached stage
// costs its key and nothing more; its values are brought back only when a stage that runs reads them.
import { encode, type Encoded } from '../core/encoding.ts';
import { PipelineError } from '../core/errors.ts';
import type { AdapterSummary, DeviceUse, RunEvent } from '../core/events.ts';
import { canonicalJson, sha256 } from '../core/digest.ts';
import { runContext, type Checkpoints, type RunContext } from '../dsl/context.ts';
import type { GraphNode } from '../dsl/graph.ts';
import { roleError } from '../dsl/order.ts';
import { contextFor, placed, runStage } from '../dsl/runStage.ts';
import type { Stage, StageResult } from '../dsl/stage.ts';
import { CACHE_FORMAT, readEntry, readNamed, readValue, writeEntry, writeNamed, type CacheEntry, type CacheStore } from './cache.ts';
import { identify, type CodeDigests, type Identity } from './identity.ts';
import { inputDigests, lazySlot, slotOf, type Slot } from './slots.ts';
import type { Mode } from './selection.ts';

export interface Keeping {
  readonly store: CacheStore;
  readonly code: CodeDigests;
}

export interface EngineOptions {
  readonly run: RunContext;
  /** Absent: nothing is read from a cache or kept. */
  readonly keeping?: Keeping | undefined;
  /** The device in use, once one is open. */
  readonly adapter: () => AdapterSummary | undefined;
  /** Bytes alive on that device, and ms waited for it so far. */
  readonly device: () => DeviceUse | undefined;
}

/** What became of one stage. */
export interface StageRecord {
  readonly path: string;
  readonly status: 'ran' | 'cached' | 'failed';
  readonly ms: number;
  readonly identity: Identity | undefined;
}

export class Engine {
  readonly records: StageRecord[] = [];
  readonly #options: EngineOptions;
  readonly #slots = new Map<GraphNode, Readonly<Record<string, Slot>>>();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** Runs one node whose inputs ran before, as its mode says. @throws PipelineError placed at the user's line */
  async node(node: GraphNode, mode: Mode): Promise<void> {
    if (mode === 'skip') return;
    const { keeping } = this.#options;
    const started = performance.now();
    const identity = keeping && (await this.#identify(node, keeping));
    const done = (status: StageRecord['status']): void => void this.records.push({ path: node.path, status, ms: performance.now() - started, identity });
    try {
      if (keeping && identity?.key !== undefined && mode !== 'run') {
        const entry = await readEntry(keeping.store, identity.key);
        if (entry) {
          this.#hit(node, entry, keeping.store);
          return done('cached');
        }
      }
      if (mode === 'cached' && node.stage.spec.keep !== 'nothing') throw notCached(node);
      await this.#miss(node, identity);
      done('ran');
    } catch (error) {
      done('failed');
      throw error;
    }
  }

  async #identify(node: GraphNode, { code }: Keeping): Promise<Identity> {
    return identify(node, await inputDigests(node, this.#slots), code, this.#options.run.seed);
  }

  #hit(node: GraphNode, entry: CacheEntry, store: CacheStore): void {
    const { emit } = this.#options.run;
    const { constants = {} } = node.stage.spec;
    let again: Promise<StageResult<unknown>> | undefined;
    const restore = async (key: string): Promise<unknown> => {
      const started = performance.now();
      const value = await this.#restored(node, key, entry, store, () => (again ??= this.#execute(node, quiet(emit))));
      emit({ type: 'stage-restored', stage: node.path, key, ms: performance.now() - started });
      return value;
    };
    this.#slots.set(
      node,
      Object.fromEntries(
        Object.entries(entry.digests).map(([key, digest]) => [key, lazySlot(digest, async () => (key in constants ? constants[key] : restore(key)))]),
      ),
    );
    for (const event of entry.events) emit('stage' in event ? { ...event, stage: node.path } : event);
    const { adapter, output } = entry;
    emit({ type: 'stage-finished', stage: node.path, ms: 0, output, cached: true, ...(adapter ? { adapter } : {}) });
  }

  /** A value of a cached stage: read where values are stored, else by running the stage again. */
  async #restored(node: GraphNode, key: string, entry: CacheEntry, store: CacheStore, again: () => Promise<StageResult<unknown>>): Promise<unknown> {
    if (entry.stored.includes(key)) {
      try {
        return await readValue(store, entry.digests[key]!);
      } catch (error) {
        const message = `${key} of '${node.path}' could not be read from the cache and is computed again: ${error instanceof Error ? error.message : String(error)}`;
        this.#options.run.emit({ type: 'warning', stage: node.path, code: 'W_CACHE_CORRUPT', message });
      }
    }
    return ((await again()).adds as Record<string, unknown>)[key];
  }

  async #miss(node: GraphNode, identity: Identity | undefined): Promise<void> {
    const { run, keeping } = this.#options;
    const replayed: RunEvent[] = [];
    const started = performance.now();
    run.emit({ type: 'stage-started', stage: node.path });
    const checkpoints = keeping && identity?.key !== undefined ? this.#checkpoints(keeping.store, identity.key) : undefined;
    const emit = (event: RunEvent): void => {
      if (['picture', 'curve', 'history', 'warning'].includes(event.type)) replayed.push(event);
      run.emit(event);
    };
    const waitedMs = this.#options.device()?.computeMs ?? 0;
    const { adds, output } = await this.#execute(node, emit, checkpoints?.use);
    const ms = performance.now() - started;
    const device = this.#deviceSince(waitedMs);
    const uncached = keeping
      ? await this.#keep(node, identity!, { adds: adds as Record<string, unknown>, output }, replayed, ms)
      : this.#keepNothing(node, adds as Record<string, unknown>);
    await checkpoints?.clear();
    run.emit({ type: 'stage-finished', stage: node.path, ms, output, ...device, ...(uncached === undefined ? {} : { uncached }) });
  }

  /** What a stage used of the device; nothing for one that did not wait for it. */
  #deviceSince(waitedMs: number): { device?: DeviceUse } {
    const now = this.#options.device();
    return now && now.computeMs > waitedMs ? { device: { bytes: now.bytes, computeMs: now.computeMs - waitedMs } } : {};
  }

  #keepNothing(node: GraphNode, adds: Record<string, unknown>): undefined {
    this.#slots.set(node, Object.fromEntries(node.stage.spec.provides.map((key) => [key, lazySlot(undefined, async () => adds[key])])));
  }

  /** Digests what a stage provides and keeps it. @returns why it is not kept, if it is not */
  async #keep(
    node: GraphNode,
    identity: Identity,
    { adds, output }: { adds: Record<string, unknown>; output: CacheEntry['output'] },
    events: readonly RunEvent[],
    ms: number,
  ): Promise<string | undefined> {
    const { spec } = node.stage;
    const { constants = {}, keep = 'values' } = spec;
    const values = new Map<string, Encoded>();
    const digests: Record<string, string> = {};
    let why = identity.key === undefined ? identity.why : undefined;
    for (const key of spec.provides) {
      try {
        if (key in constants) {
          // A constant is as well known as the stage itself, whatever the stage read.
          digests[key] = await sha256(canonicalJson([key, Object.entries(identity.parts).filter(([part]) => !part.startsWith('input '))]));
          continue;
        }
        const encoded = await encode(adds[key]);
        digests[key] = encoded.digest;
        values.set(key, encoded);
      } catch (error) {
        why ??= `'${key}': ${error instanceof Error ? error.message : String(error)}`;
      }
    }
    this.#slots.set(node, Object.fromEntries(spec.provides.map((key) => [key, lazySlot(digests[key], async () => adds[key])])));
    if (why !== undefined || identity.key === undefined) return why;
    const stored = keep === 'values' ? [...values.keys()] : [];
    const adapter = spec.kernels || spec.wgsl ? this.#options.adapter() : undefined;
    const entry: CacheEntry = { format: CACHE_FORMAT, digests, stored, output, events, ms, ...(adapter ? { adapter } : {}) };
    try {
      await writeEntry(
        this.#options.keeping!.store,
        identity.key,
        entry,
        stored.map((key) => values.get(key)!),
      );
      return undefined;
    } catch (error) {
      return `it could not be written: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** Runs the stage on the values it needs, and no others. */
  async #execute(node: GraphNode, emit: RunContext['emit'], checkpoints?: Checkpoints): Promise<StageResult<unknown>> {
    const { run } = this.#options;
    const state: Record<string, unknown> = {};
    for (const [key, ref] of Object.entries(node.inputs)) state[key] = await (await slotOf(ref, this.#slots)).value();
    const context = contextFor(node.stage, node.path, { ...run, emit }, { ahead: node.ahead, checkpoints });
    // Stages inside a user's operator find the run they belong to.
    const result = await runStage(node.stage as Stage<never, unknown>, { ...state, [runContext]: run }, context);
    checkProvided(node, result.adds as Record<string, unknown>);
    return result;
  }

  #checkpoints(store: CacheStore, key: string): { readonly use: Checkpoints; readonly clear: () => Promise<void> } {
    let used = false;
    // Another adapter rounds differently: it would go on to other weights.
    const name = async (): Promise<string> => `checkpoint:${await sha256(canonicalJson([key, this.#options.adapter() ?? null]))}`;
    return {
      use: {
        load: async () => ((used = true), readNamed(store, await name())),
        save: async (value) => ((used = true), writeNamed(store, await name(), value)),
      },
      clear: async () => (used ? store.remove(await name()) : undefined),
    };
  }
}

/** What a stage returned must be what it said: every key, and rows of the role that the key stands for. */
function checkProvided({ path, stage }: GraphNode, adds: Readonly<Record<string, unknown>>): void {
  for (const key of stage.spec.provides) {
    if (!(key in adds)) {
      throw new PipelineError('E_STAGE', `Stage '${path}' provides '${key}' but returned ${Object.keys(adds).join(', ') || 'nothing'}.`, {
        at: stage.at,
        stage: path,
        hint: `Return { ${key} }, or leave '${key}' out of provides.`,
      });
    }
    const wrong = roleError(path, key, (adds[key] as { readonly role?: unknown } | null | undefined)?.role);
    if (wrong) throw placed(wrong, stage.at, path);
  }
}

function notCached({ path, stage }: GraphNode): PipelineError {
  return new PipelineError('E_USAGE', `The result of '${path}' is not in the cache, and this run may not compute it.`, {
    at: stage.at,
    stage: path,
    hint: 'Run the whole pipeline once, without --from and --only.',
  });
}

/** A stage that runs again only to bring its values back shows its progress and nothing else. */
function quiet(emit: RunContext['emit']): RunContext['emit'] {
  return (event) => {
    if (event.type === 'progress' || event.type === 'fit-progress') emit(event);
  };
}
