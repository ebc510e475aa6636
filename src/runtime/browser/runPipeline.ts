// Runs a pipeline in a page: the engine with the browser's files and device.
import type { Emit } from '../../core/events.ts';
import type { FileStore } from '../../core/files.ts';
import type { Pipeline } from '../../dsl/pipeline.ts';
import { configured, type Given } from '../../dsl/reconfigure.ts';
import type { Keeping } from '../engine.ts';
import { refusedRun, run, type RunResult } from '../run.ts';
import { openBrowserCompute } from './compute.ts';
import { browserFileStore } from './fileStore.ts';

/** `params` are the pipeline's own, `stages` those of its stages: `{ stages: { fit: { tol: 0.01 } } }`. */
export interface RunPipelineOptions extends Given {
  /** Root of the seeds of all stages, default 0. */
  readonly seed?: number | undefined;
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
export async function runPipeline(pipeline: Pipeline, options: RunPipelineOptions = {}): Promise<RunResult> {
  const { onEvent = () => {}, signal = new AbortController().signal, files = browserFileStore(), keeping, seed } = options;
  let made: Pipeline;
  try {
    made = configured(pipeline, options);
  } catch (error) {
    return refusedRun(error, onEvent);
  }
  return run(made, { files, openCompute: openBrowserCompute, emit: onEvent, signal, keeping, seed });
}
