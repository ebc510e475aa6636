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

/** Rows of bytes that stay where they are stored, for data larger than memory. */
export interface StoredMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly dtype: 'u8';
  /** Copies rows `ids` into `target`, `[ids.length, cols]`. */
  readRows(ids: Uint32Array, target: Uint8Array): Promise<void>;
}

/** In memory, or stored. */
export type Features = Matrix | StoredMatrix;

/** Rows `ids` of `x` as a matrix of their own. */
export async function takeRows(x: Features, ids: Uint32Array): Promise<Matrix> {
  if ('readRows' in x) {
    const data = new Uint8Array(ids.length * x.cols);
    await x.readRows(ids, data);
    return matrix(ids.length, x.cols, data);
  }
  const data = x.data instanceof Uint8Array ? new Uint8Array(ids.length * x.cols) : new Float32Array(ids.length * x.cols);
  ids.forEach((id, i) => data.set(x.data.subarray(id * x.cols, (id + 1) * x.cols), i * x.cols));
  return data instanceof Uint8Array ? matrix(ids.length, x.cols, data) : matrix(ids.length, x.cols, data);
}

/** For a value that would make everything learned from it NaN. */
export function notFinite(value: number, row: number, column: number): PipelineError {
  return new PipelineError('E_DATA', `Row ${row} of the features holds ${value} in column ${column}; finite numbers are needed.`, {
    hint: 'Leave such rows out, or fill their gaps, in a stage before this one.',
  });
}
