// The power transform of Yeo and Johnson, and the power that makes a column most like a normal distribution.
import { minimumWithin } from './minimumWithin.ts';

/** scipy's tolerance, of the power. */
const TOLERANCE = 1.48e-8;
const LEAST_NORMAL = 2 ** -1022;

/** `((1 + x)^power - 1) / power` above 0; below, the same of `-x` and `2 - power`, turned round. */
export function yeoJohnson(value: number, power: number): number {
  return value >= 0 ? bent(Math.log1p(value), power) : -bent(Math.log1p(-value), 2 - power);
}

/** @param log of 1 + a size */
function bent(log: number, power: number): number {
  return Math.abs(power) < Number.EPSILON ? log : Math.expm1(power * log) / power;
}

/**
 * The power of largest likelihood, as `scipy.stats.yeojohnson_normmax` finds it: within bounds inside which values up to 20 times the
 * largest stay far from what float64 cannot hold.
 *
 * @param sorted ascending: a value that stands in many rows is made once
 */
export function bestPower(sorted: Float64Array): number {
  const [least, greatest] = [sorted[0]!, sorted.at(-1)!];
  const most = Math.max(Math.abs(least), Math.abs(greatest));
  if (most === 0) return 1;
  const room = Math.log1p(20 * most);
  const eps = Math.log(Number.EPSILON);
  const [low, high] = [(Math.log(LEAST_NORMAL) - eps) / 2 / room, (Math.log(Number.MAX_VALUE) + eps) / 2 / room];
  const bounds: readonly [number, number] = least >= 0 ? [low, high] : greatest < 0 ? [2 - high, 2 - low] : [Math.max(2 - high, low), Math.min(2 - low, high)];
  const { logs, counts } = distinctLogs(sorted);
  const rows = sorted.length;
  const slope = logs.reduce((sum, log, i) => sum + counts[i]! * log, 0);
  const made = new Float64Array(logs.length);
  return minimumWithin(bounds, TOLERANCE, (power) => {
    for (let i = 0; i < made.length; i++) made[i] = logs[i]! >= 0 ? bent(logs[i]!, power) : -bent(-logs[i]!, 2 - power);
    const first = made[0]!;
    const mean = first + made.reduce((sum, value, i) => sum + counts[i]! * (value - first), 0) / rows;
    const variance = made.reduce((sum, value, i) => sum + counts[i]! * (value - mean) ** 2, 0) / rows;
    // So little variance is rounding; no power is better for it.
    return variance < LEAST_NORMAL ? Infinity : (rows / 2) * Math.log(variance) - (power - 1) * slope;
  });
}

/** The distinct values, each as the logarithm of 1 + its size, with its sign, and how many rows have it. */
function distinctLogs(sorted: Float64Array): { readonly logs: Float64Array; readonly counts: Float64Array } {
  const logs = new Float64Array(sorted.length);
  const counts = new Float64Array(sorted.length);
  let last = -1;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) logs[++last] = Math.sign(sorted[i]!) * Math.log1p(Math.abs(sorted[i]!));
    counts[last]!++;
  }
  return { logs: logs.subarray(0, last + 1), counts: counts.subarray(0, last + 1) };
}
