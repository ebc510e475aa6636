// logistic_loss.wgsl in float64: what it is tested against, and what a PreciseBatch trains by. The residual is the derivative that
// scikit-learn's HalfBinomialLoss computes.
import { changeReference } from '../lib/change.ts';
import type { Column } from '../lib/column.ts';

export interface LossInput {
  /** Class code, fold and weight of each row. */
  readonly codes: ArrayLike<number>;
  readonly folds: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
  readonly columns: readonly Column[];
  /** `[columns][rows]` */
  readonly margins: readonly ArrayLike<number>[];
  readonly direction: readonly ArrayLike<number>[];
}

export interface LossOutput {
  /** `[columns][rows]` */
  readonly residuals: readonly Float64Array[];
  /** Change of the summed loss since the margins, and its slope along the direction: one a model. */
  readonly change: readonly number[];
  readonly slope: readonly number[];
}

export function logisticLossReference({ codes, folds, weights, columns, margins, direction }: LossInput): LossOutput {
  const models = columns.map((column, m) => {
    const residuals = new Float64Array(codes.length);
    let change = 0;
    let slope = 0;
    for (let row = 0; row < codes.length; row++) {
      if (folds[row] === column.heldOut) continue;
      const positive = codes[row] === column.positive;
      const weight = weights[row]! * (positive ? column.positiveWeight : column.negativeWeight);
      const away = positive ? -1 : 1;
      const origin = away * margins[m]![row]!;
      const moved = away * column.step * direction[m]![row]!;
      residuals[row] = (weight * away) / (1 + Math.exp(-origin - moved));
      change += weight * changeReference(origin, moved);
      slope += residuals[row]! * direction[m]![row]!;
    }
    return { residuals, change, slope };
  });
  return { residuals: models.map((m) => m.residuals), change: models.map((m) => m.change), slope: models.map((m) => m.slope) };
}
