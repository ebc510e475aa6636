// A pipeline run from a program in Node, for tests and scripts. What runs it is loaded by the first run: a program that only asks a
// saved model does without.
import type { Emit } from '../../core/events.ts';
import type { Shards } from '../../core/shards/shards.ts';
import type { Pipeline } from '../../dsl/graph/pipeline.ts';
import type { CommonOptions, PipelineResult } from '../runPipeline.ts';

export interface RunPipelineOptions<K extends string = string> extends CommonOptions<K> {
  /** As `--adapter` of the command line, default PIPELINE_ADAPTER or the best one. */
  readonly adapter?: string | undefined;
  /** True: use and keep cached results, as the command line does. Default false: every stage runs. */
  readonly cache?: boolean | undefined;
  /** Use only cached and installed files. */
  readonly offline?: boolean | undefined;
  /** Spreads the rows of fits over workers, as `shardDriver` makes it. Default: they stay here. */
  readonly shards?: Shards | undefined;
}

/**
 * Runs a pipeline to its end. The device is opened when a stage asks for it, and closed before this returns. Never throws:
 * a failure is `status: 'failed'` with the `error` as thrown.
 *
 * @returns `outputs`: what each stage reported, by its path, as under `outputs` of `--json`; `stages`: which ran, in order;
 *   `values`: those of the final state that were asked for
 * @example
 * const result = await runPipeline(detector, { stages: { fit: { tol: 0.1 } }, values: ['model'] });
 * expect(result.outputs['fit']).toMatchObject({ status: 'converged' });
 * if (result.status === 'ok') await saveModel('detector.safetensors', result.values.model);
 */
export async function runPipeline<Out, K extends string & keyof Out = never>(
  pipeline: Pipeline<Out>,
  options: RunPipelineOptions<K> = {},
): Promise<PipelineResult<Pick<Out, K>>> {
  const { adapter, cache = false, offline, shards } = options;
  const [
    { runConfigured },
    { nodeCacheStore },
    { nodeCodeDigests },
    { adapterOf },
    { nodeFileStore },
    { openNodeCompute },
    { runSpans },
    { nodeSurroundings },
    { nodeThreads },
  ] = await Promise.all([
    import('../runPipeline.ts'),
    import('./cache/cacheStore.ts'),
    import('./code/codeDigests.ts'),
    import('./device/rememberedAdapter.ts'),
    import('./files/fileStore.ts'),
    import('./runtime.ts'),
    import('./spans.ts'),
    import('./surroundings.ts'),
    import('./threads.ts'),
  ]);
  const store = cache ? nodeCacheStore() : undefined;
  const spans = await runSpans();
  const { onEvent } = options;
  const onEach: Emit = (event) => {
    spans?.(event);
    onEvent?.(event);
  };
  const result = await runConfigured(pipeline, spans ? { ...options, onEvent: onEach } : options, ['adapter', 'cache', 'offline', 'shards'], {
    files: nodeFileStore({ offline }),
    threads: nodeThreads,
    shards,
    openCompute: () => openNodeCompute({ adapter, quiet: true }),
    adapter: adapterOf({ adapter, quiet: true }),
    around: nodeSurroundings(),
    cache: store && { store, code: nodeCodeDigests() },
  });
  await (store ?? nodeCacheStore()).trim(); // rows of large tables go there too
  return result;
}
