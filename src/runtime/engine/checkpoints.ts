// Checkpoints of one running stage: written behind the work, at most about every second and never so often that saving
// takes a noticeable share of the time. Whatever goes wrong with them costs a later run time and this one nothing.
import { canonicalJson, sha256 } from '../../core/encoding/digest.ts';
import { pack, unpack } from '../../core/encoding/packing.ts';
import type { Checkpoint, Checkpoints } from '../../dsl/stage/context.ts';
import type { CacheStore } from '../keys/cache.ts';

const INTERVAL_MS = 1000;
/** Work goes on this many times longer than a save took before the next one. */
const REST = 40;
/** How long a run that was asked to stop waits for the stage's last checkpoint. */
const LAST_MS = 1000;

export interface CheckpointOptions {
  readonly store: CacheStore;
  /** Everything that must be the same for a checkpoint to be of use, once the stage has what it computes on. */
  readonly identity: () => unknown;
  readonly signal: AbortSignal;
  /** Default a second, or longer where saving takes long. */
  readonly intervalMs?: number | undefined;
}

export class StageCheckpoints implements Checkpoints {
  readonly #options: CheckpointOptions;
  /** Pieces begun in this try, by the part that they belong to. */
  readonly #begun = new Map<string, number>();
  #pieces = 0;
  /** What pieces of all tries are kept under, by part. */
  readonly #pieceKeys = new Map<string, Set<string>>();
  /** Results of finished pieces that are not written yet, and one piece's state. */
  readonly #unwritten = new Map<string, unknown>();
  #finished = 0;
  #writing: Promise<void> = Promise.resolve();
  #dueAt: number;
  /** When work last stopped to save. */
  #askedAt = 0;
  #closed = false;
  #onSaved: () => void = () => {};

  constructor(options: CheckpointOptions) {
    this.#options = options;
    this.#dueAt = performance.now() + (options.intervalMs ?? INTERVAL_MS);
  }

  rewind(): void {
    this.#begun.clear();
    this.#pieces = 0;
    this.#finished = 0;
  }

  next(part = ''): Checkpoint {
    const nth = this.#begun.get(part) ?? 0;
    this.#begun.set(part, nth + 1);
    this.#pieces++;
    const piece = `${part}/${nth}`;
    this.#pieceKeys.set(part, (this.#pieceKeys.get(part) ?? new Set()).add(piece));
    return {
      load: async () => {
        const bytes = await this.#options.store.load(await this.#name(piece)).catch(() => undefined);
        return bytes && unpack(bytes).catch(() => undefined);
      },
      due: () => this.#due(),
      save: (state) => {
        this.#unwritten.set(piece, state);
        this.#write();
      },
      finish: (result) => {
        this.#finished++;
        this.#unwritten.set(piece, result);
        if (this.#due()) this.#write();
      },
    };
  }

  /** The stage has its result: nothing is needed any more. */
  async clear(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    for (const part of this.#pieceKeys.keys()) await this.#remove(part);
  }

  /** What the pieces of a part gave is kept elsewhere. */
  drop(part: string): Promise<void> {
    for (const piece of this.#pieceKeys.get(part) ?? []) this.#unwritten.delete(piece);
    return (this.#writing = this.#writing.then(() => this.#remove(part)));
  }

  async #remove(part: string): Promise<void> {
    for (const piece of this.#pieceKeys.get(part) ?? []) await this.#options.store.remove(await this.#name(piece)).catch(() => {});
    this.#pieceKeys.delete(part);
  }

  /** The stage failed. If it was asked to stop in the middle of a piece, its last state is waited for, not for long. */
  async close(): Promise<void> {
    if (this.#options.signal.aborted && this.#pieces > this.#finished && !this.#closed) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const saved = new Promise<void>((resolve) => (this.#onSaved = resolve));
      await Promise.race([saved, new Promise((resolve) => (timer = setTimeout(resolve, LAST_MS)))]);
      clearTimeout(timer);
    }
    await this.#writing;
    this.#closed = true;
  }

  #due(): boolean {
    if (this.#closed) return false;
    const now = performance.now();
    if (now < this.#dueAt && !this.#options.signal.aborted) return false;
    this.#askedAt = now;
    return true;
  }

  #write(): void {
    const values = [...this.#unwritten];
    this.#unwritten.clear();
    const started = this.#askedAt;
    this.#dueAt = Infinity; // until this is written
    const write = async (): Promise<void> => {
      if (this.#closed) return;
      for (const [piece, value] of values) await this.#options.store.save(await this.#name(piece), await pack(value));
      const now = performance.now();
      // Whoever sets the interval gets it.
      this.#dueAt = now + (this.#options.intervalMs ?? Math.max(INTERVAL_MS, REST * (now - started)));
    };
    // A store that fails once will fail again: no more is tried.
    this.#writing = this.#writing.then(write).catch(() => void (this.#closed = true));
    this.#onSaved();
  }

  #name(piece: string): Promise<string> {
    return sha256(canonicalJson([this.#options.identity(), piece]));
  }
}
