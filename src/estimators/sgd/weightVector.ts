// Weights as they are learned a row at a time: a vector and what it is to be multiplied by, so that a step that shrinks all of it is one
// multiplication; and their average over all steps, by the trick of Bottou ("Stochastic Gradient Descent Tricks", 2012). The order of
// steps is that of scikit-learn 1.9 (utils/_weight_vector).
import type { DenseRows, HostRows, SparseRows } from '../rows/rowsOnHost.ts';

/** A scale this small is multiplied in. */
const SMALL = 1e-9;

export class WeightVector {
  readonly #sparse: SparseRows | undefined;
  readonly #dense: DenseRows | undefined;
  readonly #own: Float64Array;
  readonly #average: Float64Array | undefined;
  #scale = 1;
  /** The average is `(#average + #times * #own) / #over`. */
  #times = 0;
  #over = 1;
  /** Of `#own`, as of the last row added. */
  #squares = 0;
  #absolutes = 0;
  /** What the L1 penalty took of them since. */
  #squaresTaken = 0;
  #absolutesTaken = 0;
  /** L1 penalty that each weight has had so far. */
  readonly #had: Float64Array;

  constructor(rows: HostRows, options: { readonly averages: boolean; readonly l1: boolean }) {
    this.#sparse = rows.sparse;
    this.#dense = rows.dense;
    this.#own = new Float64Array(rows.cols);
    this.#average = options.averages ? new Float64Array(rows.cols) : undefined;
    this.#had = new Float64Array(options.l1 ? rows.cols : 0);
  }

  /** Squared norm. */
  get squares(): number {
    return this.#squares * this.#scale * this.#scale;
  }

  /** Sum of absolute values. */
  get absolutes(): number {
    return this.#absolutes * this.#scale;
  }

  get finite(): boolean {
    return this.#own.every(Number.isFinite);
  }

  /** What the weights say of a row. Added up one by one, as scikit-learn does: long steps make much of a difference in the last place. */
  dot(row: number): number {
    const own = this.#own;
    let sum = 0;
    if (this.#sparse) {
      const { values, columns, starts } = this.#sparse;
      const end = starts[row + 1]!;
      for (let at = starts[row]!; at < end; at++) sum += own[columns[at]!]! * values[at]!;
    } else {
      const { cols, values, shift, factor } = this.#dense!;
      const from = row * cols;
      for (let j = 0; j < cols; j++) sum += own[j]! * ((values[from + j]! - shift[j]!) * factor[j]!);
    }
    return sum * this.#scale;
  }

  /** Adds so many times a row. */
  add(row: number, times: number): void {
    const own = this.#own;
    const by = times / this.#scale;
    let squares = 0;
    let absolutes = 0;
    if (this.#sparse) {
      const { values, columns, starts } = this.#sparse;
      const end = starts[row + 1]!;
      for (let at = starts[row]!; at < end; at++) {
        const j = columns[at]!;
        const before = own[j]!;
        const after = before + values[at]! * by;
        own[j] = after;
        squares += (after - before) * (after + before);
        absolutes += Math.abs(after) - Math.abs(before);
      }
      this.#squares = Math.max(0, this.#squares + this.#squaresTaken + squares);
      this.#absolutes += this.#absolutesTaken + absolutes;
    } else {
      const { cols, values, shift, factor } = this.#dense!;
      const from = row * cols;
      for (let j = 0; j < cols; j++) {
        const after = own[j]! + (values[from + j]! - shift[j]!) * factor[j]! * by;
        own[j] = after;
        squares += after * after;
        absolutes += Math.abs(after);
      }
      this.#squares = squares;
      this.#absolutes = absolutes;
    }
    this.#squaresTaken = 0;
    this.#absolutesTaken = 0;
  }

  /** Lets the weights count in their average, after so many times a row were added. @param step that counts, from 1 */
  average(row: number, times: number, step: number): void {
    const average = this.#average!;
    const by = this.#times * (-times / this.#scale);
    if (by !== 0 && this.#sparse) {
      const { values, columns, starts } = this.#sparse;
      for (let at = starts[row]!; at < starts[row + 1]!; at++) average[columns[at]!]! += by * values[at]!;
    } else if (by !== 0) {
      const { cols, values, shift, factor } = this.#dense!;
      for (let j = 0; j < cols; j++) average[j]! += by * ((values[row * cols + j]! - shift[j]!) * factor[j]!);
    }
    const share = 1 / step;
    if (step > 1) this.#over /= 1 - share;
    this.#times += share * this.#over * this.#scale;
  }

  /** Multiplies all weights. */
  scale(by: number): void {
    this.#scale *= by;
    if (this.#scale < SMALL) this.#multiplyIn();
  }

  /** Brings each weight nearer to 0 by what it has not had yet of `total`, the L1 penalty so far (Tsuruoka, Tsujii and Ananiadou 2009). */
  shrink(total: number): void {
    const [own, had, scale] = [this.#own, this.#had, this.#scale];
    for (let j = 0; j < own.length; j++) {
      const before = own[j]!;
      if (before === 0) continue;
      const after = before > 0 ? Math.max(0, before - (total + had[j]!) / scale) : Math.min(0, before + (total - had[j]!) / scale);
      own[j] = after;
      had[j]! += scale * (after - before);
      this.#squaresTaken += (after - before) * (after + before);
      this.#absolutesTaken += Math.abs(after) - Math.abs(before);
    }
  }

  /** The weights, and their average where there is one. */
  finished(): { readonly weights: Float64Array; readonly average: Float64Array | undefined } {
    this.#multiplyIn();
    return { weights: this.#own, average: this.#average };
  }

  #multiplyIn(): void {
    const [own, average, scale] = [this.#own, this.#average, this.#scale];
    if (average) {
      for (let j = 0; j < own.length; j++) average[j] = (average[j]! + this.#times * own[j]!) / this.#over;
      this.#times = 0;
      this.#over = 1;
    }
    for (let j = 0; j < own.length; j++) own[j]! *= scale;
    this.#squares *= scale * scale;
    this.#squaresTaken *= scale * scale;
    this.#absolutes *= scale;
    this.#absolutesTaken *= scale;
    this.#scale = 1;
  }
}
