// Who works: each worker tells the queue's server of itself for as long as it lives. Workers with other code, or on an adapter that
// rounds differently, have queues of their own, so that none takes a job whose result would not be the driver's.
import type { Redis } from 'ioredis';
import { canonicalJson } from '../../../../core/encoding/digest.ts';
import type { AdapterSummary } from '../../../../core/events.ts';
import { nameContains } from '../../device/dawn.ts';
import { sha256Of } from '../../files/sha256.ts';
import { away, full, leave, PREFIX, saysFull, SILENT_MS, type Connected, type Trouble } from './connect.ts';

/** What a worker tells of itself. */
export interface Announced {
  readonly worker: string;
  readonly queue: string;
  readonly adapter: AdapterSummary;
  /** Of this package's code. */
  readonly code: string;
  readonly version: string;
}

/** A worker that says nothing for so long is gone. */
export const ALIVE_MS = 10_000;
/** A server that does not answer for so long is away. */
const QUIET_MS = 4000;
const KEYS = `${PREFIX}:workers:`;

/** Jobs for workers with this code on this adapter. */
export function queueNameFor(code: string, { software: _, ...adapter }: AdapterSummary): string {
  return `stages-${sha256Of(canonicalJson([code, adapter])).slice(0, 16)}`;
}

/** Tells of a worker until it is asked to stop. @param hear once, where the server is in trouble; undefined: it is not any more */
export function announce(
  { client, shown }: Pick<Connected, 'client' | 'shown'>,
  about: Announced,
  hear: (trouble: Trouble | undefined) => void,
): () => Promise<void> {
  const key = KEYS + about.worker;
  let asked: number | undefined;
  let heard = '';
  const note = (trouble?: Trouble): void => {
    if (heard === (heard = trouble?.message ?? '')) return;
    hear(trouble);
  };
  const tell = async (): Promise<void> => {
    // While the server is away the client keeps what it was asked.
    if (asked !== undefined) {
      const quiet = performance.now() - asked;
      if (quiet > QUIET_MS) note(away(shown));
      if (quiet > SILENT_MS) leave(client);
      return;
    }
    asked = performance.now();
    const trouble = await client.set(key, JSON.stringify(about), 'PX', ALIVE_MS).then(
      () => undefined,
      (error: unknown) => (saysFull(error) ? full(shown) : undefined),
    );
    asked = undefined;
    note(trouble);
  };
  void tell();
  const timer = setInterval(tell, ALIVE_MS / 4);
  return async () => {
    clearInterval(timer);
    if (client.status === 'ready') await client.del(key).catch(() => {});
  };
}

/** All workers that live. */
export async function workersOf(client: Redis): Promise<readonly Announced[]> {
  const names: string[] = [];
  let cursor = '0';
  do {
    const [next, found] = await client.scan(cursor, 'MATCH', `${KEYS}*`, 'COUNT', 1000);
    cursor = next;
    names.push(...found);
  } while (cursor !== '0');
  if (names.length === 0) return [];
  const texts = await client.mget(...new Set(names));
  return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as Announced]));
}

/** Whether an adapter is what `--adapter` asks for. */
export function isWished({ name, driver, software }: AdapterSummary, wish: string): boolean {
  const plain = wish.trim().toLowerCase();
  if (plain === 'auto') return true;
  if (plain === 'gpu') return !software;
  if (plain === 'software') return software;
  return [name, driver].some((one) => nameContains(one, plain === 'lavapipe' ? 'llvmpipe' : plain));
}

/** The queue that most of the workers serve that may do it; of several the first by name, so that two drivers choose the same. */
export function chosenOf(workers: readonly Announced[], code: string, wish: string): Announced | undefined {
  const fit = workers.filter((one) => one.code === code && isWished(one.adapter, wish));
  const serving = ({ queue }: Announced): number => fit.filter((one) => one.queue === queue).length;
  return fit.toSorted((a, b) => serving(b) - serving(a) || (a.queue < b.queue ? -1 : 1))[0];
}

/** Why none of them may do it, and what to do. */
export function whyNone(workers: readonly Announced[], code: string, wish: string, url: string): { readonly message: string; readonly hint: string } {
  const start = `pipeline worker --queue ${url}`;
  if (workers.length === 0) return { message: 'No worker is there; the run waits for one.', hint: `Start one on each machine: ${start}` };
  const others = workers.filter((one) => one.code !== code);
  if (others.length === workers.length) {
    const versions = [...new Set(others.map(({ version }) => version))].join(', ');
    return {
      message: `${count(workers)} there, with another pipeline-gpu (${versions}) or another webgpu; the run waits for one with what is installed here.`,
      hint: 'Install the same on both sides: npm ci with one lock file.',
    };
  }
  const names = [...new Set(workers.flatMap((one) => (one.code === code ? [one.adapter.name] : [])))].join(', ');
  return {
    message: `No worker computes on '${wish}'; the run waits for one.`,
    hint: `Ask for what they have, --adapter with a part of: ${names}; or start one: ${start} --adapter ${wish}`,
  };
}

function count({ length }: readonly unknown[]): string {
  return length === 1 ? 'One worker is' : `${length} workers are`;
}
