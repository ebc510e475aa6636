// What `x` of a dataset may be: in memory with every value, in memory without the zeros, or stored. Whoever computes with rows
// takes them from here, dense and a block at a time, whichever it is.
import { rowsOfCsr, type CsrMatrix } from './csr.ts';
import { DTYPES, matrix, type Categories, type DataOf, type Dtype, type FeatureArray, type Matrix } from './matrix.ts';

/** Copy after copy of the same pictures, each moved by some pixels. */
export interface ShiftedPictures {
  readonly x: Features;
  /** Rows of `x` that each copy has, in order. */
  readonly ids: Uint32Array;
  readonly width: number;
  readonly height: number;
  /** For each copy, how far to the right, and how far down. */
  readonly shifts: readonly (readonly [right: number, down: number])[];
}

/** Rows that stay where they are stored, for data larger than memory. */
export interface StoredMatrix<D extends Dtype = Dtype> {
  readonly rows: number;
  readonly cols: number;
  readonly dtype: D;
  /** Of columns that hold names: what their codes mean. Absent where all columns are numbers. */
  readonly categories?: Categories | undefined;
  /** Columns of moments, in seconds since 1970, which people read as dates. */
  readonly dates?: readonly number[] | undefined;
  /** Set where the cache has them: whoever encodes them keeps next to nothing. */
  readonly cached?: true | undefined;
  /** Set where they are made as they are read: whoever remembers them takes no more room for them, and a device makes them itself. */
  readonly shifted?: ShiftedPictures | undefined;
  /** Copies rows `ids` into `target`, `[ids.length, cols]`. */
  readRows(ids: Uint32Array, target: DataOf<D>): Promise<void>;
}

export type Features = Matrix | CsrMatrix | StoredMatrix;

export function isStored(x: Features): x is StoredMatrix {
  return 'readRows' in x;
}

/**
 * Rows `ids` of `x` as a matrix of their own.
 * @example
 * await takeRows(matrix(3, 2, Float32Array.of(0, 1, 5, 4, 6, 4)), Uint32Array.of(2, 0)); // rows 6 4 and 0 1
 */
export async function takeRows(x: Features, ids: Uint32Array): Promise<Matrix> {
  const data: FeatureArray = new DTYPES[x.dtype](ids.length * x.cols);
  if ('readRows' in x) await x.readRows(ids, data);
  else if ('indptr' in x) rowsOfCsr(x, ids, data);
  else ids.forEach((id, i) => data.set(x.data.subarray(id * x.cols, (id + 1) * x.cols), i * x.cols));
  return matrix(ids.length, x.cols, data);
}

/** Rows taken at a time, or fewer where they are wide. */
const BLOCK_ROWS = 4096;
const BLOCK_BYTES = 32e6;

export interface Block extends Matrix {
  /** Position of its first row among the ids. */
  readonly from: number;
}

/**
 * Rows `ids` of `x`, in order, a block after the other.
 * @param least rows of a block but the last are a multiple of it; a power of two
 * @example
 * const x = matrix(3, 2, Float32Array.of(0, 1, 5, 4, 6, 4));
 * for await (const { from, rows, data } of takeBlocks(x, Uint32Array.of(2, 0))) console.log(from, rows, data);
 */
export async function* takeBlocks(x: Features, ids: Uint32Array, least = 1): AsyncGenerator<Block, void> {
  let rows = BLOCK_ROWS;
  while (rows > least && rows * x.cols * DTYPES[x.dtype].BYTES_PER_ELEMENT > BLOCK_BYTES) rows /= 2;
  for (let from = 0; from < ids.length; from += rows) yield { ...(await takeRows(x, ids.subarray(from, from + rows))), from };
}
