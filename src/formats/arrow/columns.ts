// Cells of one column of an Arrow batch, made of its buffers.
import { Damaged } from '../bytes/damaged.ts';
import { Texts, textOf } from '../bytes/texts.ts';
import {
  booleanCells,
  clockCells,
  dayCells,
  decimalCells,
  halves,
  momentCells,
  noCells,
  numberCells,
  textCells,
  timestampCells,
  timeText,
  wholeAt,
  wholeCells,
  type Cells,
  type Valid,
} from '../columnar/cells.ts';
import { BOOL, DATE, DECIMAL, FLOAT, INT, LARGE_UTF8, NULL, TIME, TIMESTAMP, UTF8, UTF8_VIEW, type Type } from './schema.ts';

/** Makes cells of `length` rows from the buffers behind the bitmap. */
export type Meaning = (length: number, valid: Valid, buffers: readonly Uint8Array[]) => Cells;

const PER_SECOND = [1, 1e3, 1e6, 1e9] as const;
const CURE_TEXT = 'Write the column as text in UTF-8.';

/** @returns undefined for what no column of a schema is */
export function meaningOf(type: Type): Meaning | undefined {
  const { id, bits, signed, scale, unit } = type;
  const perSecond = PER_SECOND[unit];
  switch (id) {
    case NULL:
      return (length) => noCells(length);
    case INT:
      return wholes(bits, signed);
    case FLOAT:
      if (unit === 0) return (length, valid, buffers) => numberCells(halves(new Uint16Array(values(buffers, 2 * length))), valid);
      if (unit === 1) return (length, valid, buffers) => numberCells(new Float32Array(values(buffers, 4 * length)), valid);
      return (length, valid, buffers) => numberCells(new Float64Array(values(buffers, 8 * length)), valid);
    case BOOL:
      return (length, valid, buffers) => booleanCells(bitsIn(buffers[0]!, length), valid);
    case DECIMAL:
      return bits % 32 === 0 && bits > 0 ? decimals(bits / 32, scale) : undefined;
    case DATE:
      return unit === 0 ? (length, valid, buffers) => dayCells(new Int32Array(values(buffers, 4 * length)), valid) : milliseconds;
    case TIME:
      return perSecond === undefined ? undefined : clocks(bits, perSecond);
    case TIMESTAMP:
      return perSecond === undefined ? undefined : (length, valid, buffers) => timestampCells(new Int32Array(values(buffers, 8 * length)), perSecond, valid);
    case UTF8:
    case LARGE_UTF8:
      return texts(id === UTF8 ? 1 : 2);
    case UTF8_VIEW:
      return views();
    default:
      return undefined;
  }
}

/** Memory of the values, from its beginning. */
function values([buffer]: readonly Uint8Array[], bytes: number): ArrayBuffer {
  if (!buffer || buffer.length < bytes) throw new Damaged(`values have ${buffer?.length ?? 0} bytes, and need ${bytes}`);
  return buffer.slice(0, bytes).buffer as ArrayBuffer;
}

/** Bits as bytes of 0 and 1. */
export function bitsIn(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length * 8 < length) throw new Damaged(`a bitmap has ${bytes.length} bytes for ${length} rows`);
  const out = new Uint8Array(length);
  for (let i = 0; i < length; i++) out[i] = (bytes[i >> 3]! >> (i & 7)) & 1;
  return out;
}

const SIGNED = { 8: Int8Array, 16: Int16Array, 32: Int32Array } as const;
const UNSIGNED = { 8: Uint8Array, 16: Uint16Array, 32: Uint32Array } as const;

function wholes(bits: number, signed: boolean): Meaning | undefined {
  if (bits === 64) return (length, valid, buffers) => wholeCells(new Int32Array(values(buffers, 8 * length)), signed, valid);
  if (bits !== 8 && bits !== 16 && bits !== 32) return undefined;
  const Values = signed ? SIGNED[bits] : UNSIGNED[bits];
  return (length, valid, buffers) => numberCells(new Values(values(buffers, (length * bits) / 8)), valid);
}

