// softmax_loss.wgsl in float64: scikit-learn's HalfMultinomialLoss. What the kernel is tested against, and what a PreciseBatch
// trains by.
import type { LossInput, LossOutput } from '../rowLoss/rowLoss.reference.ts';

/** @param classes columns a model; `input.columns` holds them model by model */
export function softmaxLossReference({ truth, folds, weights, columns, margins, direction }: LossInput, classes: number): LossOutput {
  const residuals = columns.map(() => new Float64Array(truth.length));
  const change: number[] = [];
  const slope: number[] = [];
  const origin = new Float64Array(classes);
  const score = new Float64Array(classes);
  for (let model = 0; model < columns.length / classes; model++) {
    const first = model * classes;
    const { heldOut, step } = columns[first]!;
    let changed = 0;
    let sloped = 0;
    for (let row = 0; row < truth.length; row++) {
      if (folds[row] === heldOut) continue;
      const own = truth[row]!;
      const weight = weights[row]! * columns[first + own]!.positiveWeight;
      for (let c = 0; c < classes; c++) {
        origin[c] = margins[first + c]![row]!;
        score[c] = origin[c]! + step * direction[first + c]![row]!;
      }
      const total = logSumExp(score);
      changed += weight * (total - score[own]! - logSumExp(origin) + origin[own]!);
      for (let c = 0; c < classes; c++) {
        const residual = weight * (Math.exp(score[c]! - total) - (c === own ? 1 : 0));
        residuals[first + c]![row] = residual;
        sloped += residual * direction[first + c]![row]!;
      }
    }
    change.push(changed);
    slope.push(sloped);
  }
  return { residuals, change, slope };
}

function logSumExp(values: Float64Array): number {
  let largest = -Infinity;
  for (const value of values) largest = Math.max(largest, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}
