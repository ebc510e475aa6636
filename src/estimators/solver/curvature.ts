// What L-BFGS knows of the curvature as a matrix to ask of entry by entry: `diagonal` on the diagonal, less a product of few
// columns (Byrd, Nocedal and Schnabel, "Representations of quasi-Newton matrices", 1994, 3.5).
import type { Pair } from './lbfgsb.ts';
import { dot } from './vectors.ts';

/** B = diagonal - left right'. Rows of the two stand at positions of `entries`. */
export interface Curvature {
  readonly diagonal: number;
  /** Columns of `left` and `right`. */
  readonly rank: number;
  /** `[entries][rank]` */
  readonly left: Float64Array;
  readonly right: Float64Array;
}

/**
 * @param memory steps and changes of the gradient, oldest first
 * @param entries those that anyone will ask for
 * @param first the diagonal where there is no memory yet
 */
export function curvatureOf(memory: readonly Pair[], entries: Uint32Array, first: number): Curvature {
  const pairs = memory.length;
  const newest = memory.at(-1);
  const diagonal = newest ? dot(newest.y, newest.y) / newest.sy : first;
  const rank = 2 * pairs;
  const middle = new Float64Array(rank * rank);
  for (let i = 0; i < pairs; i++) {
    middle[(pairs + i) * rank + pairs + i] = -memory[i]!.sy;
    for (let j = 0; j <= i; j++) {
      middle[i * rank + j] = middle[j * rank + i] = diagonal * dot(memory[i]!.s, memory[j]!.s);
      if (j < i) middle[i * rank + pairs + j] = middle[(pairs + j) * rank + i] = dot(memory[i]!.s, memory[j]!.y);
    }
  }
  const inverse = inverseOf(middle, rank);
  const left = new Float64Array(entries.length * rank);
  const right = new Float64Array(left.length);
  entries.forEach((entry, a) => {
    const row = right.subarray(a * rank, (a + 1) * rank);
    memory.forEach(({ s, y }, i) => {
      row[i] = diagonal * s[entry]!;
      row[pairs + i] = y[entry]!;
    });
    for (let k = 0; k < rank; k++) left[a * rank + k] = dot(row, inverse.subarray(k * rank, (k + 1) * rank));
  });
  return { diagonal, rank, left, right };
}

/** Of a symmetric matrix, by Gauss and Jordan with the largest pivot of each column. */
function inverseOf(matrix: Float64Array, size: number): Float64Array {
  const from = matrix.slice();
  const to = Float64Array.from(from, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
  const swap = (of: Float64Array, a: number, b: number): void => {
    const row = of.slice(a * size, (a + 1) * size);
    of.copyWithin(a * size, b * size, (b + 1) * size);
    of.set(row, b * size);
  };
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) if (Math.abs(from[row * size + column]!) > Math.abs(from[pivot * size + column]!)) pivot = row;
    for (const of of [from, to]) swap(of, column, pivot);
    const by = 1 / from[column * size + column]!;
    for (const of of [from, to]) for (let k = 0; k < size; k++) of[column * size + k]! *= by;
    for (let row = 0; row < size; row++) {
      const times = from[row * size + column]!;
      if (row === column || times === 0) continue;
      for (const of of [from, to]) for (let k = 0; k < size; k++) of[row * size + k]! -= times * of[column * size + k]!;
    }
  }
  return to;
}
