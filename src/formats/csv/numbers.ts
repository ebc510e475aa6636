// Parses numbers from the bytes of a text. The result equals `Number` of the same text to the last bit, several times faster. Digits
// are gathered in two exact whole numbers; their product with a power of ten is rounded once where one float64 holds it (Clinger's fast
// path), else worked out in two of them and rounded where the result is beyond doubt (Ziv's test). What is left goes to `Number`.

/** Powers of ten that float64 holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const MOST_EXPONENT = POWERS.length - 1;
/** Digits that one float64 holds whatever they are. */
const ONE = 15;
const TWO = 30;
/** 2^27 + 1 halves the digits of a float64, after Dekker. */
const HALF = 134217729;
/** More than the error of a result in two parts, as a share of it. */
const DOUBT = 2 ** -98;

/**
 * @param decimal byte between whole numbers and fractions
 * @returns NaN for anything but a finite number, and for a whole number that float64 cannot hold: a rounded id is another id
 */
export function numberIn(bytes: Uint8Array, from: number, to: number, decimal: number): number {
  let at = from;
  let end = to;
  while (at < end && isSpace(bytes[at]!)) at++;
  while (end > at && isSpace(bytes[end - 1]!)) end--;
  const begin = at;
  const negative = bytes[at] === 0x2d;
  if (negative || bytes[at] === 0x2b) at++;
  let high = 0;
  let low = 0;
  let digits = 0; // from the first that is not 0
  let written = 0;
  let fraction = -1; // digits behind the point; -1 before it
  for (; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit >= 0 && digit <= 9) {
      written++;
      if (digits < ONE) high = high * 10 + digit;
      else if (digits < TWO) low = low * 10 + digit;
      if (digits > 0 || digit > 0) digits++;
      if (fraction >= 0) fraction++;
    } else if (bytes[at] === decimal && fraction < 0) fraction = 0;
    else break;
  }
  if (written === 0) return NaN;
  let exponent = 0;
  const whole = fraction < 0 && at === end;
  if (at < end && (bytes[at]! | 0x20) === 0x65) {
    at++;
    const down = bytes[at] === 0x2d;
    if (down || bytes[at] === 0x2b) at++;
    if (at === end) return NaN;
    for (; at < end; at++) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) return NaN;
      if (exponent < 10_000) exponent = exponent * 10 + digit;
    }
    if (down) exponent = -exponent;
  }
  if (at < end) return NaN;
  exponent -= Math.max(0, fraction);
  if (Math.abs(exponent) <= MOST_EXPONENT || digits === 0) {
    if (digits <= ONE) {
      const value = digits === 0 ? 0 : exponent < 0 ? high / POWERS[-exponent]! : high * POWERS[exponent]!;
      return negative ? -value : value;
    }
    if (digits <= TWO && !whole) {
      const value = inTwo(high, low, digits - ONE, exponent);
      if (value === value) return negative ? -value : value;
    }
  }
  return slowly(bytes, begin, end, decimal, whole);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}

/** `(high * 10^places + low) * 10^exponent`; NaN where it cannot be told which way to round. */
function inTwo(high: number, low: number, places: number, exponent: number): number {
  // The digits as sum + rest.
  const scale = POWERS[places]!;
  const product = high * scale;
  const sum = product + low;
  const back = sum - product;
  const rest = productError(high, scale, product) + (product - (sum - back)) + (low - back);
  const power = POWERS[Math.abs(exponent)]!;
  const first = exponent < 0 ? sum / power : sum * power;
  const times = exponent < 0 ? first * power : first;
  const error = exponent < 0 ? productError(first, power, times) : productError(sum, power, times);
  const second = exponent < 0 ? (sum - times - error + rest) / power : error + rest * power;
  const doubt = first * DOUBT;
  const value = first + (second - doubt);
  return value === first + (second + doubt) ? value : NaN;
}

/** What `product`, a * b rounded, lacks of a * b. */
function productError(a: number, b: number, product: number): number {
  const aBig = a * HALF;
  const aHigh = aBig - (aBig - a);
  const aLow = a - aHigh;
  const bBig = b * HALF;
  const bHigh = bBig - (bBig - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function slowly(bytes: Uint8Array, from: number, to: number, decimal: number, whole: boolean): number {
  let text = '';
  for (let at = from; at < to; at++) text += bytes[at] === decimal ? '.' : String.fromCharCode(bytes[at]!);
  const value = Number(text);
  if (!Number.isFinite(value)) return NaN;
  return whole && BigInt(text.replace('+', '')) !== BigInt(value) ? NaN : value;
}

/**
 * A reader of numbers whose digits stand in groups of three, such as `1,234,567.5`; it gives NaN for any other text.
 *
 * @param thousands the mark between groups; a space is any that does not break, too
 */
export function groupedNumbers(thousands: string, decimal: string): (text: string) => number {
  const mark = thousands === ' ' ? '[ \u00a0\u202f]' : `[${thousands}]`;
  const written = new RegExp(`^\\s*[+-]?[1-9]\\d{0,2}(${mark}\\d{3})+([${decimal}]\\d*)?\\s*$`, 'u');
  const marks = new RegExp(mark, 'gu');
  return (text) => {
    if (!written.test(text)) return NaN;
    const bytes = new TextEncoder().encode(text.trim().replaceAll(marks, ''));
    return numberIn(bytes, 0, bytes.length, decimal.charCodeAt(0));
  };
}
