// The side of a worker: takes jobs, renews their locks, and hands them to child processes with a device each. This process never
// touches a device, so that nothing which takes long keeps it from saying that a job is still being worked on.
import { fork, type ChildProcess } from 'node:child_process';
import type { Job, Worker } from 'bullmq';
import { PipelineError, reasonOf } from '../../../../core/errors/errors.ts';
import type { AdapterSummary, RunEvent } from '../../../../core/events.ts';
import { PREFIX, saysFull, type Connected } from '../server/connect.ts';
import { checked, errorOf, failureOf, isLease, type Failure, type JobData, type Receipt, type Work } from '../messages.ts';
import { announce, queueNameFor, type Announced } from '../server/roster.ts';

/** From the child. */
export type FromChild =
  | { readonly type: 'ready'; readonly adapter: AdapterSummary; readonly code: string }
  | { readonly type: 'refused'; readonly failure: Failure }
  | { readonly type: 'event'; readonly event: RunEvent }
  /** Of the first stages of a job: of as many as were done. */
  | { readonly type: 'done'; readonly done: readonly Omit<Receipt, 'worker' | 'attempt'>[] }
  /** `last`: it ends after this. */
  | { readonly type: 'failed'; readonly failure: Failure; readonly last?: true };

export interface HostOptions extends Connected {
  readonly secret: string;
  /** As jobs and users see it. */
  readonly name: string;
  readonly version: string;
  /** Jobs at a time, each in a process of its own. */
  readonly concurrency: number;
  /** What starts a child: its module, its arguments and variables. */
  readonly child: readonly [module: string, args: readonly string[], env: NodeJS.ProcessEnv];
  readonly say: (line: string) => void;
}

/** A job that nobody renews for so long goes to another worker. */
const LOCK_MS = Number(process.env['PIPELINE_QUEUE_LOCK_MS']) || 20_000;
/** Of a job whose workers go away one after the other. */
const MOST_STALLED = 3;
const PROGRESS_MS = 250;
/** A server whose memory is full is asked for jobs again. */
const FULL_MS = 2000;

/** A worker, until it is closed. */
export interface Host {
  readonly about: Announced;
  /** Ends once what runs is done; a second time at once. */
  close(): Promise<void>;
}

