// Where columns are cut into bins, as scikit-learn 1.9 cuts them (ensemble/_hist_gradient_boosting/binning.py): between all
// neighbouring values where there are few enough, else at quantiles.
import { RandomState } from '../../../core/data/random.ts';

/** Of more rows, so many are drawn, and columns are cut by the values of those. */
export const MOST_ROWS = 200_000;
/** Thresholds are no larger: only a split between values and gaps is at Infinity. */
const ALMOST_INFINITY = 1e300;

/** The values of a column, ascending and each once, with how often it is there or what it weighs. */
export interface Amounts {
  readonly values: Float64Array;
  readonly amounts: Float64Array;
}

/** Amounts of values that come in any order; without gaps, and without those that weigh nothing. @param weights absent for 1 each */
export function amountsOf(values: Float64Array, weights?: ArrayLike<number>): Amounts {
  const counts = (row: number): boolean => values[row] === values[row] && weights?.[row] !== 0;
  if (!weights) return amountsOfSorted(values.filter((_, row) => counts(row)).sort());
  const order = Uint32Array.from(values.keys()).filter(counts);
  order.sort((a, b) => values[a]! - values[b]!);
  return amountsOfSorted(
    Float64Array.from(order, (row) => values[row]!),
    Float64Array.from(order, (row) => weights[row]!),
  );
}

function amountsOfSorted(sorted: Float64Array, weights?: Float64Array): Amounts {
  const values = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  const amounts = new Float64Array(values.length);
  let at = -1;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) at++;
    amounts[at]! += weights?.[i] ?? 1;
  }
  return { values, amounts };
}

/**
 * Ascending thresholds: a value is in the first bin whose threshold is not below it, or behind all of them.
 *
 * @param weighted whether amounts are weights
 */
export function thresholdsOf({ values, amounts }: Amounts, maxBins: number, weighted: boolean): Float64Array {
  const cuts =
    values.length <= maxBins
      ? Float64Array.from({ length: Math.max(0, values.length - 1) }, (_, i) => (values[i]! + values[i + 1]!) / 2)
      : quantiles(values, amounts, maxBins, weighted);
  return cuts.filter((cut, i) => i === 0 || cut !== cuts[i - 1]).map((cut) => Math.min(cut, ALMOST_INFINITY));
}

/** Rounded as numpy's linspace and percentile round, since it matters whether a quantile falls between two rows. */
function quantiles(values: Float64Array, amounts: Float64Array, maxBins: number, weighted: boolean): Float64Array {
  let sum = 0;
  const upTo = amounts.map((amount) => (sum += amount));
  const step = 100 / maxBins;
  let at = 0;
  return Float64Array.from({ length: maxBins - 1 }, (_, i) => {
    const share = ((i + 1) * step) / 100;
    if (weighted) {
      const wanted = share * sum;
      while (at < upTo.length - 1 && upTo[at]! < wanted) at++;
      const next = values[Math.min(at + 1, values.length - 1)]!;
      return upTo[at]! - wanted > Number.EPSILON ? values[at]! : (values[at]! + next) / 2;
    }
    const place = sum * share - 1;
    const before = Math.floor(place);
    while (upTo[at]! <= before) at++;
    const [low, high] = [values[at]!, values[upTo[at]! > before + 1 ? at : Math.min(at + 1, values.length - 1)]!];
    return place === before ? high - (high - low) * 0.5 : high;
  });
}

/** Positions of the rows by which columns are cut, with repeats; undefined for all of them. */
export function rowsToCut(rows: number, weights: ArrayLike<number> | undefined, seed: number): Uint32Array | undefined {
  if (rows <= MOST_ROWS) return undefined;
  const random = new RandomState(seed);
  if (!weights) return Uint32Array.from({ length: MOST_ROWS }, () => random.interval(rows - 1));
  let sum = 0;
  const upTo = Float64Array.from(weights, (weight) => (sum += weight));
  return Uint32Array.from({ length: MOST_ROWS }, () => {
    const drawn = ((random.uint32() >>> 5) * 2 ** 26 + (random.uint32() >>> 6)) / 2 ** 53;
    return Math.min(rows - 1, firstAbove(upTo, drawn * sum));
  });
}

/** Position of the first that is above `value`. */
function firstAbove(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Position of the first that is not below `value`: its bin. */
export function binOf(thresholds: Float64Array, value: number): number {
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= thresholds[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}
