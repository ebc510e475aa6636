// Least squares with an L1 and an L2 penalty. As scikit-learn 1.9's ElasticNet.
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { linearValues } from '../linear/linearValues.ts';
import { netModels } from './models.ts';

/** Options of lasso, and of elasticNet too. */
export interface LassoOptions {
  /** Weight of the penalty; 0 for none. Default 1. */
  readonly alpha?: number | undefined;
  /** Fit a constant term. Default true. */
  readonly fitIntercept?: boolean | undefined;
  /** Allow no weight below 0. Default false. */
  readonly positive?: boolean | undefined;
  /** Stop when the objective is this close to its minimum, as a share of the sum of squares of the target. Default 1e-4. */
  readonly tol?: number | undefined;
  /** Maximum number of passes over the columns. Default 1000. */
  readonly maxIter?: number | undefined;
}

export interface ElasticNetOptions extends LassoOptions {
  /** Share of the L1 penalty, from 0 for L2 alone to 1 for L1 alone. Default 0.5. */
  readonly l1Ratio?: number | undefined;
}

export const lassoParams = z.strictObject({
  alpha: z.number().min(0, { error: 'alpha is the weight of the penalty: a number of 0 or more' }).default(1).describe('weight of the penalty; 0 for none'),
  fitIntercept: z.boolean().default(true).describe('fit a constant term'),
  positive: z.boolean().default(false).describe('let no weight be below 0'),
  tol: z.number().min(0).default(1e-4).describe('stop this near to the least objective, as a share of the squares of the target'),
  maxIter: z.int().min(1).default(1000).describe('most passes over the columns'),
} satisfies ShapeOf<LassoOptions>);

const params = lassoParams.extend({
  l1Ratio: z.number().min(0).max(1).default(0.5).describe('share of the L1 penalty; 0 for L2 alone, 1 for L1 alone'),
});

/**
 * `sklearn.linear_model.ElasticNet`: finds w and c that minimise `weighted mean of (y - w x - c)^2 / 2, plus alpha * (l1Ratio * |w|_1 +
 * (1 - l1Ratio) * |w|^2 / 2)`, for each output separately. Coordinate descent on the products of the columns; all folds and all
 * penalties of a grid share the one pass over the rows that makes them.
 *
 * Rows `[rows, cols]` with values `[rows, outputs]`; a model has `coef`, `[outputs][cols]`, `intercept`, `fields.nIter` and
 * `fields.dualGap`, `[outputs]` each.
 *
 * @throws E_PARAMS for invalid options; when training, E_DATA for rows without values, rows that weigh nothing, and too many columns
 *   for their pairs to fit on the device
 * @example
 * gridSearch(elasticNet(), { alpha: [0.01, 0.1, 1], l1Ratio: [0.2, 0.8] }, { folds: 5 });
 */
export const elasticNet = defineEstimator<ElasticNetOptions>()({
  name: 'elasticNet',
  kind: 'regressor',
  params,
  scales: true,
  shards: true,
  sumsByFold: true,
  trainTogether: (rows, models, folds, context) => netModels('elasticNet', rows, models, folds, context),
  outputs: ({ coef }) => coef.length,
  scores: linearValues,
  summary: ({ nIter }) => ({ nIter: [...nIter] }),
});
