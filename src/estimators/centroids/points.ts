// Points of the rows' own space, as the device has rows: in f32 around a typical row. What is near the rows keeps its digits.
import type { Affine } from '../rows/frame.ts';
import type { TileShape } from '../../kernels/lib/tiles.ts';

/** A point as features are meant, where the device has rows, `[cols]`. A column that is scaled to nothing tells no points apart. */
export function framed(point: ArrayLike<number>, { scale, offset }: Affine): Float64Array {
  return scale.map((factor, j) => (factor === 0 ? 0 : (point[j]! - offset[j]!) / factor));
}

/** The same, back. */
export function meant(point: ArrayLike<number>, { scale, offset }: Affine): Float64Array {
  return scale.map((factor, j) => factor * point[j]! + offset[j]!);
}

/** Points as kernels read them, `[point][word]`; 0 for the constant and what is behind it. */
export function packPoints(points: readonly ArrayLike<number>[], { words }: Pick<TileShape, 'words'>): Float32Array {
  const packed = new Float32Array(points.length * words * 4);
  for (const [i, point] of points.entries()) packed.set(point, i * words * 4);
  return packed;
}
