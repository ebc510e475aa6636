// Random inputs of kernel tests, in the device's layout and in plain form side by side.
import { matrix, type Matrix } from '../../src/core/matrix.ts';
import { RandomState } from '../../src/core/random.ts';
import { packTiles, tileShape, type TileShape } from '../../src/kernels/lib/tiles.ts';

export interface BatchCase {
  readonly x: Matrix<'u8'>;
  readonly shape: TileShape;
  readonly tiles: Uint32Array;
  /** Uniform in [-1, 1), as f32 and as what f32 holds. */
  readonly values: (count: number, scale?: number) => Float32Array;
  readonly random: RandomState;
}

export function batchCase(rows: number, cols: number, seed: number, pixel: (random: RandomState) => number = (random) => random.interval(255)): BatchCase {
  const random = new RandomState(seed);
  const x = matrix(
    rows,
    cols,
    Uint8Array.from({ length: rows * cols }, () => pixel(random)),
  );
  const shape = tileShape(rows, cols);
  const tiles = new Uint32Array(shape.sizeBytes / 4);
  packTiles(
    x,
    Uint32Array.from({ length: rows }, (_, i) => i),
    tiles.buffer,
  );
  const values = (count: number, scale = 1): Float32Array => Float32Array.from({ length: count }, () => (random.uint32() / 2 ** 31 - 1) * scale);
  return { x, shape, tiles, values, random };
}

/** Columns of `rows` values into slots of `stride`, `fill` in between. */
export function intoSlots(columns: readonly ArrayLike<number>[], stride: number, fill: number): Float64Array {
  const out = new Float64Array(columns.length * stride).fill(fill);
  columns.forEach((column, slot) => out.set(Array.from(column), slot * stride));
  return out;
}
