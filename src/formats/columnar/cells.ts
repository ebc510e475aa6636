// Cells of files that keep a column together (Parquet, Arrow), by the type that the file gives it. A cell is handed over as it is, or
// the sink is told why it does not fit: nothing is rounded on the way.
import { Damaged } from '../bytes/damaged.ts';
import type { CellSink, Misfit } from '../format.ts';

/** Decoded cells of one column, in the order of rows. */
export interface Cells {
  readonly length: number;
  /** Hands over one of them. */
  put(at: number, sink: CellSink): Misfit | undefined;
}

/** 1 where a cell has a value; undefined if all have. */
export type Valid = Uint8Array | undefined;

/** Gaps, and what is not finite, which no number of a table is. */
export function numberCells(
  values: Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array,
  valid: Valid,
): Cells {
  return {
    length: values.length,
    put(at, sink) {
      const value = values[at]!;
      if ((valid && valid[at] === 0) || value !== value) return sink.missing();
      return value - value === 0 ? sink.number(value) : sink.text(String(value));
    },
  };
}

/**
 * Whole numbers of 64 bits. Those that float64 would round are handed over as texts.
 *
 * @param words low and high half of each, `[2 * length]`
 */
export function wholeCells(words: Int32Array, signed: boolean, valid: Valid): Cells {
  return {
    length: words.length / 2,
    put(at, sink) {
      if (valid && valid[at] === 0) return sink.missing();
      const high = signed ? words[2 * at + 1]! : words[2 * at + 1]! >>> 0;
      if (high < 0x200000 && high >= -0x200000) return sink.number(high * 0x100000000 + (words[2 * at]! >>> 0));
      return putWhole(wholeAt(words, at, signed), sink);
    },
  };
}

/** As a number if float64 holds it, else as a text. */
export function putWhole(whole: bigint, sink: CellSink): Misfit | undefined {
  const value = Number(whole);
  return sink.numeric && BigInt(value) === whole ? sink.number(value) : sink.text(String(whole));
}

export function wholeAt(words: Int32Array, at: number, signed = true): bigint {
  const high = words[2 * at + 1]!;
  return (BigInt(signed ? high : high >>> 0) << 32n) | BigInt(words[2 * at]! >>> 0);
}

/** @param values 1 for true, 0 for false */
export function booleanCells(values: Uint8Array, valid: Valid): Cells {
  return { length: values.length, put: (at, sink) => (valid && valid[at] === 0 ? sink.missing() : sink.text(values[at] === 1 ? 'true' : 'false')) };
}

/** An empty text is no value, as in other tables. */
export function textCells(length: number, valid: Valid, text: (at: number) => string): Cells {
  return {
    length,
    put(at, sink) {
      if (valid && valid[at] === 0) return sink.missing();
      const cell = text(at);
      return cell === '' ? sink.missing() : sink.text(cell);
    },
  };
}

/** Cells of a column without any value. */
export function noCells(length: number): Cells {
  return { length, put: (_at, sink) => sink.missing() };
}

/** No writer has more digits: each cell would be as long a text. */
const MOST_SCALE = 400;
/** What float64 holds of powers of ten. */
const MOST_POWER = 22;

/** @param unscaled the digits as a whole number @param scale how many of them stand behind the point */
export function decimalCells(length: number, valid: Valid, scale: number, unscaled: (at: number) => bigint): Cells {
  if (!(Math.abs(scale) <= MOST_SCALE)) throw new Damaged(`${scale} digits stand behind the point`);
  return {
    length,
    put(at, sink) {
      if (valid && valid[at] === 0) return sink.missing();
      const whole = unscaled(at);
      if (!sink.numeric) return sink.text(decimalText(whole, scale));
      const value = Number(whole);
      // One division of exact numbers is rounded once; what is longer is read as the text that it is.
      if (Number.isSafeInteger(value) && scale >= 0 && scale <= MOST_POWER) return sink.number(value / 10 ** scale);
      const text = decimalText(whole, scale);
      const read = Number(text);
      return Number.isFinite(read) && (text.includes('.') || BigInt(read) === BigInt(text)) ? sink.number(read) : sink.text(text);
    },
  };
}

function decimalText(whole: bigint, scale: number): string {
  const sign = whole < 0n ? '-' : '';
  const digits = String(whole < 0n ? -whole : whole);
  if (scale <= 0) return `${sign}${digits}${whole === 0n ? '' : '0'.repeat(-scale)}`;
  const padded = digits.padStart(scale + 1, '0');
  const fraction = padded.slice(-scale).replace(/0+$/, '');
  return `${sign}${padded.slice(0, -scale)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Milliseconds that a Date holds. */
const MOST_TIME = 8.64e15;
const BEYOND: Misfit = { wrong: 'is a moment beyond all dates', cure: 'Correct it; dates end 275 760 years after 1 BC.' };

/** @param milliseconds since 1970 @param text the same, to the last digit */
export function momentCells(length: number, valid: Valid, milliseconds: (at: number) => number, text: (at: number) => string): Cells {
  return {
    length,
    put(at, sink) {
      if (valid && valid[at] === 0) return sink.missing();
      const time = milliseconds(at);
      if (!(Math.abs(time) <= MOST_TIME)) return BEYOND;
      return sink.moment ? sink.moment(time) : sink.text(text(at));
    },
  };
}

/** Days since 1970. */
export function dayCells(days: Int32Array, valid: Valid): Cells {
  const time = (at: number): number => days[at]! * 86_400_000;
  return momentCells(days.length, valid, time, (at) => new Date(time(at)).toISOString().replace(/T.*$/, ''));
}

/** @param words 64 bits each, since 1970 @param perSecond 1, 1e3, 1e6 or 1e9 */
export function timestampCells(words: Int32Array, perSecond: number, valid: Valid): Cells {
  const whole = (at: number): number => words[2 * at + 1]! * 0x100000000 + (words[2 * at]! >>> 0);
  const perMillisecond = perSecond / 1000;
  const time = perSecond < 1000 ? (at: number): number => whole(at) * (1000 / perSecond) : (at: number): number => whole(at) / perMillisecond;
  return momentCells(words.length / 2, valid, time, (at) => timeText(wholeAt(words, at), perSecond));
}

/** Without a zone: such times are taken for UTC. */
export function timeText(since: bigint, perSecond: number): string {
  const unit = BigInt(perSecond);
  const seconds = (since - (((since % unit) + unit) % unit)) / unit;
  const fraction = String(since - seconds * unit)
    .padStart(String(perSecond).length - 1, '0')
    .replace(/0+$/, '');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, -5)}${fraction === '' ? '' : `.${fraction}`}`;
}

const NO_CLOCK: Misfit = { wrong: 'is no time of day', cure: 'Correct it; times of a day are below 24 hours.' };

/** Times of day, as texts. @param since midnight */
export function clockCells(length: number, valid: Valid, perSecond: number, since: (at: number) => bigint): Cells {
  const day = BigInt(86_400 * perSecond);
  return {
    length,
    put(at, sink) {
      if (valid && valid[at] === 0) return sink.missing();
      const time = since(at);
      return time >= 0n && time < day ? sink.text(timeText(time, perSecond).replace(/^.*T/, '')) : NO_CLOCK;
    },
  };
}

/** Half-precision floats as the numbers that they are. @param bits `[length]` */
export function halves(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
  });
}
