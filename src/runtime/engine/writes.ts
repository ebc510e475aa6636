// Writes of the cache go on behind the stages. One that fails costs a later run time and this one nothing.
import { isPipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { Emit } from '../../core/events.ts';

export class Writes {
  readonly #emit: Emit;
  readonly #pending = new Set<Promise<void>>();
  /** Why nothing more is written, once a write failed: the next one would fail too, and one note is enough. */
  unable: string | undefined;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /**
   * @param stage whose result it is
   * @returns over with the write, whether it failed or not
   */
  add(stage: string, work: Promise<void>): Promise<void> {
    const write: Promise<void> = work.catch((error: unknown) => this.#failed(stage, error)).finally(() => this.#pending.delete(write));
    this.#pending.add(write);
    return write;
  }

  /** Waits for all that was begun so far. */
  async done(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** Full or read-only. */
  #failed(stage: string, error: unknown): void {
    if (this.unable !== undefined) return;
    this.unable = 'the cache cannot be written to';
    const message = `The cache could not be written to, so the next run computes again: ${reasonOf(error)}`;
    const hint = (isPipelineError(error) && error.hint) || 'Set PIPELINE_CACHE to a folder that you can write to, or free some space.';
    this.#emit({ type: 'warning', stage, code: 'W_CACHE_UNUSABLE', message, hint });
  }
}
