// What a socket between a run and a worker carries, as entries of two streams of the queue's server: for workers that do not reach the
// run. Each entry has a number and is signed, so whoever else writes to the server ends the line, and changes no numbers.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Duplex } from 'node:stream';
import type { Redis } from 'ioredis';
import { PipelineError, reasonOf } from '../../../../core/errors/errors.ts';
import { PREFIX } from '../server/connect.ts';

type Side = 'run' | 'worker';
type Entry = readonly [id: Buffer, fields: readonly Buffer[]];

/** Streams of whoever is gone last so long. */
const LAST_MS = 60_000;
const IDLE_MS = 5000;
/** Both sides say at once that they are there. */
const GREETING = Buffer.from('here');
const GREETING_MS = 10_000;

export class QueueLine extends Duplex {
  readonly #client: Redis;
  readonly #reader: Redis;
  readonly #seat: string;
  readonly #secret: string;
  readonly #side: Side;
  readonly #alive: NodeJS.Timeout;
  #written = 0;

  /** @param seat of the lease, which both sides know */
  constructor(client: Redis, seat: string, secret: string, side: Side) {
    super();
    this.#client = client;
    // One that is lost in the middle may have lost entries.
    this.#reader = client.duplicate({ retryStrategy: () => null, maxRetriesPerRequest: null });
    this.#seat = seat;
    this.#secret = secret;
    this.#side = side;
    this.#alive = setInterval(() => void client.pexpire(this.#name(side), LAST_MS).catch(() => {}), LAST_MS / 6).unref();
    this.#reader.on('error', () => {}).on('end', () => this.destroy());
    this.#add(GREETING).catch((error: Error) => this.destroy(error));
    this.#receive(side === 'run' ? 'worker' : 'run').catch((error: Error) => this.destroy(error));
  }

  override _read(): void {}

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#add(bytes).then(() => done(), done);
  }

  override _writev(pieces: readonly { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#add(Buffer.concat(pieces.map(({ chunk }) => chunk))).then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#alive);
    this.#reader.disconnect();
    // An entry without bytes is the end.
    const told = this.#client.status === 'ready' ? this.#add(Buffer.alloc(0)) : Promise.resolve();
    told.catch(() => {}).finally(() => done(error));
  }

  #name(side: Side): string {
    return `${PREFIX}:lines:${this.#seat}:${side}`;
  }

  #signature(side: Side, number: number, bytes: Buffer): Buffer {
    return createHmac('sha256', this.#secret).update(`pipeline-gpu line ${this.#seat} ${side} ${number}\n`).update(bytes).digest();
  }

  async #add(bytes: Buffer): Promise<void> {
    const name = this.#name(this.#side);
    const signature = this.#signature(this.#side, this.#written++, bytes);
    const [added] = (await this.#client.pipeline().xadd(name, '*', 'bytes', bytes, 'signature', signature).pexpire(name, LAST_MS).exec())!;
    if (added![0]) throw new PipelineError('E_QUEUE', `The queue's server refuses what a sharded fit says: ${reasonOf(added![0])}`, { cause: added![0] });
  }

  async #receive(from: Side): Promise<void> {
    const name = this.#name(from);
    let last: Buffer | string = '0-0';
    const since = performance.now();
    let heard = since;
    for (let number = 0; !this.destroyed;) {
      const found = (await this.#reader.xreadBuffer('BLOCK', IDLE_MS, 'STREAMS', name, last)) as readonly (readonly [Buffer, readonly Entry[]])[] | null;
      if (!found && number === 0 && performance.now() - since > GREETING_MS) this.destroy();
      if (!found && performance.now() - heard > LAST_MS && (await this.#client.exists(name)) === 0) this.destroy();
      for (const [id, [, bytes, , signature]] of found?.[0]?.[1] ?? []) {
        const own = this.#signature(from, number, bytes!);
        if (signature?.length !== own.length || !timingSafeEqual(signature, own)) throw new Error('an entry is not signed with the secret of this side');
        if (bytes!.length === 0) this.destroy();
        else if (number > 0) this.push(bytes);
        number++;
        last = id;
      }
      if (!found) continue;
      heard = performance.now();
      this.#client.xtrim(name, 'MINID', last).catch(() => {});
    }
  }
}
