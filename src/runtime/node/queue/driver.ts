// The side of a run: hands stages to the queue, tells of their progress, and waits for their results, however often workers or the
// server go away. Nothing here decides what a result is: that is its key.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FlowJob, FlowProducer, Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { notShared } from '../../engine/notShared.ts';
import { changesOf } from '../../keys/identity.ts';
import { PipelineError, reasonOf } from '../../../core/errors/errors.ts';
import type { AdapterSummary, Emit, RunEvent } from '../../../core/events.ts';
import { untilCancelled } from '../../../dsl/stage/context.ts';
import type { Elsewhere, ElsewhereDone, ElsewhereJob } from '../../schedule/elsewhere.ts';
import { laneOf } from '../../schedule/lanes.ts';
import { sha256Of } from '../files/sha256.ts';
import { Batches } from './batches.ts';
import { away, full, isFull, leave, PREFIX, saysFull, SILENT_MS, type Connected, type Trouble } from './server/connect.ts';
import { QueueLine } from './leases/queueLine.ts';
import { errorOf, signed, type Failure, type JobWork, type Lease, type Receipt } from './messages.ts';
import { chosenOf, whyNone, workersOf, type Announced } from './server/roster.ts';
import type { Packed } from './shipment.ts';

export interface DriverOptions extends Connected {
  readonly secret: string;
  /** See `ownCode`. */
  readonly code: string;
  readonly packed: Packed;
  /** What `--adapter` asks for. */
  readonly adapter: string;
}

/** A job is tried so often before its failure is the run's. */
const ATTEMPTS = 3;
/** Of jobs whose end nobody told, which happens while the server is away. */
const LOOK_MS = 2000;
const LOOKS = 64;
/** Without a worker for so long, the user is told. */
const PATIENCE_MS = 5000;
/** Without an answer of the server too. */
const ANSWER_MS = 3000;
/** A run that ends waits no longer for the server. */
const LEAVE_MS = 500;
/** Parts that a stage's models are divided into, whoever is there to train them: runs that are started again ask for the same jobs. */
const SHARES = 8;

interface Waiting {
  readonly stage: string;
  readonly emit: Emit;
  /** Undefined: it is not in the queue, and nobody said why. */
  readonly resolve: (receipts: readonly Receipt[] | undefined) => void;
  readonly reject: (error: unknown) => void;
  missed?: boolean;
}

/** By job, of each of its stages; undefined where the job was lost. */
type Ended = readonly (readonly Receipt[] | undefined)[];

interface Chosen {
  readonly about: Announced;
  readonly queue: Queue;
  readonly flows: FlowProducer;
  readonly events: QueueEvents;
  readonly listener: Redis;
}

export class QueueDriver implements Elsewhere {
  readonly #options: DriverOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #batches = new Batches((works, job) => this.#done([works], job));
  #choosing: Promise<Chosen> | undefined;
  #open: Chosen | undefined;
  #looking: ReturnType<typeof setTimeout> | undefined;
  #lonelySince: number | undefined = performance.now();
  #told = '';
  readonly #warned = new Set<string>();
  #closed = false;

  /** Who hears what concerns the whole run. */
  #emit: Emit = () => {};
  #onStalled: (id: string) => void = () => {};

  constructor(options: DriverOptions) {
    this.#options = options;
  }

  /** Says from now on who computes, and whether nobody does. */
  tell(emit: Emit): void {
    this.#emit = emit;
  }

  /** What reads and leaves files stays where they are, and so does what is as quickly done as said. */
  takes(node: ElsewhereJob['node']): boolean {
    const { inputs, outputs, retention = 'values' } = node.stage.spec;
    const lane = laneOf(node);
    if (Object.keys(inputs ?? {}).length > 0 || (outputs && outputs.length > 0) || retention === 'nothing') return false;
    return lane === 'device' || (lane === 'host' && retention === 'values');
  }

