// The stage cache on disk, by cacache: content under its digest, an index of names, no locks; what is read is checked, and
// any number of processes may share it. Here stands only what cacache lacks: a size cap, the least recently used going first.
import { readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import cacache from 'cacache';
import { writeWhole } from './cacheFolder.ts';
import { cacheDirectory } from './directories.ts';
import type { CacheStore } from '../cache.ts';

const ALGORITHMS: [string] = ['sha256'];
/** What the cache may hold before the least recently used is dropped. */
const DEFAULT_CAP_BYTES = 5e9;

export interface StageCache extends CacheStore {
  /** Drops the least recently used until the cache is below its cap. */
  trim(): Promise<void>;
}

/** @param options.capBytes default PIPELINE_CACHE_MB, or 5 GB */
export function nodeCacheStore(options: { readonly folder?: string; readonly capBytes?: number } = {}): StageCache {
  const folder = options.folder ?? join(cacheDirectory(), 'stages');
  const checkpoints = join(folder, 'checkpoints');
  const megabytes = Number(process.env['PIPELINE_CACHE_MB']);
  const capBytes = options.capBytes ?? (megabytes > 0 ? megabytes * 1e6 : DEFAULT_CAP_BYTES);
  const read = async (key: string): Promise<Uint8Array | undefined> => {
    try {
      // Not memoized: what is on disk is checked at each read.
      const { data, integrity } = await cacache.get(folder, key, { memoize: false });
      await touch(folder, integrity);
      return data;
    } catch (error) {
      if (isDamaged(error)) await cacache.rm.entry(folder, key).catch(() => {});
      return undefined;
    }
  };
  const write = async (key: string, data: Uint8Array): Promise<void> =>
    void (await cacache.put(folder, key, Buffer.from(data.buffer, data.byteOffset, data.byteLength), { algorithms: ALGORITHMS }));
  const has = async (key: string): Promise<boolean> => {
    const info = await cacache.get.info(folder, key).catch(() => null);
    if (!info) return false;
    const found = await stat(info.path).catch(() => undefined);
    return found?.size === info.size;
  };
  return {
    getText: async (key) => {
      const bytes = await read(key);
      return bytes && new TextDecoder().decode(bytes);
    },
    putText: (key, text) => write(key, new TextEncoder().encode(text)),
    getBlob: (digest) => read(`blob:${digest}`),
    hasBlob: (digest) => has(`blob:${digest}`),
    putBlob: async (digest, bytes) => {
      if (!(await has(`blob:${digest}`))) await write(`blob:${digest}`, bytes);
    },
    load: (name) => readFile(join(checkpoints, name)).catch(() => undefined),
    save: (name, bytes) => writeWhole(checkpoints, name, bytes, undefined),
    remove: (name) => rm(join(checkpoints, name), { force: true }),
    trim: () => trim(folder, capBytes),
  };
}

/** Reading is use: the content's time says when it was last read. */
async function touch(folder: string, integrity: string): Promise<void> {
  const now = new Date();
  await utimes(contentPath(folder, integrity), now, now).catch(() => {});
}

function contentPath(folder: string, integrity: string): string {
  const [algorithm, base64] = [integrity.slice(0, integrity.indexOf('-')), integrity.slice(integrity.indexOf('-') + 1)];
  const hex = Buffer.from(base64, 'base64').toString('hex');
  return join(folder, 'content-v2', algorithm, hex.slice(0, 2), hex.slice(2, 4), hex.slice(4));
}

function isDamaged(error: unknown): boolean {
  return ['EINTEGRITY', 'EBADSIZE', 'ENOENT'].includes((error as { code?: string }).code ?? '');
}

async function trim(folder: string, capBytes: number): Promise<void> {
  const entries = Object.values(await cacache.ls(folder).catch(() => ({})));
  const used = await Promise.all(
    entries.map(async ({ key, integrity, path, size }) => ({ key, integrity, size, time: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  let total = used.reduce((sum, { size }) => sum + size, 0);
  for (const { key, integrity, size } of used.toSorted((a, b) => a.time - b.time)) {
    if (total <= capBytes) return;
    await cacache.rm.entry(folder, key);
    await cacache.rm.content(folder, integrity);
    total -= size;
  }
}
