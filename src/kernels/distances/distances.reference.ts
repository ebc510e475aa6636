// distances.wgsl in float64, over plain row-major inputs.
import type { Matrix } from '../../core/data/matrix.ts';

export interface DistancesInput {
  readonly x: Matrix;
  /** `[cols]` */
  readonly scales: ArrayLike<number>;
  /** `[centers][cols]` */
  readonly centers: readonly ArrayLike<number>[];
  readonly manhattan: boolean;
}

/** Squared, or Manhattan, distances: `[centers][rows]`. */
export function distancesReference({ x, scales, centers, manhattan }: DistancesInput): Float64Array[] {
  return centers.map((center) =>
    Float64Array.from({ length: x.rows }, (_, row) => {
      let sum = 0;
      for (let j = 0; j < x.cols; j++) {
        const away = (x.data[row * x.cols + j]! - center[j]!) * scales[j]!;
        sum += manhattan ? Math.abs(away) : away * away;
      }
      return sum;
    }),
  );
}

/** The first of the nearest centers, `[rows]`. */
export function nearestReference(distances: readonly ArrayLike<number>[]): Uint32Array {
  return Uint32Array.from({ length: distances[0]!.length }, (_, row) =>
    distances.reduce((best, own, center) => (own[row]! < distances[best]![row]! ? center : best), 0),
  );
}
