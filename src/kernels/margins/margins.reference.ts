// margins.wgsl in float64, over plain row-major inputs.
import type { Matrix } from '../../core/matrix.ts';

export interface MarginsInput {
  readonly x: Matrix<'u8'>;
  /** `[columns][cols]` */
  readonly weights: readonly ArrayLike<number>[];
  readonly columns: readonly { readonly bias: number; readonly step: number }[];
  /** `[columns][rows]` */
  readonly direction: readonly ArrayLike<number>[];
  readonly margins: readonly ArrayLike<number>[];
}

/** The new direction and margins, `[columns][rows]` each. */
export function marginsReference({ x, weights, columns, direction, margins }: MarginsInput): { direction: Float64Array[]; margins: Float64Array[] } {
  const next = columns.map((column, m) =>
    Float64Array.from({ length: x.rows }, (_, row) => {
      let sum = column.bias;
      for (let j = 0; j < x.cols; j++) sum += x.data[row * x.cols + j]! * weights[m]![j]!;
      return sum;
    }),
  );
  const stepped = columns.map((column, m) => Float64Array.from({ length: x.rows }, (_, row) => margins[m]![row]! + column.step * direction[m]![row]!));
  return { direction: next, margins: stepped };
}
