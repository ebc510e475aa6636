// Files on disk whose bytes are known. Readers trust nothing but the digest, writers make a file appear whole or not at
// all: so no lock is needed, and any number of processes may share one folder, NFS included.
import { createHash, randomUUID } from 'node:crypto';
import { constants, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { KnownFile } from '../../../core/files.ts';
import { digestMismatch } from './body.ts';

/** Digesting one piece takes a few ms, so that the event loop keeps turning. */
const PIECE_BYTES = 1 << 22;
/** What nobody wrote to for this long belongs to a process that died. */
export const ABANDONED_MS = 10 * 60_000;

export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
  /** False where what a crash of the machine leaves half written is found out when it is read; default true. */
  readonly flush?: boolean | undefined;
}

export type ReadOutcome = { readonly state: 'read' } | { readonly state: 'missing' | 'wrong' | 'unreadable'; readonly why: string };

/** Reads `path` into `target` and checks length and digest; only `read` means that `target` holds the file. */
export async function readKnown(
  path: string,
  file: KnownFile,
  target: Uint8Array,
  { signal, onBytes }: { readonly signal: AbortSignal | undefined; readonly onBytes: (done: number) => void },
): Promise<ReadOutcome> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK a named pipe in the file's place would wait for a writer for ever.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const found = await handle.stat();
    if (!found.isFile()) return { state: 'unreadable', why: `${path} is not a file` };
    if (found.size !== file.sizeBytes) return { state: 'wrong', why: `${found.size} bytes arrived, ${file.sizeBytes} are needed` };
    const hash = createHash('sha256');
    for (let at = 0; at < file.sizeBytes;) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(target, at, Math.min(PIECE_BYTES, file.sizeBytes - at), at);
      if (bytesRead === 0) return { state: 'wrong', why: `${at} bytes arrived, ${file.sizeBytes} are needed` };
      hash.update(target.subarray(at, at + bytesRead));
      at += bytesRead;
      onBytes(at);
    }
    const wrong = digestMismatch(hash.digest('hex'), file);
    return wrong ? { state: 'wrong', why: wrong } : { state: 'read' };
  } catch (error) {
    signal?.throwIfAborted();
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { state: 'missing', why: 'not there' };
    return { state: 'unreadable', why: message };
  } finally {
    await handle?.close();
  }
}

/**
 * Writes `folder/name`: readers see the old file or the whole new one, at any instant and after any crash.
 *
 * @throws what the file system throws, or the signal's reason; no temporary file is left then.
 */
export async function writeWhole(folder: string, name: string, bytes: Uint8Array, { signal, flush = true }: WriteOptions = {}): Promise<void> {
  await mkdir(folder, { recursive: true });
  await sweep(folder);
  const temporary = temporaryFor(folder, name);
  try {
    const handle = await open(temporary, 'wx');
    try {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        signal?.throwIfAborted();
        await handle.writeFile(bytes.subarray(at, at + PIECE_BYTES));
      }
      if (flush) await handle.sync();
    } finally {
      await handle.close();
    }
    signal?.throwIfAborted();
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * As {@link writeWhole}, at once: for small files that the caller waits for.
 *
 * @param flush whether the text is to outlive a loss of power: the wait for the disk is the longest part
 */
export function writeWholeNow(folder: string, name: string, text: string, flush = false): void {
  const temporary = temporaryFor(folder, name);
  try {
    try {
      writeFileSync(temporary, text, { flush });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      mkdirSync(folder, { recursive: true }); // for the first of them; looking for it each time takes as long as writing
      writeFileSync(temporary, text, { flush });
    }
    renameSync(temporary, join(folder, name));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** In the same folder, since a rename across file systems is a copy. */
function temporaryFor(folder: string, name: string): string {
  return join(folder, `.${name}.${randomUUID()}.tmp`);
}

/** Removes `folder/name`, and what runs that were killed while they wrote it left behind. */
export async function removeWhole(folder: string, name: string): Promise<void> {
  const begun = (await readdir(folder).catch(() => [])).filter((other) => other.startsWith(`.${name}.`) && other.endsWith('.tmp'));
  for (const found of [name, ...begun]) await rm(join(folder, found), { force: true });
}

/** Removes what killed runs left behind. Taking the file of a live but stuck one costs that run its caching, no more. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith('.') || !name.endsWith('.tmp')) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(path, { force: true }).catch(() => {});
  }
}
