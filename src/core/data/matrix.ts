// Plain row-major matrices. Pixels stay u8 from the file to the GPU: four times fewer bytes than f32, and small enough
// for the 128 MiB binding limit of software adapters. Figures may come as float64: a Unix time in f32 is off by a minute.
import { PipelineError } from '../errors/errors.ts';

/** For each column the names of its codes, from 0; null for a column of numbers. A code that is NaN is none. `[cols]` */
export type Categories = readonly (readonly string[] | null)[];

export const DTYPES = { u8: Uint8Array, u16: Uint16Array, f32: Float32Array, f64: Float64Array } as const;

export type Dtype = keyof typeof DTYPES;
export type DataOf<D extends Dtype> = { u8: Uint8Array; u16: Uint16Array; f32: Float32Array; f64: Float64Array }[D];

/** Values of one row of some features, or of all of them. */
export type FeatureArray = DataOf<Dtype>;

/** For messages. */
export const FEATURE_ARRAYS = 'a Uint8Array (u8), a Uint16Array (u16), a Float32Array (f32) or a Float64Array (f64)';

/** `data[r * cols + c]` is row r, column c; `data.length === rows * cols`. */
export interface Matrix<D extends Dtype = Dtype> {
  readonly rows: number;
  readonly cols: number;
  readonly dtype: D;
  readonly data: DataOf<D>;
  /** Of columns that hold names: what their codes mean. Absent where all columns are numbers. */
  readonly categories?: Categories | undefined;
  /** Columns of moments, in seconds since 1970, which people read as dates. */
  readonly dates?: readonly number[] | undefined;
}

/** What numbers of columns mean. */
export type Meanings = Pick<Matrix, 'categories' | 'dates'>;

/**
 * A matrix over `data`, not copied.
 *
 * @param data whole numbers to 255 (u8) or 65 535 (u16), or numbers (f32, f64), `[rows * cols]`
 * @throws E_SHAPE when `data` is no such array, or does not hold `rows * cols` values.
 * @example
 * matrix(2, 2, new Uint8Array([1, 2, 3, 4])).rows; // 2
 */
export function matrix(rows: number, cols: number, data: Uint8Array): Matrix<'u8'>;
export function matrix(rows: number, cols: number, data: Uint16Array): Matrix<'u16'>;
export function matrix(rows: number, cols: number, data: Float32Array): Matrix<'f32'>;
export function matrix(rows: number, cols: number, data: Float64Array): Matrix<'f64'>;
export function matrix(rows: number, cols: number, data: FeatureArray): Matrix;
export function matrix(rows: number, cols: number, data: FeatureArray): Matrix {
  const dtype = dtypeOf(data);
  if (dtype === undefined) {
    const kind = (data as object | null | undefined)?.constructor.name ?? String(data);
    throw new PipelineError('E_SHAPE', `A matrix needs ${FEATURE_ARRAYS}; a value of type ${kind} arrived.`, { hint: 'Use Float64Array.from(values).' });
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
