// A worker's device as one of those that compute the sharded fits of a run: over a socket, or through the queue's server where the run
// is not reached.
import { hostname } from 'node:os';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Compute } from '../../../core/compute.ts';
import type { AdapterSummary, RunEvent } from '../../../core/events.ts';
import { shardWorks } from '../../../estimators/shardWorks.ts';
import type { CacheStore } from '../../../runtime/keys/cache.ts';
import { connect } from '../../../runtime/node/queue/server/connect.ts';
import { QueueLine } from '../../../runtime/node/queue/leases/queueLine.ts';
import { leaseToken, secretOf, type Lease } from '../../../runtime/node/queue/messages.ts';
import { blobsOf } from '../../../runtime/node/shards/setUps.ts';
import { connected, numericsOf, onV8, serveShards } from '../../../runtime/node/shards/worker.ts';

interface Lending {
  readonly compute: Compute;
  readonly adapter: AdapterSummary;
  /** Of this package. */
  readonly code: string;
  readonly store: CacheStore;
  /** Of the worker. */
  readonly name: string | undefined;
  readonly signal: AbortSignal;
  /** The run that is told opens the other line. */
  readonly warn: (event: RunEvent) => void;
}

/** Until the run lets it go, or the signal aborts. */
export async function lendDevice(lease: Lease, { compute, adapter, code, store, name, signal, warn }: Lending): Promise<void> {
  const { nonce, seat, host, port } = lease;
  const secret = secretOf();
  const options = { compute, code: onV8(code), numerics: numericsOf(adapter), blobs: blobsOf(store), works: shardWorks, signal };
  const socket = await reached(lease);
  if (socket) return serveShards({ host, port, token: leaseToken(nonce, secret), seat, name }, { ...options, line: socket });
  const { client } = await connect(process.env['PIPELINE_QUEUE']!);
  warn({
    type: 'warning',
    stage: 'shards',
    code: 'W_QUEUE',
    message: `A worker on ${hostname()} does not reach this run at ${host}:${port}: its shards go through the queue's server, which takes longer.`,
    hint: 'Give --shards-host an address of this machine that workers reach.',
  });
  try {
    await serveShards({ host, port, token: '', seat, name }, { ...options, line: new QueueLine(client, seat, secret, 'worker') });
  } finally {
    client.disconnect();
  }
}

async function reached({ host, port, machine }: Lease): Promise<Duplex | undefined> {
  const isLoopback = isIP(host) === 4 ? host.startsWith('127.') : host === '::1' || host === 'localhost';
  return isLoopback && machine !== hostname() ? undefined : connected({ host, port }).catch(() => undefined);
}
