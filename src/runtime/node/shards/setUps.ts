// What a shard is made of, on its way to a worker: numbers that take much go through a store that both reach, each under its digest, so
// that a worker reads its own rows alone, and a shard that is made again costs its driver nothing.
import { digestOf } from '../../../core/encoding/digest.ts';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { JsonRecord } from '../../../core/events.ts';
import type { Message, Numbers } from '../../../core/shards/shards.ts';
import type { CacheStore } from '../../keys/cache.ts';
import type { BlobStore } from '../cache/blobStore.ts';
import { TYPES, typeOf, type Type } from './frames.ts';

export interface Blobs extends Pick<BlobStore, 'get' | 'has'> {
  put(digest: string, bytes: Uint8Array): Promise<unknown>;
}

/** Rows among the results that run and workers share. */
export function blobsOf({ getBlob, hasBlob, putBlob }: CacheStore): Blobs {
  return { get: getBlob, has: hasBlob, put: putBlob };
}

/** Fewer bytes travel in the message. */
const LEAST_BLOB_BYTES = 1 << 16;

interface Stowed {
  readonly type: Type;
  readonly digest: string;
}

/** With the numbers that take much left in the store. */
export async function stowed({ json, arrays }: Message, work: string, blobs: Blobs): Promise<Message> {
  const kept: (Stowed | null)[] = [];
  const left: Numbers[] = [];
  for (const own of arrays) {
    if (own.byteLength < LEAST_BLOB_BYTES) {
      kept.push(null);
      left.push(own);
      continue;
    }
    const bytes = new Uint8Array(own.buffer, own.byteOffset, own.byteLength);
    const digest = await digestOf(own, bytes, false);
    if (!(await blobs.has(digest))) await blobs.put(digest, bytes);
    kept.push({ type: typeOf(own), digest });
  }
  return { json: { work, json, kept: kept as unknown as JsonRecord[] }, arrays: left };
}

/** Numbers that a worker had of the fit before this one, and has of this one: fits of the same rows find them where they are. */
export class Kept {
  #fit = -1;
  #before = new Map<string, Numbers>();
  #now = new Map<string, Numbers>();

  /** @param fit that asks now */
  async of(fit: number, { type, digest }: Stowed, blobs: Blobs): Promise<Numbers | undefined> {
    if (fit !== this.#fit) [this.#fit, this.#before, this.#now] = [fit, this.#now, new Map()];
    const key = `${type} ${digest}`;
    let found = this.#now.get(key) ?? this.#before.get(key);
    if (!found) {
      const bytes = await blobs.get(digest);
      if (!bytes) return undefined;
      const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
      found = new TYPES[type](aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / TYPES[type].BYTES_PER_ELEMENT);
    }
    this.#now.set(key, found);
    return found;
  }
}

/** @throws E_DATA where the store lacks some of it */
export async function unstowed(
  fit: number,
  { json, arrays }: Message,
  blobs: Blobs,
  numbers: Kept,
): Promise<{ readonly work: string; readonly message: Message }> {
  const { work, json: own, kept } = json as unknown as { work: string; json: JsonRecord; kept: readonly (Stowed | null)[] };
  const left = [...arrays];
  const all: Numbers[] = [];
  for (const one of kept) {
    if (!one) {
      all.push(left.shift()!);
      continue;
    }
    const found = await numbers.of(fit, one, blobs);
    if (!found) {
      throw new PipelineError('E_DATA', `Rows of a shard, ${one.digest}, are not in the store of this worker.`, {
        hint: 'Give driver and workers one folder or bucket to share.',
      });
    }
    all.push(found);
  }
  return { work, message: { json: own, arrays: all } };
}
