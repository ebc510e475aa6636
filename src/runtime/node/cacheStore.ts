// The stage cache on disk. Values are cacache's: content under its digest, an index of names, no locks; what is read is
// checked, and any number of processes may share it. Here stands what cacache lacks: a size cap, the least recently used
// going first, damaged content making way for good, checkpoints, which are replaced too often for an index that only grows,
// and entries: one small file each, read and written at once, since a stage waits for its own and for nothing else.
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import cacache from 'cacache';
import { BY_ADAPTER, type CacheStore } from '../keys/cache.ts';
import { removeWhole, writeWhole } from './files/cacheFolder.ts';
import { cacheDirectory } from './directories.ts';

const ALGORITHMS: [string] = ['sha256'];
/** What the cache may hold before the least recently used is dropped. */
const DEFAULT_CAP_BYTES = 5e9;
/** Counting looks at every entry, so it is done once a day, and whenever the cap seems to be reached. */
const RECOUNT_MS = 86_400_000;
/** Its types do not know the option that leaves no line behind. */
const removeEntry = cacache.rm.entry as (folder: string, key: string, options: { readonly removeFully: true }) => Promise<unknown>;
/** Of the file of a mark: its digest, a line end and itself; no entry is so short. */
const MARK_BYTES = 65 + BY_ADAPTER.length;
/** A temporary file this old belongs to a run that died. */
const STALE_MS = 10 * 60_000;

