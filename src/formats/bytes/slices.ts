// Bytes of a file by position, wherever it is. What comes from a network is loaded whole: servers need not know of parts.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Slices } from '../../core/files.ts';
import type { TableReadOptions } from '../format.ts';
import { noDisk, notThere, openBytes, type Place } from './open.ts';

/** @throws E_FETCH if nothing is there */
export async function openSlices(place: Place, options: TableReadOptions): Promise<Slices> {
  const { name, at } = place;
  if (at instanceof Uint8Array) return slicesOf(at);
  if (at instanceof Blob) return { size: at.size, slice: async (from, to) => new Uint8Array(await at.slice(from, to).arrayBuffer()), close: async () => {} };
  if (at.protocol !== 'file:') return slicesOf(await wholeOf(place, options));
  if (!options.disk) throw noDisk(name);
  const found = await options.disk.slices(at);
  if (!found) throw notThere(name, at);
  return found;
}

/** Bytes that are in memory. */
function slicesOf(given: Uint8Array): Slices {
  const bytes = plainBytes(given);
  return { size: bytes.length, slice: async (from, to) => bytes.subarray(from, to), close: async () => {} };
}

/** The same memory: `slice` of a Buffer of Node copies nothing. */
function plainBytes({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

/** All bytes of a file, unpacked if they are packed. @throws E_FETCH if nothing is there; E_DATA for a packed file that is cut off */
export async function wholeOf(place: Place, options: TableReadOptions): Promise<Uint8Array> {
  if (place.at instanceof Uint8Array && !isGzip(place.at)) return plainBytes(place.at);
  const { bytes, size } = await openBytes(place, options);
  // The size is known for most, and then nothing is copied twice.
  let whole = new Uint8Array(size ?? 1 << 16);
  let length = 0;
  for await (const piece of bytes) {
    options.signal?.throwIfAborted();
    if (length + piece.length > whole.length) {
      const more = new Uint8Array(Math.max(length + piece.length, 2 * whole.length));
      more.set(whole.subarray(0, length));
      whole = more;
    }
    whole.set(piece, length);
    length += piece.length;
  }
  return whole.subarray(0, length);
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The error for a file that begins like one of another kind. @param what it was to be, such as `Parquet file` */
export function otherKind(name: string, head: Uint8Array, what: string, hint: string): PipelineError {
  const begins = [...head.subarray(0, 4)].map((byte) => (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`));
  return new PipelineError('E_DATA', `${name} is no ${what}: it begins with ${begins.join('')}.`, { hint });
}
