// Runs the nodes of a graph, each at most once: from the cache where its key is known there, else for real. A cached stage
// costs its key and nothing more; its values are brought back only when a stage that runs reads them. What is ready runs side
// by side, as far as the lanes of the schedule let it.
import { encode, type Encoded } from '../../core/encoding/encoding.ts';
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { DeviceUse, RunEvent } from '../../core/events.ts';
import { canonicalJson, sha256 } from '../../core/encoding/digest.ts';
import { runContext, type RunContext, type StageContext } from '../../dsl/stage/context.ts';
import { nodesOf, type GraphNode, type Ref } from '../../dsl/graph/graph.ts';
import { placed } from '../../dsl/placed.ts';
import { contextFor } from '../../dsl/stage/runStage.ts';
import type { StageResult } from '../../dsl/stage/stage.ts';
import { blamed } from './blame.ts';
import { CACHE_FORMAT, isOld, isReplayed, readEntry, readValue, writeEntry, type CacheEntry, type CacheStore, type ReplayedEvent } from '../keys/cache.ts';
import { StageCheckpoints } from './checkpoints.ts';
import { Handed } from './handed.ts';
import type { EngineOptions, Keeping, StageRecord } from './options.ts';
import { StageKept } from './kept.ts';
import { filesLeft, identify, type Identity, type Parts } from '../keys/identity.ts';
import { Lifetimes } from './lifetimes.ts';
import { checkProvided } from './provided.ts';
import { Sharing } from './sharing.ts';
import { inputDigests, lazySlot, slotOf, type Slot } from './slots.ts';
import type { Mode } from './selection.ts';
import { Writes } from './writes.ts';
import { inProcess } from '../schedule/executor.ts';
import { laneOf } from '../schedule/lanes.ts';
import { schedule } from '../schedule/schedule.ts';
import { Turns } from '../schedule/turns.ts';
import { leftFiles, restoreFiles, type LeftFile } from '../surroundings.ts';

export class Engine {
  readonly records: StageRecord[] = [];
  readonly #options: EngineOptions;
  readonly #slots = new Map<GraphNode, Readonly<Record<string, Slot>>>();
  /** What stages of this run gave, by key: another one with the same key provides the same. */
  readonly #known = new Map<string, { readonly node: GraphNode; readonly entry: CacheEntry; readonly slots: Readonly<Record<string, Slot>> }>();
  /** The keys under which nodes are known. */
  readonly #keyOf = new Map<GraphNode, string>();
  /** Keys whose values nobody needed any more; where they are needed again, they come from the cache. */
  readonly #left = new Set<string>();
  /** What stages handed on, which nobody may change. */
  readonly #handed = new Handed();
  #sharing: Sharing | undefined;
  readonly #writes: Writes;
  /** Digests of values that came out differently when they were computed again. */
  readonly #strayed = new Set<string>();
  #filesLeft: readonly URL[] = [];
  readonly #turns = new Turns();
  /** Aborted with the run, and when a stage failed: the others stop. */
  readonly #stopping = new AbortController();
  #failed = false;

  constructor(options: EngineOptions) {
    const { run } = options;
    // Handed on by itself: asking a signal made of others takes longer than a small stage.
    const cancel = (): void => this.#stopping.abort(run.signal.reason);
    if (run.signal.aborted) cancel();
    else run.signal.addEventListener('abort', cancel, { once: true });
    this.#options = { ...options, run: { ...run, signal: this.#stopping.signal } };
    this.#writes = new Writes(run.emit);
  }

