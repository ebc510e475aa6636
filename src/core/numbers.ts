// Whole numbers as people read them, in output, captions and pages alike.

/** 70000 -> 70 000, with narrow spaces that no line breaks at. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}

/** Seconds since 1970 as ISO 8601 in UTC, without a time at midnight: `2012-01-31`, `2012-01-31T13:30:00`. */
export function dateText(seconds: number): string {
  if (!(Math.abs(seconds) <= 8.64e12)) return String(seconds); // beyond all dates
  return new Date(seconds * 1000).toISOString().replace(/(T00:00:00)?\.\d+Z$/, '');
}

/** Half a step of f32 near 1. */
const STEP = 2 ** -24;
/** Of float64: what differs by less differs by rounding. */
const NOISE = 2 ** -46;
const FEW_CLOSE = 1 / 32;

/**
 * Whether f32 loses what tells many of these apart.
 *
 * @param center what it has them around
 * @param steps between two neighbours, of which few stand so close where f32 is enough
 */
export function isCoarse(sorted: Float64Array, center: number, steps = 16): boolean {
  let [pairs, close] = [0, 0];
  for (let i = 1; i < sorted.length; i++) {
    const [a, b] = [sorted[i - 1]!, sorted[i]!];
    if (!(b - a > NOISE * Math.max(Math.abs(a), Math.abs(b)))) continue;
    pairs++;
    if (b - a <= steps * STEP * Math.max(Math.abs(a - center), Math.abs(b - center))) close++;
  }
  return (close > 1 || close === pairs) && close > FEW_CLOSE * pairs;
}
