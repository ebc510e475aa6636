// Collects features row by row: in one list as long as they are few, allocated at the length that the file will need, since growing a
// list copies it and for a moment it exists twice; in a file once they are many.
import { recode } from '../core/data/categories.ts';
import type { StoredMatrix } from '../core/data/features.ts';
import type { RowsFile } from '../core/files.ts';
import { matrix, type Matrix, type Meanings } from '../core/data/matrix.ts';

const LEAST_ROWS = 1024;
/** An estimate that is a little too low would double what is held. */
const SPARE = 1.1;
/** Bytes that are written to a file at a time. */
const PIECE_BYTES = 1 << 23;

export class FeatureRows {
  readonly cols: number;
  readonly #file: RowsFile | undefined;
  /** Most numbers that are held in memory. */
  #most: number;
  #data: Float64Array;
  /** Of the row that is being written. */
  #at = 0;
  /** Rows go to the file. */
  #filed = false;

  /**
   * @param about estimate of how many rows will come, if known; memory that is never written to costs nothing
   * @param file for rows that there is no room for
   */
  constructor(cols: number, about: number | undefined, file: RowsFile | undefined) {
    this.cols = cols;
    this.#file = file;
    this.#most = file ? this.#numbersIn(file.above) : Infinity;
    this.#data = new Float64Array(Math.min(this.#most, cols * Math.max(LEAST_ROWS, Math.ceil((about ?? 0) * SPARE))));
  }

  /** Into the row that is being written. */
  set(column: number, value: number): void {
    this.#data[this.#at + column] = value;
  }

  endRow(): void {
    this.#at += this.cols;
    if (this.#at < this.#data.length) return;
    if (this.#filed) return this.#write();
    if (this.#data.length >= this.#most) {
      this.#filed = this.#file!.begin();
      if (this.#filed) {
        this.#write();
        this.#data = new Float64Array(Math.min(this.#most, this.#numbersIn(PIECE_BYTES)));
        return;
      }
      this.#most = Infinity;
    }
    const more = new Float64Array(Math.min(this.#most, this.cols * Math.ceil((this.#data.length / this.cols) * 1.5)));
    more.set(this.#data);
    this.#data = more;
  }

  /** All rows, `[rows, cols]`. @param codes the code that each is to have, by column; null for a column of numbers */
  async features(meanings: Meanings, codes: readonly (readonly number[] | null)[]): Promise<Matrix<'f64'> | StoredMatrix<'f64'>> {
    if (this.#filed) {
      this.#write();
      return this.#file!.finish(meanings, codes);
    }
    const x = matrix(this.#at / this.cols, this.cols, this.#data.subarray(0, this.#at));
    recode(x.data, codes);
    return { ...x, ...meanings };
  }

  /** Whole rows, one at least. */
  #numbersIn(bytes: number): number {
    return this.cols * Math.max(1, Math.floor(bytes / 8 / this.cols));
  }

  #write(): void {
    if (this.#at > 0) this.#file!.append(this.#data.subarray(0, this.#at));
    this.#at = 0;
  }
}

/** One number a row, in as many bytes as it is asked for. */
export class Growing<A extends Float64Array | Uint32Array> {
  #values: A;
  #length = 0;

  constructor(empty: A) {
    this.#values = empty;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const more = new (this.#values.constructor as new (length: number) => A)(Math.max(1024, 2 * this.#length));
      more.set(this.#values);
      this.#values = more;
    }
    this.#values[this.#length++] = value;
  }

  values(): A {
    return this.#values.slice(0, this.#length) as A;
  }
}
