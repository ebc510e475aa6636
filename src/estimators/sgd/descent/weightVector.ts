// Weights as they are learned a row at a time: a vector and what it is to be multiplied by, so that a step that shrinks all of it is one
// multiplication; and their average over all steps, by the trick of Bottou ("Stochastic Gradient Descent Tricks", 2012). The order of
// steps is that of scikit-learn 1.9 (utils/_weight_vector).
import { addRow } from '../dots.ts';
import { asMeant, type SgdRows } from '../shifted.ts';

/** A scale this small is multiplied in. */
const SMALL = 1e-9;

export class WeightVector {
  readonly #rows: SgdRows;
  /** The weights, but for what they are multiplied by. */
  readonly own: Float64Array;
  readonly #average: Float64Array | undefined;
  #scale = 1;
  /** The average is `(#average + #times * own) / #over`. */
  #times = 0;
  #over = 1;
  /** Of `own`, as of the last row added. */
  #squares = 0;
  #absolutes = 0;
  /** L1 penalty that each weight has had so far. */
  readonly #had: Float64Array;

  /** @param start where it goes on; from zeros where absent */
  constructor(
    rows: SgdRows,
    options: { readonly averages: boolean; readonly l1: boolean },
    start?: { readonly weights: Float64Array; readonly average?: Float64Array | undefined },
  ) {
    this.#rows = rows;
    const zeros = (): Float64Array => new Float64Array(rows.shifted ? rows.cols + 2 : rows.cols);
    this.own = start?.weights.slice() ?? zeros();
    this.#average = options.averages ? (start?.average?.slice() ?? zeros()) : undefined;
    for (const weight of this.own) {
      this.#squares += weight * weight;
      this.#absolutes += Math.abs(weight);
    }
    this.#had = new Float64Array(options.l1 ? rows.cols : 0);
  }

  /** What `own` is to be multiplied by. */
  get factor(): number {
    return this.#scale;
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
    return Number.isFinite(this.#squares) && this.own.every(Number.isFinite);
  }

  /**
   * Adds so many times a row.
   *
   * @param said what the weights say of the row, and @param square its squared length: the norm follows from both, as in
   *   scikit-learn; undefined where nobody asks for it
   */
  add(row: number, times: number, said: number, square: number | undefined): void {
    const by = times / this.#scale;
    addRow(this.#rows, this.own, row, by);
    if (this.#had.length === 0) {
      if (square !== undefined) this.#squares = Math.max(0, this.#squares + by * ((2 * said) / this.#scale + by * square));
      return;
    }
    let squares = 0;
    let absolutes = 0;
    for (const weight of this.own) {
      squares += weight * weight;
      absolutes += Math.abs(weight);
    }
    this.#squares = squares;
    this.#absolutes = absolutes;
  }

  /** Lets the weights count in their average, after so many times a row were added. @param step that counts, from 1 */
  average(row: number, times: number, step: number): void {
    const average = this.#average!;
    const by = this.#times * (-times / this.#scale);
    if (by !== 0) addRow(this.#rows, average, row, by);
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
    const [own, had, scale] = [this.own, this.#had, this.#scale];
    for (let j = 0; j < own.length; j++) {
      const before = own[j]!;
      if (before === 0) continue;
      const after = before > 0 ? Math.max(0, before - (total + had[j]!) / scale) : Math.min(0, before + (total - had[j]!) / scale);
      own[j] = after;
      had[j]! += scale * (after - before);
    }
  }

  /** The weights, and their average where there is one. */
  finished(): { readonly weights: Float64Array; readonly average: Float64Array | undefined } {
    this.#multiplyIn();
    return { weights: asMeant(this.#rows, this.own), average: this.#average && asMeant(this.#rows, this.#average) };
  }

  #multiplyIn(): void {
    const [own, average, scale] = [this.own, this.#average, this.#scale];
    if (average) {
      for (let j = 0; j < own.length; j++) average[j] = (average[j]! + this.#times * own[j]!) / this.#over;
      this.#times = 0;
      this.#over = 1;
    }
    for (let j = 0; j < own.length; j++) own[j]! *= scale;
    this.#squares *= scale * scale;
    this.#absolutes *= scale;
    this.#scale = 1;
  }
}
