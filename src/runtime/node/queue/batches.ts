// Stages that are done as quickly as they are handed out go several in one job. Whether they are is known from the first of their kind
// that came back, so not all of them are handed out at once. A worker does what it can of such a job in a short while: what is left, and all
// of a job that failed, is handed out again, a job each.
import { PipelineError } from '../../../core/errors/errors.ts';
import type { ElsewhereJob } from '../../schedule/elsewhere.ts';
import type { JobWork, Receipt } from './messages.ts';

/** Jobs of a kind that are with workers, at first. */
const FIRST = 64;
/** After so long it may be twice as many, if others wait. */
const HOLD_MS = 1000;
/** Of one job. */
const JOB_MS = 100;
const MOST_STAGES = 64;
/** The quickest of late counts, since the first at a worker take longer; many slow ones count by and by. */
const FORGETS = 1.1;

/** Has a job done. @returns of each of its stages that was done, in their order; undefined where the job was lost */
type Send = (works: readonly JobWork[], job: ElsewhereJob) => Promise<readonly Receipt[] | undefined>;

interface Item {
  readonly work: JobWork;
  readonly job: ElsewhereJob;
  readonly resolve: (receipt: Receipt | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Stages with the same id. */
interface Kind {
  held: Item[];
  /** Jobs that are with workers, and that may be. */
  away: number;
  most: number;
  /** What one takes. */
  ms: number;
  timer?: NodeJS.Timeout;
  soon?: NodeJS.Immediate;
}

export class Batches {
  readonly #send: Send;
  readonly #kinds = new Map<string, Kind>();
  readonly #signals = new WeakSet<AbortSignal>();

  constructor(send: Send) {
    this.#send = send;
  }

  /** @returns undefined where the job was lost; throws what it threw */
  add(work: JobWork, job: ElsewhereJob): Promise<Receipt | undefined> {
    const { id } = job.node.stage.spec;
    const kind = this.#kinds.get(id) ?? { held: [], away: 0, most: FIRST, ms: Infinity };
    this.#kinds.set(id, kind);
    this.#hear(job.signal);
    return new Promise((resolve, reject) => {
      kind.held.push({ work, job, resolve, reject });
      this.#soon(kind);
    });
  }

  /** Those that became ready together go together. */
  #soon(kind: Kind): void {
    kind.soon ??= setImmediate(() => {
      delete kind.soon;
      while (kind.held.length > 0 && kind.away < kind.most) void this.#hand(kind, kind.held.splice(0, sizeOf(kind)));
      if (kind.held.length > 0) kind.timer ??= setTimeout(() => this.#widen(kind), HOLD_MS).unref();
    });
  }

  /** There may be more workers. */
  #widen(kind: Kind): void {
    delete kind.timer;
    kind.most *= 2;
    this.#soon(kind);
  }

  async #hand(kind: Kind, items: readonly Item[]): Promise<void> {
    const [{ job, reject }] = items as [Item];
    kind.away++;
    let receipts: readonly Receipt[] | undefined;
    try {
      receipts = await this.#send(
        items.map(({ work }) => work),
        job,
      );
    } catch (error) {
      if (items.length === 1) return reject(error);
      if (job.signal.aborted) return items.forEach((item) => item.reject(error));
    } finally {
      kind.away--;
    }
    for (const [i, item] of items.entries()) {
      const receipt = receipts?.[i];
      // One whose models others are to train has not been seen at work.
      if (receipt && !receipt.divide) kind.ms = Math.min(receipt.ms, FORGETS * kind.ms);
      if (receipt || items.length === 1) item.resolve(receipt);
      else void this.#hand(kind, [item]);
    }
    this.#soon(kind);
  }

  #hear(signal: AbortSignal): void {
    if (this.#signals.has(signal)) return;
    this.#signals.add(signal);
    const cancel = (): void => {
      for (const kind of this.#kinds.values()) {
        clearTimeout(kind.timer);
        for (const { reject } of kind.held.splice(0)) reject(new PipelineError('E_CANCELLED', 'The run was cancelled.'));
      }
    };
    signal.addEventListener('abort', cancel, { once: true });
  }
}

function sizeOf({ ms }: Kind): number {
  return Math.max(1, Math.min(MOST_STAGES, Math.floor(JOB_MS / ms)));
}
