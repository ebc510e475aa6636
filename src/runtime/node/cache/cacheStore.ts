// The stage cache on disk, which any number of processes may share. Values are blobs under their digests; checkpoints are files
// that are replaced whole; entries are small files, read and written at once, since a stage waits for its own and for nothing
// else. A cap bounds their size, the least recently used going first.
import { readFileSync, utimesSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BY_ADAPTER, type CacheStore } from '../../keys/cache.ts';
import { removeWhole, sweep, writeWhole, writeWholeNow } from '../files/cacheFolder.ts';
import { sha256Of } from '../files/sha256.ts';
import { cacheBucket, isBucket, stagesFolder } from '../directories.ts';
import { bytesFiled } from './rowsFile.ts';
import { blobStore, filesIn, type KeptFile } from './blobStore.ts';
import { bucketStore } from './bucketStore.ts';

/** What the cache may hold before the least recently used is dropped. */
const DEFAULT_CAP_BYTES = 5e9;
/** Counting looks at every entry, so it is done once a day, and whenever the cap seems to be reached. */
const RECOUNT_MS = 86_400_000;
/** Of the file of a mark: its digest, a line end and itself; no entry is so short. */
const MARK_BYTES = 65 + BY_ADAPTER.length;

export interface StageCache extends CacheStore {
  /** Or `s3://bucket/prefix`. */
  readonly folder: string;
  /** Infinity for a bucket, which has rules of its own. */
  readonly capBytes: number;
  /** @throws E_QUEUE, E_USAGE for a bucket that cannot be used; a folder that cannot is one without results */
  ready(): Promise<void>;
  /** Drops the least recently used until the cache is below its cap. Does nothing in a run that wrote nothing. Never throws. */
  trim(): Promise<void>;
  /** Stage results kept, and bytes in all. */
  size(): Promise<{ readonly entries: number; readonly bytes: number }>;
  /** Forgets every result and checkpoint. */
  clear(): Promise<void>;
}

/** What the cache held when it was counted last, and what runs wrote since; runs at once may forget each other's share. */
interface Count {
  readonly bytes: number;
  readonly at: number;
}

interface CacheOptions {
  /** Or a bucket: `s3://bucket/prefix`. Default as PIPELINE_CACHE says. */
  readonly folder?: string;
  /** Default PIPELINE_CACHE_MB, or 5 GB. */
  readonly capBytes?: number;
}

export function nodeCacheStore({ folder = cacheBucket(), capBytes }: CacheOptions = {}): StageCache {
  const bucket = folder !== undefined && isBucket(folder);
  const local = folderStore({ ...(folder === undefined || bucket ? {} : { folder }), ...(capBytes === undefined ? {} : { capBytes }) });
  return bucket ? { ...bucketStore(folder, local), capBytes: Infinity, trim: local.trim } : local;
}

function folderStore(options: CacheOptions): StageCache {
  const folder = options.folder ?? stagesFolder();
  const entries = join(folder, 'entries');
  const checkpoints = join(folder, 'checkpoints');
  const rows = join(folder, 'rows');
  const counted = join(folder, 'count.json');
  const capBytes = options.capBytes ?? capOf(process.env['PIPELINE_CACHE_MB']);
  const blobs = blobStore(join(folder, 'blobs'));
  let written = 0;
  const files = async (): Promise<readonly KeptFile[]> => (await Promise.all([blobs.files(), ...[entries, checkpoints, rows].map(filesIn)])).flat();

  return {
    folder,
    capBytes,
    ready: async () => {},
    getText: async (key) => readEntryFile(join(entries, key)),
    putText: async (key, text) => {
      written += text.length;
      writeWholeNow(entries, key, `${sha256Of(text)}\n${text}`);
    },
    getBlob: blobs.get,
    hasBlob: blobs.has,
    putBlob: async (digest, bytes) => void (written += await blobs.put(digest, bytes)),
    load: (name) => readFile(join(checkpoints, name)).catch(() => undefined),
    save: async (name, bytes) => {
      written += bytes.length;
      await writeWhole(checkpoints, name, bytes);
    },
    remove: (name) => removeWhole(checkpoints, name),
    async trim() {
      written += bytesFiled();
      if (written === 0) return;
      try {
        const before = await countOf(counted);
        let total = before.bytes + written;
        let { at } = before;
        written = 0;
        if (total > capBytes || Date.now() - at > RECOUNT_MS) {
          at = Date.now();
          await sweep(entries);
          await sweep(rows);
          const all = (await files()).toSorted((a, b) => a.usedAt - b.usedAt);
          total = all.reduce((sum, { bytes }) => sum + bytes, 0);
          for (const { path, bytes } of all) {
            if (total <= capBytes) break;
            await rm(path, { force: true });
            total -= bytes;
          }
        }
        await writeFile(counted, JSON.stringify({ bytes: total, at } satisfies Count));
      } catch {
        // the next run tries again
      }
    },
    async size() {
      const [results, all] = await Promise.all([filesIn(entries), files()]);
      // Marks are no results.
      return { entries: results.filter(({ bytes }) => bytes !== MARK_BYTES).length, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The text of an entry, which stands after a line with its digest: undefined when it is missing, cut or changed. Reading is use. */
function readEntryFile(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (text.slice(0, end) !== sha256Of(body)) return undefined;
    const now = new Date();
    utimesSync(path, now, now);
    return body;
  } catch {
    return undefined;
  }
}

function capOf(megabytes: string | undefined): number {
  const given = Number(megabytes);
  return megabytes && given >= 0 ? given * 1e6 : DEFAULT_CAP_BYTES;
}

/** @returns a count that is never fresh where there is no usable one */
async function countOf(path: string): Promise<Count> {
  try {
    const { bytes, at } = JSON.parse(await readFile(path, 'utf8')) as Count;
    if (Number.isFinite(bytes) && Number.isFinite(at)) return { bytes, at };
  } catch {
    // counted anew
  }
  return { bytes: 0, at: 0 };
}
