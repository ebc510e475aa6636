// Runs a pipeline in a page: the engine with the browser's files and device.
import type { FileStore } from '../../core/files.ts';
import type { Pipeline } from '../../dsl/graph/pipeline.ts';
import type { ResultCache } from '../engine/options.ts';
import { runConfigured, type CommonOptions, type PipelineResult } from '../runPipeline.ts';
import { browserAdapter, openBrowserCompute } from './compute.ts';
import { browserFileStore } from './fileStore.ts';

export interface RunPipelineOptions<K extends string = string> extends CommonOptions<K> {
  /** Where datasets come from. Default: the web sources of each dataset, where their hosts allow it. */
  readonly files?: FileStore | undefined;
  /** Where results are kept and found, for example {@link memoryCache}. Default: nothing is kept. */
  readonly cache?: ResultCache | undefined;
  /** Where linear models are searched for. Default `host`; with `device`, a page waits for the GPU once for several iterations. */
  readonly solver?: 'host' | 'device' | undefined;
}

/**
 * Runs `pipeline` on the browser's device. Never rejects: a failure is in the result, as `error`.
 *
 * @example
 * const { status, outputs, error } = await runPipeline(detector, { files: browserFileStore({ base: '/datasets/' }), onEvent: console.log });
 */
export async function runPipeline<Out, K extends string & keyof Out = never>(
  pipeline: Pipeline<Out>,
  options: RunPipelineOptions<K> = {},
): Promise<PipelineResult<Pick<Out, K>>> {
  const { files = browserFileStore(), cache, solver } = options;
  return runConfigured(pipeline, options, ['files', 'cache', 'solver'], {
    files,
    openCompute: () => openBrowserCompute(solver),
    adapter: () => browserAdapter(solver),
    cache,
  });
}
