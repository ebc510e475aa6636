// softmax_loss.wgsl in float64: scikit-learn's HalfMultinomialLoss.
import type { LossInput, LossOutput } from '../logisticLoss/logisticLoss.reference.ts';

/** @param classes columns a model; `input.columns` holds them model by model */
export function softmaxLossReference({ codes, folds, weights, columns, margins, direction }: LossInput, classes: number): LossOutput {
  const residuals = columns.map(() => new Float64Array(codes.length));
  const change: number[] = [];
  const slope: number[] = [];
  for (let model = 0; model < columns.length / classes; model++) {
    const first = model * classes;
    const { heldOut, step } = columns[first]!;
    let changed = 0;
    let sloped = 0;
    for (let row = 0; row < codes.length; row++) {
      if (folds[row] === heldOut) continue;
      const own = codes[row]!;
      const weight = weights[row]! * columns[first + own]!.positiveWeight;
      const origin = Array.from({ length: classes }, (_, c) => margins[first + c]![row]!);
      const score = origin.map((z, c) => z + step * direction[first + c]![row]!);
      changed += weight * (logSumExp(score) - score[own]! - logSumExp(origin) + origin[own]!);
      score.forEach((z, c) => {
        const residual = weight * (Math.exp(z - logSumExp(score)) - (c === own ? 1 : 0));
        residuals[first + c]![row] = residual;
        sloped += residual * direction[first + c]![row]!;
      });
    }
    change.push(changed);
    slope.push(sloped);
  }
  return { residuals, change, slope };
}

function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}
