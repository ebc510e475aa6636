// Reader for IDX, the format of MNIST and its relatives: two zero bytes, an element type, the number of dimensions, one
// big-endian u32 per dimension, then the values. Only unsigned bytes (0x08), the one type those data sets use.
// Nothing is allocated for the values: they are a view into the file, taken only when the length fits exactly.
import { PipelineError } from '../core/errors/errors.ts';

const UNSIGNED_BYTE = 0x08;
/** Bytes of the header of a file with `rank` dimensions. */
export const idxHeaderBytes = (rank: number): number => 4 + 4 * rank;

export interface Idx {
  readonly dims: readonly number[];
  /** Row-major, a view into the file; `data.length` is the product of `dims`. */
  readonly data: Uint8Array;
}

/**
 * @param name of the file, for messages
 * @throws E_DATA when the bytes are not an IDX file of unsigned bytes, or not as long as their header says.
 */
export function readIdx(name: string, bytes: Uint8Array): Idx {
  if (bytes.length < 4) throw broken(name, `${bytes.length} bytes arrived, an IDX header needs at least 4`);
  if (bytes[0] !== 0 || bytes[1] !== 0) {
    throw broken(name, `the file starts with 0x${hex(bytes[0]!)}${hex(bytes[1]!)}, an IDX file starts with 0x0000`);
  }
  if (bytes[2] !== UNSIGNED_BYTE) throw broken(name, `element type 0x${hex(bytes[2]!)} arrived, 0x08 (unsigned byte) is needed`);
  const rank = bytes[3]!;
  if (rank === 0) throw broken(name, '0 dimensions arrived, at least 1 is needed');
  const start = idxHeaderBytes(rank);
  if (bytes.length < start) throw broken(name, `${bytes.length} bytes arrived, a header of ${rank} dimensions needs ${start}`);

  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const dims = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  // A product above 2^53 is inexact, but then it cannot equal the length of any file either.
  const needed = dims.includes(0) ? 0 : dims.reduce((product, dim) => product * dim, 1);
  if (bytes.length - start !== needed) {
    throw broken(name, `${bytes.length - start} values arrived, ${dims.join(' x ')} = ${needed} are needed`);
  }
  return { dims, data: bytes.subarray(start) };
}

/** Writes the header of an unsigned byte file at the start of `target` and returns the part for the values. */
export function writeIdxHeader(target: Uint8Array, dims: readonly number[]): Uint8Array {
  const start = idxHeaderBytes(dims.length);
  target.set([0, 0, UNSIGNED_BYTE, dims.length]);
  const view = new DataView(target.buffer, target.byteOffset, start);
  dims.forEach((dim, i) => view.setUint32(4 + 4 * i, dim));
  return target.subarray(start);
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

function broken(name: string, why: string): PipelineError {
  return new PipelineError('E_DATA', `${name} is not a usable IDX file: ${why}.`, {
    hint: 'Fetch the file again; an unpacked .gz is needed, not the .gz itself.',
  });
}
