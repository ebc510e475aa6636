// Random inputs of kernel tests, in the device's layout and in plain form side by side.
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { NO_FOLD, type WeightColumn } from '../../src/kernels/lib/weightColumn.ts';
import { packTiles, tileShape, type Frame, type RowDtype, type TileShape } from '../../src/kernels/lib/tiles.ts';

export interface BatchCase {
  readonly x: Matrix;
  readonly shape: TileShape;
  readonly tiles: Uint8Array;
  /** Uniform in [-1, 1), as f32 and as what f32 holds. */
  readonly values: (count: number, scale?: number) => Float32Array;
  readonly random: RandomState;
}

/** Bytes from 0 to 255, or f32 in [-1, 1). */
export function batchCase(rows: number, cols: number, seed: number, dtype: RowDtype = 'u8', pixel?: () => number): BatchCase {
  const random = new RandomState(seed);
  const x =
    dtype === 'u8'
      ? matrix(rows, cols, Uint8Array.from({ length: rows * cols }, pixel ?? (() => random.interval(255))))
      : matrix(
          rows,
          cols,
          Float32Array.from({ length: rows * cols }, () => random.uint32() / 2 ** 31 - 1),
        );
  const shape = tileShape(rows, cols, dtype);
  const tiles = new Uint8Array(shape.sizeBytes);
  packTiles(
    x,
    Uint32Array.from({ length: rows }, (_, i) => i),
    plainFrame(cols),
    shape,
    tiles.buffer,
  );
  const values = (count: number, scale = 1): Float32Array => Float32Array.from({ length: count }, () => (random.uint32() / 2 ** 31 - 1) * scale);
  return { x, shape, tiles, values, random };
}

/** Rows on the device as they are. */
export function plainFrame(cols: number): Frame {
  return { center: new Float64Array(cols), unit: new Float64Array(cols).fill(1) };
}

/** Columns of `rows` values into slots of `stride`, `fill` in between. */
export function intoSlots(columns: readonly ArrayLike<number>[], stride: number, fill: number): Float64Array {
  const out = new Float64Array(columns.length * stride).fill(fill);
  columns.forEach((column, slot) => out.set(Array.from(column), slot * stride));
  return out;
}

/** Columns with nothing but a slot and a step. */
export function columnsAt(steps: readonly number[]): WeightColumn[] {
  return steps.map((step, slot) => ({ slot, positive: 1, heldOut: NO_FOLD, step: Math.fround(step), positiveWeight: 1, negativeWeight: 1 }));
}
