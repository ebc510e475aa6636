// A worker of sharded fits: it connects to a driver, makes the shards that it is sent and answers what they are asked, one thing after
// the other. There is no timer here and nothing is renewed: whoever holds a lease does that in another thread.
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { once } from 'node:events';
import type { Compute } from '../../../core/compute.ts';
import { isPipelineError, PipelineError, reasonOf } from '../../../core/errors/errors.ts';
import type { AdapterSummary } from '../../../core/events.ts';
import type { Message, Shard, ShardWorks } from '../../../core/shards/shards.ts';
import { errorIn, onFrames, send, type Frame } from './frames.ts';
import { Kept, unstowed, type Blobs } from './setUps.ts';

/** Where a driver listens, and what it knows its workers by. */
export interface DriverAddress {
  readonly host: string;
  readonly port: number;
  /** 32 bytes in hex. */
  readonly token: string;
  /** Which of its leases this is, where it has some, and what the worker is called. */
  readonly seat?: string;
  readonly name?: string | undefined;
}

export interface WorkerOptions {
  readonly compute: Compute;
  /** Of this package: that of the driver. */
  readonly code?: string | undefined;
  /** What computes here: workers of one fit must agree. */
  readonly numerics: string;
  readonly blobs: Blobs;
  readonly works: ShardWorks;
  readonly signal?: AbortSignal | undefined;
  /** To the driver, by another way than its address. */
  readonly line?: Duplex | undefined;
}

/** A line that says nothing for so long is looked at: the other machine may be gone. */
export const KEEP_ALIVE_MS = 30_000;
const CONNECT_MS = 5000;

/**
 * Serves shards until the driver leaves or the signal aborts.
 *
 * @throws E_DEVICE where the driver does not answer or sends this worker away; what the device fails with: the driver makes the shards elsewhere
 */
export async function serveShards(address: DriverAddress, { compute, code, numerics, blobs, works, signal, line }: WorkerOptions): Promise<void> {
  const { token, seat, name } = address;
  const socket = line ?? (await connected(address));
  socket.on('error', () => {}); // a driver that is gone is the end, not a failure
  if (signal?.aborted) return void socket.destroy(); // while it connected
  const stop = (): void => void socket.destroy();
  signal?.addEventListener('abort', stop);
  const shards = new Map<string, Shard>();
  const kept = new Kept();
  let working: Promise<void> = Promise.resolve();
  let failure: unknown;
  try {
    const json = { token, numerics, ...(code === undefined ? {} : { code }), ...(seat === undefined ? {} : { seat }), ...(name === undefined ? {} : { name }) };
    send(socket, { kind: 'hello', fit: 0, round: 0, shard: 0, message: { json, arrays: [] } });
    onFrames(socket, (frame) => {
      working = working.then(async () => {
        if (frame.kind === 'failed') failure = errorIn(frame.message);
        if (socket.destroyed) return;
        try {
          await served(frame, { socket, shards, kept, compute, blobs, works });
        } catch (error) {
          if (isPipelineError(error) && error.code !== 'E_DEVICE') return failed(socket, frame, error);
          failure = error; // of the device or of this program, not of the rows
          socket.destroy();
        }
      });
    });
    await new Promise((closed) => socket.once('close', closed));
  } finally {
    signal?.removeEventListener('abort', stop);
    socket.destroy();
    await working;
    for (const shard of shards.values()) shard.release();
  }
  if (failure !== undefined) throw failure;
}

/** @throws E_DEVICE where the driver does not answer */
export async function connected({ host, port }: Pick<DriverAddress, 'host' | 'port'>): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) });
    return socket;
  } catch (cause) {
    socket.on('error', () => {}).destroy();
    const message = `The driver of the shards does not answer at ${host}:${port}: ${reasonOf(cause)}`;
    throw new PipelineError('E_DEVICE', message, { hint: 'Start it first, and give the address that it has now.', cause });
  }
}

/** What computes alike: one name and one driver. */
export function numericsOf({ name, driver }: AdapterSummary): string {
  return `${name} (${driver})`;
}

/** This package, by its digest, and what rounds exponentials for it: some shards do that without a device. */
export function onV8(code: string): string {
  return `${code} on V8 ${process.versions.v8}`;
}

interface Serving extends Pick<WorkerOptions, 'compute' | 'blobs' | 'works'> {
  readonly socket: Duplex;
  /** By fit and shard. */
  readonly shards: Map<string, Shard>;
  readonly kept: Kept;
}

async function served({ kind, fit, round, shard, message }: Frame, { socket, shards, kept, compute, blobs, works }: Serving): Promise<void> {
  const key = `${fit}:${shard}`;
  if (kind === 'close') {
    for (const [name, own] of shards) {
      if (!name.startsWith(`${fit}:`)) continue;
      own.release();
      shards.delete(name);
    }
  } else if (kind === 'open' || kind === 'drop') {
    shards.get(key)?.release();
    shards.delete(key);
    if (kind === 'drop') return;
    const { work, message: setUp } = await unstowed(fit, message, blobs, kept);
    const load = works[work];
    if (!load) throw new PipelineError('E_USAGE', `This worker has no shards of '${work}'.`, { hint: 'Give all workers the same version of the package.' });
    shards.set(key, await (await load())(compute, setUp));
  } else if (kind === 'ask' || kind === 'tell') {
    const own = shards.get(key);
    if (!own) return; // it could not be made, which was told
    const answer = await own.answer(message);
    if (kind === 'ask') reply(socket, 'answer', { fit, round, shard }, answer);
  }
}

function failed(socket: Duplex, frame: Frame, { code, message, hint }: PipelineError): void {
  reply(socket, 'failed', frame, { json: { code, message, ...(hint === undefined ? {} : { hint }) }, arrays: [] });
}

function reply(socket: Duplex, kind: 'answer' | 'failed', { fit, round, shard }: Pick<Frame, 'fit' | 'round' | 'shard'>, message: Message): void {
  if (!socket.destroyed) send(socket, { kind, fit, round, shard, message });
}
