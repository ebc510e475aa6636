// Scores of predicted values, equal to scikit-learn's of the same names. Several outputs count equally; weights count rows.
import type { ValuesEvaluation } from '../dsl/estimator.ts';

/** A sum over the rows of each output, divided by the sum of the weights: `[outputs]`. */
function means({ outputs, truth, weights }: ValuesEvaluation, of: (at: number, output: number) => number): Float64Array {
  const sums = new Float64Array(outputs);
  let total = 0;
  for (let row = 0; row < truth.length / outputs; row++) {
    const weight = weights ? weights[row]! : 1;
    total += weight;
    for (let j = 0; j < outputs; j++) sums[j]! += weight * of(row * outputs + j, j);
  }
  return sums.map((sum) => sum / total);
}

/** The same, around a row that counts: of equal values it is that value, without what their sum would be rounded by. */
function levelsOf(evaluation: ValuesEvaluation, of: (at: number) => number): Float64Array {
  const first = evaluation.outputs * Math.max(0, evaluation.weights?.findIndex((weight) => weight > 0) ?? 0);
  return means(evaluation, (at, j) => of(at) - of(first + j)).map((away, j) => of(first + j) + away);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** `mean_squared_error` */
export function meanSquaredError(evaluation: ValuesEvaluation): number {
  const { truth, predicted } = evaluation;
  return mean(means(evaluation, (at) => (truth[at]! - predicted[at]!) ** 2));
}

/** `root_mean_squared_error`: computed for each output, then averaged. */
export function rootMeanSquaredError(evaluation: ValuesEvaluation): number {
  const { truth, predicted } = evaluation;
  return mean(means(evaluation, (at) => (truth[at]! - predicted[at]!) ** 2).map(Math.sqrt));
}

/** `mean_absolute_error` */
export function meanAbsoluteError(evaluation: ValuesEvaluation): number {
  const { truth, predicted } = evaluation;
  return mean(means(evaluation, (at) => Math.abs(truth[at]! - predicted[at]!)));
}

/** `median_absolute_error`; of rows with weights, the value that half of the weight is below. */
export function medianAbsoluteError({ truth, predicted, outputs, weights }: ValuesEvaluation): number {
  const rows = truth.length / outputs;
  const medians = Float64Array.from({ length: outputs }, (_, j) => {
    const errors = Float64Array.from({ length: rows }, (_, row) => Math.abs(truth[row * outputs + j]! - predicted[row * outputs + j]!));
    return weightedMedian(errors, weights);
  });
  return mean(medians);
}

/** The mean of both neighbors where half of the weight lies exactly between two values. */
function weightedMedian(values: Float64Array, weights?: ArrayLike<number>): number {
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const weight = (row: number): number => (weights ? weights[row]! : 1);
  const half = order.reduce((sum, row) => sum + weight(row), 0) / 2;
  let below = 0;
  for (const [at, row] of order.entries()) {
    below += weight(row);
    if (below > half) return values[row]!;
    if (below < half) continue;
    const next = order.subarray(at + 1).find((other) => weight(other) > 0) ?? row;
    return (values[row]! + values[next]!) / 2;
  }
  return NaN;
}

/** `mean_absolute_percentage_error`: errors as shares of the values, 1 being as large as these. */
export function meanAbsolutePercentageError(evaluation: ValuesEvaluation): number {
  const { truth, predicted } = evaluation;
  return mean(means(evaluation, (at) => Math.abs(truth[at]! - predicted[at]!) / Math.max(Math.abs(truth[at]!), Number.EPSILON)));
}

/** `max_error`, of one output. */
export function maxError({ truth, predicted }: ValuesEvaluation): number {
  return truth.reduce((most, value, at) => Math.max(most, Math.abs(value - predicted[at]!)), -Infinity);
}

/** `mean_pinball_loss` @param alpha the quantile that is predicted */
export function meanPinballLoss(evaluation: ValuesEvaluation, alpha = 0.5): number {
  const { truth, predicted } = evaluation;
  return mean(
    means(evaluation, (at) => {
      const below = truth[at]! - predicted[at]!;
      return below >= 0 ? alpha * below : (alpha - 1) * below;
    }),
  );
}

/** `explained_variance_score`: as r2, but an error that all rows share is none. */
export function explainedVariance(evaluation: ValuesEvaluation): number {
  const { truth, predicted } = evaluation;
  const levels = levelsOf(evaluation, (at) => truth[at]!);
  const off = levelsOf(evaluation, (at) => truth[at]! - predicted[at]!);
  const spread = means(evaluation, (at, j) => (truth[at]! - levels[j]!) ** 2);
  const errors = means(evaluation, (at, j) => (truth[at]! - predicted[at]! - off[j]!) ** 2);
  return mean(errors.map((error, j) => (error === 0 ? 1 : spread[j] === 0 ? 0 : 1 - error / spread[j]!)));
}

/** `r2_score`: for a constant output 1 if it is predicted exactly, otherwise 0; NaN for fewer than two rows. */
export function r2(evaluation: ValuesEvaluation): number {
  const { truth, predicted, outputs } = evaluation;
  if (truth.length / outputs < 2) return NaN;
  const levels = levelsOf(evaluation, (at) => truth[at]!);
  const spread = means(evaluation, (at, j) => (truth[at]! - levels[j]!) ** 2);
  const errors = means(evaluation, (at) => (truth[at]! - predicted[at]!) ** 2);
  return mean(errors.map((error, j) => (spread[j] === 0 ? Number(error === 0) : 1 - error / spread[j]!)));
}

/** `mean_poisson_deviance`: for counts and their predicted means; NaN for counts below 0 and means that are not above 0. */
export function meanPoissonDeviance(evaluation: ValuesEvaluation): number {
  const { truth, predicted } = evaluation;
  const deviance = (count: number, mean: number): number =>
    count < 0 || !(mean > 0) ? NaN : 2 * ((count > 0 ? count * Math.log(count / mean) : 0) - count + mean);
  return mean(means(evaluation, (at) => deviance(truth[at]!, predicted[at]!)));
}
