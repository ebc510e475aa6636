// A regressor that looks at no feature: the baseline that any other has to beat. As scikit-learn 1.9's DummyRegressor.
import { valuesOf, weightsOf } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { checkFeatures } from './features.ts';

const STRATEGIES = ['mean', 'median', 'quantile', 'constant'] as const;

export interface DummyRegressorOptions {
  /** What is predicted for every row: `mean`, `median`, `quantile` or `constant`. Default `mean`. */
  readonly strategy?: (typeof STRATEGIES)[number] | undefined;
  /** Which quantile, from 0 for the smallest value to 1 for the largest. */
  readonly quantile?: number | undefined;
  /** What `constant` predicts; with several outputs, a list of one number for each. */
  readonly constant?: number | readonly number[] | undefined;
}

const params = z.strictObject({
  strategy: z.enum(STRATEGIES).default('mean').describe('what is said of every row'),
  quantile: z.number().min(0).max(1).optional().describe('which quantile; 0 for the least value, 1 for the largest'),
  constant: z
    .union([z.number(), z.array(z.number())])
    .optional()
    .describe("what 'constant' predicts, one number an output"),
} satisfies ShapeOf<DummyRegressorOptions>);
type Params = z.output<typeof params>;

/**
 * `sklearn.dummy.DummyRegressor`: a baseline that looks at no feature. With weights, a median or a quantile is the first value at which
 * the weights reach that share of their sum. Without, it is interpolated, as in scikit-learn.
 *
 * Rows `[rows, cols]` with values `[rows, outputs]`; features may be absent, or names. A model has `fields.constant`, `[outputs]`.
 *
 * @throws E_PARAMS for a strategy without the option that it needs, and for constants that do not match the number of outputs
 * @example
 * fit(dummyRegressor({ strategy: 'median' }));
 */
export const dummyRegressor = defineEstimator<DummyRegressorOptions>()({
  name: 'dummyRegressor',
  kind: 'regressor',
  params,
  takes: ['gaps', 'categories'],
  async train(rows, options) {
    await checkFeatures(rows);
    const { cols } = rows.values;
    if (options.strategy === 'constant') return { constant: constantOf(options.constant, cols) };
    const values = valuesOf(rows);
    const weights = weightsOf(rows);
    const said = saidOf(options);
    return {
      constant: Float64Array.from({ length: cols }, (_, output) =>
        said(
          Float64Array.from(rows.rows, (_id, row) => values[row * cols + output]!),
          weights,
        ),
      ),
    };
  },
  outputs: ({ constant }) => constant.length,
  async scores({ constant }, rows) {
    await checkFeatures(rows);
    return Float64Array.from({ length: rows.rows.length * constant.length }, (_, at) => constant[at % constant.length]!);
  },
  summary: ({ constant }) => ({ constant: [...constant] }),
});

function constantOf(constant: Params['constant'], outputs: number): Float64Array {
  const given = constant === undefined ? [] : [constant].flat();
  if (given.length === outputs) return Float64Array.from(given);
  throw new PipelineError('E_PARAMS', `dummyRegressor: constant has ${given.length} numbers; rows have ${outputs} values.`, {
    hint: 'Give one number, or a list of one for each value of a row.',
  });
}

/** Of the values of one output. */
function saidOf({ strategy, quantile }: Params): (values: Float64Array, weights: Float32Array | undefined) => number {
  if (strategy === 'mean') return meanOf;
  if (strategy === 'median') return (values, weights) => quantileOf(values, weights, 0.5);
  if (quantile === undefined)
    throw new PipelineError('E_PARAMS', "dummyRegressor: strategy 'quantile' has no quantile.", { hint: 'Give quantile a number from 0 to 1.' });
  return (values, weights) => quantileOf(values, weights, quantile);
}

function meanOf(values: Float64Array, weights: Float32Array | undefined): number {
  const sum = values.reduce((sum, value, row) => sum + (weights?.[row] ?? 1) * value, 0);
  return sum / (weights?.reduce((all, weight) => all + weight, 0) ?? values.length);
}

function quantileOf(values: Float64Array, weights: Float32Array | undefined, share: number): number {
  if (!weights) {
    const sorted = values.toSorted();
    const place = (sorted.length - 1) * share;
    const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
    return low + (high - low) * (place - Math.floor(place));
  }
  // Rows of no weight are not there.
  const order = [...values.keys()].filter((row) => weights[row]! > 0).toSorted((a, b) => values[a]! - values[b]!);
  const wanted = share * order.reduce((sum, row) => sum + weights[row]!, 0);
  let reached = 0;
  return values[order.find((row) => (reached += weights[row]!) >= wanted) ?? order.at(-1)!]!;
}
