// Whole numbers as Parquet packs them: runs of equal ones, groups of few bits each, and differences.
import { Damaged } from '../bytes/damaged.ts';

/** Bits from `bit` on as a number, lowest first; what lies beyond the bytes counts as 0. @param width 1 to 32 */
function bitsAt(bytes: Uint8Array, bit: number, width: number): number {
  const at = Math.floor(bit / 8);
  const shift = bit % 8;
  const low = ((bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> shift) >>> 0;
  if (width <= 32 - shift) return width === 32 ? low : low & (2 ** width - 1);
  const value = low + (bytes[at + 4] ?? 0) * 2 ** (32 - shift);
  return value % 2 ** width;
}

/** A number of 7 bits a byte. */
interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  /** Where the bytes end. */
  readonly to: number;
}

function byteOf(cursor: Cursor): number {
  if (cursor.at >= cursor.to) throw new Damaged('a page ends too early');
  return cursor.bytes[cursor.at++]!;
}

function varintOf(cursor: Cursor): number {
  let value = 0;
  for (let scale = 1; scale <= 2 ** 42; scale *= 128) {
    const byte = byteOf(cursor);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  throw new Damaged('a number of a page is too long');
}

/**
 * Reads runs (RLE / bit-packed hybrid) until `out` is full.
 *
 * @param width bits of a number, 0 to 32
 * @throws Damaged when the bytes end before, or a run is longer than what is missing
 */
export function readRuns(bytes: Uint8Array, from: number, to: number, width: number, out: Uint8Array | Int32Array): void {
  const cursor = { bytes, at: from, to };
  const wide = Math.ceil(width / 8);
  let done = 0;
  while (done < out.length) {
    const head = varintOf(cursor);
    const left = out.length - done;
    if (head % 2 === 0) {
      const length = head / 2;
      if (length > left) throw new Damaged(`a run has ${length} values where ${left} are missing`);
      let value = 0;
      for (let i = 0; i < wide; i++) value += byteOf(cursor) * 2 ** (8 * i);
      if (value >= 2 ** width) throw new Damaged(`${value} has more than ${width} bits`);
      out.fill(value, done, done + length);
      done += length;
      continue;
    }
    // Groups of eight; what fills up the last of them means nothing.
    const groups = (head - 1) / 2;
    const length = Math.min(left, groups * 8);
    if (cursor.at + Math.ceil((length * width) / 8) > to) throw new Damaged('a page ends too early');
    if (width === 0) out.fill(0, done, done + length);
    else if (width === 1) for (let i = 0; i < length; i++) out[done + i] = (bytes[cursor.at + (i >> 3)]! >> (i & 7)) & 1;
    else for (let i = 0, bit = cursor.at * 8; i < length; i++, bit += width) out[done + i] = bitsAt(bytes, bit, width);
    done += length;
    cursor.at = Math.min(to, cursor.at + groups * width);
  }
}

/** Numbers of 64 bits as two halves. */
export interface Deltas {
  /** Low and high half of each, `[2 * count]`. */
  readonly words: Int32Array;
  /** Where they end. */
  readonly end: number;
}

/** A difference of up to 64 bits. */
function zigzagOf(cursor: Cursor): readonly [low: number, high: number] {
  let bits = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = byteOf(cursor);
    bits |= BigInt(byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    const value = BigInt.asIntN(64, (bits >> 1n) ^ -(bits & 1n));
    return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
  }
  throw new Damaged('a number of a page is too long');
}

/** A sum of differences, each put down as it is reached. */
class Sums {
  readonly words: Int32Array;
  /** Numbers that are there. */
  done = 0;
  #low: number;
  #high: number;

  constructor(count: number, [low, high]: readonly [number, number]) {
    this.words = new Int32Array(2 * count);
    this.#low = low;
    this.#high = high;
  }

  add(low: number, high: number): void {
    const sum = (this.#low >>> 0) + (low >>> 0);
    this.#low = sum | 0;
    this.#high = (this.#high + high + (sum >= 2 ** 32 ? 1 : 0)) | 0;
  }

  put(): void {
    this.words[2 * this.done] = this.#low;
    this.words[2 * this.done + 1] = this.#high;
    this.done++;
  }
}

/** @param count values that must be there @throws Damaged */
export function readDeltas(bytes: Uint8Array, from: number, to: number, count: number): Deltas {
  const cursor = { bytes, at: from, to };
  const block = varintOf(cursor);
  const minis = varintOf(cursor);
  const said = varintOf(cursor);
  if (said !== count) throw new Damaged(`a page has ${said} differences in place of ${count}`);
  const perMini = block / minis;
  if (!Number.isInteger(perMini) || perMini === 0 || perMini % 8 !== 0) throw new Damaged(`blocks of ${block} differences are in ${minis} parts`);
  const sums = new Sums(count, zigzagOf(cursor));
  if (count > 0) sums.put();
  while (sums.done < count) {
    const [leastLow, leastHigh] = zigzagOf(cursor);
    const widths = cursor.at;
    cursor.at += minis;
    if (cursor.at > to) throw new Damaged('a page ends too early');
    for (let mini = 0; mini < minis && sums.done < count; mini++) {
      const width = bytes[widths + mini]!;
      if (width > 64) throw new Damaged(`differences have ${width} bits`);
      const length = Math.min(perMini, count - sums.done);
      if (cursor.at + Math.ceil((length * width) / 8) > to) throw new Damaged('a page ends too early');
      for (let i = 0, bit = cursor.at * 8; i < length; i++, bit += width) {
        sums.add(leastLow, leastHigh);
        if (width > 32) sums.add(bitsAt(bytes, bit, 32), bitsAt(bytes, bit + 32, width - 32));
        else if (width > 0) sums.add(bitsAt(bytes, bit, width), 0);
        sums.put();
      }
      cursor.at = Math.min(to, cursor.at + (perMini * width) / 8);
    }
  }
  return { words: sums.words, end: cursor.at };
}
