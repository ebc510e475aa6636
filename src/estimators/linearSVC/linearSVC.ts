// Linear support vector classification: the squared hinge loss with an L2 penalty.
import { weightsOf } from '../../core/data/dataset.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { classWeightParam, weightsByCode } from '../linear/classWeights.ts';
import { fieldsOf, fitColumns, summaryOf, type PlannedColumn } from '../linear/fit/fitColumns.ts';
import { linearValues } from '../linear/linearValues.ts';
import { squaredHinge } from '../linear/losses/squaredHinge.ts';

const C_NEEDED = 'C is the weight of the losses beside the penalty: a number above 0';

export interface LinearSVCOptions {
  /** Weight of the losses, above 0; smaller values make the penalty stronger. Default 1. */
  readonly C?: number | undefined;
  /** Stop when no entry of the gradient of the objective, divided by C and the sum of the weights, is larger. Default 1e-4. scikit-learn uses another measure, so a loose `tol` stops elsewhere. */
  readonly tol?: number | undefined;
  /** Maximum number of iterations of L-BFGS. Default 1000. */
  readonly maxIter?: number | undefined;
  /** Fit a constant term. Default true. */
  readonly fitIntercept?: boolean | undefined;
  /** Larger values make the penalty on the constant term weaker. Default 1. */
  readonly interceptScaling?: number | undefined;
  /** Weight by label or class name, or 'balanced' for inverse class frequencies, of the rows of a class where it is told from the others. Default 1 each. Of three classes or more, those others count once, as in scikit-learn. */
  readonly classWeight?: 'balanced' | Readonly<Record<string, number>> | undefined;
}

const params = z.strictObject({
  C: z.number({ error: C_NEEDED }).positive({ error: C_NEEDED }).default(1).describe('weight of the losses beside the L2 penalty'),
  tol: z.number().positive().default(1e-4).describe('stop when no entry of the mean gradient is larger'),
  maxIter: z.int().min(0).default(1000).describe('maximum number of iterations'),
  fitIntercept: z.boolean().default(true).describe('fit a constant term'),
  interceptScaling: z.number().positive().default(1).describe('the larger, the less the penalty holds the constant term'),
  classWeight: classWeightParam,
} satisfies ShapeOf<LinearSVCOptions>);

/**
 * `sklearn.svm.LinearSVC(loss='squared_hinge')`: finds w and c that minimise `(|w|^2 + (c / interceptScaling)^2) / 2 + C * sum of
 * weight * max(0, 1 - y (w x + c))^2`, with y = 1 for rows of a class and -1 for all others; the class with the largest value wins. Two
 * classes need one column. As in scikit-learn, the penalty applies to the constant too, as the weight of one more feature that is
 * `interceptScaling` in every row. There are no probabilities.
 *
 * Rows `[rows, cols]` with classes; a model has `coef`, `[classes][cols]`, or one row for two classes, and
 * `intercept`. All classes, folds and points of a grid share each pass over the rows.
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
  async trainTogether(rows, models, folds, context) {
    const { classes, codes } = rows;
    const weights = weightsOf(rows);
    const told = classes.length === 2 ? [1] : [...classes.keys()];
    const columns = models.flatMap(({ name, heldOut, scaling, params: { C, interceptScaling, classWeight, ...search } }) => {
      const byCode = weightsByCode(classWeight, rows, { folds, heldOut, weights });
      return told.map((code): PlannedColumn => ({
        ...search,
        name: told.length === 1 ? name : `${name} class ${classes[code]}`,
        heldOut,
        scaling,
        tells: { positive: code, positiveWeight: byCode[code]!, negativeWeight: told.length === 1 ? byCode[0]! : 1 },
        penalty: (weightSum) => 1 / (C * weightSum),
        interceptShare: interceptScaling ** -2,
      }));
    });
    const learned = { truth: codes, folds: folds?.fold, weights };
    const fitted = await fitColumns('linearSVC', rows, squaredHinge, learned, columns, context);
    return models.map((_, i) => fieldsOf(fitted.slice(i * told.length, (i + 1) * told.length)));
  },
  scores: linearValues,
  summary: summaryOf,
});
