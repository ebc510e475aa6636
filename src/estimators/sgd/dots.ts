// What weights say of rows, added up one feature after the other, as scikit-learn does: long steps make much of a difference in the
// last place. Such a sum waits for itself, so four that have nothing to do with each other take little longer than one.
import type { SgdRows } from './shifted.ts';

/** Sums at once. */
export const SIDE_BY_SIDE = 4;

/** @param own `[cols]`, and what follows them where rows are shifted */
export function dot({ sparse, dense, shifted, cols }: SgdRows, own: Float64Array, row: number): number {
  let sum = 0;
  if (sparse) {
    const { values, columns, starts } = sparse;
    const end = starts[row + 1]!;
    for (let at = starts[row]!; at < end; at++) sum += own[columns[at]!]! * values[at]!;
    return shifted ? sum - own[cols]! - own[cols + 1]! * shifted.halves[row]! : sum;
  }
  const { values, scaling } = dense!;
  const from = row * cols;
  if (scaling) {
    const { shift, factor } = scaling;
    for (let j = 0; j < cols; j++) sum += own[j]! * ((values[from + j]! - shift[j]!) * factor[j]!);
  } else {
    for (let j = 0; j < cols; j++) sum += own[j]! * values[from + j]!;
  }
  return sum;
}

/** {@link dot} of each of four pairs. @param rows `[4]` @param into `[4]` */
export function dots(held: SgdRows, a: Float64Array, b: Float64Array, c: Float64Array, d: Float64Array, rows: Uint32Array, into: Float64Array): void {
  const { sparse, dense, shifted, cols } = held;
  let sumA = 0;
  let sumB = 0;
  let sumC = 0;
  let sumD = 0;
  if (sparse) {
    const { values, columns, starts } = sparse;
    let atA = starts[rows[0]!]!;
    let atB = starts[rows[1]!]!;
    let atC = starts[rows[2]!]!;
    let atD = starts[rows[3]!]!;
    const endA = starts[rows[0]! + 1]!;
    const endB = starts[rows[1]! + 1]!;
    const endC = starts[rows[2]! + 1]!;
    const endD = starts[rows[3]! + 1]!;
    for (let left = Math.min(endA - atA, endB - atB, endC - atC, endD - atD); left > 0; left--) {
      sumA += a[columns[atA]!]! * values[atA++]!;
      sumB += b[columns[atB]!]! * values[atB++]!;
      sumC += c[columns[atC]!]! * values[atC++]!;
      sumD += d[columns[atD]!]! * values[atD++]!;
    }
    for (; atA < endA; atA++) sumA += a[columns[atA]!]! * values[atA]!;
    for (; atB < endB; atB++) sumB += b[columns[atB]!]! * values[atB]!;
    for (; atC < endC; atC++) sumC += c[columns[atC]!]! * values[atC]!;
    for (; atD < endD; atD++) sumD += d[columns[atD]!]! * values[atD]!;
    if (shifted) {
      const { halves } = shifted;
      sumA -= a[cols]! + a[cols + 1]! * halves[rows[0]!]!;
      sumB -= b[cols]! + b[cols + 1]! * halves[rows[1]!]!;
      sumC -= c[cols]! + c[cols + 1]! * halves[rows[2]!]!;
      sumD -= d[cols]! + d[cols + 1]! * halves[rows[3]!]!;
    }
  } else {
    const { values, scaling } = dense!;
    const fromA = rows[0]! * cols;
    const fromB = rows[1]! * cols;
    const fromC = rows[2]! * cols;
    const fromD = rows[3]! * cols;
    if (scaling) {
      const { shift, factor } = scaling;
      for (let j = 0; j < cols; j++) {
        const by = shift[j]!;
        const times = factor[j]!;
        sumA += a[j]! * ((values[fromA + j]! - by) * times);
        sumB += b[j]! * ((values[fromB + j]! - by) * times);
        sumC += c[j]! * ((values[fromC + j]! - by) * times);
        sumD += d[j]! * ((values[fromD + j]! - by) * times);
      }
    } else {
      for (let j = 0; j < cols; j++) {
        sumA += a[j]! * values[fromA + j]!;
        sumB += b[j]! * values[fromB + j]!;
        sumC += c[j]! * values[fromC + j]!;
        sumD += d[j]! * values[fromD + j]!;
      }
    }
  }
  into[0] = sumA;
  into[1] = sumB;
  into[2] = sumC;
  into[3] = sumD;
}

/** Adds so many times a row. Four at a time where nothing is added up, since keeping count takes longer than that. */
export function addRow({ sparse, dense, shifted, cols }: SgdRows, own: Float64Array, row: number, by: number): void {
  if (sparse) {
    const { values, columns, starts } = sparse;
    const end = starts[row + 1]!;
    if (shifted) {
      const { squares, halves } = shifted;
      for (let at = starts[row]!; at < end; at++) {
        const j = columns[at]!;
        own[j]! += values[at]! * by * squares[j]!;
      }
      own[cols]! += by * halves[row]!;
      own[cols + 1]! += by;
      return;
    }
    for (let at = starts[row]!; at < end; at++) own[columns[at]!]! += values[at]! * by;
    return;
  }
  const { values, scaling } = dense!;
  const from = row * cols;
  if (scaling) {
    const { shift, factor } = scaling;
    for (let j = 0; j < cols; j++) own[j]! += (values[from + j]! - shift[j]!) * factor[j]! * by;
    return;
  }
  const fours = cols - (cols % 4);
  for (let j = 0; j < fours; j += 4) {
    const at = from + j;
    own[j]! += values[at]! * by;
    own[j + 1]! += values[at + 1]! * by;
    own[j + 2]! += values[at + 2]! * by;
    own[j + 3]! += values[at + 3]! * by;
  }
  for (let j = fours; j < cols; j++) own[j]! += values[from + j]! * by;
}

/** Squared length of each row, `[rows]`. */
export function squaresOf({ sparse, dense, shifted, count, cols }: SgdRows): Float64Array {
  const squares = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    let sum = 0;
    if (sparse) {
      const { values, columns, starts } = sparse;
      const end = starts[row + 1]!;
      for (let at = starts[row]!; at < end; at++) sum += values[at]! * values[at]! * (shifted ? shifted.squares[columns[at]!]! : 1);
      if (shifted) sum -= 2 * shifted.halves[row]!;
    } else {
      const { values, scaling } = dense!;
      for (let j = 0; j < cols; j++) {
        const value = scaling ? (values[row * cols + j]! - scaling.shift[j]!) * scaling.factor[j]! : values[row * cols + j]!;
        sum += value * value;
      }
    }
    squares[row] = sum;
  }
  return squares;
}
