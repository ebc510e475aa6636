// Eigenvalues and eigenvectors of a symmetric matrix in float64: Householder reflections to three diagonals, the values by QL with
// implicit shifts (as EISPACK's tred2 and tql2 do), and few vectors by inverse iteration; many, and those of
// which that leaves more than rounding, by the rotations of QL. Vectors are rows here, so that every inner loop walks along memory.
import { PipelineError } from '../../core/errors/errors.ts';
import { inverseIteration } from './inverseIteration.ts';
import { tridiagonal } from './tridiagonal.ts';

/** Passes that one eigenvalue may take; two are common. */
const MOST_PASSES = 60;
/** Passes that look for more than rounding of the whole matrix. */
const PATIENT = 30;
/** Share of the largest value that a value must have, or inverse iteration takes it for another. */
const LARGE = 1e-5;
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
  const { own, others, zeros } = withoutZeros(matrix);
  if (zeros.length > 0) return besideZeros(own, others, zeros, count);
  let norm = 0;
  for (let at = 0; at < matrix.length; at++) norm = Math.max(norm, Math.abs(matrix[at]!));
  norm ||= 1;
  // Reflections go from the last row up: with the largest there, small rows are not rounded as large ones are.
  const order = [...new Array(n).keys()].toSorted((a, b) => matrix[a * n + a]! - matrix[b * n + b]!);
  const unit = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) unit[i * n + j] = matrix[order[i]! * n + order[j]!]! / norm;
  const { diagonal, beside, reflections } = tridiagonal(unit, n);
  const needed = (sorted: Float64Array): number => (typeof count === 'number' ? count : count(sorted.map((value) => value * norm)));
  const { values, vectors } = ofThreeDiagonals(diagonal, beside, needed);
  for (let first = 0; first < vectors.length; first += 4) {
    const [a, b = new Float64Array(n), c = new Float64Array(n), d = new Float64Array(n)] = vectors.slice(first, first + 4);
    for (const own of reflections.toReversed()) reflectFour(own, a!, b, c, d);
  }
  const inPlace = (own: Float64Array): Float64Array => {
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++) out[order[i]!] = own[i]!;
    return out;
  };
  return { values: values.map((value) => value * norm), vectors: vectors.map(inPlace) };
}

/** As {@link eigenOf}, of a matrix that has no more than three diagonals: `[n]` each, of which the last entry beside is not read. */
export function ofThreeDiagonals(diagonal: Float64Array, beside: Float64Array, count: (values: Float64Array) => number, few = diagonal.length * FEW): Eigen {
  const values = diagonal.slice();
  rotate(values, beside.slice());
  values.sort().reverse();
  const needed = count(values);
  const iterated = needed <= few && !(values[needed - 1]! < LARGE * values[0]!) ? inverseIteration(diagonal, beside, values.subarray(0, needed)) : undefined;
  return { values, vectors: iterated ?? byRotations(diagonal, beside).slice(0, needed) };
}

/**
 * A symmetric matrix without its rows of zeros, which are those of constant columns.
 *
 * @returns itself where it has none, and which rows are which
 */
export function withoutZeros(matrix: Float64Array): { readonly own: Float64Array; readonly others: readonly number[]; readonly zeros: readonly number[] } {
  const n = Math.sqrt(matrix.length);
  const others: number[] = [];
  const zeros: number[] = [];
  for (let i = 0; i < n; i++) (matrix[i * n + i] === 0 && matrix.subarray(i * n, (i + 1) * n).every((value) => value === 0) ? zeros : others).push(i);
  if (zeros.length === 0) return { own: matrix, others, zeros };
  const m = others.length;
  const own = new Float64Array(m * m);
  const at = Uint32Array.from(others);
  for (let i = 0; i < m; i++) takeAt(own.subarray(i * m, (i + 1) * m), matrix.subarray(at[i]! * n, (at[i]! + 1) * n), at);
  return { own, others, zeros };
}

/** A function of its own, so that it is compiled after a few rows. */
function takeAt(out: Float64Array, row: Float64Array, at: Uint32Array): void {
  for (let j = 0; j < out.length; j++) out[j] = row[at[j]!]!;
}

/** Rows of zeros cost nothing, and no other vector has a part in them. */
function besideZeros(own: Float64Array, others: readonly number[], zeros: readonly number[], count: number | ((values: Float64Array) => number)): Eigen {
  const n = others.length + zeros.length;
  let values = new Float64Array(n);
  let needed = 0;
  let positive = 0;
  const { vectors } = eigenOf(own, (found) => {
    positive = found.filter((value) => value > 0).length;
    values = Float64Array.of(...found.subarray(0, positive), ...zeros.map(() => 0), ...found.subarray(positive));
    needed = typeof count === 'number' ? count : count(values);
    return Math.min(needed, positive) + Math.max(0, needed - positive - zeros.length);
  });
  return {
    values,
    vectors: Array.from({ length: needed }, (_, i) => {
      const vector = new Float64Array(n);
      const zero = zeros[i - positive];
      if (zero !== undefined) vector[zero] = 1;
      else others.forEach((row, at) => (vector[row] = vectors[i < positive ? i : i - zeros.length]![at]!));
      return vector;
    }),
  };
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

/** Four vectors at once: the reflection is read once for all of them. */
function reflectFour(v: Float64Array, a: Float64Array, b: Float64Array, c: Float64Array, d: Float64Array): void {
  let [ofA, ofB, ofC, ofD] = [0, 0, 0, 0];
  for (let i = 0; i < v.length; i++) {
    const own = v[i]!;
    ofA += own * a[i]!;
    ofB += own * b[i]!;
    ofC += own * c[i]!;
    ofD += own * d[i]!;
  }
  for (let i = 0; i < v.length; i++) {
    const own = 2 * v[i]!;
    a[i]! -= ofA * own;
    b[i]! -= ofB * own;
    c[i]! -= ofC * own;
    d[i]! -= ofD * own;
  }
}

/** Makes `diagonal` the eigenvalues, and of the unit matrix their vectors, `[n][n]`, a row each, where those are asked for. */
function rotate(diagonal: Float64Array, beside: Float64Array, vectors?: Float64Array): void {
  const n = diagonal.length;
  // Beside its neighbours, or values that are small would be lost; of the whole matrix where that takes long: where columns depend on
  // others, rounding stands beside rounding.
  const nothing = Number.EPSILON * diagonal.reduce((most, value, i) => Math.max(most, Math.abs(value) + Math.abs(beside[i]!)), 0);
  for (let low = 0; low < n; low++) {
    for (let pass = 0; ; pass++) {
      let high = low;
      while (high < n - 1) {
        const own = Math.abs(beside[high]!);
        if (own <= (pass < PATIENT ? Number.EPSILON * Math.sqrt(Math.abs(diagonal[high]! * diagonal[high + 1]!)) : nothing)) break;
        high++;
      }
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
