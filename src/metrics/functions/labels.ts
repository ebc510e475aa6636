// How labels of rows are ranked, equal to scikit-learn's scores of the same names.
import type { Matrix } from '../../core/data/matrix.ts';
import * as of from '../severalClasses.ts';
import { checkLabels, type Weighted } from './coded.ts';

/**
 * `label_ranking_average_precision_score`: of the labels ranked as high as one that a row has, the share that it has; 1 at best.
 *
 * @param truth 1 for a label that a row has, `[rows, labels]`
 * @param scores `[rows, labels]`
 * @example
 * labelRankingAveragePrecisionScore(matrix(2, 3, Uint8Array.of(1, 0, 0, 0, 0, 1)), matrix(2, 3, Float64Array.of(0.75, 0.5, 1, 1, 0.2, 0.1))); // 0.4167
 */
export function labelRankingAveragePrecisionScore(truth: Matrix<'u8'>, scores: Matrix, options: Weighted = {}): number {
  checkLabels('labelRankingAveragePrecisionScore', truth, scores, options);
  return of.labelRankingAveragePrecision(truth.data, scores.data, truth.cols, options.weights);
}

/**
 * `label_ranking_loss`: share of pairs of labels, one that a row has and one that it has not, that are ranked the wrong way round.
 *
 * @param truth 1 for a label that a row has, `[rows, labels]`
 * @param scores `[rows, labels]`
 * @example
 * labelRankingLoss(matrix(2, 3, Uint8Array.of(1, 0, 0, 0, 0, 1)), matrix(2, 3, Float64Array.of(0.75, 0.5, 1, 1, 0.2, 0.1))); // 0.75
 */
export function labelRankingLoss(truth: Matrix<'u8'>, scores: Matrix, options: Weighted = {}): number {
  checkLabels('labelRankingLoss', truth, scores, options);
  return of.labelRankingLoss(truth.data, scores.data, truth.cols, options.weights);
}

/**
 * `coverage_error`: how many labels must be taken, the highest first, to have all that a row has.
 *
 * @param truth 1 for a label that a row has, `[rows, labels]`
 * @param scores `[rows, labels]`
 * @example
 * coverageError(matrix(2, 3, Uint8Array.of(1, 0, 0, 0, 1, 1)), matrix(2, 3, Float64Array.of(1, 0, 0, 0, 1, 1))); // 1.5
 */
export function coverageError(truth: Matrix<'u8'>, scores: Matrix, options: Weighted = {}): number {
  checkLabels('coverageError', truth, scores, options);
  return of.coverageError(truth.data, scores.data, truth.cols, options.weights);
}