/** @throws E_NO_ADAPTER, as a run does */
export async function startHost(options: HostOptions): Promise<Host> {
  const { bullmq, client, secret, name, version, concurrency, say } = options;
  const idle: Child[] = [];
  const busy = new Set<Child>();
  const first = await Child.start(options.child).catch((error: unknown) => Promise.reject(notStarted(error)));
  const { adapter, code } = first;
  idle.push(first);
  const about: Announced = { worker: name, queue: queueNameFor(code, adapter), adapter, code, version };
  const process = async (job: Job<JobData>, _token?: string, signal?: AbortSignal): Promise<readonly Receipt[]> => {
    const fail = (failure: Failure): never => {
      const text = JSON.stringify(failure);
      throw failure.again ? new Error(text) : new bullmq.UnrecoverableError(text);
    };
    let works: readonly Work[];
    try {
      works = checked(job.data, secret);
    } catch (error) {
      return fail({ ...failureOf(error), again: false });
    }
    const { what, more } = told(works);
    const attempt = job.attemptsMade + job.stalledCounter + 1;
    say(`${what}${more}${attempt > 1 ? `, try ${attempt}` : ''}`);
    let child: Child | undefined;
    try {
      do child = idle.pop() ?? (await Child.start(options.child));
      while (!child.alive); // it may have ended while it had nothing to do
      busy.add(child);
      const send = throttled((events) => void job.updateProgress(events as never).catch(() => {}), `on ${name}`);
      const { done } = await child.run(works, send, signal);
      return done.map((one) => ({ worker: name, attempt, ...one }));
    } catch (error) {
      const failure = (error as { readonly failure?: Failure }).failure ?? { ...failureOf(died(error, what, attempt)), again: true };
      say(`${what} failed: ${failure.error.message.split('\n')[0]}`);
      return fail(failure);
    } finally {
      if (child) busy.delete(child);
      if (child?.alive) idle.push(child);
    }
  };
  let closing = false;
  const worker: Worker<JobData> = new bullmq.Worker(about.queue, process as never, {
    connection: client,
    prefix: PREFIX,
    name,
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: LOCK_MS,
    maxStalledCount: MOST_STALLED,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  // The client waits for a server that is away. One that has no room is not asked for jobs all the time.
  worker.on('error', (error) => {
    if (!saysFull(error) || worker.isPaused()) return;
    void worker.pause(true);
    setTimeout(() => void (closing || worker.resume()), FULL_MS).unref();
  });
  worker.on('lockRenewalFailed', async (ids) => {
    for (const id of ids) {
      const [job, lock] = await Promise.all([id, `${id}:lock`].map((key) => client.exists(worker.toKey(key)))).catch(() => [0, 1]);
      // Another worker has it now, or it is done. One that nobody has, since there was no room for its lock, goes on.
      if (!job || lock) worker.cancelJob(id);
    }
  });
  await worker.waitUntilReady();
  const leave = announce(options, about, (trouble) => say(trouble ? `${trouble.message} ${trouble.hint}` : 'The queue works again.'));
  return {
    about,
    async close() {
      if (closing) {
        // Others take what these were at, once its locks are over.
        client.disconnect();
        for (const child of busy) child.kill();
        return;
      }
      closing = true;
      await leave();
      for (const child of busy) child.letGo();
      await worker.close();
      for (const child of idle) child.leave();
      client.disconnect();
    },
  };
}

function notStarted(error: unknown): PipelineError {
  const { failure } = error as { readonly failure?: Failure };
  if (failure) return errorOf(failure.error);
  return new PipelineError('E_DEVICE', `The process that is to compute ended before it was ready: ${reasonOf(error)}`, {
    hint: '`pipeline doctor` says what there is to compute on, and whether it works.',
    cause: error,
  });
}

/** A job, for whoever looks after the worker. */
function told([first, ...others]: readonly Work[]): { readonly what: string; readonly more: string } {
  if (isLease(first!)) return { what: 'shards of fits', more: `, for ${first.host}:${first.port}` };
  const { stage, share } = first!;
  return { what: stage, more: `${share ? `, ${share[1] - share[0]} of its models` : ''}${others.length > 0 ? ` and ${others.length} more` : ''}` };
}

/** What a child that ended in the middle of a job says of it. */
function died(error: unknown, what: string, attempt: number): PipelineError {
  const message = `Stage '${what}' ended the process of its worker, ${attempt === 1 ? 'at the first try' : `the last time at try ${attempt}`}: ${reasonOf(error)}`;
  return new PipelineError('E_STAGE', message, {
    stage: what,
    hint: 'Memory that runs out is a frequent cause; so is native code, or process.exit in a stage.',
  });
}

/** The last event of each kind, a few times a second. */
function throttled(send: (events: readonly RunEvent[]) => void, note: string): (event: RunEvent) => void {
  const latest = new Map<string, RunEvent>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (event) => {
    latest.set(event.type, event.type === 'progress' ? { ...event, note } : event);
    timer ??= setTimeout(() => {
      timer = undefined;
      send([...latest.values()]);
      latest.clear();
    }, PROGRESS_MS);
  };
}

/** A process with a device of its own, which computes one job after the other. */
class Child {
  readonly #process: ChildProcess;
  #ends = false;
  adapter!: AdapterSummary;
  code!: string;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** @throws what keeps it from starting */
  static async start([module, args, env]: HostOptions['child']): Promise<Child> {
    const process = fork(module, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true });
    // It may end at any time: whoever waits for its answer is told.
    process.on('error', () => {});
    const child = new Child(process);
    const ready = (await child.#answer('ready')) as Extract<FromChild, { type: 'ready' }>;
    return Object.assign(child, ready);
  }

  /** Whether it takes another job. */
  get alive(): boolean {
    return !this.#ends && this.#process.exitCode === null && this.#process.signalCode === null && this.#process.connected;
  }

  async run(works: readonly Work[], emit: (event: RunEvent) => void, signal?: AbortSignal): Promise<Extract<FromChild, { type: 'done' }>> {
    // Whoever has the job now does not wait for this process; its device must not go on with it.
    const stop = (): void => this.kill();
    signal?.addEventListener('abort', stop);
    try {
      const answer = this.#answer('done', emit);
      this.#process.send(works as Work[], () => {});
      return (await answer) as Extract<FromChild, { type: 'done' }>;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** It no longer lends its device; what else it does it ends first. */
  letGo(): void {
    if (this.#process.connected) this.#process.send([], () => {});
  }

  /** It has nothing to do, and ends by itself. */
  leave(): void {
    if (this.#process.connected) this.#process.disconnect();
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #answer(type: FromChild['type'], emit?: (event: RunEvent) => void): Promise<FromChild> {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return Promise.reject(new Error('it had ended before'));
    let leave = (): void => {};
    const answer = new Promise<FromChild>((resolve, reject) => {
      const onExit = (code: number | null, signal: string | null): void => reject(new Error(signal === null ? `exit code ${code}` : `signal ${signal}`));
      const onMessage = (message: FromChild): void => {
        if (message.type === 'event') emit?.(message.event);
        else if ('failure' in message) {
          this.#ends ||= 'last' in message;
          reject(Object.assign(new Error(message.failure.error.message), { failure: message.failure }));
        } else if (message.type === type) resolve(message);
      };
      child.on('exit', onExit).on('message', onMessage);
      leave = () => void child.off('exit', onExit).off('message', onMessage);
    });
    return answer.finally(leave);
  }
}
