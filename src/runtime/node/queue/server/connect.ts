// The queue's server: BullMQ on Redis or Valkey. Both packages are loaded when a queue is asked for: most projects have none and
// need not install them.
import type { Redis, RedisOptions } from 'ioredis';
import { isPipelineError, PipelineError, reasonOf } from '../../../../core/errors/errors.ts';
import { shownUrl, withoutCredentials } from '../../files/urls.ts';

export type BullMQ = typeof import('bullmq');

export interface Connected {
  readonly bullmq: BullMQ;
  readonly client: Redis;
  /** Of the server, for messages. */
  readonly shown: string;
}

/** Stands before all keys of this package. */
export const PREFIX = 'pipeline-gpu';
const CONNECT_MS = 4000;
/** A connection on which nothing comes for so long is left. */
export const SILENT_MS = 10_000;
/** A server that is gone is asked again this often. */
const MOST_WAIT_MS = 2000;

/** `redis-sentinel://user:password@host:26379,other:26379/name?sentinelPassword=...`: whichever server sentinels call so. */
const SENTINELS = /^redis(s?)-sentinel:\/\/(?:([^@/:]*)(?::([^@/]*))?@)?([^@/?#]+)\/([^/?#]+)(?:\?(.*))?$/;

/**
 * Connects, once; from then on a server that goes away is waited for.
 *
 * @param url `redis://` or `rediss://`, or with `-sentinel`, with user and password where there are any
 * @throws E_USAGE where a package is missing; E_QUEUE where nobody answers, or the server may forget jobs
 */
export async function connect(url: string): Promise<Connected> {
  const [bullmq, { Redis }] = await Promise.all([needed('bullmq', () => import('bullmq')), needed('ioredis', () => import('ioredis'))]);
  const { shown, options } = addressOf(url);
  let connected = false;
  const retry = (times: number): number | null => (connected ? Math.min(100 * times, MOST_WAIT_MS) : null);
  const common: RedisOptions = {
    ...options,
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: null,
    retryStrategy: retry,
    sentinelRetryStrategy: retry,
    // It was the first one until another took its place: ask for that one, and then again.
    reconnectOnError: (error) => (/\bREADONLY\b/.test(error.message) ? 2 : false),
  };
  const client = options ? new Redis(common) : new Redis(url, common);
  let last: unknown;
  client.on('error', (error) => (last = error));
  try {
    await client.connect();
    await client.ping();
    await refuseUnfit(client, shown);
    connected = true;
  } catch (error) {
    client.disconnect();
    throw isPipelineError(error) ? error : unreachable(shown, reasonOf(last ?? error));
  }
  return { bullmq, client, shown };
}

function addressOf(url: string): { readonly shown: string; readonly options?: RedisOptions } {
  const found = SENTINELS.exec(url);
  const places = found?.[4]!.split(',').map((place) => `redis://${place}`) ?? [url];
  if (!(found || /^rediss?:\/\//.test(url)) || !places.every((place) => URL.canParse(place)))
    throw new PipelineError('E_USAGE', `${withoutCredentials(shownUrl(url))} is no queue.`, {
      hint: 'Give --queue redis://host:6379, rediss:// for TLS, or redis-sentinel://host:26379,other:26379/name.',
    });
  if (!found) return { shown: shownUrl(url) };
  const [, secure, username, password, hosts, name, query] = found;
  const given = new URLSearchParams(query);
  const decoded = (text: string | undefined): string | undefined => (text ? decodeURIComponent(text) : undefined);
  return {
    shown: `redis${secure}-sentinel://${hosts}/${name}`,
    options: {
      name: name!,
      sentinels: places.map((place) => new URL(place)).map(({ hostname, port }) => ({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 26_379 })),
      username: decoded(username),
      password: decoded(password),
      sentinelUsername: given.get('sentinelUsername') ?? undefined,
      sentinelPassword: given.get('sentinelPassword') ?? undefined,
      ...(secure ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
    },
  };
}

async function needed<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new PipelineError('E_USAGE', `A queue needs the package ${name}, which is not installed.`, { hint: 'Install it: npm install bullmq ioredis', cause });
  }
}

/** A server that drops keys when its memory is full drops jobs; a replica takes none. */
async function refuseUnfit(client: Redis, shown: string): Promise<void> {
  const info = await client.info();
  if (/^role:slave/m.test(info))
    throw new PipelineError('E_QUEUE', `${shown} is a replica, which takes no jobs.`, {
      hint: 'Give the address of the server that it copies, or of sentinels: redis-sentinel://host:26379/name.',
    });
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  if (policy === undefined || policy === 'noeviction') return;
  throw new PipelineError('E_QUEUE', `${shown} forgets keys when its memory is full: its maxmemory-policy is ${policy}.`, {
    hint: 'Set maxmemory-policy noeviction, and appendonly yes so that jobs outlive a restart.',
  });
}

function unreachable(shown: string, why: string): PipelineError {
  const refused = /WRONGPASS|NOAUTH|NOPERM|invalid password/i.test(why);
  return new PipelineError('E_QUEUE', refused ? `${shown} does not let this user in: ${why}` : `${shown} does not answer: ${why}`, {
    hint: refused ? 'Give user and password in the URL: redis://user:password@host:6379.' : 'Start the server there, or correct --queue; TLS needs rediss://.',
  });
}

/** What the server says where its memory is full. */
export function saysFull(error: unknown): boolean {
  return /\bOOM\b/.test(reasonOf(error));
}

/** Whether the server has no room: it still answers what only reads. */
export async function isFull(client: Redis): Promise<boolean> {
  try {
    await client.set(`${PREFIX}:room`, '', 'PX', 1000);
    return false;
  } catch (error) {
    if (saysFull(error)) return true;
    throw error;
  }
}

/** Connects again, where nothing comes: another server may have taken the place. */
export function leave(client: Redis | undefined): void {
  if (client?.status === 'ready') client.disconnect(true);
}

/** Why whoever needs the server waits, and what to do. */
export interface Trouble {
  readonly message: string;
  readonly hint: string;
}

export function full(shown: string): Trouble {
  return { message: `${shown} takes no more jobs: its memory is full.`, hint: 'Raise maxmemory of the server, or empty what else it holds.' };
}

export function away(shown: string): Trouble {
  return { message: `${shown} does not answer; it is waited for.`, hint: 'Start the server again, or see to the network.' };
}