export interface StageCache extends CacheStore {
  readonly folder: string;
  readonly capBytes: number;
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

/** One thing that takes space and can be dropped. */
interface Item {
  readonly key?: string;
  readonly path: string;
  readonly bytes: number;
  readonly usedAt: number;
}

/** @param options.capBytes default PIPELINE_CACHE_MB, or 5 GB */
export function nodeCacheStore(options: { readonly folder?: string; readonly capBytes?: number } = {}): StageCache {
  const folder = options.folder ?? join(cacheDirectory(), 'stages');
  const entries = join(folder, 'entries');
  const checkpoints = join(folder, 'checkpoints');
  const counted = join(folder, 'count.json');
  const capBytes = options.capBytes ?? capOf(process.env['PIPELINE_CACHE_MB']);
  let written = 0;

  /** @param expected path of the content that alone will do */
  const read = async (key: string, expected?: string): Promise<Uint8Array | undefined> => {
    try {
      // Not memoized: what is on disk is checked at each read.
      const { data, integrity } = await cacache.get(folder, key, { memoize: false });
      const path = contentPath(folder, integrity);
      await touch(path);
      if (expected === undefined || path === expected) return data;
      await drop(key); // bytes that were changed between their digest and their writing
      return undefined;
    } catch (error) {
      // Bad content would stay for ever: cacache never writes over what has the right name.
      if (['EINTEGRITY', 'EBADSIZE'].includes((error as { code?: string }).code ?? '')) await drop(key);
      return undefined;
    }
  };
  /** Whether whole content is there; it counts as used then, as what was read does. */
  const has = async (key: string, path: string): Promise<boolean> => {
    const info = await cacache.get.info(folder, key).catch(() => null);
    const found = info?.path === path ? await stat(path).catch(() => undefined) : undefined;
    if (!found || found.size !== info!.size) return false;
    await touch(path);
    return true;
  };
  const drop = async (key: string): Promise<void> => {
    const info = await cacache.get.info(folder, key).catch(() => null);
    if (info) await rm(info.path, { force: true }).catch(() => {});
    await removeEntry(folder, key, { removeFully: true }).catch(() => {});
  };
  const items = async (): Promise<readonly Item[]> => {
    const indexed = Object.values(await cacache.ls(folder));
    const kept = await Promise.all(indexed.map(async ({ key, path, size }) => ({ key, path, bytes: size, usedAt: (await timeOf(path)) ?? 0 })));
    return [...kept, ...(await filesOf(entries)), ...(await filesOf(checkpoints))];
  };

  return {
    folder,
    capBytes,
    getText: async (key) => readEntryFile(join(entries, key)),
    putText: async (key, text) => {
      written += text.length;
      writeEntryFile(entries, key, text);
    },
    getBlob: (digest) => read(`blob:${digest}`, pathOf(folder, digest)),
    hasBlob: (digest) => has(`blob:${digest}`, pathOf(folder, digest)),
    putBlob: async (digest, bytes) => {
      // Read, not only looked for: content that is damaged is written anew.
      const path = pathOf(folder, digest);
      if (await read(`blob:${digest}`, path)) return;
      await rm(path, { force: true });
      written += bytes.byteLength;
      await cacache.put(folder, `blob:${digest}`, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { algorithms: ALGORITHMS });
    },
    load: (name) => readFile(join(checkpoints, name)).catch(() => undefined),
    save: async (name, bytes) => {
      written += bytes.length;
      await writeWhole(checkpoints, name, bytes, undefined);
    },
    remove: (name) => removeWhole(checkpoints, name),
    async trim() {
      if (written === 0) return;
      try {
        const before = await countOf(counted);
        let total = before.bytes + written;
        let { at } = before;
        written = 0;
        if (total > capBytes || Date.now() - at > RECOUNT_MS) {
          at = Date.now();
          const begun = [...(await filesOf(join(folder, 'tmp'))), ...(await filesOf(entries)).filter(({ path }) => path.endsWith('.tmp'))];
          for (const { path, usedAt } of begun) if (Date.now() - usedAt > STALE_MS) await rm(path, { recursive: true, force: true });
          const all = (await items()).toSorted((a, b) => a.usedAt - b.usedAt);
          total = all.reduce((sum, { bytes }) => sum + bytes, 0);
          for (const { key, path, bytes } of all) {
            if (total <= capBytes) break;
            if (key === undefined) await rm(path, { force: true });
            else await drop(key);
            total -= bytes;
          }
        }
        await writeFile(counted, JSON.stringify({ bytes: total, at } satisfies Count));
      } catch {
        // the next run tries again
      }
    },
    async size() {
      const all = await items();
      // Marks are no results.
      return { entries: (await filesOf(entries)).filter(({ bytes }) => bytes !== MARK_BYTES).length, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The text of an entry behind a line with its digest: undefined when it is missing, cut or changed. Reading is use. */
function readEntryFile(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (text.slice(0, end) !== digestOf(body)) return undefined;
    const now = new Date();
    utimesSync(path, now, now);
    return body;
  } catch {
    return undefined;
  }
}

/** Not flushed: what a crash of the machine leaves half written has another digest. */
function writeEntryFile(folder: string, name: string, text: string): void {
  const temporary = join(folder, `.${name}.${randomUUID()}.tmp`);
  const body = `${digestOf(text)}\n${text}`;
  try {
    try {
      writeFileSync(temporary, body);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT') throw error;
      mkdirSync(folder, { recursive: true }); // the first of them; looking for it each time takes as long as writing
      writeFileSync(temporary, body);
    }
    renameSync(temporary, join(folder, name));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
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

/** Reading is use: the content's time says when it was last read. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
}

async function timeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}

async function filesOf(folder: string): Promise<readonly Item[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const file = await stat(path).catch(() => undefined);
      return file && { path, bytes: file.size, usedAt: file.mtimeMs };
    }),
  );
  return found.filter((item) => item !== undefined);
}

/** Where cacache keeps content with this SHA-256, in hex. */
function pathOf(folder: string, digest: string): string {
  return join(folder, 'content-v2', 'sha256', digest.slice(0, 2), digest.slice(2, 4), digest.slice(4));
}

function contentPath(folder: string, integrity: string): string {
  return pathOf(folder, Buffer.from(integrity.slice(integrity.indexOf('-') + 1), 'base64').toString('hex'));
}
