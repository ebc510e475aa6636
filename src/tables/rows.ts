// Collects features row by row in one list, allocated at the length that the file will need: growing a list copies it, and for a moment
// it exists twice.
import { matrix, type Matrix } from '../core/data/matrix.ts';

const LEAST_ROWS = 1024;
/** An estimate that is a little too low would double what is held. */
const SPARE = 1.1;

export class FeatureRows {
  readonly cols: number;
  #data: Float64Array;
  /** Of the row that is being written. */
  #at = 0;

  /** @param about estimate of how many rows will come, if known; memory that is never written to costs nothing */
  constructor(cols: number, about: number | undefined) {
    this.cols = cols;
    this.#data = new Float64Array(cols * Math.max(LEAST_ROWS, Math.ceil((about ?? 0) * SPARE)));
  }

  /** Into the row that is being written. */
  set(column: number, value: number): void {
    this.#data[this.#at + column] = value;
  }

  endRow(): void {
    this.#at += this.cols;
    if (this.#at + this.cols <= this.#data.length) return;
    const more = new Float64Array(this.cols * Math.ceil((this.#data.length / this.cols) * 1.5));
    more.set(this.#data);
    this.#data = more;
  }

  /** All rows, `[rows, cols]`. */
  matrix(): Matrix<'f64'> {
    return matrix(this.#at / this.cols, this.cols, this.#data.subarray(0, this.#at));
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
