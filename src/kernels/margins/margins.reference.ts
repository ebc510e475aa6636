// margins.wgsl in float64, over plain row-major inputs.
import type { Matrix } from '../../core/data/matrix.ts';

export interface MarginsInput {
  readonly x: Matrix;
  /** `[columns][cols + 1]`, the intercept last. */
  readonly weights: readonly ArrayLike<number>[];
  /** One a column. */
  readonly steps: readonly number[];
  /** `[columns][rows]` */
  readonly direction: readonly ArrayLike<number>[];
  readonly margins: readonly ArrayLike<number>[];
}

/** The new direction and margins, `[columns][rows]` each. */
export function marginsReference({ x, weights, steps, direction, margins }: MarginsInput): { direction: Float64Array[]; margins: Float64Array[] } {
  const next = weights.map((w) =>
    Float64Array.from({ length: x.rows }, (_, row) => {
      let sum = w[x.cols]!;
      for (let j = 0; j < x.cols; j++) sum += x.data[row * x.cols + j]! * w[j]!;
      return sum;
    }),
  );
  const stepped = steps.map((step, m) => Float64Array.from({ length: x.rows }, (_, row) => margins[m]![row]! + step * direction[m]![row]!));
  return { direction: next, margins: stepped };
}
