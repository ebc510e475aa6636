// Reads the bytes of a file piece by piece, wherever it is: a path, a URL, or a file given to a page. Unpacks them if they are packed.
import { PipelineError, reasonOf, type SourcePlace } from '../../core/errors/errors.ts';
import type { Disk } from '../../core/files.ts';
import { fileUrl } from '../../dsl/stage/inputs.ts';
import { callerPlace } from '../../dsl/place.ts';
import type { TableReadOptions } from '../format.ts';

/** A path relative to the source file that names it, or a URL; in a page also a `File` from an input or a drop. */
export type FileLike = string | URL | Blob | Uint8Array;

/** Where bytes are. */
export interface Place {
  /** For messages. */
  readonly name: string;
  readonly at: URL | Blob | Uint8Array;
}

/**
 * Resolves a path where it is named; reads nothing.
 *
 * @param owner the function that takes it, for errors
 * @param extension of such files, for cures
 * @throws E_USAGE for anything that is not a file
 */
export function placeOf(owner: string, file: FileLike, extension = owner): Place {
  if (file instanceof Uint8Array) return { name: `${owner} of ${file.length} bytes`, at: file };
  if (file instanceof Blob) return { name: 'name' in file && typeof file.name === 'string' ? file.name : `${owner} of ${file.size} bytes`, at: file };
  const from = callerPlace();
  if (typeof file === 'string' && file.trim() !== '') {
    const at = locate(file, from);
    if (at) return { name: file.split(/[\\/]/).at(-1)!, at };
  } else if (file instanceof URL) return { name: decodeURIComponent(file.pathname.split('/').at(-1)!), at: file };
  const arrived = file === undefined ? 'nothing' : JSON.stringify(file);
  throw new PipelineError('E_USAGE', `${owner}: ${arrived} arrived; the name of a file is needed.`, {
    at: from,
    hint: `Write ${owner}('data.${extension}'), new URL('./data.${extension}', import.meta.url), or give the bytes.`,
  });
}

function locate(file: string, from: SourcePlace | undefined): URL | undefined {
  if (/^(https?|file):/.test(file)) return new URL(file);
  if (from && /^https?:/.test(from.file)) return new URL(file, from.file);
  if (from || file.startsWith('/')) return fileUrl(file, from);
  throw new PipelineError('E_USAGE', `Nobody knows which file '${file}' is relative to.`, { hint: `Write new URL('./${file}', import.meta.url).` });
}

/** Bytes in order, and how many there will be, if known. */
export interface Opened {
  readonly bytes: AsyncGenerator<Uint8Array, void>;
  readonly size: number | undefined;
}

/** Opens a file, and unpacks it if it is packed. @throws E_FETCH if nothing is there; E_DATA for a packed file that is cut off */
export async function openBytes(place: Place, { disk, signal, onProgress }: TableReadOptions): Promise<Opened> {
  const { bytes, size } = await opened(place, disk, signal);
  const raw = counted(bytes, (done) => onProgress?.({ task: 'read', done, total: size ?? null, note: place.name }));
  const first = await raw.next();
  if (first.done) return { bytes: raw, size: 0 };
  const whole = chained(first.value, raw);
  const packed = first.value[0] === 0x1f && first.value[1] === 0x8b;
  return packed ? { bytes: unpacked(place.name, whole), size: undefined } : { bytes: whole, size };
}

interface Raw {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly size?: number | undefined;
}

async function opened({ name, at }: Place, disk: Disk | undefined, signal: AbortSignal | undefined): Promise<Raw> {
  if (at instanceof Uint8Array) return { bytes: pieces([at]), size: at.length };
  if (at instanceof Blob) return { bytes: streamed(at.stream()), size: at.size };
  if (at.protocol !== 'file:') return { bytes: await downloaded(name, at, signal) };
  if (!disk) throw noDisk(name);
  const found = await disk.open(at);
  if (found) return found;
  throw notThere(name, at);
}

export function noDisk(name: string): PipelineError {
  return new PipelineError('E_FETCH', `${name} is a file of a machine, and a page has none.`, {
    hint: 'Give the URL that the page can load it from, or the File of an input.',
  });
}

export function notThere(name: string, at: URL): PipelineError {
  return new PipelineError('E_FETCH', `${name} is not there: no ${decodeURIComponent(at.pathname)}.`, {
    hint: `Paths are relative to the file that names them; else write new URL('./${name}', import.meta.url).`,
  });
}

async function downloaded(name: string, url: URL, signal: AbortSignal | undefined): Promise<AsyncIterable<Uint8Array>> {
  const hint = `Open ${url.href} in a browser, or download it and name the file.`;
  const response = await globalThis.fetch(url, signal ? { signal } : {}).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new PipelineError('E_FETCH', `${name} could not be downloaded: ${reasonOf(cause)}.`, { hint, cause });
  });
  if (!response.ok || !response.body) throw new PipelineError('E_FETCH', `${name} could not be downloaded: the server answers ${response.status}.`, { hint });
  return streamed(response.body);
}

/** Not every browser can iterate over streams. */
async function* streamed(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function* unpacked(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const iterator = bytes[Symbol.asyncIterator]();
  // An error while reading is not the fault of the packing.
  let failed: { readonly error: unknown } | undefined;
  const packed = new ReadableStream<BufferSource>({
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value as Uint8Array<ArrayBuffer>);
      } catch (error) {
        failed = { error };
        controller.error(error);
      }
    },
    cancel: async () => void (await iterator.return?.()),
  });
  try {
    yield* streamed(packed.pipeThrough(new DecompressionStream('gzip')));
  } catch (cause) {
    if (failed) throw failed.error;
    throw new PipelineError('E_DATA', `${name} is a gzip file that is damaged or cut off: ${reasonOf(cause)}.`, { hint: 'Copy or download it again.', cause });
  }
}

async function* counted(bytes: AsyncIterable<Uint8Array>, tell: (done: number) => void): AsyncGenerator<Uint8Array, void> {
  let done = 0;
  for await (const piece of bytes) {
    if (piece.length === 0) continue;
    yield piece;
    tell((done += piece.length));
  }
}

/** Who stops at the first piece ends the rest, too. */
async function* chained(first: Uint8Array, rest: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return();
  }
}

async function* pieces(all: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* all;
}
