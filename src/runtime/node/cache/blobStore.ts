// Bytes under their SHA-256, a file each. A file appears whole or not at all and what is read is checked, so no lock is needed:
// any number of processes may share one folder, and what a crash left half written is a miss.
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../../core/encoding/digest.ts';
import { writeWhole } from '../files/cacheFolder.ts';

/** A file that takes space and can be dropped. */
export interface KeptFile {
  readonly path: string;
  readonly bytes: number;
  /** When it was written or read last, in ms of the epoch. */
  readonly usedAt: number;
}

export interface BlobStore {
  /** The bytes with this digest, checked; undefined when they are missing or damaged. Reading is use. */
  get(digest: string): Promise<Uint8Array | undefined>;
  /** Whether they are there, unchecked. Asking is use. */
  has(digest: string): Promise<boolean>;
  /** Writes them, unless they are there; bytes with another digest are not written. @returns how many were */
  put(digest: string, bytes: Uint8Array): Promise<number>;
  files(): Promise<readonly KeptFile[]>;
}

export function blobStore(folder: string): BlobStore {
  // Spread over 256 folders, so that none grows long.
  const folderOf = (digest: string): string => join(folder, digest.slice(0, 2));
  const pathOf = (digest: string): string => join(folderOf(digest), digest);
  const get = async (digest: string): Promise<Uint8Array | undefined> => {
    const path = pathOf(digest);
    const bytes = await readFile(path).catch(() => undefined);
    if (!bytes) return undefined;
    if ((await sha256(bytes)) === digest) {
      await touch(path);
      return bytes;
    }
    await rm(path, { force: true }).catch(() => {});
    return undefined;
  };
  return {
    get,
    has: async (digest) => {
      const found = await stat(pathOf(digest)).catch(() => undefined);
      if (!found?.isFile()) return false;
      await touch(pathOf(digest));
      return true;
    },
    put: async (digest, bytes) => {
      // Read, not only looked for: bytes that are damaged make way for good ones.
      if (await get(digest)) return 0;
      // Somebody may have written to them since their digest was taken.
      if ((await sha256(bytes)) !== digest) return 0;
      await writeWhole(folderOf(digest), digest, bytes, { flush: false });
      return bytes.byteLength;
    },
    files: async () => {
      const folders = await readdir(folder).catch(() => []);
      return (await Promise.all(folders.map((name) => filesIn(join(folder, name))))).flat();
    },
  };
}

/** The files of a folder, none where there is no folder. */
export async function filesIn(folder: string): Promise<readonly KeptFile[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const file = await stat(path).catch(() => undefined);
      return file?.isFile() ? { path, bytes: file.size, usedAt: file.mtimeMs } : undefined;
    }),
  );
  return found.filter((file) => file !== undefined);
}

/** A file's time says when it was last used. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
}
