// Data sets that are asked for by a name, and what the name stood for when it was first used: a file beside the pipeline keeps
// that, so that every later run, here or on another machine, has the same bytes or stops.
import { md5, sha256 } from '../core/encoding/digest.ts';
import { isPipelineError, PipelineError, reasonOf } from '../core/errors/errors.ts';
import type { JsonRecord } from '../core/events.ts';
import type { Disk, FileStore, KnownFile } from '../core/files.ts';
import { fileUrl } from '../dsl/stage/inputs.ts';
import { callerPlace } from '../dsl/place.ts';
import type { LoadOptions } from './source.ts';

export const LOCK_FILE = 'pipeline.lock.json';

/** What a name stands for; `url`, `sha256` and `size` are those of the unpacked file. */
export interface LockEntry extends JsonRecord {
  readonly url: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly size: number;
}

/** Entries by key, as the file has them. */
export type LockEntries = Readonly<Record<string, LockEntry>>;

/** The lock file, or in a page its contents. */
export type Lock = URL | LockEntries;

/** A named download. @typeParam F what else is known of it, kept in its entry */
export interface Named<F extends JsonRecord> {
  /** In the lock file: `openml:iris`. */
  readonly key: string;
  readonly lock: Lock;
  /** Folder in the cache. */
  readonly set: string;
  /** Of the file in the cache, behind the start of its digest; letters, digits, `.`, `-` and `_`. */
  readonly fileName: string;
  /** A file that unpacks to more is refused. */
  readonly maxBytes: number;
  /** Finds out what the name stands for today: asked where there is no entry, and only there. */
  readonly find: () => Promise<FoundFile<F>>;
}

export interface FoundFile<F extends JsonRecord> {
  readonly url: string;
  readonly facts: F;
  /** Of the file, where its publisher says it. */
  readonly md5?: string | undefined;
  /** For the user, of what the name stands for. */
  readonly note?: string;
}

/** @throws E_USAGE where `lock` is not given and the file that called is unknown */
export function lockOf(owner: string, lock: string | Lock | undefined): Lock {
  if (lock !== undefined && typeof lock !== 'string') return lock;
  const at = callerPlace();
  if (at && /^https?:/.test(at.file)) return new URL(lock ?? LOCK_FILE, at.file);
  if (at || lock?.startsWith('/')) return fileUrl(lock ?? LOCK_FILE, at);
  throw new PipelineError('E_USAGE', `${owner}: nobody knows which file calls it, and so where its ${LOCK_FILE} is.`, {
    hint: `Write lock: new URL('./${LOCK_FILE}', import.meta.url).`,
  });
}

/**
 * The bytes that a name stands for. On first use `find` says where they are, they are downloaded, and the lock file has their address,
 * size and digest from then on, with the facts that `find` told. Later they come from the cache, or from the same address, and other
 * bytes are refused. Entries are written whole or not at all; two sources of a run may write to one file.
 *
 * A page has no lock file. It takes the contents of one, which a run in Node wrote, as `lock`.
 *
 * @param files needs `download` where the file is not in the cache yet
 * @returns the unpacked bytes, and the facts as the lock file has them: check those that are needed
 * @throws E_DIGEST where other bytes arrive than the lock file has; E_FETCH where none arrive; E_DATA for a lock file that is none;
 *   E_USAGE where it cannot be written, or a page has no entry
 * @example
 * const { bytes } = await namedFile({ key: 'kmnist:train-images', lock, set: 'kmnist', fileName: 'train-images', maxBytes: 1e8, find: async () => ({ url, facts: {} }) }, files, options);
 */
export async function namedFile<F extends JsonRecord>(
  named: Named<F>,
  files: FileStore,
  options: LoadOptions,
): Promise<{ readonly bytes: Uint8Array; readonly facts: JsonRecord }> {
  const { key, lock, set, fileName } = named;
  const { signal, onWarning, disk } = options;
  const entry = lock instanceof URL ? (await entriesIn(lock, diskFor(key, lock, disk)))[key] : checked(lock, 'lock')[key];
  const fileOf = ({ sha256, size }: LockEntry): KnownFile => ({ name: `${sha256.slice(0, 16)}-${fileName}`, sizeBytes: size, sha256 });
  if (entry) {
    const { sha256: _sha256, size: _size, url: _url, ...facts } = entry;
    const bytes = await kept(set, fileOf(entry), files, options);
    if (bytes) return { bytes, facts };
    const arrived = await downloaded(named, entry.url, files, options);
    if (!arrived) throw gone(key, lock, entry, set, fileOf(entry));
    const found = { size: arrived.length, sha256: await sha256(arrived) };
    if (found.sha256 !== entry.sha256) throw another(key, lock, entry, found);
    await files.keep?.(set, fileOf(entry), arrived, { signal, onWarning });
    return { bytes: arrived, facts };
  }
  if (!(lock instanceof URL)) throw noEntry(key, lock);
  const { url, facts, md5: published, note } = await named.find();
  signal?.throwIfAborted();
  const bytes = await downloaded(named, url, files, options);
  if (!bytes) throw new PipelineError('E_FETCH', `${key}: nothing is at ${url}.`, { hint: 'Ask those who publish it, or use another version of it.' });
  const found = published === undefined ? undefined : md5(bytes);
  if (found !== undefined && found !== published!.toLowerCase())
    throw new PipelineError('E_DIGEST', `${key}: ${url} served ${bytes.length} bytes with md5 ${found}; its publisher says ${published}.`, {
      hint: 'Run again; if that does not help, ask those who publish it.',
    });
  const made: LockEntry = { ...facts, url, size: bytes.length, sha256: await sha256(bytes) };
  await written(lock, diskFor(key, lock, disk), key, made);
  await files.keep?.(set, fileOf(made), bytes, { signal, onWarning });
  onWarning?.({
    code: 'W_LOCKED',
    message: `${key} stands for ${made.size} bytes with sha256 ${made.sha256} from now on: ${pathOf(lock)} says so. ${note ?? ''}`.trim(),
    hint: 'Commit that file, so that others have the same rows.',
  });
  return { bytes, facts };
}

