// The directions in which rows are longest, without their mean taken away: sparse rows stay sparse. As scikit-learn 1.9's TruncatedSVD.
import { PipelineError } from '../../core/errors/errors.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { largestOf } from './krylov.ts';
import { gramTimes, productsOf, variancesOf, type Vectors } from './products.ts';

/** Passes over the rows, at most. */
const MOST_PASSES = 1000;

export interface TruncatedSVDOptions {
  /** How many components to keep. Default 2. */
  readonly nComponents?: number | undefined;
}

const params = z.strictObject({
  nComponents: z.int().min(1).default(2).describe('components to keep'),
} satisfies ShapeOf<TruncatedSVDOptions>);

export interface Fields {
  /** Of length 1, perpendicular, `[components][cols]`. */
  readonly components: readonly Float64Array[];
  /** Descending, `[components]`. */
  readonly singularValues: Float64Array;
  /** Of what rows become, `[components]`. */
  readonly explainedVariance: Float64Array;
  /** As shares of the variances of all columns, `[components]`. */
  readonly explainedVarianceRatio: Float64Array;
}

/**
 * Projects rows onto the directions in which they are longest, as scikit-learn 1.9's `TruncatedSVD(algorithm='arpack')`: `pca` without
 * the mean taken away, so that rows of texts and hashes stay sparse. After `tfidf` it is known as latent semantic analysis. The largest
 * entry of each direction is positive. Weights of rows are ignored.
 *
 * Rows `[rows, cols]` become `[rows, components]`. Computed in float64 by passes over the rows, some ten for few components; memory is
 * that of about three times as many vectors as are asked for.
 *
 * @throws E_PARAMS for more components than there are rows or columns; when training, E_DATA for rows that are all the same, and for
 *   features that are not finite
 * @example
 * fit(chain(tfidf(), truncatedSVD({ nComponents: 20 }), logisticRegression()));
 */
export const truncatedSVD = defineEstimator<TruncatedSVDOptions>()({
  name: 'truncatedSVD',
  kind: 'transformer',
  params,
  async train(rows, { nComponents }, context): Promise<Fields> {
    const [count, cols] = [rows.rows.length, rows.x.cols];
    const most = Math.min(count, cols);
    if (nComponents > most) {
      throw new PipelineError('E_PARAMS', `truncatedSVD: nComponents is ${nComponents}; ${count} rows of ${cols} columns have ${most} components at most.`, {
        hint: `Use ${most} or fewer.`,
      });
    }
    const times = (vectors: Vectors): Promise<Vectors> => {
      throwIfCancelled(context.signal);
      return gramTimes(rows, vectors);
    };
    const { values, vectors, converged } = await largestOf(cols, nComponents, times, MOST_PASSES);
    if (!converged) {
      context.emit({
        type: 'warning',
        stage: context.stage,
        code: 'W_CONVERGENCE',
        message: `truncatedSVD: the components of ${rows.name} were not found to the last digits in ${MOST_PASSES} passes over the rows.`,
        hint: 'Ask for fewer components: the last ones are hardly longer than those behind them.',
      });
    }
    const components = vectors.map(turned);
    const { total, products } = await variancesOf(rows, besides(components));
    if (!(total > 0)) {
      throw new PipelineError('E_DATA', `truncatedSVD: no column of ${rows.name} varies over its ${count} rows.`, { hint: 'Train on rows that differ.' });
    }
    return {
      components,
      singularValues: values.map((value) => Math.sqrt(Math.max(0, value))),
      explainedVariance: products,
      explainedVarianceRatio: products.map((variance) => variance / total),
    };
  },
  outputs: ({ components }) => components.length,
  scores: ({ components }, rows) => productsOf(rows, besides(components)),
  summary: ({ components, explainedVarianceRatio }) => ({
    components: components.length,
    explainedVarianceRatio: explainedVarianceRatio.reduce((sum, value) => sum + value, 0),
  }),
});

function besides(components: readonly Float64Array[]): Vectors {
  const width = components.length;
  const cols = components[0]!.length;
  return { width, data: Float64Array.from({ length: cols * width }, (_, at) => components[at % width]![Math.floor(at / width)]!) };
}

/** Its largest entry positive. */
function turned(vector: Float64Array): Float64Array {
  const largest = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return largest < 0 ? vector.map((value) => -value) : vector;
}
