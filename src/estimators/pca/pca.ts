// Principal components from the products of features, which one pass over the rows gives.
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { linearValues } from '../linear/linearValues.ts';
import { aroundMeans } from '../ridge/moments.ts';
import { sumsByFold } from '../ridge/sums.ts';
import { affineOf } from '../rows/frame.ts';
import { eigenOf } from './eigen.ts';
import { largestFew } from './lanczos.ts';

const NEEDED = 'a whole number of components from 1, or a share of the variance between 0 and 1';

export interface PcaOptions {
  /** How many components to keep, or, below 1, the share of the variance that they must explain. Default: the number of rows or columns, whichever is smaller. */
  readonly nComponents?: number | undefined;
  /** Give each component variance 1. Default false. */
  readonly whiten?: boolean | undefined;
}

const params = z.strictObject({
  nComponents: z
    .number({ error: NEEDED })
    .refine((value) => (value > 0 && value < 1) || (Number.isInteger(value) && value >= 1), { error: NEEDED })
    .optional()
    .describe('components to keep, or the share of the variance that they must have'),
  whiten: z.boolean().default(false).describe('give each component variance 1'),
} satisfies ShapeOf<PcaOptions>);

/**
 * `sklearn.decomposition.PCA(svd_solver='full')`: projects rows, relative to their mean, onto the directions in which they vary most.
 * The largest entry of each direction is positive. Weights of rows are ignored.
 *
 * Rows `[rows, cols]` become `[rows, components]`; a model has `fields.components`, `[components][cols]`, `explainedVariance`,
 * `explainedVarianceRatio`, `[components]` each, and `mean`, `[cols]`.
 *
 * @throws E_PARAMS for more components than there are rows or columns; when training, E_DATA for a single row, rows that are all the
 *   same, and too many columns for their pairs to fit on the device
 * @example
 * fit(chain(standardize(), pca({ nComponents: 0.9 }), logisticRegression()));
 */
export const pca = defineEstimator<PcaOptions>()({
  name: 'pca',
  kind: 'transformer',
  params,
  shards: true,
  async train(rows, { nComponents, whiten }, context) {
    const [count, cols] = [rows.rows.length, rows.x.cols];
    if (count < 2) {
      throw new PipelineError('E_DATA', `pca: ${rows.name} has one row to learn from; a variance needs two.`, { hint: 'Train on more rows.' });
    }
    const most = Math.min(count, cols);
    if (nComponents !== undefined && nComponents > most) {
      throw new PipelineError('E_PARAMS', `pca: nComponents is ${nComponents}; ${count} rows of ${cols} columns have ${most} components at most.`, {
        hint: `Use ${most} or fewer, or a share of the variance such as 0.95.`,
      });
    }
    const { frame, sums } = await sumsByFold('pca', context, rows, {});
    const { mean, products } = aroundMeans(sums[0]!, affineOf(frame, rows.scaling), []);
    let total = 0;
    for (let j = 0; j < cols; j++) total += products[j * cols + j]!;
    if (total === 0) {
      throw new PipelineError('E_DATA', `pca: no column of ${rows.name} varies over its ${count} rows.`, { hint: 'Train on rows that differ.' });
    }
    const wanted = nComponents === undefined ? most : nComponents;
    const few = wanted >= 1 ? await largestFew(products, wanted, context.signal) : undefined;
    const { values, vectors } = few ?? eigenOf(products, (found) => (wanted >= 1 ? wanted : Math.min(most, reaching(found, wanted * total))));
    const variances = values.subarray(0, vectors.length).map((value) => Math.max(0, value) / (count - 1));
    return {
      components: vectors.map(turned),
      explainedVariance: variances,
      explainedVarianceRatio: variances.map((value) => (value * (count - 1)) / total),
      mean,
      whiten,
    };
  },
  outputs: ({ components }) => components.length,
  scores({ components, explainedVariance, mean, whiten }, rows, context) {
    const unit = (component: number): number => (whiten ? Math.max(Math.sqrt(explainedVariance[component]!), Number.EPSILON) : 1);
    const coef = components.map((own, component) => own.map((value) => value / unit(component)));
    const intercept = Float64Array.from(coef, (own) => -own.reduce((sum, value, j) => sum + value * mean[j]!, 0));
    return linearValues({ coef, intercept }, rows, context);
  },
  summary: ({ components, explainedVarianceRatio }) => ({
    components: components.length,
    explainedVarianceRatio: explainedVarianceRatio.reduce((sum, value) => sum + value, 0),
  }),
});

/** How many values add up to more than a share of all. */
function reaching(values: Float64Array, share: number): number {
  let sum = 0;
  const last = values.findIndex((value) => (sum += value) > share);
  return last < 0 ? values.length : last + 1;
}

/** Its largest entry positive. */
function turned(vector: Float64Array): Float64Array {
  const largest = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return largest < 0 ? vector.map((value) => -value) : vector;
}
