// Scores of predicted values, equal to scikit-learn's of the same names. Of several outputs, the mean over them.
import type { Matrix } from '../../core/data/matrix.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { ValuesEvaluation } from '../../dsl/estimator.ts';
import * as of from '../regression.ts';
import { checkLabels, checkRows, isMatrix, type Weighted } from './coded.ts';

/** `[rows]`, or `[rows, outputs]`. */
type Numbers = ArrayLike<number> | Matrix;

function evaluated(owner: string, truth: Numbers, predicted: Numbers, { weights }: Weighted): ValuesEvaluation {
  if (isMatrix(truth) !== isMatrix(predicted))
    throw new PipelineError('E_SHAPE', `${owner}: one is a matrix and the other a list.`, { hint: 'Give both alike.' });
  const own = weights && { weights: Float64Array.from(weights) as ArrayLike<number> as Float32Array };
  if (isMatrix(truth)) {
    checkLabels(owner, truth, predicted as Matrix, { weights });
    return { of: 'values', outputs: truth.cols, truth: Float64Array.from(truth.data), predicted: Float64Array.from((predicted as Matrix).data), ...own };
  }
  checkRows(owner, truth.length, { predicted: (predicted as ArrayLike<number>).length, weights: weights?.length });
  return { of: 'values', outputs: 1, truth: Float64Array.from(truth), predicted: Float64Array.from(predicted as ArrayLike<number>), ...own };
}

/**
 * `r2_score`: 1 where all is predicted exactly, 0 for a model that says the mean; NaN for fewer than two rows.
 *
 * @example
 * r2Score([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.9486
 */
export function r2Score(truth: Numbers, predicted: Numbers, options: Weighted = {}): number {
  const evaluation = evaluated('r2Score', truth, predicted, options);
  if (evaluation.truth.length / evaluation.outputs < 2) console.warn('r2Score is not defined: it needs two rows or more. It is NaN.');
  return of.r2(evaluation);
}

/**
 * `explained_variance_score`: as r2, but an error that all rows share is none.
 *
 * @example
 * explainedVarianceScore([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.9572
 */
export function explainedVarianceScore(truth: Numbers, predicted: Numbers, options: Weighted = {}): number {
  return of.explainedVariance(evaluated('explainedVarianceScore', truth, predicted, options));
}

/**
 * `mean_squared_error`, in the square of the unit of the values.
 *
 * @example
 * meanSquaredError([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.375
 */
export function meanSquaredError(truth: Numbers, predicted: Numbers, options: Weighted = {}): number {
  return of.meanSquaredError(evaluated('meanSquaredError', truth, predicted, options));
}

/**
 * `root_mean_squared_error`, in the unit of the values.
 *
 * @example
 * rootMeanSquaredError([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.6124
 */
export function rootMeanSquaredError(truth: Numbers, predicted: Numbers, options: Weighted = {}): number {
  return of.rootMeanSquaredError(evaluated('rootMeanSquaredError', truth, predicted, options));
}

/**
 * `mean_absolute_error`, in the unit of the values.
 *
 * @example
 * meanAbsoluteError([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.5
 */
export function meanAbsoluteError(truth: Numbers, predicted: Numbers, options: Weighted = {}): number {
  return of.meanAbsoluteError(evaluated('meanAbsoluteError', truth, predicted, options));
}

/**
 * `median_absolute_error`, in the unit of the values.
 *
 * @example
 * medianAbsoluteError([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.5
 */
export function medianAbsoluteError(truth: Numbers, predicted: Numbers, options: Weighted = {}): number {
  return of.medianAbsoluteError(evaluated('medianAbsoluteError', truth, predicted, options));
}

/**
 * `mean_absolute_percentage_error`: errors as shares of the values, 1 being as large as these.
 *
 * @example
 * meanAbsolutePercentageError([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.3274
 */
export function meanAbsolutePercentageError(truth: Numbers, predicted: Numbers, options: Weighted = {}): number {
  return of.meanAbsolutePercentageError(evaluated('meanAbsolutePercentageError', truth, predicted, options));
}

/**
 * `max_error`: the largest error, in the unit of the values.
 *
 * @param truth of one output
 * @example
 * maxError([3, 2, 7, 1], [4, 2, 7, 1]); // 1
 */
export function maxError(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return of.maxError(evaluated('maxError', truth, predicted, {}));
}

export interface PinballOptions extends Weighted {
  /** The quantile that is predicted, from 0 to 1. Default 0.5, the median. */
  readonly alpha?: number | undefined;
}

/**
 * `mean_pinball_loss`, of a predicted quantile, in the unit of the values.
 *
 * @example
 * meanPinballLoss([1, 2, 3], [0, 2, 3], { alpha: 0.1 }); // 0.0333
 */
export function meanPinballLoss(truth: Numbers, predicted: Numbers, options: PinballOptions = {}): number {
  return of.meanPinballLoss(evaluated('meanPinballLoss', truth, predicted, options), options.alpha);
}
