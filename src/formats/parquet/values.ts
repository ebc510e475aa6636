// The values of a page, without gaps: of fixed length, or texts as pieces of its bytes.
import { Damaged } from '../bytes/damaged.ts';
import { readDeltas, readRuns } from './bits.ts';
import type { Physical } from './footer/footer.ts';

export interface Fixed {
  readonly kind: 'fixed';
  /** Of 64 bits the low and high half of each, of 96 bits three parts, of bytes all of them. */
  readonly data: Int32Array | Float32Array | Float64Array | Uint8Array;
  /** Elements of `data` that a value takes. */
  readonly stride: number;
}

export interface Pieces {
  readonly kind: 'pieces';
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export type Values = Fixed | Pieces;

export function countOf(values: Values): number {
  return values.kind === 'fixed' ? values.data.length / values.stride : values.starts.length;
}

/** What pages hold, by Parquet's numbers. */
const PLAIN = 0;
const RLE = 3;
const DELTA = 5;
const DELTA_LENGTH = 6;
const DELTA_TEXT = 7;
const SPLIT = 9;
const NAMES: Readonly<Record<number, string>> = { 1: 'GROUP_VAR_INT', 4: 'BIT_PACKED', 10: 'ALP' };
/** Positions in a dictionary: the same, by an old and a new number. */
export const IN_DICTIONARY: readonly number[] = [2, 8];

export interface Shape {
  readonly physical: Physical;
  /** Bytes of values of fixed length. */
  readonly width: number;
}

/** @param count values that must be there: fewer, and more, are damage */
export function readValues(bytes: Uint8Array, encoding: number, count: number, shape: Shape): Values {
  switch (encoding) {
    case PLAIN:
      return plain(bytes, count, shape);
    case RLE:
      return runs(bytes, count, shape);
    case DELTA:
      return deltas(bytes, count, shape);
    case DELTA_LENGTH:
      return lengths(bytes, count);
    case DELTA_TEXT:
      return shape.physical === 'FIXED_LEN_BYTE_ARRAY' ? ofOneLength(texts(bytes, count), shape) : texts(bytes, count);
    case SPLIT:
      return split(bytes, count, shape);
    default:
      throw new Damaged(`its encoding is ${NAMES[encoding] ?? encoding}, which no usual writer uses`);
  }
}

const BYTES: Readonly<Partial<Record<Physical, number>>> = { INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8 };

function plain(bytes: Uint8Array, count: number, shape: Shape): Values {
  if (shape.physical === 'BYTE_ARRAY') return prefixed(bytes, count);
  if (shape.physical === 'BOOLEAN') {
    checkLength(bytes, Math.ceil(count / 8));
    return { kind: 'fixed', data: Uint8Array.from({ length: count }, (_, i) => (bytes[i >> 3]! >> (i & 7)) & 1), stride: 1 };
  }
  checkLength(bytes, count * widthOf(shape));
  return fixed(bytes.slice(), shape);
}

function widthOf({ physical, width }: Shape): number {
  return BYTES[physical] ?? width;
}

/** @param bytes that begin where their memory does */
function fixed({ buffer }: Uint8Array, { physical, width }: Shape): Fixed {
  switch (physical) {
    case 'FLOAT':
      return { kind: 'fixed', data: new Float32Array(buffer), stride: 1 };
    case 'DOUBLE':
      return { kind: 'fixed', data: new Float64Array(buffer), stride: 1 };
    case 'FIXED_LEN_BYTE_ARRAY':
      return { kind: 'fixed', data: new Uint8Array(buffer), stride: width };
    default:
      return { kind: 'fixed', data: new Int32Array(buffer), stride: BYTES[physical]! / 4 };
  }
}

function checkLength(bytes: Uint8Array, needed: number): void {
  if (bytes.length !== needed) throw new Damaged(`a page has ${bytes.length} bytes of values, and they need ${needed}`);
}

/** Each text after its length. */
function prefixed(bytes: Uint8Array, count: number): Pieces {
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) throw new Damaged('a page ends too early');
    const length = view.getUint32(at, true);
    at += 4;
    if (length > bytes.length - at) throw new Damaged(`a text has ${length} bytes where ${bytes.length - at} are left`);
    starts[i] = at;
    ends[i] = at += length;
  }
  checkLength(bytes, at);
  return { kind: 'pieces', bytes, starts, ends };
}

