// Plain row-major matrices. Pixels stay u8 from the file to the GPU: four times fewer bytes than f32, and small enough
// for the 128 MiB binding limit of software adapters. Figures may come as float64: a Unix time in f32 is off by a minute.
import { PipelineError } from '../errors/errors.ts';

export type Dtype = 'u8' | 'f32' | 'f64';
export type DataOf<D extends Dtype> = D extends 'u8' ? Uint8Array : D extends 'f32' ? Float32Array : Float64Array;

/** Values of one row of some features, or of all of them. */
export type FeatureArray = DataOf<Dtype>;

const DTYPES = { u8: Uint8Array, f32: Float32Array, f64: Float64Array } as const;

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
 * @param data bytes 0 to 255 (u8), or numbers (f32, f64), `[rows * cols]`
 * @throws E_SHAPE when `data` is no such array, or does not hold `rows * cols` values.
 * @example
 * matrix(2, 2, new Uint8Array([1, 2, 3, 4])).rows; // 2
 */
export function matrix(rows: number, cols: number, data: Uint8Array): Matrix<'u8'>;
export function matrix(rows: number, cols: number, data: Float32Array): Matrix<'f32'>;
export function matrix(rows: number, cols: number, data: Float64Array): Matrix<'f64'>;
export function matrix(rows: number, cols: number, data: FeatureArray): Matrix;
export function matrix(rows: number, cols: number, data: FeatureArray): Matrix {
  const dtype = dtypeOf(data);
  if (dtype === undefined) {
    const kind = (data as object | null | undefined)?.constructor.name ?? String(data);
    throw new PipelineError('E_SHAPE', `A matrix needs a Uint8Array, a Float32Array or a Float64Array; a value of type ${kind} arrived.`, {
      hint: 'Use Float64Array.from(values).',
    });
  }
  if (data.length !== rows * cols) {
    throw new PipelineError('E_SHAPE', `A ${rows} x ${cols} matrix needs ${rows * cols} values, ${data.length} arrived.`, {
      hint: 'Pass rows and columns that multiply to the number of values.',
    });
  }
  return { rows, cols, dtype, data };
}

/** Undefined for what features cannot be made of. */
export function dtypeOf(data: unknown): Dtype | undefined {
  return (Object.keys(DTYPES) as Dtype[]).find((dtype) => data instanceof DTYPES[dtype]);
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
  const data = new DTYPES[x.dtype](ids.length * x.cols);
  ids.forEach((id, i) => data.set(x.data.subarray(id * x.cols, (id + 1) * x.cols), i * x.cols));
  return matrix(ids.length, x.cols, data);
}

/** For a number that f32 cannot hold beside the others of its column. */
export function tooFar(value: number, row: number, column: number): PipelineError {
  return new PipelineError(
    'E_DATA',
    `Row ${row} of the features holds ${value} in column ${column}, too far from the other rows to be told from Infinity beside them.`,
    {
      hint: 'Leave such rows out, or correct them, in a stage before this one.',
    },
  );
}

/** For a value that would make everything learned from it NaN. */
export function notFinite(value: number, row: number, column: number): PipelineError {
  return new PipelineError('E_DATA', `Row ${row} of the features holds ${value} in column ${column}; finite numbers are needed.`, {
    hint: 'Leave such rows out, or fill their gaps, in a stage before this one.',
  });
}