  /**
   * Runs nodes, each behind what it reads, as their modes say.
   *
   * @param wanted values to return
   * @throws PipelineError placed at the user's line
   */
  async run(
    nodes: readonly GraphNode[],
    modes: ReadonlyMap<GraphNode, Mode>,
    wanted: Readonly<Record<string, Ref>> = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    this.#filesLeft = filesLeft(nodes);
    const chosen = nodes.filter((node) => modes.get(node) !== 'skip');
    if (this.#options.keeping) this.#sharing = new Sharing(chosen);
    const lifetimes = new Lifetimes(chosen, (node) => this.#drop(node), Object.values(wanted).flatMap(nodesOf));
    const stop = (): void => {
      this.#failed = true;
      this.#stopping.abort(new PipelineError('E_CANCELLED', 'The run was stopped, since another stage failed.'));
    };
    try {
      await schedule(chosen, {
        run: async (node) => lifetimes.done(node, await this.#node(node, modes.get(node)!)),
        holds: (node) => this.#slots.has(node),
        stop,
      });
    } finally {
      const places = new Map(chosen.map(({ path }, i) => [path, i]));
      this.records.sort((a, b) => places.get(a.path)! - places.get(b.path)!);
    }
    const values: Record<string, unknown> = {};
    for (const [key, ref] of Object.entries(wanted)) {
      const left = nodesOf(ref).find((node) => modes.get(node) === 'skip');
      if (left)
        throw new PipelineError('E_USAGE', `'${key}' comes from '${left.path}', which this run leaves out.`, { hint: 'Ask for values of stages that run.' });
      values[key] = await (await slotOf(ref, this.#slots)).value();
    }
    return values;
  }

  async #node(node: GraphNode, mode: Mode): Promise<'ran' | 'cached'> {
    const { keeping } = this.#options;
    const started = performance.now();
    let identity: Identity | undefined;
    const done = <S extends StageRecord['status']>(status: S): S => {
      this.records.push({ path: node.path, status, ms: performance.now() - started, identity });
      return status;
    };
    try {
      identity = keeping && (await this.#identify(node, keeping).catch((error: unknown) => Promise.reject(placed(error, node.stage.at, node.path))));
      return done(await this.#turns.alone(identity?.key, () => this.#given(node, mode, identity)));
    } catch (error) {
      // One that was stopped since another failed did not fail, and was not reached.
      if (!this.#failed) done('failed');
      await this.#forgetSpoiled();
      throw placed(error, node.stage.at, node.path);
    }
  }

  /** Out of the cache, or by running it. */
  async #given(node: GraphNode, mode: Mode, identity: Identity | undefined): Promise<'ran' | 'cached'> {
    const { keeping } = this.#options;
    const key = identity?.key;
    if (keeping && key !== undefined && mode !== 'run') {
      if (this.#left.has(key)) await this.#writes.settled();
      const entry = this.#known.get(key)?.entry ?? (await readEntry(keeping.store, key, node.stage.spec.provides));
      // A file that the cache lost meanwhile is written by the stage itself.
      const restored = entry && !isOld(entry, node.stage.spec.inputs?.validFor) && (await this.#restoreFiles(node, entry, keeping.store));
      if (restored) {
        this.#hit(node, key, entry, keeping.store);
        return 'cached';
      }
    }
    // What is never kept runs each time anyway.
    if (mode === 'cached' && key !== undefined) throw notCached(node);
    await this.#miss(node, identity, mode === 'run');
    return 'ran';
  }

  /** A stage whose value was changed runs again, and the mistake shows again, until it is mended. */
  async #forgetSpoiled(): Promise<void> {
    const key = this.#handed.spoiled && this.#keyOf.get(this.#handed.spoiled);
    if (key === undefined) return;
    await this.#writes.settled();
    await this.#options.keeping?.store.putText(key, '').catch(() => {});
  }

  #drop(node: GraphNode): void {
    this.#slots.delete(node);
    this.#handed.drop(node);
    const key = this.#keyOf.get(node);
    if (key === undefined || !this.#known.delete(key)) return;
    this.#left.add(key);
  }

  /** Waits until all that is kept is written. */
  async close(): Promise<void> {
    await this.#writes.settled();
  }

  async #identify(node: GraphNode, { code }: Keeping): Promise<Identity> {
    const world = { around: this.#options.around, left: this.#filesLeft };
    return identify(node, await inputDigests(node, this.#slots), code, this.#options.run.seed, world);
  }

  async #restoreFiles(node: GraphNode, entry: CacheEntry, store: CacheStore): Promise<boolean> {
    return restoreFiles(node, entry, store, this.#options.around).then(
      () => true,
      () => false,
    );
  }

  #hit(node: GraphNode, key: string, entry: CacheEntry, store: CacheStore): void {
    const { emit } = this.#options.run;
    const known = this.#known.get(key);
    if (known) this.#handed.same(node, known.node);
    this.#slots.set(node, known?.slots ?? this.#lazySlots(node, entry, store));
    for (const event of entry.events) emit({ ...event, stage: node.path });
    const { adapter, output, ms } = entry;
    emit({ type: 'stage-finished', stage: node.path, ms: 0, output, cached: true, computedMs: ms, ...(adapter ? { adapter } : {}) });
  }

  #lazySlots(node: GraphNode, entry: CacheEntry, store: CacheStore): Readonly<Record<string, Slot>> {
    const { emit } = this.#options.run;
    const { constants = {} } = node.stage.spec;
    let again: Promise<StageResult<unknown>> | undefined;
    const restore = async (key: string): Promise<unknown> => {
      const started = performance.now();
      const value = await this.#restored(node, key, entry, store, () => (again ??= this.#execute(node, quiet(emit))));
      this.#handed.hold(node, { [key]: value });
      this.#sharing?.hold(node, { [key]: value });
      emit({ type: 'stage-restored', stage: node.path, key, ms: performance.now() - started });
      return value;
    };
    return Object.fromEntries(
      Object.entries(entry.digests).map(([key, digest]) => [
        key,
        lazySlot(digest, async () => (Object.hasOwn(constants, key) ? constants[key] : restore(key))),
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
    const memory = this.#handed.memoryOf(node);
    const digest = await encode(value, (of) => memory.has(of)).then(
      (encoded) => encoded.digest,
      () => undefined,
    );
    if (digest !== entry.digests[key]) {
      // What later stages kept belongs to the value that is gone.
      this.#strayed.add(entry.digests[key]!);
      const message = `${key} of '${node.path}' came out differently than before, so results that rest on it are not kept.`;
      const hint = `Make the stage give the same result for the same inputs, or run with --from ${node.path}.`;
      emit({ type: 'warning', stage: node.path, code: 'W_NOT_REPRODUCIBLE', message, hint });
    }
    return value;
  }

  async #miss(node: GraphNode, identity: Identity | undefined, anew: boolean): Promise<void> {
    const { run, keeping } = this.#options;
    const replayed: ReplayedEvent[] = [];
    const started = performance.now();
    run.emit({ type: 'stage-started', stage: node.path });
    const checkpoints = keeping && identity?.key !== undefined ? this.#checkpoints(keeping, identity.key) : undefined;
    const kept = checkpoints && this.#kept(node, keeping!.store, identity!.parts, anew, checkpoints);
    const emit = (event: RunEvent): void => {
      // What a try that failed had to say is not part of the result.
      if (event.type === 'warning' && event.code === 'W_RETRY') replayed.length = 0;
      else if (isReplayed(event)) replayed.push(event);
      run.emit(event);
    };
    const waitedMs = this.#options.device()?.computeMs ?? 0;
    let result: StageResult<unknown>;
    try {
      result = await this.#execute(node, emit, { checkpoints, kept });
    } catch (error) {
      await checkpoints?.close();
      throw error;
    }
    const { adds, output } = result;
    const left = node.stage.spec.outputs ? await leftFiles(node, this.#options.around) : [];
    const ms = performance.now() - started;
    const device = laneOf(node) === 'device' ? this.#deviceSince(waitedMs) : {};
    const uncached = keeping
      ? await this.#keep(node, identity!, { adds: adds as Record<string, unknown>, output }, replayed, ms, left)
      : this.#keepNothing(node, adds as Record<string, unknown>);
    // Behind the writes of the result, which takes their place.
    if (checkpoints)
      void this.#writes.behind(
        node.path,
        this.#writes.settled().then(() => checkpoints.clear()),
      );
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
    events: readonly ReplayedEvent[],
    ms: number,
    left: readonly LeftFile[],
  ): Promise<string | undefined> {
    const { spec } = node.stage;
    const { constants = {}, keep = 'values' } = spec;
    const values = new Map<string, Encoded>();
    const digests: Record<string, string> = {};
    const strayed = Object.entries(node.inputs).find(([, ref]) =>
      nodesOf(ref).some((read) => Object.values(this.#slots.get(read)!).some(({ digest }) => this.#strayed.has(digest!))),
    );
    const memory = this.#handed.memoryOf(node);
    let why = identity.key === undefined ? identity.why : strayed && `its input '${strayed[0]}' came out differently than before`;
    why ??= this.#sharing?.hold(node, Object.fromEntries(spec.provides.map((key) => [key, adds[key]])));
    for (const key of spec.provides) {
      try {
        if (Object.hasOwn(constants, key)) {
          // A constant is as well known as the stage itself, whatever the stage read.
          digests[key] = await sha256(canonicalJson([key, Object.entries(identity.parts).filter(([part]) => !part.startsWith('input '))]));
          continue;
        }
        const encoded = await encode(adds[key], (of) => memory.has(of));
        digests[key] = encoded.digest;
        values.set(key, encoded);
      } catch (error) {
        why ??= `'${key}': ${reasonOf(error)}`;
      }
    }
    const slots = Object.fromEntries(spec.provides.map((key) => [key, lazySlot(digests[key], async () => adds[key])]));
    this.#slots.set(node, slots);
    why ??= this.#writes.unwritable;
    if (why !== undefined || identity.key === undefined) return why;
    const stored = keep === 'values' ? [...values.keys()] : [];
    const adapter = spec.kernels || spec.wgsl ? this.#options.adapter() : undefined;
    const files = left.map(({ digest }) => digest);
    const entry = { format: CACHE_FORMAT, digests, stored, output, events, ms, at: Date.now() - ms, files, ...(adapter ? { adapter } : {}) };
    this.#keyOf.set(node, identity.key);
    this.#known.set(identity.key, { node, entry: { ...entry, small: {} }, slots });
    const encoded = stored.map((name) => values.get(name)!);
    void this.#writes.behind(node.path, writeEntry(this.#options.keeping!.store, identity.key, entry, encoded, left));
    return undefined;
  }

  /** Another adapter rounds differently: its checkpoints would lead to other weights. */
  #checkpoints({ store, checkpointMs }: Keeping, key: string): StageCheckpoints {
    const { run, adapter } = this.#options;
    return new StageCheckpoints({ store, identity: () => [key, adapter() ?? null], signal: run.signal, intervalMs: checkpointMs });
  }

  #kept(node: GraphNode, store: CacheStore, parts: Parts, anew: boolean, checkpoints: StageCheckpoints): StageKept {
    const { run, adapter } = this.#options;
    const behind = (write: Promise<void>): Promise<void> => this.#writes.behind(node.path, write);
    return new StageKept({ store, parts, anew, adapter, open: () => run.compute(), checkpoints, behind });
  }

  /** Runs the stage on the values it needs, and no others. */
  async #execute(node: GraphNode, emit: RunContext['emit'], keeping: Pick<StageContext, 'checkpoints' | 'kept'> = {}): Promise<StageResult<unknown>> {
    const { executor = inProcess } = this.#options;
    const run = runFor(node, this.#options.run);
    const state: Record<string, unknown> = {};
    for (const [key, ref] of Object.entries(node.inputs)) state[key] = await (await slotOf(ref, this.#slots)).value();
    const madeBy = (key: string): string | undefined => {
      const ref = node.inputs[key];
      return ref && 'node' in ref ? ref.node.path : undefined;
    };
    const context = contextFor(node.stage, node.path, { ...run, emit }, { ahead: node.ahead, ...keeping, madeBy });
    const work = async (): Promise<StageResult<unknown>> => {
      this.#handed.reads(node);
      // Stages inside a user's operator find the run they belong to.
      const result = await executor.execute({ node, state: { ...state, [runContext]: run }, context }).catch((error: unknown) => {
        this.#handed.ended(node);
        throw blamed(error, node, state);
      });
      checkProvided(node, result.adds);
      this.#handed.done(node, result.adds as Record<string, unknown>);
      return result;
    };
    return this.#turns.onLane(node, work);
  }
}

/** A stage beside the device has none to compute on, however it comes by its run. */
function runFor({ path, stage }: GraphNode, run: RunContext): RunContext {
  if (!stage.spec.host) return run;
  const compute = (): Promise<never> =>
    Promise.reject(
      new PipelineError('E_STAGE', `Stage '${path}' asks for the device, though it says host: true.`, {
        at: stage.at,
        stage: path,
        hint: 'Leave out host: true.',
      }),
    );
  return { ...run, compute };
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
