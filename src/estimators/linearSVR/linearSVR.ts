// Linear support vector regression: what is off by more than epsilon costs how far, or the square of that, with an L2 penalty.
import { valuesOf, weightsOf } from '../../core/data/dataset.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { fitDual } from '../linear/dual/fitDual.ts';
import { fieldsOf, summaryOf } from '../linear/fit/fitColumns.ts';
import { linearValues } from '../linear/linearValues.ts';
import { checkOneValue } from '../supportVectors/search.ts';

const C_NEEDED = 'C is the weight of the losses beside the penalty: a number above 0';

export interface LinearSVROptions {
  /** Weight of the losses, above 0; smaller values make the penalty stronger. Default 1. */
  readonly C?: number | undefined;
  /** What a prediction costs that is off by more than `epsilon`: how far it is beyond that ('epsilonInsensitive', default), or its square. */
  readonly loss?: 'epsilonInsensitive' | 'squaredEpsilonInsensitive' | undefined;
  /** How far off a prediction may be without a loss, from 0 up, in the unit of the values. Default 0. */
  readonly epsilon?: number | undefined;
  /** Stop when no slope of the dual problem is larger, as a share of the mean slope that the first pass meets. Default 1e-4. scikit-learn uses another measure, so a loose `tol` stops elsewhere. */
  readonly tol?: number | undefined;
  /** Maximum number of passes over the rows. Default 1000. */
  readonly maxIter?: number | undefined;
  /** Fit a constant term. Default true. */
  readonly fitIntercept?: boolean | undefined;
  /** Larger values make the penalty on the constant term weaker. Default 1. */
  readonly interceptScaling?: number | undefined;
}

const params = z.strictObject({
  C: z.number({ error: C_NEEDED }).positive({ error: C_NEEDED }).default(1).describe('weight of the losses beside the L2 penalty'),
  loss: z.enum(['epsilonInsensitive', 'squaredEpsilonInsensitive']).default('epsilonInsensitive').describe('what a prediction costs that is off'),
  epsilon: z.number().min(0).default(0).describe('how far off a prediction may be without a loss'),
  tol: z.number().positive().default(1e-4).describe('stop when no slope is larger than this share of the mean of the first pass'),
  maxIter: z.int().min(0).default(1000).describe('maximum number of passes over the rows'),
  fitIntercept: z.boolean().default(true).describe('fit a constant term'),
  interceptScaling: z.number().positive().default(1).describe('the larger, the less the penalty holds the constant term'),
} satisfies ShapeOf<LinearSVROptions>);

/**
 * `sklearn.svm.LinearSVR`: finds w and c that minimise `(|w|^2 + (c / interceptScaling)^2) / 2 + C * sum of
 * weight * max(0, |y - w x - c| - epsilon)`, or of the squares of that. As in scikit-learn, the penalty applies to the constant too, as
 * the weight of one more feature that is `interceptScaling` in every row. Scale features first, and the values, too, where they are
 * far from 1.
 *
 * Rows `[rows, cols]` with one value each; a model has `coef`, `[1][cols]`, and `intercept`, `[1]`. The dual problem is solved a row
 * at a time, in float64 on the host, as liblinear does.
 *
 * @throws E_PARAMS for invalid parameters; when training, E_DATA for several values a row, and for rows that weigh nothing
 * @example
 * fit(chain(standardize(), linearSVR({ C: 10, epsilon: 0.1 })));
 */
export const linearSVR = defineEstimator<LinearSVROptions>()({
  name: 'linearSVR',
  kind: 'regressor',
  params,
  scales: true,
  async trainTogether(rows, models, folds, context) {
    checkOneValue('linearSVR', rows);
    const values = valuesOf(rows);
    const weights = weightsOf(rows);
    const columns = models.map(({ name, heldOut, scaling, params: { C, loss, epsilon, ...own } }) => ({
      ...own,
      name,
      heldOut,
      scaling,
      loss: { of: loss === 'epsilonInsensitive' ? ('tube' as const) : ('squaredTube' as const), epsilon },
      target: (row: number) => values[row]!,
      cost: (row: number) => C * (weights?.[row] ?? 1),
    }));
    const fitted = await fitDual('linearSVR', rows, folds, columns, context);
    return fitted.map((column) => fieldsOf([column]));
  },
  outputs: () => 1,
  scores: linearValues,
  summary: summaryOf,
});
