// Writes of the cache, which go on behind the stages. One that fails costs a later run time, and this one a note.
import { reasonOf } from '../../core/errors/errors.ts';
import type { Emit } from '../../core/events.ts';

export class Writes {
  readonly #emit: Emit;
  readonly #going = new Set<Promise<void>>();
  /** Why nothing more is written; absent as long as writing works. */
  unwritable: string | undefined;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** @param stage whose result it is */
  behind(stage: string, work: Promise<void>): Promise<void> {
    const write: Promise<void> = work.catch((error: unknown) => this.#failed(stage, error)).finally(() => this.#going.delete(write));
    this.#going.add(write);
    return write;
  }

  /** All that were begun until now. */
  async settled(): Promise<void> {
    await Promise.all(this.#going);
  }

  /** Full or read-only: the next write would fail too, and one note is enough. */
  #failed(stage: string, error: unknown): void {
    if (this.unwritable !== undefined) return;
    this.unwritable = 'the cache cannot be written to';
    const message = `The cache could not be written to, so the next run computes again: ${reasonOf(error)}`;
    const hint = 'Set PIPELINE_CACHE to a folder that you can write to, or free some space.';
    this.#emit({ type: 'warning', stage, code: 'W_CACHE_UNUSABLE', message, hint });
  }
}
