// Runs a pipeline in a page: the engine with the browser's files and device.
import type { Emit } from '../../core/events.ts';
import type { FileStore } from '../../core/files.ts';
import type { Pipeline } from '../../dsl/pipeline.ts';
import type { Keeping } from '../engine.ts';
import { run, type RunResult } from '../run.ts';
import { openBrowserCompute } from './compute.ts';
import { browserFileStore } from './fileStore.ts';

export interface RunPipelineOptions {
  /** Called with every event of the run, as `--json` prints them. */
  readonly onEvent?: Emit | undefined;
  /** Aborted: the run ends with E_CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Where datasets come from. Default: the web sources of each dataset, where their hosts allow it. */
  readonly files?: FileStore | undefined;
  /** Where results are kept and found, for example {@link keepInMemory}. Default: nothing is kept. */
  readonly keeping?: Keeping | undefined;
}

/** Runs `pipeline` on the browser's device. Never rejects: a failure is in the result, as `error`. */
export function runPipeline(pipeline: Pipeline, options: RunPipelineOptions = {}): Promise<RunResult> {
  const { onEvent = () => {}, signal = new AbortController().signal, files = browserFileStore(), keeping } = options;
  return run(pipeline, { files, openCompute: openBrowserCompute, emit: onEvent, signal, keeping });
}
