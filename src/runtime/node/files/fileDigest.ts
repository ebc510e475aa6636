// Digests of files of any size, each read once for as long as nothing writes to it.
import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

const PIECE_BYTES = 1 << 20;

export interface FileDigest {
  /** SHA-256, lower-case hex. */
  readonly digest: string;
  /** As the file stood when it was read. */
  readonly stamp: string;
}

const known = new Map<string, { readonly stamp: string; readonly digest: Promise<string> }>();

/** Another one as soon as somebody wrote to a file, or put another in its place. */
export function stampOf({ mtimeMs, ctimeMs, size, ino }: Stats): string {
  return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
}

export async function fileDigest(path: string): Promise<FileDigest> {
  const stats = await stat(path);
  const stamp = stampOf(stats);
  let found = known.get(path);
  if (found?.stamp !== stamp) known.set(path, (found = { stamp, digest: digestOf(path, stats.size) }));
  try {
    return { digest: await found.digest, stamp };
  } catch (error) {
    known.delete(path);
    throw error;
  }
}

async function digestOf(path: string, size: number): Promise<string> {
  const hash = createHash('sha256');
  // Of a small file, a stream would take most of the time.
  if (size <= PIECE_BYTES) return hash.update(await readFile(path)).digest('hex');
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}
