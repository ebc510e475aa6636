// The penalised logistic loss of a batch of columns, as scikit-learn 1.9 writes it: mean loss over the rows trained on
// plus (lambda / 2) * ||w||^2 with lambda = 1 / (C * rows). Intercepts are not penalised. Sums over rows come from the
// device; the penalty, which needs no rows, is exact float64 here.
import type { BatchObjective } from '../solver/together.ts';
import type { LinearBatch } from '../linear/linearBatch.ts';

export interface ColumnSettings {
  /** Rows this column is trained on. */
  readonly rows: number;
  readonly C: number;
}

/** Squares along a direction: |w + t d|^2 = ww + 2 t wd + t^2 dd over the penalised entries. */
interface Squares {
  readonly ww: number;
  readonly wd: number;
  readonly dd: number;
}

/**
 * @param cols features; a parameter vector is `[cols]` weights, and the intercept behind them when `fitIntercept`
 */
export function logisticObjective(batch: LinearBatch, cols: number, fitIntercept: boolean, settings: readonly ColumnSettings[]): BatchObjective {
  const squares: Squares[] = settings.map(() => ({ ww: 0, wd: 0, dd: 0 }));
  const residualSums = settings.map(() => 0);
  const penalty = (column: number): number => 1 / (settings[column]!.C * settings[column]!.rows);
  return {
    async direction(columns, asks) {
      columns.forEach((column, i) => {
        const { origin, direction } = asks[i]!;
        squares[column] = { ww: dot(origin, origin, cols), wd: dot(origin, direction, cols), dd: dot(direction, direction, cols) };
      });
      await batch.setDirections(
        columns,
        asks.map(({ direction }) => ({ weights: direction.subarray(0, cols), bias: fitIntercept ? direction[cols]! : 0 })),
      );
    },
    async trial(columns, asks) {
      const sums = await batch.losses(
        columns,
        asks.map(({ step }) => step),
      );
      return sums.map(({ loss, slope, residualSum }, i) => {
        const column = columns[i]!;
        const t = asks[i]!.step;
        const { ww, wd, dd } = squares[column]!;
        const { rows } = settings[column]!;
        residualSums[column] = residualSum;
        return {
          value: loss / rows + 0.5 * penalty(column) * (ww + 2 * t * wd + t * t * dd),
          slope: slope / rows + penalty(column) * (wd + t * dd),
        };
      });
    },
    async gradient(columns, asks) {
      const sums = await batch.gradients(columns);
      return sums.map((sum, i) => {
        const column = columns[i]!;
        const { rows } = settings[column]!;
        const gradient = new Float64Array(asks[i]!.point.length);
        for (let j = 0; j < cols; j++) gradient[j] = sum[j]! / rows + penalty(column) * asks[i]!.point[j]!;
        if (fitIntercept) gradient[cols] = residualSums[column]! / rows;
        return gradient;
      });
    },
  };
}

function dot(a: Float64Array, b: Float64Array, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[i]! * b[i]!;
  return sum;
}
