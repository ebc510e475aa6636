// Replaces values by their rank among the training rows.
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { eachColumn, inputColumns } from '../levels/columnValues.ts';
import { linspace, percentile } from '../levels/percentile.ts';
import { eachValue } from '../values/eachValue.ts';
import { normalQuantile } from './normalQuantile.ts';

export interface QuantileOptions {
  /** How many quantiles of each column are kept; no more than there are rows. Default 1000. */
  readonly nQuantiles?: number | undefined;
  /** What values are spread like: evenly from 0 to 1 (`uniform`, default), or like a `normal` distribution. */
  readonly outputDistribution?: 'uniform' | 'normal' | undefined;
}

const params = z.strictObject({
  nQuantiles: z.int().min(1).default(1000).describe('quantiles of each column that are kept'),
  outputDistribution: z.enum(['uniform', 'normal']).default('uniform').describe('what values are spread like'),
} satisfies ShapeOf<QuantileOptions>);

/** How near to an end of the range a value counts as the end, and the share of a normal distribution that is cut off there. */
export const NEAR = 1e-7;

/**
 * `sklearn.preprocessing.QuantileTransformer(subsample=None)`: each value becomes the share of the training rows below it, between the
 * quantiles that are kept, or what has this share below it in a normal distribution. Outliers come near to the others; values beyond
 * those of the training rows become the ends. A constant column becomes 0, or the lower end, as in scikit-learn.
 *
 * Rows `[rows, cols]` become `[rows, cols]`, and columns keep their names; a model has `fields.quantiles`, `[quantiles]` for each column.
 *
 * @throws E_DATA for a gap or a column of names
 * @example
 * fit(chain(quantile({ outputDistribution: 'normal' }), logisticRegression()));
 */
export const quantile = defineEstimator<QuantileOptions>()({
  name: 'quantile',
  kind: 'transformer',
  params,
  async train(rows, { nQuantiles, outputDistribution }) {
    const shares = sharesOf(Math.min(nQuantiles, rows.rows.length));
    const quantiles: Float64Array[] = [];
    for await (const { values } of eachColumn(rows)) {
      const sorted = values.sort();
      const own = shares.map((share) => percentile(sorted, share * 100));
      // Interpolation rounds: no quantile may be less than the one before it.
      for (let i = 1; i < own.length; i++) own[i] = Math.max(own[i]!, own[i - 1]!);
      quantiles.push(own);
    }
    return { quantiles, outputDistribution };
  },
  outputs: ({ quantiles }) => quantiles.length,
  outputColumns: inputColumns,
  scores({ quantiles, outputDistribution }, rows) {
    const shares = sharesOf(quantiles[0]?.length ?? 1);
    const normal = outputDistribution === 'normal';
    const [low, high] = [normalQuantile(NEAR - Number.EPSILON), normalQuantile(1 - (NEAR - Number.EPSILON))];
    return eachValue(rows, (value, j) => {
      const share = shareBelow(value, quantiles[j]!, shares, normal ? NEAR : 0);
      return normal ? Math.min(high, Math.max(low, normalQuantile(share))) : share;
    });
  },
});

function sharesOf(count: number): Float64Array {
  return count === 1 ? Float64Array.of(0) : linspace(0, 1, count);
}

/** @param near the ends, a value counts as an end; the lower one wins */
function shareBelow(value: number, quantiles: Float64Array, shares: Float64Array, near: number): number {
  const [least, most] = [quantiles[0]!, quantiles.at(-1)!];
  if (near > 0 ? value - near < least : value <= least) return 0;
  if (near > 0 && value + near > most) return 1;
  if (value >= most) return shares.at(-1)!; // 0, of a single row
  const last = countUpTo(quantiles, value, true) - 1;
  if (quantiles[last] !== value) {
    const slope = (shares[last + 1]! - shares[last]!) / (quantiles[last + 1]! - quantiles[last]!);
    return slope * (value - quantiles[last]!) + shares[last]!;
  }
  // Of equal quantiles the value has the middle.
  return 0.5 * (shares[countUpTo(quantiles, value, false)]! + shares[last]!);
}

/** How many are less than the value, or, `included`, no more than it. */
function countUpTo(sorted: Float64Array, value: number, included: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = sorted[middle]!;
    if (one < value || (included && one === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}
