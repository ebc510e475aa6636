// Bends columns until their values are spread like a normal distribution.
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { eachColumn, inputColumns } from '../levels/columnValues.ts';
import { isConstant, momentsOf } from '../levels/moments.ts';
import { eachValue } from '../values/eachValue.ts';
import { bestPower, yeoJohnson } from './yeoJohnson.ts';

export interface PowerOptions {
  /** Whether the results get mean 0 and variance 1 over the training rows. Default true. */
  readonly standardize?: boolean | undefined;
}

const params = z.strictObject({
  standardize: z.boolean().default(true).describe('whether the results get mean 0 and variance 1'),
} satisfies ShapeOf<PowerOptions>);

/**
 * `sklearn.preprocessing.PowerTransformer` (Yeo-Johnson): raises each column to the power that makes its values over the training rows
 * most like a normal distribution, then standardizes them. For columns that are skewed, whatever their signs. A constant column becomes
 * 0.
 *
 * Rows `[rows, cols]` become `[rows, cols]`, and columns keep their names; a model has `fields.powers`, `mean` and `deviation`, `[cols]`.
 *
 * @throws E_DATA for a gap or a column of names
 * @example
 * fit(chain(power(), logisticRegression()));
 */
export const power = defineEstimator<PowerOptions>()({
  name: 'power',
  kind: 'transformer',
  params,
  async train(rows, { standardize }) {
    const { cols } = rows.x;
    const powers = new Float64Array(cols).fill(1);
    const mean = new Float64Array(cols);
    const deviation = new Float64Array(cols).fill(1);
    for await (const { column, values } of eachColumn(rows)) {
      const sorted = values.sort();
      // A power of 1 changes nothing.
      if (!isConstant(momentsOf(sorted), sorted.length)) powers[column] = bestPower(sorted);
      if (!standardize) continue;
      const made = momentsOf(sorted.map((value) => yeoJohnson(value, powers[column]!)));
      mean[column] = made.mean;
      if (!isConstant(made, sorted.length)) deviation[column] = Math.sqrt(made.variance);
    }
    return { powers, mean, deviation };
  },
  outputs: ({ powers }) => powers.length,
  outputColumns: inputColumns,
  scores: ({ powers, mean, deviation }, rows) => eachValue(rows, (value, j) => (yeoJohnson(value, powers[j]!) - mean[j]!) / deviation[j]!),
});
