// A pipeline run from a program, in Node and in a page alike: what the command line does, with values instead of a report.
import { PipelineError } from '../core/errors/errors.ts';
import { didYouMean } from '../core/errors/didYouMean.ts';
import type { Emit } from '../core/events.ts';
import { openRunView } from '../core/notebook.ts';
import type { Pipeline } from '../dsl/graph/pipeline.ts';
import { callerPlace } from '../dsl/place.ts';
import { configured, type Given } from '../dsl/graph/reconfigure.ts';
import { refusedRun, run, type RunOptions, type RunResult } from './run.ts';
import type { Selection } from './engine/selection.ts';

/**
 * `params` are the pipeline's own, `stages` those of its stages: `{ stages: { fit: { tol: 0.01 } } }`.
 *
 * @typeParam K keys of the final state
 */
export interface CommonOptions<K extends string = string> extends Given {
  /** Root of the seeds of all stages, default 0. */
  readonly seed?: number | undefined;
  /** Which part of the graph, as `--from`, `--to`, `--only` and `--force` of the command line. */
  readonly selection?: Selection | undefined;
  /** Aborted: the run ends with E_CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each event, in order, as `--json` prints them. */
  readonly onEvent?: Emit | undefined;
  /** Values of the final state to return, such as `['model']`. */
  readonly values?: readonly K[] | undefined;
}

/** What became of a run, and the values that were asked for. Of a run that failed there are none. */
export type PipelineResult<V> = Omit<RunResult, 'status' | 'values'> &
  ({ readonly status: 'ok'; readonly values: V } | { readonly status: 'failed'; readonly values: Partial<V> });

const COMMON = ['params', 'stages', 'seed', 'selection', 'signal', 'onEvent', 'values'] satisfies (keyof CommonOptions)[];

/**
 * Never rejects: a failure is in the result, as `error`.
 *
 * @param more options that the platform has beside the common ones
 */
export async function runConfigured<Out, K extends string & keyof Out>(
  pipeline: Pipeline<Out>,
  options: CommonOptions<K>,
  more: readonly string[],
  platform: Pick<RunOptions, 'files' | 'threads' | 'shards' | 'openCompute' | 'adapter' | 'around' | 'cache'>,
): Promise<PipelineResult<Pick<Out, K>>> {
  const { seed, selection, signal = new AbortController().signal, onEvent = () => {}, values } = options;
  const view = await openRunView();
  const emit: Emit = (event) => {
    view?.see(event);
    onEvent(event);
  };
  const begun = async (): Promise<RunResult> => {
    let made: Pipeline;
    try {
      checkOptions(options, [...COMMON, ...more]);
      made = configured(pipeline, options);
    } catch (error) {
      return refusedRun(error, emit);
    }
    return run(made, { ...platform, emit, signal, seed, selection, values });
  };
  const result = (await begun()) as PipelineResult<Pick<Out, K>>;
  return view ? view.close(result) : result;
}

/** Programs may be JavaScript. @throws E_USAGE for an option that nothing would look at */
function checkOptions(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new PipelineError('E_USAGE', `runPipeline has no option '${unknown}'.`, { at: callerPlace(), hint: didYouMean(unknown, known, 'Its options') });
}
