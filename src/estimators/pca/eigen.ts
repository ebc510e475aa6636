// Eigenvalues and eigenvectors of a symmetric matrix in float64: Householder reflections to three diagonals, the values by QL with
// implicit shifts (as EISPACK's tred2 and tql2 do), and few vectors by inverse iteration; many, and those of
// which that leaves more than rounding, by the rotations of QL. Vectors are rows here, so that every inner loop walks along memory.
import { PipelineError } from '../../core/errors/errors.ts';
import { inverseIteration } from './inverseIteration.ts';

/** Passes that one eigenvalue may take; two are common. */
const MOST_PASSES = 60;
/** Share of the vectors up to which they are found sooner one by one. */
const FEW = 0.25;

export interface Eigen {
  /** Descending, `[n]`. */
  readonly values: Float64Array;
  /** Of each value, `[n]`, of length 1. */
  readonly vectors: readonly Float64Array[];
}

/**
 * @param matrix symmetric, `[n][n]`
 * @param count vectors that are needed, those of the largest values; or what says it of the values
 * @throws E_DATA where a value does not converge, which finite numbers do
 */
export function eigenOf(matrix: Float64Array, count: number | ((values: Float64Array) => number)): Eigen {
  const n = Math.sqrt(matrix.length);
  const norm = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const { diagonal, beside, reflections } = tridiagonal(
    matrix.map((value) => value / norm),
    n,
  );
  const sorted = diagonal.slice();
  rotate(sorted, beside.slice());
  sorted.sort().reverse();
  const values = sorted.map((value) => value * norm);
  const needed = typeof count === 'number' ? count : count(values);
  const iterated = needed <= n * FEW ? inverseIteration(diagonal, beside, sorted.subarray(0, needed)) : undefined;
  const vectors = iterated ?? byRotations(diagonal, beside).slice(0, needed);
  for (const own of vectors) for (let k = reflections.length - 1; k >= 0; k--) reflect(own, reflections[k]!);
  return { values, vectors };
}

/** Of three diagonals, those of the largest values first. */
function byRotations(given: Float64Array, beside: Float64Array): Float64Array[] {
  const n = given.length;
  const diagonal = given.slice();
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  rotate(diagonal, beside.slice(), vectors);
  const order = [...diagonal.keys()].toSorted((a, b) => diagonal[b]! - diagonal[a]!);
  return order.map((at) => vectors.slice(at * n, (at + 1) * n));
}

/** `1 - 2 v v^T`: v of length 1, 0 before the entries it has. */
interface Reflection {
  readonly first: number;
  readonly v: Float64Array;
}

function reflect(x: Float64Array, { first, v }: Reflection): void {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! * x[first + i]!;
  for (let i = 0; i < v.length; i++) x[first + i]! -= 2 * sum * v[i]!;
}

/** @param a symmetric, of which what is on and below the diagonal is read and changed */
function tridiagonal(a: Float64Array, n: number): { diagonal: Float64Array; beside: Float64Array; reflections: readonly Reflection[] } {
  const beside = new Float64Array(n);
  const reflections: Reflection[] = [];
  for (let k = 0; k < n - 1; k++) {
    const first = k + 1;
    const v = Float64Array.from({ length: n - first }, (_, i) => a[(first + i) * n + k]!);
    const length = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
    const head = v[0]! > 0 ? -length : length;
    beside[k] = head;
    v[0]! -= head;
    const own = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
    if (own === 0) continue; // zeros already
    for (let i = 0; i < v.length; i++) v[i]! /= own;
    // (1 - 2 v v^T) A (1 - 2 v v^T) = A - v w^T - w v^T, with w = 2 (A v - (v^T A v) v).
    const w = new Float64Array(v.length);
    for (let i = 0; i < v.length; i++) {
      const row = (first + i) * n + first;
      const vi = v[i]!;
      let sum = a[row + i]! * vi;
      for (let j = 0; j < i; j++) {
        const value = a[row + j]!;
        sum += value * v[j]!;
        w[j]! += value * vi;
      }
      w[i]! += sum;
    }
    const inner = w.reduce((sum, value, i) => sum + value * v[i]!, 0);
    for (let i = 0; i < v.length; i++) w[i] = 2 * (w[i]! - inner * v[i]!);
    for (let i = 0; i < v.length; i++) {
      const row = (first + i) * n + first;
      const vi = v[i]!;
      const wi = w[i]!;
      for (let j = 0; j <= i; j++) a[row + j]! -= vi * w[j]! + wi * v[j]!;
    }
    reflections.push({ first, v });
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), beside, reflections };
}

/** Makes `diagonal` the eigenvalues, and of the unit matrix their vectors, `[n][n]`, a row each, where those are asked for. */
function rotate(diagonal: Float64Array, beside: Float64Array, vectors?: Float64Array): void {
  const n = diagonal.length;
  // Of the whole matrix: where columns depend on others, rounding stands beside rounding, and would never be small beside it.
  const nothing = Number.EPSILON * diagonal.reduce((most, value, i) => Math.max(most, Math.abs(value) + Math.abs(beside[i]!)), 0);
  for (let low = 0; low < n; low++) {
    for (let pass = 0; ; pass++) {
      let high = low;
      while (high < n - 1 && Math.abs(beside[high]!) > nothing) high++;
      if (high === low) break;
      if (pass === MOST_PASSES)
        throw new PipelineError('E_DATA', 'The eigenvalues of the features did not converge.', { hint: 'Look for numbers that are not finite among them.' });
      const half = (diagonal[low + 1]! - diagonal[low]!) / (2 * beside[low]!);
      const shift = diagonal[low]! - beside[low]! / (half + (half < 0 ? -1 : 1) * Math.hypot(half, 1));
      let g = diagonal[high]! - shift;
      let sine = 1;
      let cosine = 1;
      let moved = 0;
      let i = high - 1;
      for (; i >= low; i--) {
        const f = sine * beside[i]!;
        const b = cosine * beside[i]!;
        const r = Math.sqrt(f * f + g * g);
        beside[i + 1] = r;
        if (r === 0) {
          diagonal[i + 1]! -= moved;
          beside[high] = 0;
          break;
        }
        sine = f / r;
        cosine = g / r;
        g = diagonal[i + 1]! - moved;
        const s = (diagonal[i]! - g) * sine + 2 * cosine * b;
        moved = sine * s;
        diagonal[i + 1] = g + moved;
        g = cosine * s - b;
        if (vectors) turn(vectors, i * n, n, cosine, sine);
      }
      if (i >= low) continue;
      diagonal[low]! -= moved;
      beside[low] = g;
      beside[high] = 0;
    }
  }
}

/** Two neighbouring rows, the first at `at`. */
function turn(vectors: Float64Array, at: number, n: number, cosine: number, sine: number): void {
  for (let k = at; k < at + n; k++) {
    const a = vectors[k]!;
    const b = vectors[k + n]!;
    vectors[k + n] = sine * a + cosine * b;
    vectors[k] = cosine * a - sine * b;
  }
}
