// The power transform of Yeo and Johnson, and the power that makes a column most like a normal distribution.
import { momentsOf } from '../levels/moments.ts';
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
 */
export function bestPower(values: Float64Array): number {
  let [most, below, above] = [0, false, false];
  for (const value of values) {
    most = Math.max(most, Math.abs(value));
    if (value < 0) below = true;
    else above = true;
  }
  if (most === 0) return 1;
  const room = Math.log1p(20 * most);
  const eps = Math.log(Number.EPSILON);
  const [low, high] = [(Math.log(LEAST_NORMAL) - eps) / 2 / room, (Math.log(Number.MAX_VALUE) + eps) / 2 / room];
  const bounds: readonly [number, number] = !below ? [low, high] : !above ? [2 - high, 2 - low] : [Math.max(2 - high, low), Math.min(2 - low, high)];
  const logs = values.reduce((sum, value) => sum + Math.sign(value) * Math.log1p(Math.abs(value)), 0);
  const made = new Float64Array(values.length);
  return minimumWithin(bounds, TOLERANCE, (power) => {
    for (let i = 0; i < made.length; i++) made[i] = yeoJohnson(values[i]!, power);
    const { variance } = momentsOf(made);
    // So little variance is rounding; no power is better for it.
    return variance < LEAST_NORMAL ? Infinity : (made.length / 2) * Math.log(variance) - (power - 1) * logs;
  });
}
