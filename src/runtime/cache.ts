// The stage cache: what stages provided, under a key made of everything that decided it. Values and entries are data under
// their digests; whatever is missing, damaged or of another format is a miss, never an error.
import type { AdapterSummary, JsonRecord, RunEvent } from '../core/events.ts';
import { blobsOf, decode, encode, type Encoded } from '../core/encoding.ts';

/** Where cached data is kept. Implementations check what they return; losing anything costs time, never correctness. */
export interface CacheStore {
  getText(key: string): Promise<string | undefined>;
  putText(key: string, text: string): Promise<void>;
  remove(key: string): Promise<void>;
  /** Bytes whose SHA-256 is `digest`, checked. */
  getBlob(digest: string): Promise<Uint8Array | undefined>;
  hasBlob(digest: string): Promise<boolean>;
  putBlob(digest: string, bytes: Uint8Array): Promise<void>;
}

/** Raised when entries change their meaning; part of every key. */
export const CACHE_FORMAT = 1;

export interface CacheEntry {
  readonly format: number;
  /** By provided key: the digest of its value. */
  readonly digests: Readonly<Record<string, string>>;
  /** Keys whose values are stored under their digests; others are computed again when somebody reads them. */
  readonly stored: readonly string[];
  readonly output: JsonRecord;
  /** Pictures, curves, histories and warnings, shown again on a hit. */
  readonly events: readonly RunEvent[];
  readonly ms: number;
  /** Where it was computed, when on a device. */
  readonly adapter?: AdapterSummary | undefined;
}

/** The entry under `key`, if all it names is still there. */
export async function readEntry(store: CacheStore, key: string): Promise<CacheEntry | undefined> {
  const text = await store.getText(`stage:${key}`);
  if (text === undefined) return undefined;
  try {
    const entry = JSON.parse(text, revive) as CacheEntry;
    if (entry.format !== CACHE_FORMAT) return undefined;
    for (const stored of entry.stored) {
      const value = await store.getBlob(entry.digests[stored]!);
      if (!value) return undefined;
      for (const blob of await blobsOf(new TextDecoder().decode(value))) if (!(await store.hasBlob(blob))) return undefined;
    }
    return entry;
  } catch {
    return undefined;
  }
}

/** Values first: an entry never names what is not there yet. */
export async function writeEntry(store: CacheStore, key: string, entry: CacheEntry, values: readonly Encoded[]): Promise<void> {
  for (const value of values) await writeValue(store, value);
  await store.putText(
    `stage:${key}`,
    JSON.stringify(entry, (_key, value: unknown) => (value instanceof Uint8Array ? { $bytes: toBase64(value) } : value)),
  );
}

async function writeValue(store: CacheStore, { digest, text, blobs }: Encoded): Promise<void> {
  for (const [name, view] of blobs) await store.putBlob(name, new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  await store.putBlob(digest, new TextEncoder().encode(text));
}

/** @throws E_ENCODE, or Error, when the value is not there any more */
export async function readValue(store: CacheStore, digest: string): Promise<unknown> {
  const blobOf = async (name: string): Promise<Uint8Array> => {
    const bytes = await store.getBlob(name);
    if (!bytes) throw new Error(`the cache has no ${name}`);
    return bytes;
  };
  return decode(new TextDecoder().decode(await blobOf(digest)), blobOf);
}

/** Keeps one value under a name, for checkpoints. */
export async function writeNamed(store: CacheStore, name: string, value: unknown): Promise<void> {
  const encoded = await encode(value);
  await writeValue(store, encoded);
  await store.putText(name, encoded.digest);
}

export async function readNamed(store: CacheStore, name: string): Promise<unknown> {
  const digest = await store.getText(name);
  if (digest === undefined) return undefined;
  return readValue(store, digest).catch(() => undefined);
}

/** A cache that lasts as long as the process, for tests and for browsers without storage. */
export function memoryCache(): CacheStore {
  const texts = new Map<string, string>();
  const blobs = new Map<string, Uint8Array>();
  return {
    getText: async (key) => texts.get(key),
    putText: async (key, text) => void texts.set(key, text),
    remove: async (key) => void texts.delete(key),
    getBlob: async (digest) => blobs.get(digest),
    hasBlob: async (digest) => blobs.has(digest),
    putBlob: async (digest, bytes) => void blobs.set(digest, bytes.slice()),
  };
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function revive(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || !('$bytes' in value)) return value;
  return Uint8Array.from(atob(String(value.$bytes)), (char) => char.charCodeAt(0));
}
