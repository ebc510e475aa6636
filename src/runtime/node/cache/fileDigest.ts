// Digests of files of any size, each read once for as long as nothing writes to it: in this process, and where reading takes a while
// in later ones too.
import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { nodeNoteStore } from '../device/noteStore.ts';
import { sha256Of } from '../files/sha256.ts';

const PIECE_BYTES = 1 << 20;
/**
 * A file that was written to this lately may be written to again at what its file system takes for the same time: for up to half a
 * minute that is all that a program writes to a page that it maps into its memory.
 */
const SETTLED_MS = 60_000;

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
  if (found?.stamp !== stamp) known.set(path, (found = { stamp, digest: notedDigest(path, stats) }));
  try {
    return { digest: await found.digest, stamp };
  } catch (error) {
    known.delete(path);
    throw error;
  }
}

/** Another machine has another file there, and another clock. */
async function notedDigest(path: string, stats: Stats): Promise<string> {
  if (stats.size <= PIECE_BYTES) return digestOf(path, stats.size);
  const notes = nodeNoteStore();
  const note = `file-${sha256Of(JSON.stringify([hostname(), path])).slice(0, 24)}`;
  const stamp = `${stampOf(stats)} ${stats.dev}`;
  const [noted, known] = ((await notes.get(note)) ?? '').split('\n');
  if (noted === stamp && /^[0-9a-f]{64}$/.test(known ?? '')) return known!;
  const isSettled = Date.now() - Math.max(stats.mtimeMs, stats.ctimeMs) > SETTLED_MS;
  const digest = await digestOf(path, stats.size);
  if (isSettled && stampOf(await stat(path)) === stampOf(stats)) await notes.set(note, `${stamp}\n${digest}`);
  return digest;
}

async function digestOf(path: string, size: number): Promise<string> {
  const hash = createHash('sha256');
  // Of a small file, a stream would take most of the time.
  if (size <= PIECE_BYTES) return hash.update(await readFile(path)).digest('hex');
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}
