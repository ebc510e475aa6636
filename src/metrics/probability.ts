// Probabilities from decision values, and the log loss straight from them: no probability is rounded to 0 on the way.

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

/**
 * Mean of -log(probability of the true class) (`log_loss`).
 *
 * @param truth class code of each row
 * @param decisions `[rows]` for two classes, else `[rows][classes]`
 */
export function logLoss(truth: ArrayLike<number>, decisions: ArrayLike<number>, classes: number): number {
  let sum = 0;
  for (let row = 0; row < truth.length; row++) {
    if (classes === 2) {
      const away = truth[row] === 1 ? -decisions[row]! : decisions[row]!;
      sum += Math.max(away, 0) + Math.log1p(Math.exp(-Math.abs(away)));
    } else {
      sum += logSumExp(decisions, row * classes, classes) - decisions[row * classes + truth[row]!]!;
    }
  }
  return sum / truth.length;
}

function logSumExp(values: ArrayLike<number>, begin: number, count: number): number {
  let largest = -Infinity;
  for (let i = begin; i < begin + count; i++) largest = Math.max(largest, values[i]!);
  let sum = 0;
  for (let i = begin; i < begin + count; i++) sum += Math.exp(values[i]! - largest);
  return largest + Math.log(sum);
}
