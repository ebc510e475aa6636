// The stage cache: what stages provided, under a key made of everything that decided it. Values and entries are data under
// their digests; whatever is missing, damaged or of another format is a miss, never an error.
import { fromBase64, toBase64 } from '../../core/encoding/base64.ts';
import type { AdapterSummary, JsonRecord, RunEvent } from '../../core/events.ts';
import { blobsOf, decode, type Encoded } from '../../core/encoding/encoding.ts';
import { packEncoded, unpack } from '../../core/encoding/packing.ts';
import { durationMs } from '../../dsl/stage/inputs.ts';
import type { LeftFile } from '../surroundings.ts';

/** Where cached data is kept. Implementations check what they return; losing anything costs time, never correctness. */
export interface CacheStore {
  getText(key: string): Promise<string | undefined>;
  putText(key: string, text: string): Promise<void>;
  /** Bytes whose SHA-256 is `digest`, checked. */
  getBlob(digest: string): Promise<Uint8Array | undefined>;
  hasBlob(digest: string): Promise<boolean>;
  putBlob(digest: string, bytes: Uint8Array): Promise<void>;
  /** Bytes under a name that are replaced whole, for checkpoints; unchecked. */
  load(name: string): Promise<Uint8Array | undefined>;
  save(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Raised when entries change their meaning; part of every key. */
export const CACHE_FORMAT = 4;
/** Stands under the key of a stage that computed on a device: what it provided is kept by adapter, see `lookUp`. */
export const BY_ADAPTER = 'kept by adapter';
/** A value of at most so many bytes is kept within its entry. */
const SMALL_BYTES = 4096;

export interface CacheEntry {
  readonly format: number;
  /** By provided key: the digest of its value. */
  readonly digests: Readonly<Record<string, string>>;
  /** Keys whose values are stored; others are computed again when somebody reads them. */
  readonly stored: readonly string[];
  /** Small values by digest, packed, as base64: one file for them and the entry. Others are stored under their digests. */
  readonly small: Readonly<Record<string, string>>;
  readonly output: JsonRecord;
  /** Shown again on a hit. */
  readonly events: readonly ReplayedEvent[];
  readonly ms: number;
  /** When it was computed, in ms of the epoch. */
  readonly at?: number | undefined;
  /** Digests of the files that the stage left, in the order in which it declares them. */
  readonly files?: readonly string[] | undefined;
  /** Where it was computed, when on a device. */
  readonly adapter?: AdapterSummary | undefined;
}

const REPLAYED = [
  'data',
  'balance',
  'picture',
  'mistakes',
  'figure',
  'coefficients',
  'importances',
  'curve',
  'residuals',
  'components',
  'silhouette',
  'history',
  'warning',
] as const;
export type ReplayedEvent = Extract<RunEvent, { type: (typeof REPLAYED)[number] }>;

export function isReplayed(event: RunEvent): event is ReplayedEvent {
  return REPLAYED.some((type) => type === event.type);
}

/** What stands under `key`: an entry only if it has all of `provides` and all it names is still there. */
export async function readEntry(store: CacheStore, key: string, provides: readonly string[]): Promise<CacheEntry | typeof BY_ADAPTER | undefined> {
  const text = await store.getText(key);
  if (text === undefined || text === BY_ADAPTER) return text;
  try {
    const entry = JSON.parse(text) as CacheEntry;
    if (!isEntry(entry, provides)) return undefined;
    const whole = await Promise.all(entry.stored.map((stored) => isThere(store, entry, entry.digests[stored]!)));
    const left = await Promise.all((entry.files ?? []).map((digest) => store.hasBlob(digest)));
    return [...whole, ...left].every(Boolean) ? { ...entry, events: entry.events.map(fromStored) } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether an entry is older than a result may be. */
export function isOld({ at = 0 }: CacheEntry, validFor: string | undefined): boolean {
  return validFor !== undefined && Date.now() - at > durationMs(validFor)!;
}

async function isThere(store: CacheStore, { small }: CacheEntry, digest: string): Promise<boolean> {
  if (Object.hasOwn(small, digest)) return true;
  const value = await store.getBlob(digest);
  if (!value) return false;
  const blobs = await Promise.all(blobsOf(new TextDecoder().decode(value)).map((blob) => store.hasBlob(blob)));
  return blobs.every(Boolean);
}

/**
 * Values first: an entry never names what is not there yet.
 *
 * @param smallBytes values up to so many bytes are kept within the entry
 */
export async function writeEntry(
  store: CacheStore,
  key: string,
  entry: Omit<CacheEntry, 'small'>,
  values: readonly Encoded[],
  files: readonly LeftFile[] = [],
  smallBytes = SMALL_BYTES,
): Promise<void> {
  const isSmall = ({ text, blobs }: Encoded): boolean => text.length + [...blobs.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0) <= smallBytes;
  await Promise.all(values.filter((value) => !isSmall(value)).map((value) => writeValue(store, value)));
  await Promise.all(files.map(({ digest, bytes }) => store.putBlob(digest, bytes)));
  const small = Object.fromEntries(values.filter(isSmall).map((value) => [value.digest, toBase64(packEncoded(value))]));
  await store.putText(key, JSON.stringify({ ...entry, small, events: entry.events.map(toStored) }));
}

async function writeValue(store: CacheStore, { digest, text, blobs }: Encoded): Promise<void> {
  await Promise.all([...blobs].map(([name, bytes]) => store.putBlob(name, bytes)));
  await store.putBlob(digest, new TextEncoder().encode(text));
}

/** @throws E_ENCODE, or Error, when the value is not there any more */
export async function readValue(store: Pick<CacheStore, 'getBlob'>, { small }: CacheEntry, digest: string): Promise<unknown> {
  if (Object.hasOwn(small, digest)) return unpack(fromBase64(small[digest]!));
  const blobOf = async (name: string): Promise<Uint8Array> => {
    const bytes = await store.getBlob(name);
    if (!bytes) throw new Error(`the cache has no ${name}`);
    return bytes;
  };
  return decode(new TextDecoder().decode(await blobOf(digest)), blobOf);
}

/** A cache that lasts as long as the process, for tests and for browsers without storage. */
export function memoryCacheStore(): CacheStore {
  const texts = new Map<string, string>();
  const blobs = new Map<string, Uint8Array>();
  const named = new Map<string, Uint8Array>();
  return {
    getText: async (key) => texts.get(key),
    putText: async (key, text) => void texts.set(key, text),
    getBlob: async (digest) => blobs.get(digest)?.slice(),
    hasBlob: async (digest) => blobs.has(digest),
    putBlob: async (digest, bytes) => void blobs.set(digest, bytes.slice()),
    load: async (name) => named.get(name),
    save: async (name, bytes) => void named.set(name, bytes),
    remove: async (name) => void named.delete(name),
  };
}

function isEntry(entry: CacheEntry, provides: readonly string[]): boolean {
  const { format, digests, stored, small, output, events, ms, files = [] } = entry;
  return (
    format === CACHE_FORMAT &&
    provides.every((name) => Object.hasOwn(digests, name) && typeof digests[name] === 'string') &&
    stored.every((name) => Object.hasOwn(digests, name)) &&
    typeof small === 'object' &&
    files.every((digest) => typeof digest === 'string') &&
    events.every(isReplayed) &&
    typeof output === 'object' &&
    typeof ms === 'number'
  );
}

/** Pixels are bytes, which JSON lacks. */
function toStored(event: ReplayedEvent): unknown {
  if (event.type !== 'picture') return event;
  return { ...event, picture: { ...event.picture, pixels: toBase64(event.picture.pixels) } };
}

function fromStored(event: ReplayedEvent): ReplayedEvent {
  if (event.type !== 'picture') return event;
  return { ...event, picture: { ...event.picture, pixels: fromBase64(String(event.picture.pixels)) } };
}
