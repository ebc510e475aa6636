// Runs the nodes of a graph, each at most once: from the cache where its key is known there, else for real. A cached stage
// costs its key and nothing more; its values are brought back only when a stage that runs reads them. What is ready runs side
// by side, as far as the lanes of the schedule let it.
import { encode } from '../../core/encoding/encoding.ts';
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { DeviceUse, RunEvent } from '../../core/events.ts';
import { nodesOf, type GraphNode, type Ref } from '../../dsl/graph/graph.ts';
import { placed } from '../../dsl/placed.ts';
import type { StageResult } from '../../dsl/stage/stage.ts';
import {
  BY_ADAPTER,
  CACHE_FORMAT,
  isOld,
  isReplayed,
  readEntry,
  readValue,
  writeEntry,
  type CacheEntry,
  type CacheStore,
  type ReplayedEvent,
} from '../keys/cache.ts';
import { encodedValues } from './values/encoded.ts';
import { execute, quiet, type Together } from './execute.ts';
import { MutationGuard } from './values/mutationGuard.ts';
import type { EngineOptions, ResultCache, StageRecord } from './options.ts';
import { filesLeft, identify, onAdapter, type Identity } from '../keys/identity.ts';
import type { ElsewhereDone } from '../schedule/elsewhere.ts';
import { notShared } from './notShared.ts';
import { piecesOf, type Pieces } from './pieces.ts';
import { lookUp, type Found } from '../keys/lookUp.ts';
import { Lifetimes } from '../schedule/lifetimes.ts';
import { Sharing } from './values/sharing.ts';
import { inputDigests, lazyValue, lazyValueOf, type LazyValue } from './values/lazyValues.ts';
import { notCached, type Mode } from './selection.ts';
import { Writes } from './writes.ts';
import { laneOf, type Lane } from '../schedule/lanes.ts';
import { schedule } from '../schedule/schedule.ts';
import { Shelf } from '../schedule/shelf.ts';
import { Turn } from '../schedule/turn.ts';
import { leftFiles, restoreFiles, type LeftFile } from '../surroundings.ts';

export class Engine {
  readonly #options: EngineOptions;
  /** What became of each stage so far, in the order of the graph. */
  readonly #records = new Map<GraphNode, StageRecord | undefined>();
  readonly #values = new Map<GraphNode, Readonly<Record<string, LazyValue>>>();
  /** What stages of this run gave, by key: another one with the same key provides the same. */
  readonly #known = new Map<string, { readonly node: GraphNode; readonly entry: CacheEntry; readonly values: Readonly<Record<string, LazyValue>> }>();
  /** The keys under which nodes are known. */
  readonly #keyOf = new Map<GraphNode, string>();
  /** Keys of stages that computed on a device in this run. */
  readonly #byAdapter = new Set<string>();
  /** Keys whose values nobody needed any more; where they are needed again, they come from the cache. */
  readonly #left = new Set<string>();
  /** What stages handed on, which nobody may change. */
  readonly #guard = new MutationGuard();
  #sharing: Sharing | undefined;
  readonly #writes: Writes;
  /** What others may read; absent where nobody else computes. */
  readonly #shelf: Shelf | undefined;
  /** Pieces that are being written, by name. */
  readonly #pending = new Map<string, Promise<void>>();
  /** Digests of values that came out differently when they were computed again. */
  readonly #strayed = new Set<string>();
  #filesLeft: readonly URL[] = [];
  /** By key. Of two that would give the same, the second one waits for the first, and can use what it gave. */
  readonly #turns = new Map<string, Turn>();
  readonly #together: Together;
  /** Aborted with the run, and when a stage failed: the others stop. */
  readonly #stopping = new AbortController();
  #failed = false;
  readonly #leaveSignal: () => void;

  constructor(options: EngineOptions) {
    const { run } = options;
    // Forwarded by hand: AbortSignal.any costs more than a small stage.
    const cancel = (): void => this.#stopping.abort(run.signal.reason);
    if (run.signal.aborted) cancel();
    else run.signal.addEventListener('abort', cancel, { once: true });
    this.#leaveSignal = () => run.signal.removeEventListener('abort', cancel);
    this.#options = { ...options, run: { ...run, signal: this.#stopping.signal } };
    this.#together = { run: this.#options.run, executor: options.executor, values: this.#values, guard: this.#guard, device: new Turn() };
    this.#writes = new Writes(run.emit);
    if (options.elsewhere && options.cache) this.#shelf = new Shelf(options.cache.store, this.#values);
  }

