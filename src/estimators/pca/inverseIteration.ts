// Eigenvectors of three diagonals whose eigenvalues are known, as LAPACK's dstein finds them: a random vector is divided by the matrix
// minus the value until what grows is the vector, perpendicular to those that were found before.
import { RandomState } from '../../core/data/random.ts';
import { addScaled, dot } from '../solver/vectors.ts';

/** Divisions; two are common. */
const MOST_STEPS = 6;
/** What may be left of matrix * vector - value * vector, in units of the rounding of the largest entries. */
const LEFT = 64;

/**
 * @param diagonal `[n]`
 * @param beside entries beside it, `[n]`, of which the last is not read
 * @param values the largest, descending
 * @returns a vector of length 1 for each, `[n]`; undefined where one is not found to rounding
 */
export function inverseIteration(diagonal: Float64Array, beside: Float64Array, values: Float64Array): Float64Array[] | undefined {
  const n = diagonal.length;
  const size = diagonal.reduce((most, value, i) => Math.max(most, Math.abs(value) + Math.abs(beside[i]!) + Math.abs(beside[i - 1] ?? 0)), 0);
  if (size === 0) return undefined;
  const rounding = Number.EPSILON * size;
  const random = new RandomState(0);
  const vectors: Float64Array[] = [];
  let before = Infinity;
  for (const value of values) {
    // Equal values are told apart, or each would find the same vector.
    const shift = Math.min(value, before - 10 * rounding);
    before = shift;
    const divide = divider(diagonal, beside, shift, rounding);
    const own = Float64Array.from({ length: n }, () => random.uint32() / 2 ** 31 - 1);
    let found = false;
    for (let step = 0; step < MOST_STEPS && !found; step++) {
      divide(own);
      for (let twice = 0; twice < 2; twice++) {
        scale(own);
        for (const other of vectors) addScaled(own, -dot(own, other), other);
      }
      scale(own);
      found = step > 0 && remainder(diagonal, beside, value, own) <= LEFT * rounding;
    }
    if (!found) return undefined;
    vectors.push(own);
  }
  return vectors;
}

/** Divides a vector by the matrix minus a shift, by elimination with exchanges of neighbouring rows. */
function divider(diagonal: Float64Array, beside: Float64Array, shift: number, least: number): (vector: Float64Array) => void {
  const n = diagonal.length;
  // Of each row what is on the diagonal, and one and two places behind; how much of it was taken from the next, and whether they changed places.
  const [on, next, second, factor] = [new Float64Array(n), new Float64Array(n), new Float64Array(n), new Float64Array(n)] as const;
  const exchanged = new Uint8Array(n);
  let a = diagonal[0]! - shift;
  let b = n > 1 ? beside[0]! : 0;
  for (let i = 0; i < n - 1; i++) {
    const below = beside[i]!;
    const ownDiagonal = diagonal[i + 1]! - shift;
    const behind = i + 2 < n ? beside[i + 1]! : 0;
    if (Math.abs(below) > Math.abs(a)) {
      exchanged[i] = 1;
      factor[i] = a / below;
      on[i] = below;
      next[i] = ownDiagonal;
      second[i] = behind;
      a = b - factor[i]! * ownDiagonal;
      b = -factor[i]! * behind;
    } else {
      const pivot = Math.abs(a) < least ? least : a;
      factor[i] = below / pivot;
      on[i] = pivot;
      next[i] = b;
      a = ownDiagonal - factor[i]! * b;
      b = behind;
    }
  }
  on[n - 1] = Math.abs(a) < least ? least : a;
  return (x) => {
    for (let i = 0; i < n - 1; i++) {
      const [own, behind] = exchanged[i] ? [x[i + 1]!, x[i]!] : [x[i]!, x[i + 1]!];
      x[i] = own;
      x[i + 1] = behind - factor[i]! * own;
    }
    for (let i = n - 1; i >= 0; i--) x[i] = (x[i]! - next[i]! * (x[i + 1] ?? 0) - second[i]! * (x[i + 2] ?? 0)) / on[i]!;
  };
}

/** The largest entry of matrix * vector - value * vector. */
function remainder(diagonal: Float64Array, beside: Float64Array, value: number, x: Float64Array): number {
  return x.reduce((most, own, i) => {
    const before = i > 0 ? beside[i - 1]! * x[i - 1]! : 0;
    const behind = i + 1 < x.length ? beside[i]! * x[i + 1]! : 0;
    return Math.max(most, Math.abs((diagonal[i]! - value) * own + before + behind));
  }, 0);
}

/** To length 1; by its largest entry first, whose square might not fit. */
function scale(x: Float64Array): void {
  const most = x.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  for (let i = 0; i < x.length; i++) x[i]! /= most;
  const length = Math.sqrt(dot(x, x));
  for (let i = 0; i < x.length; i++) x[i]! /= length;
}
