// group_sums.wgsl in float64, over plain row-major inputs.
import type { Matrix } from '../../core/data/matrix.ts';

export interface GroupSumsInput {
  readonly x: Matrix;
  /** `[rows]`; one that is no group counts nowhere. */
  readonly codes: ArrayLike<number>;
  readonly groups: number;
  /** `[rows]` */
  readonly weights: ArrayLike<number>;
  /** `[groups][cols]` */
  readonly centers: readonly ArrayLike<number>[];
  readonly blockRows: number;
}

/** Sums of weight * (x - center), and of weight * (x - center)^2: `[block][groups][cols]` each. */
export function groupSumsReference({ x, codes, groups, weights, centers, blockRows }: GroupSumsInput): {
  readonly sums: Float64Array[][];
  readonly squares: Float64Array[][];
} {
  const empty = (): Float64Array[][] =>
    Array.from({ length: Math.ceil(x.rows / blockRows) }, () => Array.from({ length: groups }, () => new Float64Array(x.cols)));
  const [sums, squares] = [empty(), empty()];
  for (let row = 0; row < x.rows; row++) {
    const [block, code] = [Math.floor(row / blockRows), codes[row]!];
    if (code >= groups) continue;
    for (let j = 0; j < x.cols; j++) {
      const away = x.data[row * x.cols + j]! - centers[code]![j]!;
      sums[block]![code]![j]! += weights[row]! * away;
      squares[block]![code]![j]! += weights[row]! * away * away;
    }
  }
  return { sums, squares };
}