  /**
   * Runs nodes, each behind what it reads, as their modes say.
   *
   * @param wanted values to return
   * @param left files that stages of the whole pipeline leave, where these are not all of it
   * @throws PipelineError placed at the user's line
   */
  async run(
    nodes: readonly GraphNode[],
    modes: ReadonlyMap<GraphNode, Mode>,
    wanted: Readonly<Record<string, Ref>> = {},
    left: readonly URL[] = filesLeft(nodes),
  ): Promise<Readonly<Record<string, unknown>>> {
    this.#filesLeft = left;
    const { elsewhere } = this.#options;
    const lane = (node: GraphNode): Lane => (elsewhere?.takes(node) ? 'elsewhere' : laneOf(node));
    const chosen = nodes.filter((node) => modes.get(node) !== 'skip');
    if (this.#options.cache) this.#sharing = new Sharing(chosen);
    const lifetimes = new Lifetimes(chosen, (node) => this.#drop(node), Object.values(wanted).flatMap(nodesOf));
    const stop = (): void => {
      this.#failed = true;
      this.#stopping.abort(new PipelineError('E_CANCELLED', 'The run was stopped, since another stage failed.'));
    };
    for (const node of chosen) this.#records.set(node, undefined);
    await schedule(chosen, { run: (node) => this.#node(node, modes.get(node)!, lifetimes), holds: (node) => this.#values.has(node), stop, lane });
    const values: Record<string, unknown> = {};
    for (const [key, ref] of Object.entries(wanted)) {
      const left = nodesOf(ref).find((node) => modes.get(node) === 'skip');
      if (left)
        throw new PipelineError('E_USAGE', `'${key}' comes from '${left.path}', which this run leaves out.`, { hint: 'Ask for values of stages that run.' });
      values[key] = await (await lazyValueOf(ref, this.#values)).value();
    }
    return values;
  }

  async #node(node: GraphNode, mode: Mode, lifetimes: Lifetimes): Promise<void> {
    const { cache, around } = this.#options;
    const started = performance.now();
    let identity: Identity | undefined;
    let turn: Turn | undefined;
    const record = (status: StageRecord['status']): void => {
      this.#records.set(node, { path: node.path, status, ms: performance.now() - started, identity });
    };
    try {
      identity = cache && (await this.#identify(node, cache).catch((error: unknown) => Promise.reject(placed(error, node.stage.at, node.path))));
      const asked = identity;
      if (identity) this.#options.check?.(node, identity);
      if (asked?.key !== undefined) {
        turn = this.#turns.get(asked.key) ?? new Turn();
        this.#turns.set(asked.key, turn);
        await turn.take();
      }
      if (cache && asked?.key !== undefined && mode !== 'run') {
        const { entry, ...found } = await this.#lookUp(node, asked, cache);
        ({ identity } = found);
        // A file that the cache lost meanwhile is written by the stage itself.
        const restored = entry && !isOld(entry, node.stage.spec.inputs?.validFor) && (await restoreFiles(node, entry, cache.store, around));
        if (restored && identity.key !== undefined) {
          this.#hit(node, identity.key, entry, cache.store);
          record('cached');
          return lifetimes.done(node, 'cached');
        }
      }
      // What is never kept runs each time anyway.
      if (mode === 'cached' && identity?.key !== undefined) throw notCached(node);
      const far = cache && asked?.key !== undefined && (await this.#elsewhere(node, asked, asked.key, cache.store, mode === 'run'));
      identity = far || (await this.#miss(node, asked, mode === 'run'));
      record('ran');
      return lifetimes.done(node, far ? 'cached' : 'ran');
    } catch (error) {
      // One that was stopped since another failed did not fail, and was not reached.
      if (!this.#failed) record('failed');
      await this.#forgetSpoiled();
      throw placed(error, node.stage.at, node.path);
    } finally {
      turn?.free();
    }
  }

  get records(): readonly StageRecord[] {
    return [...this.#records.values()].filter((one) => one !== undefined);
  }

  /** A stage whose value was changed runs again, with the one that changed it, and the mistake shows again, until it is fixed. */
  async #forgetSpoiled(): Promise<void> {
    const { spoiled } = this.#guard;
    if (spoiled.length === 0) return;
    await this.#writes.done();
    for (const key of spoiled.map((node) => this.#keyOf.get(node))) {
      if (key !== undefined) await this.#options.cache?.store.putText(key, '').catch(() => {});
    }
  }

  #drop(node: GraphNode): void {
    this.#values.delete(node);
    this.#guard.drop(node);
    const key = this.#keyOf.get(node);
    if (key === undefined || !this.#known.delete(key)) return;
    this.#left.add(key);
  }

  /** Waits until all that is kept is written, and leaves the caller's signal alone. */
  async close(): Promise<void> {
    this.#leaveSignal();
    await this.#writes.done();
  }

  async #identify(node: GraphNode, { code }: ResultCache): Promise<Identity> {
    const world = { around: this.#options.around, left: this.#filesLeft };
    return identify(node, await inputDigests(node, this.#values), code, this.#options.run.seed, world);
  }

  async #lookUp(node: GraphNode, identity: Identity, { store, code }: ResultCache): Promise<Found> {
    const read = async (key: string): Promise<CacheEntry | typeof BY_ADAPTER | undefined> => {
      if (this.#byAdapter.has(key)) return BY_ADAPTER;
      if (this.#left.has(key)) await this.#writes.done();
      return this.#known.get(key)?.entry ?? readEntry(store, key, node.provides);
    };
    const { elsewhere, run, adapter, comingAdapter } = this.#options;
    const there = elsewhere?.takes(node) ? () => elsewhere.adapter(run.signal) : async () => adapter() ?? comingAdapter();
    return lookUp(identity, read, there, code);
  }

  /** Has it computed by others, where they can. @returns what it turned out to depend on */
  async #elsewhere(node: GraphNode, asked: Identity, key: string, store: CacheStore, anew: boolean): Promise<Identity | undefined> {
    const { elsewhere, run, cache } = this.#options;
    const from = elsewhere?.takes(node) ? await this.#shelf?.keysFor(node) : undefined;
    if (!elsewhere || !from) return undefined;
    const { emit, signal, seed } = run;
    const started = performance.now();
    emit({ type: 'stage-started', stage: node.path });
    await this.#writes.done();
    const by = await elsewhere.compute({ node, key, parts: asked.parts, from, anew, seed, signal, emit });
    const { entry, identity } = await this.#lookUp(node, asked, cache!);
    if (!entry || identity.key === undefined) throw notShared(node.path, by.worker);
    this.#hit(node, identity.key, entry, store, { ms: performance.now() - started, worker: by.worker, attempt: by.attempt });
    return identity;
  }

  /** What another run left under a key, in place of running the stage. @throws E_QUEUE where it is not there */
  async take(node: GraphNode, key: string): Promise<void> {
    const { store } = this.#options.cache!;
    const entry = await readEntry(store, key, node.provides);
    if (!entry || entry === BY_ADAPTER) throw notShared(node.path);
    this.#values.set(node, this.#lazyValues(node, entry, store));
  }

  /** @param by who computed it now; absent where it was there */
  #hit(node: GraphNode, key: string, entry: CacheEntry, store: CacheStore, by?: ElsewhereDone & { readonly ms: number }): void {
    const { emit } = this.#options.run;
    const known = this.#known.get(key);
    if (known) this.#guard.same(node, known.node);
    this.#values.set(node, known?.values ?? this.#lazyValues(node, entry, store));
    for (const event of entry.events) emit({ ...event, stage: node.path });
    const { adapter, output, ms } = entry;
    const how = by ?? ({ ms: 0, cached: true } as const);
    if (entry.stored.length === Object.keys(this.#values.get(node)!).length) this.#shelf?.put(node, key);
    emit({ type: 'stage-finished', stage: node.path, output, computedMs: ms, ...how, ...(adapter ? { adapter } : {}) });
  }

  #lazyValues(node: GraphNode, entry: CacheEntry, store: CacheStore): Readonly<Record<string, LazyValue>> {
    const { emit } = this.#options.run;
    const { constants = {} } = node.stage.spec;
    let again: Promise<StageResult<unknown>> | undefined;
    const restore = async (key: string): Promise<unknown> => {
      const started = performance.now();
      const value = await this.#restored(node, key, entry, store, () => (again ??= execute(node, this.#together, { emit: quiet(emit) })));
      this.#guard.hold(node, { [key]: value });
      this.#sharing?.hold(node, { [key]: value });
      emit({ type: 'stage-restored', stage: node.path, key, ms: performance.now() - started });
      return value;
    };
    return Object.fromEntries(
      Object.entries(entry.digests).map(([key, digest]) => [
        key,
        lazyValue(digest, async () => (Object.hasOwn(constants, key) ? constants[key] : restore(key))),
      ]),
    );
  }

  /** A value of a cached stage: read where values are stored, else by running the stage again. */
  async #restored(node: GraphNode, key: string, entry: CacheEntry, store: CacheStore, again: () => Promise<StageResult<unknown>>): Promise<unknown> {
    const { emit } = this.#options.run;
    const valueOf = async (): Promise<unknown> => ((await again()).adds as Record<string, unknown>)[key];
    if (entry.stored.includes(key)) {
      try {
        return await readValue(store, entry, entry.digests[key]!);
      } catch (error) {
        const message = `${key} of '${node.path}' could not be read from the cache and is computed again: ${reasonOf(error)}`;
        emit({ type: 'warning', stage: node.path, code: 'W_CACHE_CORRUPT', message });
      }
    }
    const value = await valueOf();
    const memory = this.#guard.memoryOf(node);
    const digest = await encode(value, (of) => memory.has(of)).then(
      (encoded) => encoded.digest,
      () => undefined,
    );
    if (digest !== entry.digests[key]) {
      // What later stages kept belongs to the value that is gone.
      this.#strayed.add(entry.digests[key]!);
      const message = `${key} of '${node.path}' is not reproducible; downstream results are not cached.`;
      const hint = `Make the stage give the same result for the same inputs, or run with --from ${node.path}.`;
      emit({ type: 'warning', stage: node.path, code: 'W_NOT_REPRODUCIBLE', message, hint });
    }
    return value;
  }

  /** @returns what it turned out to depend on */
  async #miss(node: GraphNode, asked: Identity | undefined, anew: boolean): Promise<Identity | undefined> {
    const { run, cache } = this.#options;
    const replayed: ReplayedEvent[] = [];
    const started = performance.now();
    run.emit({ type: 'stage-started', stage: node.path });
    const use = { computes: false };
    const pieces = cache && asked?.key !== undefined ? await this.#pieces(node, cache, asked, anew, use) : undefined;
    const emit = (event: RunEvent): void => {
      // What a try that failed had to say is not part of the result.
      if (event.type === 'warning' && event.code === 'W_RETRY') replayed.length = 0;
      else if (isReplayed(event)) replayed.push(event);
      run.emit(event);
    };
    const waitedMs = this.#options.device()?.computeMs ?? 0;
    let result: StageResult<unknown>;
    try {
      result = await execute(node, this.#together, { emit, ...pieces, onCompute: () => (use.computes = true) });
    } catch (error) {
      await pieces?.checkpoints.close();
      throw error;
    }
    const { adds, output, keep } = result;
    const left = node.stage.spec.outputs ? await leftFiles(node, this.#options.around) : [];
    const ms = performance.now() - started;
    const device = laneOf(node) === 'device' ? this.#deviceSince(waitedMs) : {};
    const identity = use.computes ? await this.#onDevice(asked) : asked;
    const uncached = cache
      ? await this.#keep(node, identity!, { adds: adds as Record<string, unknown>, output, keep }, replayed, ms, left)
      : this.#keepNothing(node, adds as Record<string, unknown>);
    if (cache && identity !== asked && asked?.key !== undefined && uncached === undefined) {
      this.#byAdapter.add(asked.key);
      void this.#writes.add(node.path, cache.store.putText(asked.key, BY_ADAPTER));
    }
    // Behind the writes of the result, which takes their place.
    if (pieces)
      void this.#writes.add(
        node.path,
        this.#writes.done().then(() => pieces.checkpoints.clear()),
      );
    const lent = run.shards?.lent?.() ?? [];
    const by = lent.length > 0 ? { worker: lent.join(', '), computedMs: ms } : {};
    run.emit({ type: 'stage-finished', stage: node.path, ms, output, ...device, ...by, ...(uncached === undefined ? {} : { uncached }) });
    return identity;
  }

  /** The identity of a stage that asked for the device. */
  async #onDevice(asked: Identity | undefined): Promise<Identity | undefined> {
    const { cache, adapter } = this.#options;
    if (!cache || !asked) return asked;
    const found = adapter();
    return found ? onAdapter(asked, found, cache.code) : { parts: asked.parts, why: 'it asked for a device and got none' };
  }

  /** What a stage used of the device; nothing for one that did not wait for it. */
  #deviceSince(waitedMs: number): { device?: DeviceUse } {
    const now = this.#options.device();
    return now && now.computeMs > waitedMs ? { device: { bytes: now.bytes, computeMs: now.computeMs - waitedMs } } : {};
  }

  #keepNothing(node: GraphNode, adds: Record<string, unknown>): undefined {
    this.#values.set(node, Object.fromEntries(node.provides.map((key) => [key, { digest: undefined, value: async () => adds[key] }])));
  }

  /** Digests what a stage provides and keeps it. @returns why it is not kept, if it is not */
  async #keep(
    node: GraphNode,
    identity: Identity,
    { adds, output, keep }: { adds: Record<string, unknown>; output: CacheEntry['output']; keep: boolean | undefined },
    events: readonly ReplayedEvent[],
    ms: number,
    left: readonly LeftFile[],
  ): Promise<string | undefined> {
    const { retention = 'values' } = node.stage.spec;
    const strayed = Object.entries(node.inputs).find(([, ref]) =>
      nodesOf(ref).some((read) => Object.values(this.#values.get(read)!).some(({ digest }) => this.#strayed.has(digest!))),
    );
    const memory = this.#guard.memoryOf(node);
    let why = identity.key === undefined ? identity.why : strayed && `its input '${strayed[0]}' is not reproducible`;
    const shared = this.#sharing?.hold(node, Object.fromEntries(node.provides.map((key) => [key, adds[key]])));
    if (shared !== undefined) this.#shelf?.put(node, undefined);
    const { digests, values, why: odd } = await encodedValues(node, adds, identity.parts, (of) => memory.has(of));
    why ??= shared ?? odd;
    const provided = Object.fromEntries(node.provides.map((key) => [key, lazyValue(digests[key], async () => adds[key])]));
    this.#values.set(node, provided);
    why ??= this.#writes.unable;
    if (why !== undefined || identity.key === undefined) return why;
    const stored = retention === 'values' || keep || this.#options.storesAll ? [...values.keys()] : [];
    if (stored.length === values.size) this.#shelf?.put(node, identity.key);
    const adapter = identity.parts['adapter'] === undefined ? undefined : this.#options.adapter();
    const files = left.map(({ digest }) => digest);
    const entry = { format: CACHE_FORMAT, digests, stored, output, events, ms, at: Date.now() - ms, files, ...(adapter ? { adapter } : {}) };
    this.#keyOf.set(node, identity.key);
    this.#known.set(identity.key, { node, entry: { ...entry, small: {} }, values: provided });
    const encoded = stored.map((name) => values.get(name)!);
    void this.#writes.add(node.path, writeEntry(this.#options.cache!.store, identity.key, entry, encoded, left));
    return undefined;
  }

  #pieces(node: GraphNode, cache: ResultCache, identity: Identity, anew: boolean, use: { computes: boolean }): Promise<Pieces> {
    const behind = (write: Promise<void>): Promise<void> => this.#writes.add(node.path, write);
    return piecesOf(cache, identity, { run: this.#options.run, adapter: this.#options.adapter, anew, use, pending: this.#pending, behind });
  }
}