  async adapter(signal: AbortSignal): Promise<AdapterSummary> {
    return (await untilCancelled(this.#chosen(), signal)).about.adapter;
  }

  async compute(job: ElsewhereJob): Promise<ElsewhereDone> {
    const { node, key, from, anew, seed, signal } = job;
    await untilCancelled(this.#chosen(), signal);
    const work: JobWork = { code: this.#options.packed.digest, stage: node.path, key, seed, from, ...(anew ? { anew } : {}) };
    try {
      let divided: readonly string[] = [];
      /** How often models that were trained were not there. */
      let lost = 0;
      // What runs anew may not be done twice: it is on its own.
      let receipt = anew ? (await this.#done([[work]], job))?.[0] : await this.#batches.add(work, job);
      while (!receipt || receipt.divide) {
        const known = new Set(divided);
        if (receipt?.divide?.some((piece) => known.has(piece)) && ++lost >= ATTEMPTS) throw notShared(node.path, receipt.worker);
        const before = divided.length;
        divided = [...divided, ...(receipt?.divide ?? [])];
        const whole = { ...work, divided };
        const shares = sharesOf(divided.length - before).map(([from, to]) => [{ ...whole, share: [before + from, before + to] as const }]);
        receipt = (await this.#done([[whole], ...shares], job))?.[0];
      }
      return receipt;
    } catch (error) {
      throw this.#explained(error, job);
    }
  }

  /** Has a worker lend its device to fits of this run. @returns once it no longer does; throws why, where it could not */
  async lend(lease: Lease, signal: AbortSignal, emit: Emit): Promise<void> {
    const { queue } = await this.#chosen();
    const opts = { jobId: lease.seat, removeOnComplete: true, removeOnFail: true };
    await this.#ended([lease.seat], 'shards', emit, signal, () => queue.add('shards', signed([lease], this.#options.secret), opts));
  }

  /** Through the server, to whoever holds this seat. */
  lineTo(seat: string): QueueLine {
    return new QueueLine(this.#options.client, seat, this.#options.secret, 'run');
  }

  /** Those that might lend theirs; waits until there is one. */
  async workers(signal: AbortSignal): Promise<number> {
    const { queue } = await untilCancelled(this.#chosen(), signal);
    return (await workersOf(this.#options.client)).filter((one) => one.queue === queue.name).length;
  }

  /** Calls with the id of a job whose worker has said nothing of it for too long. */
  onStalled(call: (id: string) => void): void {
    this.#onStalled = call;
  }

  /** Adds a job, with those before it, and waits for all. @returns what the job gave back */
  async #done(jobs: readonly (readonly JobWork[])[], { node, signal, emit }: ElsewhereJob): Promise<readonly Receipt[] | undefined> {
    const { queue, flows } = await this.#chosen();
    const ids = jobs.map((works) =>
      sha256Of(JSON.stringify(works.map(({ key, anew, share, divided }) => [key, anew ?? false, share ? divided!.slice(...share) : 'all']))),
    );
    const [first, ...before] = jobs.map((works, i): FlowJob => ({
      name: works[0]!.stage,
      queueName: queue.name,
      prefix: PREFIX,
      data: signed(works, this.#options.secret),
      opts: {
        jobId: ids[i]!,
        // The stages of one that failed are tried one by one.
        attempts: works.length > 1 ? 1 : ATTEMPTS,
        backoff: { type: 'exponential', delay: 300, jitter: 0.5 },
        removeOnComplete: true,
        removeOnFail: true,
        ...(i > 0 ? { failParentOnFailure: true } : {}),
      },
    })) as [FlowJob, ...FlowJob[]];
    const add = (): Promise<unknown> =>
      before.length === 0 ? queue.add(first.name, first.data, first.opts as never) : flows.add({ ...first, children: before } as FlowJob);
    return (await this.#ended(ids, node.path, emit, signal, add))[0];
  }

  /** Adds jobs and waits for what they gave back. */
  async #ended(ids: readonly string[], stage: string, emit: Emit, signal: AbortSignal, add: () => Promise<unknown>): Promise<Ended> {
    const { queue } = await this.#chosen();
    const results = Promise.all(ids.map((id) => this.#wait(id, stage, emit)));
    results.catch(() => {});
    try {
      // Where there is no room it is waited for; the next look says so.
      while (!(await untilCancelled(this.#accepted(add()), signal))) await untilCancelled(sleep(LOOK_MS), signal);
      return await untilCancelled(results, signal);
    } catch (error) {
      // Those that nobody began are not needed any more.
      if (!this.#closed && this.#options.client.status === 'ready') await soon(ids.map((id) => queue.remove(id, { removeChildren: false })));
      throw error;
    } finally {
      for (const id of ids) this.#waiting.delete(id);
    }
  }

  async #accepted(adding: Promise<unknown>): Promise<boolean> {
    const { shown } = this.#options;
    try {
      await adding;
      return true;
    } catch (error) {
      if (saysFull(error)) return false;
      throw new PipelineError('E_QUEUE', `${shown} refuses jobs: ${reasonOf(error)}`, { cause: error });
    }
  }

  #wait(id: string, stage: string, emit: Emit): Promise<readonly Receipt[] | undefined> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { stage, emit, resolve, reject }));
  }

  #chosen(): Promise<Chosen> {
    return (this.#choosing ??= this.#choose());
  }

  /** Waits for a worker. */
  async #choose(): Promise<Chosen> {
    const { client, bullmq, code, adapter, shown } = this.#options;
    let about: Announced | undefined;
    while (!about) {
      const [isRefused, workers] = await this.#answered(Promise.all([isFull(client), workersOf(client)]));
      if (isRefused) throw new PipelineError('E_QUEUE', full(shown).message, full(shown));
      about = chosenOf(workers, code, adapter);
      if (about || this.#closed) break;
      this.#lonely(workers, adapter);
      await sleep(300);
    }
    if (!about) throw new PipelineError('E_CANCELLED', 'The run was cancelled.');
    const connection = client;
    const queue = new bullmq.Queue(about.queue, { connection, prefix: PREFIX });
    const flows = new bullmq.FlowProducer({ connection, prefix: PREFIX });
    // From here on: by default what happens before the first look would be lost.
    const [last] = (await client.xrevrange(queue.toKey('events'), '+', '-', 'COUNT', 1)) as [string, string[]][];
    const listener = client.duplicate();
    const events = new bullmq.QueueEvents(about.queue, { connection: listener, prefix: PREFIX, lastEventId: last?.[0] ?? '0-0' });
    // The client waits for the server.
    const ignore = (): void => {};
    queue.on('error', ignore);
    flows.on('error', ignore);
    events.on('error', ignore);
    events.on('completed', ({ jobId, returnvalue }) => this.#waiting.get(jobId)?.resolve(returnvalue as never as readonly Receipt[]));
    events.on('failed', ({ jobId, failedReason }) => this.#waiting.get(jobId)?.reject(failed(this.#homeward(failedReason), this.#waiting.get(jobId)!.stage)));
    events.on('stalled', ({ jobId }) => this.#onStalled(jobId));
    events.on('progress', ({ jobId, data }) => {
      for (const event of data as never as readonly RunEvent[]) this.#waiting.get(jobId)?.emit(event);
    });
    this.#emit({ type: 'adapter-ready', adapter: about.adapter });
    this.#open = { about, queue, flows, events, listener };
    this.#look(this.#open);
    return this.#open;
  }

  /** Looks after jobs whose end nobody told, after workers, and after the server. */
  #look(chosen: Chosen): void {
    const look = async (): Promise<void> => {
      const { client, shown } = this.#options;
      if (this.#waiting.size === 0) return;
      if (await this.#answered(isFull(client))) {
        this.#lonelySince = undefined; // nobody can say that he is there
        return this.#tellOnce(full(shown));
      }
      const workers = await workersOf(client);
      if (workers.some(({ queue }) => queue === chosen.queue.name)) this.#fine();
      else this.#lonely(workers, chosen.about.adapter.name);
      for (const [id, waiting] of [...this.#waiting].slice(0, LOOKS)) {
        const gone = (await chosen.queue.getJobState(id)) === 'unknown';
        // Its end may be on its way.
        if (gone && waiting.missed) waiting.resolve(undefined);
        waiting.missed = gone;
        // The next look is at others.
        if (this.#waiting.delete(id)) this.#waiting.set(id, waiting);
      }
    };
    this.#looking = setTimeout(() => {
      void look()
        .catch(() => {})
        .finally(() => !this.#closed && this.#look(chosen));
    }, LOOK_MS);
  }

  /** Says once that nobody works. */
  #lonely(workers: readonly Announced[], wish: string): void {
    const { code, shown } = this.#options;
    this.#lonelySince ??= performance.now();
    if (performance.now() - this.#lonelySince >= PATIENCE_MS) this.#tellOnce(whyNone(workers, code, wish, shown));
  }

  /** Tells the user, once. */
  warn(message: string, hint?: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#emitWarning(message, hint);
  }

  /** Says that the server does not answer, where it takes long. */
  async #answered<T>(answer: Promise<T>): Promise<T> {
    const { client, shown } = this.#options;
    const timer = setTimeout(() => this.#tellOnce(away(shown)), ANSWER_MS);
    const again = setInterval(() => [client, this.#open?.listener].forEach(leave), SILENT_MS);
    return answer.finally(() => {
      clearTimeout(timer);
      clearInterval(again);
    });
  }

  #fine(): void {
    this.#lonelySince = undefined;
    if (this.#told !== '') this.#tellOnce({ message: 'The queue works again; the run goes on.' });
    this.#told = '';
  }

  #tellOnce({ message, hint }: Partial<Trouble> & Pick<Trouble, 'message'>): void {
    if (message === this.#told) return;
    this.#told = message;
    this.#emitWarning(message, hint);
  }

  #emitWarning(message: string, hint: string | undefined): void {
    this.#emit({ type: 'warning', stage: [...this.#waiting.values()][0]?.stage ?? '', code: 'W_QUEUE', message, ...(hint === undefined ? {} : { hint }) });
  }

  /** Places in the worker's copy of the code as places here. */
  #homeward(reason: string): string {
    const { root } = this.#options.packed;
    return reason
      .replaceAll('$root/', JSON.stringify(root.endsWith('/') ? root : `${root}/`).slice(1, -1))
      .replaceAll('$root', JSON.stringify(root).slice(1, -1));
  }

  /** A stage that is another one there has changed on its way. */
  #explained(error: unknown, { node, parts }: ElsewhereJob): unknown {
    const { failure } = error as { readonly failure?: Failure };
    if (!failure?.parts) return error;
    const change = changesOf(parts, failure.parts)[0];
    const what = change ? `'${change.part}' is ${change.after ?? 'not there'} there, and ${change.before ?? 'not there'} here` : 'its parts are the same';
    return new PipelineError('E_QUEUE', `A worker has another stage '${node.path}': ${what}.`, {
      at: node.stage.at,
      stage: node.path,
      hint: 'Install the same packages on both sides: npm ci with one lock file.',
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#looking);
    await soon([this.#open?.events.close(), this.#open?.queue.close(), this.#open?.flows.close()]);
    this.#open?.listener.disconnect();
    this.#options.client.disconnect();
  }
}

/** In their order, so that whoever divides them again finds the same. */
function sharesOf(count: number): readonly (readonly [from: number, to: number])[] {
  const size = Math.max(1, Math.ceil(count / SHARES));
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => [i * size, Math.min((i + 1) * size, count)]);
}

/** @param reason what a worker wrote, or BullMQ itself */
function failed(reason: string, stage: string): unknown {
  try {
    const failure = JSON.parse(reason) as Failure;
    return Object.assign(errorOf(failure.error), { failure });
  } catch {
    const hint = 'See what the workers print; memory that runs out is a frequent cause.';
    return new PipelineError('E_QUEUE', `The work on stage '${stage}' was given up: ${reason}`, { stage, hint });
  }
}

/** Until all are over, or the server lets them wait. */
async function soon(all: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  const over = new AbortController();
  await Promise.race([Promise.allSettled(all), sleep(LEAVE_MS, undefined, { signal: over.signal }).catch(() => {})]);
  over.abort();
}
