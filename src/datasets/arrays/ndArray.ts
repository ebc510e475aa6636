// Arrays of any number of dimensions, as files hold them, and what rows are made of them. A number that the rows could not hold as it
// is stops the run.
import { matrix, type Matrix } from '../../core/data/matrix.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import type { TableReadOptions } from '../../formats/format.ts';

export type Numbers = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

export interface NdArray {
  /** For messages. */
  readonly name: string;
  readonly shape: readonly number[];
  /** In C order: the last dimension is the fastest. Of booleans 0 and 1. */
  readonly data: Numbers | BigInt64Array | BigUint64Array | readonly string[];
  readonly booleans?: true | undefined;
}

/** A file with an array that has not been read yet. */
export interface ArrayFile {
  readonly name: string;
  /** What determines how it is read, besides its bytes. */
  readonly params: JsonRecord;
  /** Files on this machine that hold it; absent if it is kept elsewhere. */
  readonly files?: readonly URL[] | undefined;
  /** @throws E_DATA for anything that is not such an array; E_FETCH if nothing is there */
  read(options: TableReadOptions): Promise<NdArray>;
}

export const productOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

/** Rows of features: the first dimension counts them. @throws E_DATA, E_SHAPE */
export function featuresOf(array: NdArray): Matrix {
  const { name, shape } = array;
  const rows = shape[0] ?? 0;
  if (shape.length < 2) {
    throw new PipelineError('E_SHAPE', `x needs rows and columns; ${name} has shape (${shape.join(', ')}${shape.length === 1 ? ',' : ''}).`, {
      hint: 'Save x.reshape(-1, 1) if each row has one feature.',
    });
  }
  const data = numbersOf(array, 'x');
  const cols = productOf(shape.slice(1));
  if (data instanceof Uint8Array) return matrix(rows, cols, data);
  if (data instanceof Uint16Array) return matrix(rows, cols, data);
  // Float32 holds whole numbers of 16 bits.
  if (data instanceof Float32Array) return matrix(rows, cols, data);
  if (data instanceof Int8Array || data instanceof Int16Array) return matrix(rows, cols, Float32Array.from(data));
  return matrix(rows, cols, data instanceof Float64Array ? data : Float64Array.from(data));
}

/** Width and height of rows that are pictures. */
export function pictureOf({ shape }: NdArray): { readonly width: number; readonly height: number } | undefined {
  const [, height, width] = shape;
  return shape.length === 3 && height! > 1 && width! > 1 ? { width: width!, height: height! } : undefined;
}

/** Values to learn, one or several a row. @throws E_DATA, E_SHAPE */
export function valuesIn(array: NdArray): Matrix<'f64'> {
  const { name, shape } = array;
  const rows = shape[0];
  if (rows === undefined || shape.length > 2)
    throw new PipelineError('E_SHAPE', `Values have one dimension, or two; ${name} has shape (${shape.join(', ')}).`, {
      hint: 'Save y of shape (rows,) or (rows, outputs).',
    });
  const data = numbersOf(array, 'values');
  return matrix(rows, shape[1] ?? 1, data instanceof Float64Array ? data : Float64Array.from(data));
}

/** Labels as `codedLabels` takes them. @throws E_DATA, E_SHAPE */
export function labelsIn(array: NdArray): readonly (string | number | boolean)[] {
  const { name, shape, data, booleans } = array;
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1))
    throw new PipelineError('E_SHAPE', `Labels have one dimension; ${name} has shape (${shape.join(', ')}).`, {
      hint: 'Save y of shape (rows,): one label a row.',
    });
  if (booleans) return Array.from(data as Uint8Array, (value) => value === 1);
  return Array.isArray(data) ? (data as readonly string[]) : Array.from(numbersOf(array, 'labels'));
}

/** @param what they are for, in messages */
function numbersOf({ name, data }: NdArray, what: string): Numbers {
  if (Array.isArray(data))
    throw new PipelineError('E_DATA', `${name} holds texts; ${what} are numbers.`, { hint: 'Read names with table(...), or save numbers.' });
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return data as Numbers;
  const out = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const whole = data[i]!;
    out[i] = Number(whole);
    if (BigInt(out[i]!) === whole) continue;
    throw new PipelineError('E_DATA', `${name}: value ${i} is ${whole}, a whole number that float64 would round to another.`, {
      hint: 'Leave ids out of it, or save measures in a larger unit.',
    });
  }
  return out;
}
