// Shards of one fit, from where its driver stands: which worker has which, what they are asked and what they owe.
import type { Duplex } from 'node:stream';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { Message, Spread } from '../../../core/shards/shards.ts';
import { throwIfCancelled } from '../../../dsl/stage/context.ts';
import { errorIn, send, type Frame } from './frames.ts';

export interface Worker {
  readonly socket: Duplex;
  /** What it holds of those that are leased, and what it is called. */
  readonly seat?: string;
  readonly name?: string;
}

interface Question {
  readonly round: number;
  readonly of: (shard: number) => Message;
}

interface Open extends Question {
  readonly answers: (Message | undefined)[];
  left: number;
  readonly resolve: (answers: readonly Message[]) => void;
  readonly reject: (error: unknown) => void;
}

interface FitOptions {
  readonly patienceMs: number;
  readonly signal: AbortSignal | undefined;
  /** Why nobody has a shard. */
  readonly alone: () => PipelineError;
  readonly ended: () => void;
}

/** Workers that one shard may take with it: after that it is the shard. */
const MOST_LOST = 5;
/** For workers that owe answers, in the time that they are given. */
const LOOKS = 8;

export class Fit implements Spread {
  readonly #number: number;
  readonly #setUps: readonly Message[];
  readonly #workers: ReadonlySet<Worker>;
  readonly #options: FitOptions;
  /** By shard. */
  readonly #owners: (Worker | undefined)[];
  readonly #losses: number[];
  /** When a shard's worker was asked or last said something, or since when nobody has it. */
  readonly #since: number[];
  /** What changed the shards since they were made. */
  #changes: Question[] = [];
  #round = 0;
  #open: Open | undefined;
  #failure: unknown;

  constructor(number: number, setUps: readonly Message[], workers: ReadonlySet<Worker>, options: FitOptions) {
    this.#number = number;
    this.#setUps = setUps;
    this.#workers = workers;
    this.#options = options;
    this.#owners = setUps.map(() => undefined);
    this.#losses = setUps.map(() => 0);
    this.#since = setUps.map(() => performance.now());
    this.place();
  }

  async ask(of: (shard: number) => Message, { changes = false, answered = true }: Parameters<Spread['ask']>[1] = {}): Promise<readonly Message[]> {
    if (this.#failure !== undefined) throw this.#failure;
    const { signal, patienceMs } = this.#options;
    if (signal) throwIfCancelled(signal);
    const question = { round: ++this.#round, of };
    if (changes) this.#changes.push(question);
    if (!answered) {
      this.#owners.forEach((owner, shard) => owner && this.#send(owner, shard, question));
      return [];
    }
    let timer: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      try {
        throwIfCancelled(signal!);
      } catch (error) {
        this.fail(error);
      }
    };
    signal?.addEventListener('abort', cancel);
    try {
      return await new Promise((resolve, reject) => {
        this.#open = { ...question, answers: this.#setUps.map(() => undefined), left: this.#setUps.length, resolve, reject };
        this.#owners.forEach((owner, shard) => owner && this.#send(owner, shard, question));
        this.#since.fill(performance.now());
        timer = setInterval(() => this.#giveUp(), patienceMs / LOOKS);
      });
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', cancel);
      this.#open = undefined;
    }
  }

  standAt(of: (shard: number) => Message): void {
    this.#changes = [{ round: this.#round, of }];
  }

  close(): void {
    for (const worker of new Set(this.#owners)) if (worker) this.#sendAs('close', worker, 0, 0, NOTHING);
    this.#options.ended();
  }

  /** Gives each shard that nobody has to the worker with the fewest, and to who has come since some of those that others have. */
  place(): void {
    const had = (worker: Worker): number => this.#owners.filter((one) => one === worker).length;
    for (;;) {
      const byLoad = [...this.#workers].toSorted((a, b) => had(a) - had(b));
      const [least, most] = [byLoad[0], byLoad.at(-1)];
      if (!least) return;
      let shard = this.#owners.indexOf(undefined);
      if (shard < 0) {
        if (had(most!) - had(least) < 2) return;
        shard = this.#owners.lastIndexOf(most);
        this.#sendAs('drop', most!, 0, shard, NOTHING);
      }
      this.#give(shard, least);
    }
  }

  #give(shard: number, worker: Worker): void {
    this.#owners[shard] = worker;
    this.#since[shard] = performance.now();
    this.#sendAs('open', worker, 0, shard, this.#setUps[shard]!);
    for (const change of this.#changes) this.#send(worker, shard, change);
    const open = this.#open;
    if (open && !open.answers[shard] && !this.#changes.some(({ round }) => round === open.round)) this.#send(worker, shard, open);
  }

  lost(worker: Worker): void {
    for (const [shard, owner] of this.#owners.entries()) {
      if (owner !== worker) continue;
      this.#owners[shard] = undefined;
      this.#since[shard] = performance.now();
      if (++this.#losses[shard]! >= MOST_LOST) {
        this.fail(
          new PipelineError('E_DEVICE', `Shard ${shard} of a fit was lost with ${MOST_LOST} workers, one after the other.`, {
            hint: 'Look at what they say last: they may have too little memory for it. More shards are smaller.',
          }),
        );
      }
    }
    this.place();
  }

  take(worker: Worker, { kind, round, shard, message }: Frame): void {
    if (this.#owners[shard] !== worker) return;
    this.#owners.forEach((owner, own) => owner === worker && (this.#since[own] = performance.now()));
    if (kind === 'failed') return this.fail(errorIn(message));
    const open = this.#open;
    if (kind !== 'answer' || !open || open.round !== round || open.answers[shard]) return;
    open.answers[shard] = message;
    if (--open.left === 0) open.resolve(open.answers as readonly Message[]);
  }

  /** Takes workers for lost that owe an answer and say nothing. */
  #giveUp(): void {
    const open = this.#open;
    if (!open) return;
    const { patienceMs, alone } = this.#options;
    const silent = this.#owners.filter((_, shard) => !open.answers[shard] && performance.now() - this.#since[shard]! >= patienceMs);
    if (silent.includes(undefined)) return this.fail(alone());
    for (const worker of new Set(silent)) worker?.socket.destroy();
  }

  /** Whatever is asked now or later fails with this. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#open?.reject(this.#failure);
  }

  #send(worker: Worker, shard: number, { round, of }: Question): void {
    this.#sendAs(this.#open?.round === round ? 'ask' : 'tell', worker, round, shard, of(shard));
  }

  #sendAs(kind: Frame['kind'], { socket }: Worker, round: number, shard: number, message: Message): void {
    if (socket.destroyed) return;
    try {
      send(socket, { kind, fit: this.#number, round, shard, message });
    } catch (error) {
      this.fail(error); // a message that is too long for a frame
    }
  }
}

const NOTHING: Message = { json: {}, arrays: [] };