/** Positions in a dictionary. */
export function positionsIn({ bits, signed }: Type, length: number, buffers: readonly Uint8Array[]): Float64Array {
  if (bits === 64) {
    const words = new Int32Array(values(buffers, 8 * length));
    return Float64Array.from({ length }, (_, i) => Number(wholeAt(words, i, signed)));
  }
  if (bits !== 8 && bits !== 16 && bits !== 32) throw new Damaged(`positions in a dictionary have ${bits} bits`);
  const Values = signed ? SIGNED[bits] : UNSIGNED[bits];
  return Float64Array.from(new Values(values(buffers, (length * bits) / 8)));
}

/** @param words of 32 bits that a number takes */
function decimals(words: number, scale: number): Meaning {
  return (length, valid, buffers) => {
    const data = new Uint32Array(values(buffers, 4 * words * length));
    return decimalCells(length, valid, scale, (at) => {
      let value = 0n;
      for (let i = words - 1; i >= 0; i--) value = (value << 32n) | BigInt(data[at * words + i]!);
      return BigInt.asIntN(32 * words, value);
    });
  };
}

/** Dates that are written as milliseconds. */
const milliseconds: Meaning = (length, valid, buffers) => {
  const words = new Int32Array(values(buffers, 8 * length));
  const time = (at: number): number => words[2 * at + 1]! * 2 ** 32 + (words[2 * at]! >>> 0);
  return momentCells(length, valid, time, (at) => timeText(wholeAt(words, at), 1000).replace('T00:00:00', ''));
};

function clocks(bits: number, perSecond: number): Meaning {
  if (bits === 32)
    return (length, valid, buffers) => {
      const since = new Int32Array(values(buffers, 4 * length));
      return clockCells(length, valid, perSecond, (at) => BigInt(since[at]!));
    };
  return (length, valid, buffers) => {
    const words = new Int32Array(values(buffers, 8 * length));
    return clockCells(length, valid, perSecond, (at) => wholeAt(words, at));
  };
}

/** @param words of 32 bits in an offset */
function texts(words: number): Meaning {
  const known = new Texts(CURE_TEXT);
  return (length, valid, buffers) => {
    // A column without rows may have no offset at all.
    const offsets = length === 0 ? new Int32Array(words) : new Int32Array(values(buffers, 4 * words * (length + 1)));
    const bytes = buffers[1] ?? new Uint8Array();
    const edges = Float64Array.from({ length: length + 1 }, (_, i) => (offsets[i * words]! >>> 0) + (words === 2 ? offsets[2 * i + 1]! * 2 ** 32 : 0));
    for (let i = 0; i < length; i++) if (edges[i]! > edges[i + 1]!) throw new Damaged('a text ends before it begins');
    if (edges[length]! > bytes.length) throw new Damaged(`texts have ${bytes.length} bytes, and need ${edges[length]}`);
    return textCells(length, valid, (at) => known.of(bytes, edges[at]!, edges[at + 1]!));
  };
}

const VIEW_BYTES = 16;
/** Of a text that is in the view itself. */
const MOST_INLINE = 12;

function views(): Meaning {
  return (length, valid, buffers) => {
    const bytes = new Uint8Array(values(buffers, VIEW_BYTES * length));
    const view = new DataView(bytes.buffer);
    return textCells(length, valid, (at) => {
      const from = VIEW_BYTES * at;
      const size = view.getInt32(from, true);
      if (size >= 0 && size <= MOST_INLINE) return textOf(bytes, from + 4, from + 4 + size, CURE_TEXT);
      const buffer = buffers[1 + view.getInt32(from + 8, true)];
      const offset = view.getInt32(from + 12, true);
      if (!buffer || size < 0 || offset < 0 || offset + size > buffer.length) throw new Damaged('a text is beyond its buffer');
      return textOf(buffer, offset, offset + size, CURE_TEXT);
    });
  };
}
