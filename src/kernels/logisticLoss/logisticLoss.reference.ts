// logistic_loss.wgsl in float64. The residual is the derivative that scikit-learn's HalfBinomialLoss computes.
import type { Column } from '../lib/column.ts';

export interface LossInput {
  /** Class code and fold of each row. */
  readonly codes: ArrayLike<number>;
  readonly folds: ArrayLike<number>;
  readonly columns: readonly Pick<Column, 'positive' | 'heldOut' | 'step'>[];
  /** `[columns][rows]` */
  readonly margins: readonly ArrayLike<number>[];
  readonly direction: readonly ArrayLike<number>[];
}

export interface LossOutput {
  /** `[columns][rows]` */
  readonly residuals: Float64Array[];
  /** One a column. */
  readonly loss: number[];
  readonly slope: number[];
  readonly residualSum: number[];
}

export function logisticLossReference({ codes, folds, columns, margins, direction }: LossInput): LossOutput {
  const output: LossOutput = { residuals: [], loss: [], slope: [], residualSum: [] };
  columns.forEach((column, m) => {
    const residuals = new Float64Array(codes.length);
    let loss = 0;
    let slope = 0;
    let residualSum = 0;
    for (let row = 0; row < codes.length; row++) {
      if (folds[row] === column.heldOut) continue;
      const d = direction[m]![row]!;
      const z = margins[m]![row]! + column.step * d;
      const y = codes[row] === column.positive ? 1 : 0;
      const residual = y === 1 ? -1 / (1 + Math.exp(z)) : 1 / (1 + Math.exp(-z));
      residuals[row] = residual;
      loss += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y * z;
      slope += residual * d;
      residualSum += residual;
    }
    output.residuals.push(residuals);
    output.loss.push(loss);
    output.slope.push(slope);
    output.residualSum.push(residualSum);
  });
  return output;
}
