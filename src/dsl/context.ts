// What a stage may use while it runs. The context travels inside the state record under a symbol key, so that it follows
// a plain `source$.pipe(...)` and a user's `{ ...state }` alike, and never shows up in JSON.
import type { Compute } from '../core/compute.ts';
import { PipelineError } from '../core/errors.ts';
import type { Emit } from '../core/events.ts';
import type { FileStore } from '../core/files.ts';
import type { AnyStage } from './stage.ts';

/** What one run shares between its stages. */
export interface RunContext {
  readonly files: FileStore;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** The device; opened on first use. */
  compute(): Promise<Compute>;
}

/** A run's context as one stage sees it. */
export interface StageContext extends RunContext {
  /** The stage's id, unique in its pipeline. */
  readonly stage: string;
  /** The stages that stand behind this one: what they will need may be cheaper to compute now. */
  readonly later: readonly AnyStage[];
}

export const runContext: unique symbol = Symbol.for('pipeline-gpu.runContext');

/** What enters a pipeline: nothing but the run it belongs to. */
export interface Start {
  readonly [runContext]?: RunContext;
}

let standalone: (() => RunContext) | undefined;

/** The runtime registers here how to make a context for stages used in a plain rxjs pipe, outside any run. */
export function provideStandaloneContext(make: () => RunContext): void {
  standalone = make;
}

export function contextOf(state: unknown): RunContext {
  const found = (state as Start | undefined)?.[runContext];
  if (found) return found;
  if (!standalone) {
    throw new PipelineError('E_USAGE', 'A stage ran outside a pipeline and no runtime is loaded.', {
      hint: "Import the stages from 'pipeline-gpu', or run them with `pipeline run`.",
    });
  }
  return standalone();
}

/** @throws E_CANCELLED once the run was asked to stop. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}

/** `work`, or E_CANCELLED as soon as the run is asked to stop: a stage that never answers cannot hold a run. */
export async function untilCancelled<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  throwIfCancelled(signal);
  let onAbort!: () => void;
  const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', (onAbort = () => reject(cancelled()))));
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function cancelled(): PipelineError {
  return new PipelineError('E_CANCELLED', 'The run was cancelled.');
}