/** From the cache, or a server of the user's own. */
async function kept(set: string, file: KnownFile, files: FileStore, { signal, onProgress, onWarning }: LoadOptions): Promise<Uint8Array | undefined> {
  try {
    const [bytes] = await files.read({ name: set, files: [file], sources: [] }, { signal, onProgress, onWarning });
    return bytes;
  } catch (error) {
    if (isPipelineError(error) && (error.code === 'E_FETCH' || error.code === 'E_DIGEST')) return undefined;
    throw error;
  }
}

async function downloaded({ key, maxBytes }: Pick<Named<{}>, 'key' | 'maxBytes'>, url: string, files: FileStore, { signal, onProgress }: LoadOptions) {
  if (!files.download) throw new PipelineError('E_FETCH', `${key} is not here, and this file store downloads nothing.`, { hint: 'Use that of the run.' });
  return files.download(url, { note: key, maxBytes, signal, onProgress });
}

/** One writer at a time for each file: two sources of a run may be on their way to it. */
const writing = new Map<string, Promise<void>>();

async function written(lock: URL, disk: Disk, key: string, entry: LockEntry): Promise<void> {
  const before = writing.get(lock.href) ?? Promise.resolve();
  const write = before
    .catch(() => {})
    .then(async () => {
      const there = await entriesIn(lock, disk);
      // Another run may have been faster.
      if (there[key] && there[key].sha256 !== entry.sha256) throw another(key, lock, there[key], entry);
      const sorted = Object.fromEntries(Object.entries({ ...there, [key]: entry }).toSorted(([a], [b]) => (a < b ? -1 : 1)));
      await disk.write(lock, new TextEncoder().encode(`${JSON.stringify(sorted, null, 2)}\n`)).catch((cause: unknown) => {
        throw new PipelineError('E_USAGE', `${pathOf(lock)} cannot be written, and so nothing says what ${key} stands for: ${reasonOf(cause)}.`, {
          hint: 'Name another that can be: lock: new URL(...).',
          cause,
        });
      });
    });
  writing.set(lock.href, write);
  await write;
}

async function entriesIn(lock: URL, disk: Disk): Promise<LockEntries> {
  const bytes = await disk.read(lock);
  if (!bytes) return {};
  const path = pathOf(lock);
  try {
    return checked(JSON.parse(new TextDecoder().decode(bytes)), path);
  } catch (cause) {
    if (isPipelineError(cause)) throw cause;
    throw new PipelineError('E_DATA', `${path} is no JSON: ${reasonOf(cause)}.`, { hint: 'Mend it, or take it from version control.', cause });
  }
}

/** @param called for errors */
function checked(entries: unknown, called: string): LockEntries {
  const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
  const odd = isRecord(entries)
    ? Object.keys(entries).find((key) => {
        const { url, sha256, size } = (isRecord(entries[key]) ? entries[key] : {}) as Partial<LockEntry>;
        return typeof url !== 'string' || !/^[0-9a-f]{64}$/.test(sha256 ?? '') || !Number.isSafeInteger(size) || size! < 0;
      })
    : '';
  if (odd === undefined) return entries as LockEntries;
  const what = odd === '' ? 'entries by name' : `url, sha256 and size of '${odd}'`;
  throw new PipelineError('E_DATA', `${called} does not say ${what}.`, { hint: 'Delete what is wrong in it, or take it from version control.' });
}

function diskFor(key: string, lock: URL, disk: Disk | undefined): Disk {
  if (disk) return disk;
  throw new PipelineError('E_USAGE', `A page cannot keep what ${key} stands for in ${pathOf(lock)}: it has no files.`, {
    hint: `Run it once in Node, import the ${LOCK_FILE} that it writes, and pass that as lock.`,
  });
}

function noEntry(key: string, lock: LockEntries): PipelineError {
  const known = Object.keys(lock).join(', ') || 'nothing';
  return new PipelineError('E_USAGE', `The given lock does not say what ${key} stands for; it has ${known}.`, {
    hint: `Run it once in Node, and pass the ${LOCK_FILE} that it writes.`,
  });
}

function another(key: string, lock: Lock, entry: LockEntry, found: Pick<LockEntry, 'size' | 'sha256'>): PipelineError {
  const [locked, arrived] = [entry, found].map(({ size, sha256 }) => `${size} bytes with sha256 ${sha256}`);
  return new PipelineError('E_DIGEST', `${key} changed: ${pathOf(lock)} has ${locked}, ${entry.url} served ${arrived}.`, {
    hint: `To take what is served now, delete the entry '${key}' and run again.`,
  });
}

function gone(key: string, lock: Lock, { url }: LockEntry, set: string, { name, sha256 }: KnownFile): PipelineError {
  return new PipelineError('E_FETCH', `${key} is gone: nothing is at ${url} any more, where ${pathOf(lock)} has it (sha256 ${sha256}).`, {
    hint: `If you have the unpacked file, put it into the cache as datasets/${set}/${name}; else delete the entry to look the name up again.`,
  });
}

function pathOf(lock: Lock): string {
  if (!(lock instanceof URL)) return 'the given lock';
  return lock.protocol === 'file:' ? decodeURIComponent(lock.pathname) : lock.href;
}
