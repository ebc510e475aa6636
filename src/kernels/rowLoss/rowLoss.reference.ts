// row_loss.wgsl in float64: what its kernels are tested against, and what a PreciseBatch trains by.
import type { WeightColumn } from '../lib/weightColumn.ts';

/** A loss of one margin a row. */
export interface RowLoss {
  /** `code`: the truth of a row is 1 where it has the class of the column, else -1. `value`: its own number. */
  readonly of: 'code' | 'value';
  readonly value: (truth: number, margin: number) => number;
  /** Loss at `origin + moved`, less that at `origin`. */
  readonly change: (truth: number, origin: number, moved: number) => number;
  /** Derivative by the margin, times the weight. */
  readonly residual: (truth: number, margin: number, weight: number) => number;
}

export interface LossInput {
  /** Class code or value of each row, `[rows]`. */
  readonly truth: ArrayLike<number>;
  readonly folds: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
  readonly columns: readonly WeightColumn[];
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

export function rowLossReference(loss: RowLoss, { truth, folds, weights, columns, margins, direction }: LossInput): LossOutput {
  const models = columns.map((column, m) => {
    const residuals = new Float64Array(truth.length);
    let changed = 0;
    let sloped = 0;
    for (let row = 0; row < truth.length; row++) {
      if (folds[row] === column.heldOut) continue;
      const weight = weights[row]! * weightIn(loss, column, truth[row]!);
      if (weight === 0) continue;
      const own = truthIn(loss, column, truth[row]!);
      const origin = margins[m]![row]!;
      const moved = column.step * direction[m]![row]!;
      residuals[row] = loss.residual(own, origin + moved, weight);
      changed += weight * loss.change(own, origin, moved);
      sloped += residuals[row]! * direction[m]![row]!;
    }
    return { residuals, changed, sloped };
  });
  return { residuals: models.map((m) => m.residuals), change: models.map((m) => m.changed), slope: models.map((m) => m.sloped) };
}

type Told = Pick<WeightColumn, 'positive' | 'positiveWeight' | 'negativeWeight'>;

/** @param given class code or value of a row */
export function truthIn({ of }: RowLoss, { positive }: Told, given: number): number {
  return of === 'value' ? given : given === positive ? 1 : -1;
}

/** What a row counts in a column, beside its own weight. */
export function weightIn({ of }: RowLoss, { positive, positiveWeight, negativeWeight }: Told, given: number): number {
  return of === 'value' ? 1 : given === positive ? positiveWeight : negativeWeight;
}
