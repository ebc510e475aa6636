// Workers of a queue as those of sharded fits: each lends its device by a job that lasts until the run lets it go. The queue says who works
// and who is lost; what a fit asks goes over sockets, or over the queue's server where a worker does not reach this machine.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { PipelineError } from '../../../../core/errors/errors.ts';
import type { Message, Shards, Spread } from '../../../../core/shards/shards.ts';
import { ShardDriver } from '../../shards/driver.ts';
import type { Blobs } from '../../shards/setUps.ts';
import { numericsOf, onV8 } from '../../shards/worker.ts';
import type { QueueDriver } from '../driver.ts';
import { leaseToken } from '../messages.ts';

interface LeaseOptions {
  readonly count: number;
  /** Of this machine, as workers reach it. */
  readonly host: string;
  readonly blobs: Blobs;
  readonly secret: string;
  readonly code: string;
}

/** Workers that are there but busy are waited for so long; later ones take shards over. */
const GATHER_MS = 2000;
/** Workers are kept for the next fit for so long. */
const LINGER_MS = 3000;
const AGAIN_MS = 1000;
/** Leases that fail, one after the other, while no worker comes. */
const MOST_FAILURES = 5;

export class LeasedShards implements Shards {
  readonly count: number;
  readonly #queue: QueueDriver;
  readonly #driver: ShardDriver;
  readonly #nonce: string;
  #leases: { readonly ends: AbortController; seats: number } | undefined;
  #made = 0;
  #fits = 0;
  #lingering: NodeJS.Timeout | undefined;
  #failures: unknown[] = [];

  /** Listens for workers, until it is closed. */
  static async open(queue: QueueDriver, { secret, ...options }: LeaseOptions): Promise<LeasedShards> {
    const nonce = randomBytes(16).toString('hex');
    const token = leaseToken(nonce, secret);
    const driver = await ShardDriver.listen({ ...options, code: onV8(options.code), token }).catch((cause: unknown) => {
      throw new PipelineError('E_USAGE', `Workers cannot be listened for at ${options.host}.`, {
        hint: 'Give --shards-host an address of this machine.',
        cause,
      });
    });
    return new LeasedShards(queue, driver, nonce);
  }

  private constructor(queue: QueueDriver, driver: ShardDriver, nonce: string) {
    this.count = driver.count;
    this.#queue = queue;
    this.#driver = driver;
    this.#nonce = nonce;
    queue.onStalled((id) => driver.dismiss(id));
  }

  async numerics(signal: AbortSignal): Promise<string> {
    return numericsOf(await this.#queue.adapter(signal));
  }

  lent(): readonly string[] {
    return this.#driver.lent();
  }

  async spread(work: string, setUps: readonly Message[], signal: AbortSignal = new AbortController().signal): Promise<Spread> {
    clearTimeout(this.#lingering);
    this.#fits++;
    const leave = (): void => {
      if (--this.#fits === 0) this.#lingering = setTimeout(() => this.#letGo(), LINGER_MS);
    };
    try {
      await this.#gather(setUps.length, signal);
      const fit = await this.#driver.spread(work, setUps, signal);
      return {
        ask: (...question) => fit.ask(...question),
        standAt: (of) => fit.standAt(of),
        close() {
          fit.close();
          leave();
        },
      };
    } catch (error) {
      leave();
      throw error;
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#lingering);
    this.#letGo();
    await this.#driver.close();
  }

  #letGo(): void {
    this.#leases?.ends.abort();
    this.#leases = undefined;
    this.#driver.dismiss();
  }

  /** Until the workers that are there lend their devices, or those of them that have nothing else to do. */
  async #gather(count: number, signal: AbortSignal): Promise<void> {
    const leases = (this.#leases ??= { ends: new AbortController(), seats: 0 });
    for (; leases.seats < count; leases.seats++) void this.#lease(leases.ends.signal);
    await this.#driver.joined(Math.min(count, await this.#queue.workers(signal)), GATHER_MS, signal);
    while (this.#driver.workers === 0) {
      if (this.#failures.length >= MOST_FAILURES) throw this.#failures.at(-1);
      await this.#driver.joined(1, AGAIN_MS, signal);
    }
    this.#failures = [];
  }

  /** Keeps one worker, whichever, for as long as fits go on. */
  async #lease(until: AbortSignal): Promise<void> {
    const { host, port } = this.#driver.address;
    while (!until.aborted) {
      const seat = `${this.#nonce}-${++this.#made}`;
      try {
        await this.#queue.lend({ nonce: this.#nonce, seat, host, port, machine: hostname() }, until, (event) => {
          if (event.type !== 'warning') return;
          this.#driver.meet(this.#queue.lineTo(seat), true);
          this.#queue.warn(event.message, event.hint);
        });
      } catch (error) {
        // A worker may have begun just before.
        if (until.aborted) return void setTimeout(() => this.#driver.dismiss(seat), AGAIN_MS).unref();
        this.#failures.push(error);
        const { message, hint } = error as PipelineError;
        this.#queue.warn(message, hint);
      }
      await sleep(AGAIN_MS);
    }
  }
}
