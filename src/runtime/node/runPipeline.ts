// A pipeline run from a program, for tests and scripts: what the command line does, with a result instead of a report.
import type { Emit } from '../../core/events.ts';
import type { Pipeline } from '../../dsl/pipeline.ts';
import { configured, type Given } from '../../dsl/reconfigure.ts';
import { refusedRun, run, type RunResult } from '../run.ts';
import { nodeCacheStore } from './cacheStore.ts';
import { nodeCodeDigests } from './closure.ts';
import { nodeFileStore } from './fileStore.ts';
import { openNodeCompute } from './runtime.ts';
import { nodeSurroundings } from './surroundings.ts';

/** `params` are the pipeline's own, `stages` those of its stages: `{ stages: { fit: { tol: 0.01 } } }`. */
export interface RunPipelineOptions extends Given {
  /** Root of the seeds of all stages, default 0. */
  readonly seed?: number;
  /** As `--adapter` of the command line, default PIPELINE_ADAPTER or the best one. */
  readonly adapter?: string;
  /** True: use and keep cached results, as the command line does. Default false: every stage runs. */
  readonly cache?: boolean;
  /** Use only cached and installed files. */
  readonly offline?: boolean;
  readonly signal?: AbortSignal;
  /** Called with each event, in order. */
  readonly emit?: Emit;
}

/**
 * Runs a pipeline to its end. The device is opened when a stage asks for it, and closed before this returns. Never throws:
 * a failure is `status: 'failed'` with the `error` as thrown.
 *
 * @returns `outputs`: what each stage reported, by its path, as under `outputs` of `--json`; `stages`: which ran, in order
 * @example
 * const { status, outputs } = await runPipeline(pipeline, { params: { positive: 3 } });
 * expect(outputs['score']).toMatchObject({ testAccuracy: 1 });
 */
export async function runPipeline(pipeline: Pipeline, options: RunPipelineOptions = {}): Promise<RunResult> {
  const { adapter, cache = false, offline, signal = new AbortController().signal, emit = () => {}, seed } = options;
  let made: Pipeline;
  try {
    made = configured(pipeline, options);
  } catch (error) {
    return refusedRun(error, emit);
  }
  const store = cache ? nodeCacheStore() : undefined;
  const result = await run(made, {
    files: nodeFileStore({ offline }),
    openCompute: () => openNodeCompute({ adapter, quiet: true }),
    emit,
    signal,
    seed,
    around: nodeSurroundings(),
    keeping: store && { store, code: nodeCodeDigests() },
  });
  await store?.trim();
  return result;
}
