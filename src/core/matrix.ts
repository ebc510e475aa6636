// Plain row-major matrices. Pixels stay u8 from the file to the GPU: four times fewer bytes than f32, and small enough
// for the 128 MiB binding limit of software adapters.
import { PipelineError } from './errors.ts';

export type Dtype = 'u8' | 'f32';
export type DataOf<D extends Dtype> = D extends 'u8' ? Uint8Array : Float32Array;

/** `data[r * cols + c]` is row r, column c; `data.length === rows * cols`. */
export interface Matrix<D extends Dtype = Dtype> {
  readonly rows: number;
  readonly cols: number;
  readonly dtype: D;
  readonly data: DataOf<D>;
}

/**
 * A matrix over `data`, not copied.
 *
 * @throws E_SHAPE when `data` does not hold `rows * cols` values.
 * @example
 * matrix(2, 2, new Uint8Array([1, 2, 3, 4])).rows; // 2
 */
export function matrix(rows: number, cols: number, data: Uint8Array): Matrix<'u8'>;
export function matrix(rows: number, cols: number, data: Float32Array): Matrix<'f32'>;
export function matrix(rows: number, cols: number, data: Uint8Array | Float32Array): Matrix {
  if (data.length !== rows * cols) {
    throw new PipelineError('E_SHAPE', `A ${rows} x ${cols} matrix needs ${rows * cols} values, ${data.length} arrived.`, {
      hint: 'Pass rows and columns that multiply to the number of values.',
    });
  }
  return data instanceof Uint8Array ? { rows, cols, dtype: 'u8', data } : { rows, cols, dtype: 'f32', data };
}

/** Row `r` as a view, not copied. */
export function rowOf<D extends Dtype>(m: Matrix<D>, r: number): DataOf<D> {
  return m.data.subarray(r * m.cols, (r + 1) * m.cols) as DataOf<D>;
}
