// Probabilities from decision values, and the log loss of probabilities.

/** `[rows][classes]` probabilities: sigmoid for two classes (one decision a row), softmax for more. */
export function probabilities(decisions: ArrayLike<number>, classes: number): Float64Array {
  if (classes === 2) {
    const out = new Float64Array(decisions.length * 2);
    for (let i = 0; i < decisions.length; i++) {
      out[2 * i] = 1 / (1 + Math.exp(decisions[i]!));
      out[2 * i + 1] = 1 / (1 + Math.exp(-decisions[i]!));
    }
    return out;
  }
  const out = new Float64Array(decisions.length);
  for (let begin = 0; begin < decisions.length; begin += classes) {
    const total = logSumExp(decisions, begin, classes);
    for (let c = begin; c < begin + classes; c++) out[c] = Math.exp(decisions[c]! - total);
  }
  return out;
}

/** Smallest probability used in a score (`finfo(float64).eps`): a row that is certain and wrong counts as 36, not as Infinity. */
const EPS = Number.EPSILON;

/**
 * Mean of -log(probability of the true class) (`log_loss`), with probabilities clipped to [eps, 1 - eps] as in scikit-learn.
 *
 * @param truth class code of each row
 * @param probabilities `[rows][classes]`
 */
export function logLoss(truth: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number, weights?: ArrayLike<number>): number {
  return meanOver(truth.length, weights, (row) => -Math.log(Math.min(1 - EPS, Math.max(EPS, probabilities[row * classes + truth[row]!]!))));
}

/** Mean square of how far probabilities are from 1 for the true class and 0 for others (`brier_score_loss`): half of it, of two classes. */
export function brierScore(truth: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number, weights?: ArrayLike<number>): number {
  const sum = meanOver(truth.length, weights, (row) => {
    let square = 0;
    for (let c = 0; c < classes; c++) square += (Number(c === truth[row]) - probabilities[row * classes + c]!) ** 2;
    return square;
  });
  return classes === 2 ? sum / 2 : sum;
}

/** Mean over rows. */
export function meanOver(rows: number, weights: ArrayLike<number> | undefined, of: (row: number) => number): number {
  let [sum, total] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const weight = weights ? weights[row]! : 1;
    sum += weight * of(row);
    total += weight;
  }
  return sum / total;
}

function logSumExp(values: ArrayLike<number>, begin: number, count: number): number {
  let largest = -Infinity;
  for (let i = begin; i < begin + count; i++) largest = Math.max(largest, values[i]!);
  let sum = 0;
  for (let i = begin; i < begin + count; i++) sum += Math.exp(values[i]! - largest);
  return largest + Math.log(sum);
}