/** Booleans as runs, after their length. */
function runs(bytes: Uint8Array, count: number, { physical }: Shape): Fixed {
  if (physical !== 'BOOLEAN' || bytes.length < 4) throw new Damaged(`values of type ${physical} are runs`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (length > bytes.length - 4) throw new Damaged('a page ends too early');
  const data = new Uint8Array(count);
  readRuns(bytes, 4, 4 + length, 1, data);
  return { kind: 'fixed', data, stride: 1 };
}

function deltas(bytes: Uint8Array, count: number, { physical }: Shape): Fixed {
  const { words } = readDeltas(bytes, 0, bytes.length, count);
  if (physical === 'INT64') return { kind: 'fixed', data: words, stride: 2 };
  if (physical !== 'INT32') throw new Damaged(`values of type ${physical} are differences`);
  return { kind: 'fixed', data: Int32Array.from({ length: count }, (_, i) => words[2 * i]!), stride: 1 };
}

function lengthsOf(bytes: Uint8Array, from: number, count: number): readonly [lengths: Int32Array, end: number] {
  const { words, end } = readDeltas(bytes, from, bytes.length, count);
  const lengths = Int32Array.from({ length: count }, (_, i) => words[2 * i]!);
  if (lengths.some((length) => length < 0)) throw new Damaged('the length of a text is below 0');
  return [lengths, end];
}

function lengths(bytes: Uint8Array, count: number): Pieces {
  const [lengths, end] = lengthsOf(bytes, 0, count);
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  let at = end;
  for (let i = 0; i < count; i++) {
    starts[i] = at;
    ends[i] = at += lengths[i]!;
    if (at > bytes.length) throw new Damaged('a page ends too early');
  }
  checkLength(bytes, at);
  return { kind: 'pieces', bytes, starts, ends };
}

/** A text may take that much of the memory of a page. */
const MOST_TEXTS = 2 ** 29;

/** Each text begins like the one before it. */
function texts(bytes: Uint8Array, count: number): Pieces {
  const [shared, from] = lengthsOf(bytes, 0, count);
  const [rest, end] = lengthsOf(bytes, from, count);
  const total = shared.reduce((sum, length, i) => sum + length + rest[i]!, 0);
  if (total > MOST_TEXTS) throw new Damaged(`the texts of a page take ${total} bytes`);
  const out = new Uint8Array(total);
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  let read = end;
  let at = 0;
  for (let i = 0; i < count; i++) {
    const before = i === 0 ? 0 : ends[i - 1]! - starts[i - 1]!;
    if (shared[i]! > before || rest[i]! > bytes.length - read) throw new Damaged('a page ends too early');
    starts[i] = at;
    if (i > 0) out.copyWithin(at, starts[i - 1]!, starts[i - 1]! + shared[i]!);
    at += shared[i]!;
    out.set(bytes.subarray(read, (read += rest[i]!)), at);
    ends[i] = at += rest[i]!;
  }
  checkLength(bytes, read);
  return { kind: 'pieces', bytes: out, starts, ends };
}

/** Texts that follow one another, as values of fixed length. */
function ofOneLength({ bytes, starts, ends }: Pieces, shape: Shape): Fixed {
  if (starts.some((start, i) => ends[i]! - start !== shape.width)) throw new Damaged(`a value has other than ${shape.width} bytes`);
  return fixed(bytes, shape);
}

/** The first bytes of all values, then the second ones. */
function split(bytes: Uint8Array, count: number, shape: Shape): Fixed {
  const width = widthOf(shape);
  if (width === 0) throw new Damaged(`values of type ${shape.physical} are split into bytes`);
  checkLength(bytes, count * width);
  const out = new Uint8Array(count * width);
  for (let b = 0; b < width; b++) for (let i = 0; i < count; i++) out[i * width + b] = bytes[b * count + i]!;
  return fixed(out, shape);
}

/** @param index position of each among `values`; -1 for a gap, whose value is 0 or empty */
export function gathered(values: Values, index: Int32Array): Values {
  if (values.kind === 'pieces') {
    const { bytes, starts, ends } = values;
    const own = (edges: Int32Array): Int32Array => index.map((from) => (from < 0 ? 0 : edges[from]!));
    return { kind: 'pieces', bytes, starts: own(starts), ends: own(ends) };
  }
  const { data, stride } = values;
  const out = new (data.constructor as new (length: number) => typeof data)(index.length * stride);
  for (let i = 0; i < index.length; i++) {
    const from = index[i]! * stride;
    if (from >= 0) for (let part = 0; part < stride; part++) out[i * stride + part] = data[from + part]!;
  }
  return { kind: 'fixed', data: out, stride };
}
