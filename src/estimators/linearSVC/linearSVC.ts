// Linear support vector classification: the hinge loss, or its square, with an L2 penalty.
import { weightsOf } from '../../core/data/dataset.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { checkShards } from '../../dsl/takes.ts';
import { defineEstimator } from '../define/define.ts';
import { classWeightParam, weightsByCode } from '../linear/classWeights.ts';
import { fitDual } from '../linear/dual/fitDual.ts';
import { fieldsOf, fitColumns, summaryOf } from '../linear/fit/fitColumns.ts';
import { linearValues } from '../linear/linearValues.ts';
import { squaredHinge } from '../linear/losses/squaredHinge.ts';

const C_NEEDED = 'C is the weight of the losses beside the penalty: a number above 0';

export interface LinearSVCOptions {
  /** What rows inside the margin, or beyond it, cost: the square of how far ('squaredHinge', default), or how far ('hinge'). */
  readonly loss?: 'squaredHinge' | 'hinge' | undefined;
  /** Weight of the losses, above 0; smaller values make the penalty stronger. Default 1. */
  readonly C?: number | undefined;
  /** Stop when no entry of the gradient of the objective, divided by C and the sum of the weights, by features in units of their spread, is larger; of 'hinge', no slope of the dual. Default 1e-4. scikit-learn uses another measure, so a loose `tol` stops elsewhere. */
  readonly tol?: number | undefined;
  /** Maximum number of iterations of L-BFGS, or of passes over the rows for 'hinge'. Default 1000. */
  readonly maxIter?: number | undefined;
  /** Fit a constant term. Default true. */
  readonly fitIntercept?: boolean | undefined;
  /** Larger values make the penalty on the constant term weaker. Default 1. */
  readonly interceptScaling?: number | undefined;
  /** Weight by label or class name, or 'balanced' for inverse class frequencies, of the rows of a class where it is told from the others. Default 1 each. Of three classes or more, those others count once, as in scikit-learn. */
  readonly classWeight?: 'balanced' | Readonly<Record<string, number>> | undefined;
}

const params = z.strictObject({
  loss: z.enum(['squaredHinge', 'hinge']).default('squaredHinge').describe('what rows inside the margin cost'),
  C: z.number({ error: C_NEEDED }).positive({ error: C_NEEDED }).default(1).describe('weight of the losses beside the L2 penalty'),
  tol: z.number().positive().default(1e-4).describe('stop when no entry of the mean gradient is larger'),
  maxIter: z.int().min(0).default(1000).describe('maximum number of iterations'),
  fitIntercept: z.boolean().default(true).describe('fit a constant term'),
  interceptScaling: z.number().positive().default(1).describe('the larger, the less the penalty holds the constant term'),
  classWeight: classWeightParam,
} satisfies ShapeOf<LinearSVCOptions>);

/**
 * `sklearn.svm.LinearSVC`: finds w and c that minimise `(|w|^2 + (c / interceptScaling)^2) / 2 + C * sum of
 * weight * max(0, 1 - y (w x + c))^2`, or of the loss itself, with y = 1 for rows of a class and -1 for all others; the class with the
 * largest value wins. Two classes need one column. As in scikit-learn, the penalty applies to the constant too, as the weight of one
 * more feature that is `interceptScaling` in every row. There are no probabilities.
 *
 * The square is smooth, and learned by L-BFGS on the device. The hinge has corners: its dual problem is solved a row at a time, in
 * float64 on the host, as liblinear does.
 *
 * Rows `[rows, cols]` with classes; a model has `coef`, `[classes][cols]`, or one row for two classes, and
 * `intercept`. Of the squared hinge, all classes, folds and points of a grid share each pass over the rows.
 *
 * @throws E_PARAMS for invalid parameters; when training, E_CLASS for rows of one class, E_DATA for rows that weigh nothing
 * @example
 * fit(chain(standardize(), linearSVC({ C: 0.1 })));
 */
export const linearSVC = defineEstimator<LinearSVCOptions>()({
  name: 'linearSVC',
  kind: 'classifier',
  params,
  scales: true,
  shards: true,
  async trainTogether(rows, models, folds, context) {
    const { classes, codes } = rows;
    const weights = weightsOf(rows);
    const told = classes.length === 2 ? [1] : [...classes.keys()];
    const columns = models.flatMap(({ name, heldOut, scaling, params: { classWeight, ...own } }) => {
      const byCode = weightsByCode(classWeight, rows, { folds, heldOut, weights });
      return told.map((code) => ({
        ...own,
        name: told.length === 1 ? name : `${name} class ${classes[code]}`,
        heldOut,
        scaling,
        tells: { positive: code, positiveWeight: byCode[code]!, negativeWeight: told.length === 1 ? byCode[0]! : 1 },
      }));
    });
    const smooth = columns
      .filter(({ loss }) => loss === 'squaredHinge')
      .map((column) => ({ ...column, penalty: (weightSum: number) => 1 / (column.C * weightSum), interceptShare: column.interceptScaling ** -2 }));
    const cornered = columns
      .filter(({ loss }) => loss === 'hinge')
      .map(({ C, tells: { positive, positiveWeight, negativeWeight }, ...column }) => ({
        ...column,
        loss: { of: 'hinge', epsilon: 0 } as const,
        target: (row: number) => (codes[row] === positive ? 1 : -1),
        cost: (row: number) => C * (codes[row] === positive ? positiveWeight : negativeWeight) * (weights?.[row] ?? 1),
      }));
    if (cornered.length > 0) checkShards({ name: "linearSVC with loss 'hinge'" }, context);
    const learned = { truth: codes, folds: folds?.fold, weights };
    const fittedSmooth = smooth.length > 0 ? await fitColumns('linearSVC', rows, squaredHinge, learned, smooth, context) : [];
    const fittedCornered = cornered.length > 0 ? await fitDual('linearSVC', rows, folds, cornered, context) : [];
    const [nextSmooth, nextCornered] = [fittedSmooth.values(), fittedCornered.values()];
    const fitted = columns.map(({ loss }) => (loss === 'hinge' ? nextCornered : nextSmooth).next().value!);
    return models.map((_, i) => fieldsOf(fitted.slice(i * told.length, (i + 1) * told.length)));
  },
  scores: linearValues,
  summary: summaryOf,
});
