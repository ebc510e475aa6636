// Eigenvalues and eigenvectors of a symmetric matrix in float64: Householder reflections to three diagonals, then QL with
// implicit shifts (as EISPACK's tred2 and tql2 do). Vectors are rows here, so that every inner loop walks along memory.
import { PipelineError } from '../../core/errors/errors.ts';

/** Passes that one eigenvalue may take; two are common. */
const MOST_PASSES = 60;

export interface Eigen {
  /** Descending, `[n]`. */
  readonly values: Float64Array;
  /** Of each value, `[n]`, of length 1. */
  readonly vectors: readonly Float64Array[];
}

/**
 * @param matrix symmetric, `[n][n]`
 * @param count vectors that are needed, those of the largest values
 * @throws E_DATA where a value does not converge, which finite numbers do
 */
export function eigenOf(matrix: Float64Array, count: number): Eigen {
  const n = Math.sqrt(matrix.length);
  const norm = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const { diagonal, beside, reflections } = tridiagonal(
    matrix.map((value) => value / norm),
    n,
  );
  const rotated = rotate(diagonal, beside);
  const order = [...diagonal.keys()].toSorted((a, b) => diagonal[b]! - diagonal[a]!);
  const vectors = order.slice(0, count).map((at) => {
    const own = rotated.slice(at * n, (at + 1) * n);
    for (let k = reflections.length - 1; k >= 0; k--) reflect(own, reflections[k]!);
    return own;
  });
  return { values: Float64Array.from(order, (at) => diagonal[at]! * norm), vectors };
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

/** @param a changed in place */
function tridiagonal(a: Float64Array, n: number): { diagonal: Float64Array; beside: Float64Array; reflections: readonly Reflection[] } {
  const beside = new Float64Array(n);
  const reflections: Reflection[] = [];
  for (let k = 0; k < n - 1; k++) {
    const first = k + 1;
    const v = a.slice(k * n + first, (k + 1) * n);
    const length = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
    const head = v[0]! > 0 ? -length : length;
    beside[k] = head;
    v[0]! -= head;
    const own = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
    if (own === 0) continue; // zeros already
    for (let i = 0; i < v.length; i++) v[i]! /= own;
    // (1 - 2 v v^T) A (1 - 2 v v^T) = A - v w^T - w v^T, with w = 2 (A v - (v^T A v) v).
    const w = new Float64Array(v.length);
    let inner = 0;
    for (let i = 0; i < v.length; i++) {
      const row = (first + i) * n + first;
      let sum = 0;
      for (let j = 0; j < v.length; j++) sum += a[row + j]! * v[j]!;
      w[i] = sum;
      inner += sum * v[i]!;
    }
    for (let i = 0; i < v.length; i++) w[i] = 2 * (w[i]! - inner * v[i]!);
    for (let i = 0; i < v.length; i++) {
      const row = (first + i) * n + first;
      const vi = v[i]!;
      const wi = w[i]!;
      for (let j = 0; j < v.length; j++) a[row + j]! -= vi * w[j]! + wi * v[j]!;
    }
    reflections.push({ first, v });
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), beside, reflections };
}

/** Makes `diagonal` the eigenvalues. @returns their vectors, `[n][n]`, a row each */
function rotate(diagonal: Float64Array, beside: Float64Array): Float64Array {
  const n = diagonal.length;
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
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
        turn(vectors, i * n, n, cosine, sine);
      }
      if (i >= low) continue;
      diagonal[low]! -= moved;
      beside[low] = g;
      beside[high] = 0;
    }
  }
  return vectors;
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
