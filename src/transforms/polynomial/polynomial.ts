// Products of features.
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import { inputColumns } from '../levels/columnValues.ts';
import { checkFinite } from '../values/eachValue.ts';
import { countProducts, productsOf } from './products.ts';

const NEEDED = 'a whole number, or [least, most]';

export interface PolynomialOptions {
  /** How many features are multiplied at most, or `[least, most]`. Default 2. */
  readonly degree?: number | readonly [number, number] | undefined;
  /** Products of different features only: no squares. Default false. */
  readonly interactionOnly?: boolean | undefined;
  /** Whether there is a column of ones, named `1`. Default true. */
  readonly includeBias?: boolean | undefined;
}

const whole = z.int({ error: NEEDED }).min(0);
const params = z.strictObject({
  degree: z
    .union([whole, z.tuple([whole, whole]).refine(([least, most]) => least <= most, { error: 'needs [least, most], the least first' })])
    .default(2)
    .describe('features that are multiplied at most, or [least, most]'),
  interactionOnly: z.boolean().default(false).describe('products of different features only'),
  includeBias: z.boolean().default(true).describe('whether there is a column of ones'),
} satisfies ShapeOf<PolynomialOptions>);

/** More columns than any estimator takes, and 8 GB. */
const MOST_PRODUCTS = 2 ** 20;
const MOST_NUMBERS = 2 ** 30;

/**
 * `sklearn.preprocessing.PolynomialFeatures`: products of up to `degree` features, so that a linear model learns curves and what features
 * do together. Standardize before, so that products are of one size; the estimators here have an intercept of their own, so
 * `includeBias: false` loses nothing.
 *
 * Rows `[rows, cols]` become `[rows, products]`, in the order of scikit-learn and with its names: `1`, `age`, `age^2`, `age height`.
 *
 * @throws E_DATA for a gap or a column of names; E_PARAMS for more than a million products or 8 GB of them, and for none
 * @example
 * fit(chain(standardize(), polynomial({ degree: 2, includeBias: false }), ridge()));
 */
export const polynomial = defineEstimator<PolynomialOptions>()({
  name: 'polynomial',
  kind: 'transformer',
  params,
  async train(rows, { degree, interactionOnly, includeBias }) {
    const [least, most] = typeof degree === 'number' ? [1, degree] : degree;
    const { cols } = rows.x;
    const wanted = { least: Math.max(1, least), most, interactionOnly, includeBias };
    const outputs = countProducts(cols, wanted);
    if (outputs === 0 || outputs > MOST_PRODUCTS || outputs * rows.rows.length > MOST_NUMBERS) {
      const found = `${outputs} features; there are ${rows.rows.length} rows`;
      throw new PipelineError('E_PARAMS', `polynomial: degree ${most} of the ${cols} columns of ${rows.name} makes ${found}.`, {
        hint: outputs === 0 ? 'Say degree: 1 or more.' : 'Lower the degree, say interactionOnly: true, or choose columns first: selectColumns, pca.',
      });
    }
    await checkFinite(rows);
    return { wanted, outputs };
  },
  outputs: ({ outputs }) => outputs,
  outputColumns(model) {
    const names = inputColumns(model);
    return productsOf(model.cols, model.wanted).map((factors) => {
      if (factors.length === 0) return '1';
      const powers = [...new Set(factors)].map((column) => [column, factors.filter((one) => one === column).length] as const);
      return powers.map(([column, power]) => (power === 1 ? names[column] : `${names[column]}^${power}`)).join(' ');
    });
  },
  async scores({ wanted, outputs, cols: fitted }, rows) {
    const products = productsOf(fitted, wanted);
    const out = new Float64Array(rows.rows.length * outputs);
    for await (const { from, rows: here, cols, x } of featureBlocks(rows)) {
      for (let row = 0; row < here; row++) {
        products.forEach((factors, i) => {
          let product = 1;
          for (const column of factors) product *= x[row * cols + column]!;
          out[(from + row) * outputs + i] = product;
        });
      }
    }
    return out;
  },
});
