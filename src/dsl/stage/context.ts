// What a stage may use while it runs. The context travels inside the state record under a symbol key, so that it follows
// a plain `source$.pipe(...)` and a user's `{ ...state }` alike, and never shows up in JSON.
import type { Compute } from '../../core/compute.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Emit, JsonRecord } from '../../core/events.ts';
import type { Disk, FileStore } from '../../core/files.ts';
import type { WorkDone } from '../../core/progress.ts';
import type { Shards } from '../../core/shards/shards.ts';
import type { Threads } from '../../core/threads.ts';

/** What one run shares between its stages. */
export interface RunContext {
  readonly files: FileStore;
  /** Absent where there is none, as in a browser. */
  readonly disk?: Disk | undefined;
  readonly threads?: Threads | undefined;
  /** Where rows of a fit are to be spread over; absent: they stay here. */
  readonly shards?: Shards | undefined;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Root of the seeds of all stages. */
  readonly seed: number;
  /** The device; opened on first use. */
  compute(): Promise<Compute>;
}

/** Where a stage that takes long leaves what it needs to go on after a crash. */
export interface Checkpoints {
  /**
   * The checkpoint of the stage's next piece of work, for example of one training. A stage does its pieces in the same order
   * whenever it runs, so that each finds its own again.
   *
   * @param part names the work that the piece belongs to, where what the stage does before it differs from run to run: pieces
   *   are counted within their part
   */
  next(part?: string): Checkpoint;
  /** The stage is tried again from its first piece. */
  rewind(): void;
}

/** Of one piece of work. Values are plain data and typed arrays, which nobody writes to afterwards. */
export interface Checkpoint {
  /** What was kept for the same piece of the same stage, inputs, code and adapter; undefined where nothing usable was. */
  load(): Promise<unknown>;
  /** Whether it is time to save: about once a second, less often where saving takes long, and when the run is asked to stop. */
  due(): boolean;
  /** Replaces what was kept, behind the work. Call it when {@link due}. */
  save(state: unknown): void;
  /** The piece is done; `result` is kept when it is next time to save. */
  finish(result: unknown): void;
}

/**
 * Results of single pieces of a stage's work, each under a key of its own. The key says all that the stage's parameters and its seed
 * decide of a piece; the engine adds what the stage reads and the code that it runs. So a stage with other parameters finds what it
 * has in common with the one before.
 */
export interface Kept {
  /** What was kept under the key, for the same inputs, code and adapter; undefined where nothing usable was. */
  load(key: string): Promise<unknown>;
  /**
   * Keeps what one part of the work gave, each result under its key, in place of the part's checkpoints. What has no encoding as
   * data is left out. Resolves once nobody reads the results any more; writing goes on behind the work.
   */
  save(part: string, results: ReadonlyMap<string, unknown>): Promise<void>;
  /**
   * Which of the pieces that nobody has made yet are to be made here; what it leaves out is made elsewhere, and kept by the time that
   * this resolves, or this is one of several that each make a share. Absent: all are made here.
   */
  share?(keys: readonly string[]): Promise<readonly string[]>;
  /** Whether a piece was made elsewhere for this very run: then it is no find. */
  isOfThisRun?(key: string): boolean;
}

/**
 * Tells how far the stage's work has come: `done` of `total` pieces; `unit` says what they are, in the plural. Call it as often as you like.
 * Where work stops early, the last call has its `done` for its `total`.
 *
 * @param total null where nobody knows
 * @param within how far the next piece is, the outermost level first
 */
export type Progress = (done: number, total: number | null, unit: string, within?: readonly WorkDone[]) => void;

/** A run's context as one stage sees it. */
export interface StageContext extends Omit<RunContext, 'seed'> {
  /** The stage's path, unique in its pipeline. */
  readonly stage: string;
  /** The stage's own seed. @throws E_STAGE in a stage that is not declared `seeded` */
  seed(): number;
  /** Absent where nobody listens. */
  readonly progress?: Progress | undefined;
  /** What the stage's `collectRequests` found that later stages ask for. */
  readonly requested?: JsonRecord | undefined;
  /** Path of the stage that made what this one reads as `key`; absent in a plain pipe. */
  readonly madeBy?: ((key: string) => string | undefined) | undefined;
  /** Absent where nothing is kept: in a plain pipe, or with the cache off. */
  readonly checkpoints?: Checkpoints | undefined;
  /** Absent where {@link checkpoints} are. */
  readonly kept?: Kept | undefined;
}

export const runContext: unique symbol = Symbol.for('pipeline-gpu.runContext');

/** What enters a pipeline: nothing but the run it belongs to. */
export interface Start {
  readonly [runContext]?: RunContext | undefined;
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

/**
 * @throws E_CANCELLED once the run was asked to stop.
 * @example
 * for (const row of train.rows) {
 *   throwIfCancelled(context.signal);
 *   console.log(row);
 * }
 */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled(signal);
}

/** What is to be told when a signal aborts; listening to one anew for each stage takes longer than a small stage. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

function waitingFor(signal: AbortSignal): Set<() => void> {
  const known = waiting.get(signal);
  if (known) return known;
  const calls = new Set<() => void>();
  waiting.set(signal, calls);
  signal.addEventListener('abort', () => calls.forEach((call) => call()));
  return calls;
}

/** `work`, or E_CANCELLED as soon as the run is asked to stop: a stage that never answers cannot hold a run. */
export function untilCancelled<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    throwIfCancelled(signal);
    const calls = waitingFor(signal);
    const cancel = (): void => reject(cancelled(signal));
    calls.add(cancel);
    const settled = (end: () => void): void => {
      calls.delete(cancel);
      end();
    };
    work.then(
      (value) => settled(() => resolve(value)),
      (error: unknown) => settled(() => reject(error)),
    );
  });
}

function cancelled(signal: AbortSignal): PipelineError {
  return signal.reason instanceof PipelineError ? signal.reason : new PipelineError('E_CANCELLED', 'The run was cancelled.');
}
