// One run of a pipeline, from its first event to its last: what happens is told, and what the run opened is closed. It
// knows no platform: files, device and clock are handed in.
import { exitCodeOf, PipelineError } from '../core/errors/errors.ts';
import { errorSummary, EVENT_SCHEMA, type AdapterSummary, type Emit, type JsonRecord } from '../core/events.ts';
import type { FileStore } from '../core/files.ts';
import type { Shards } from '../core/shards/shards.ts';
import type { Threads } from '../core/threads.ts';
import { didYouMean } from '../core/errors/didYouMean.ts';
import type { Ref } from '../dsl/graph/graph.ts';
import type { Pipeline } from '../dsl/graph/pipeline.ts';
import { Engine } from './engine/engine.ts';
import type { ResultCache, StageRecord } from './engine/options.ts';
import { readCode } from './keys/identity.ts';
import { modesOf, type Selection } from './engine/selection.ts';
import type { Elsewhere } from './schedule/elsewhere.ts';
import type { Executor } from './schedule/executor.ts';
import type { Surroundings } from './surroundings.ts';
import { RunDevice, type OpenedCompute } from './runDevice.ts';

export type { OpenedCompute } from './runDevice.ts';

export interface RunOptions {
  readonly files: FileStore;
  readonly threads?: Threads | undefined;
  /** Where the rows of fits are spread over; absent: they stay here. */
  readonly shards?: Shards | undefined;
  readonly openCompute: () => Promise<OpenedCompute>;
  /** Where `openCompute` would compute, told without opening a device where that is known. Absent: the device is opened. */
  readonly adapter?: (() => Promise<AdapterSummary>) | undefined;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Who runs the stages; by default this process. */
  readonly executor?: Executor | undefined;
  /** Others that compute stages; they share the cache. */
  readonly elsewhere?: Elsewhere | undefined;
  /** Where results are kept and found; absent: everything runs. */
  readonly cache?: ResultCache | undefined;
  /** Looks at files and variables that stages declare; absent: stages that declare inputs are not kept. */
  readonly around?: Surroundings | undefined;
  readonly selection?: Selection | undefined;
  /** Most bytes the process has had so far, where the platform tells. */
  readonly peakBytes?: (() => number) | undefined;
  /** Root of the seeds of all stages, default 0. */
  readonly seed?: number | undefined;
  /** Keys of the final state whose values the result is to hold. */
  readonly values?: readonly string[] | undefined;
}

export interface RunResult {
  /** What became of each stage, in the order they were reached. */
  readonly stages: readonly StageRecord[];
  readonly status: 'ok' | 'failed';
  readonly outputs: { readonly [stage: string]: JsonRecord };
  /** Those that were asked for, by key; none of a failed run. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The error as thrown, for a failed run. */
  readonly error?: unknown;
  readonly exitCode: number;
}

/** The result of a run that could not begin. */
export function refusedRun(error: unknown, emit: Emit): RunResult {
  emit({ type: 'run-finished', status: 'failed', ms: 0, outputs: {}, error: errorSummary(error) });
  return { stages: [], status: 'failed', outputs: {}, values: {}, error, exitCode: exitCodeOf(error) };
}

/** Runs a pipeline to its end. Never throws: a failure is in the result and in the `run-finished` event. */
export async function run(
  pipeline: Pipeline,
  {
    files,
    threads,
    shards,
    openCompute,
    adapter,
    emit,
    signal,
    executor,
    elsewhere,
    cache,
    around,
    selection = {},
    peakBytes,
    seed = 0,
    values: wanted = [],
  }: RunOptions,
): Promise<RunResult> {
  const started = performance.now();
  const outputs: Record<string, JsonRecord> = {};
  const record: Emit = (event) => {
    if (event.type === 'stage-finished') outputs[event.stage] = event.output;
    emit(event);
  };
  const device = new RunDevice(openCompute, (adapter) => emit({ type: 'adapter-ready', adapter }));
  let numerics: string | undefined;
  // It is in the keys of what a device computes, so it is known before a device is.
  const met = async (): Promise<void> => {
    if (shards && cache) numerics ??= await shards.numerics(signal);
  };
  const on = (summary: AdapterSummary): AdapterSummary => (shards ? inShards(summary, numerics) : summary);
  const coming = adapter ?? (() => device.compute().then(() => device.summary()!));
  const engine = new Engine({
    run: {
      files,
      disk: around,
      threads,
      shards: shards && within(shards, signal),
      signal,
      emit: record,
      compute: () => met().then(() => device.compute()),
      seed,
    },
    cache,
    around,
    adapter: () => {
      const summary = device.summary();
      return summary && on(summary);
    },
    comingAdapter: () => met().then(async () => on(await coming())),
    device: () => device.use(),
    executor,
    elsewhere,
    storesAll: elsewhere !== undefined,
  });
  const { nodes } = pipeline.graph;
  let values: Readonly<Record<string, unknown>> = {};
  let error: unknown;
  try {
    const modes = modesOf(pipeline.graph, selection);
    const stages = nodes.filter((node) => modes.get(node) !== 'skip').map(({ path }) => path);
    const params = { pipeline: pipeline.params, stages: Object.fromEntries(nodes.map(({ path, stage }) => [path, stage.spec.params])) };
    emit({ type: 'run-started', schema: EVENT_SCHEMA, pipeline: pipeline.name, stages, seed, params });
    if (cache) await readCode(nodes, cache.code);
    values = await engine.run(nodes, modes, wantedOf(pipeline, wanted));
  } catch (thrown) {
    error = thrown ?? new PipelineError('E_STAGE', 'A stage threw undefined.');
  } finally {
    await engine.close();
    await device.close();
  }
  const status = error === undefined ? 'ok' : 'failed';
  const peak = { ...(peakBytes ? { processBytes: peakBytes() } : {}), deviceBytes: device.peakBytes() };
  emit({ type: 'run-finished', status, ms: performance.now() - started, peak, outputs, ...(error === undefined ? {} : { error: errorSummary(error) }) });
  return { stages: engine.records, status, outputs, values, exitCode: error === undefined ? 0 : exitCodeOf(error), ...(error === undefined ? {} : { error }) };
}

/** Where fits of shards are computed: their rows by others, and the search on the host, whatever this device would do. */
function inShards({ solver: _, ...summary }: AdapterSummary, shards: string | undefined): AdapterSummary {
  return { ...summary, shards };
}

/** Fits that end with the run. */
function within(shards: Shards, signal: AbortSignal): Shards {
  return {
    count: shards.count,
    numerics: (until) => shards.numerics(until),
    lent: () => shards.lent?.() ?? [],
    spread: (work, setUps) => shards.spread(work, setUps, signal),
  };
}

/** @throws E_USAGE for a key that no stage provides */
function wantedOf({ name, graph }: Pipeline, keys: readonly string[]): Readonly<Record<string, Ref>> {
  const missing = keys.find((key) => !Object.hasOwn(graph.outputs, key));
  if (missing === undefined) return Object.fromEntries(keys.map((key) => [key, graph.outputs[key]!]));
  const known = Object.keys(graph.outputs);
  throw new PipelineError('E_USAGE', `Pipeline '${name}' ends without a value '${missing}'; it has ${known.join(', ') || 'none'}.`, {
    hint: didYouMean(missing, known, 'Values at its end'),
  });
}
