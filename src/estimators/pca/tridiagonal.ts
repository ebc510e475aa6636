// Householder reflections of a symmetric matrix to three diagonals, row by row from the last one up, as EISPACK's tred2 goes: the
// rows that are read are stretches of memory. What a reflection changes is changed in the pass that multiplies by the next one.

/** `matrix = reflections * three diagonals * reflections`. */
export interface Tridiagonal {
  /** `[n]`. */
  readonly diagonal: Float64Array;
  /** Entries beside it, `[n]`; the last is 0. */
  readonly beside: Float64Array;
  /** Each is `1 - 2 v v^T` of as many first entries as v has; the first one stands on the outside. */
  readonly reflections: readonly Float64Array[];
}

/** Rows that a pass takes together: what the other entries know is loaded once for all of them. */
const TOGETHER = 4;

/** @param a symmetric, `[n][n]`, of which what is on and below the diagonal is read and changed */
export function tridiagonal(a: Float64Array, n: number): Tridiagonal {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const reflections: Float64Array[] = [];
  // (1 - 2 v v^T) A (1 - 2 v v^T) = A - v w^T - w v^T, with w = 2 (A v - (v^T A v) v); of the last reflection.
  let v = new Float64Array(n);
  const w = new Float64Array(n);
  const product = new Float64Array(n);
  for (let row = n - 1; row >= 0; row--) {
    const own = a.subarray(row * n, row * n + row + 1);
    const [vi, wi] = [v[row]!, w[row]!];
    for (let j = 0; j <= row; j++) own[j]! -= vi * w[j]! + wi * v[j]!;
    diagonal[row] = own[row]!;
    if (row === 0) break;
    const next = own.slice(0, row);
    beside[row - 1] = towardsLast(next);
    product.fill(0, 0, row);
    pass(a, n, { v, w, next, product });
    let inner = 0;
    for (let j = 0; j < row; j++) inner += product[j]! * next[j]!;
    for (let j = 0; j < row; j++) w[j] = 2 * (product[j]! - inner * next[j]!);
    v = next;
    reflections.push(next);
  }
  return { diagonal, beside, reflections };
}

/** Makes of a vector the reflection, of length 1, that leaves nothing but its last entry, which it gives; zeros where nothing else is there. */
function towardsLast(x: Float64Array): number {
  const last = x.length - 1;
  let rest = 0;
  for (let j = 0; j < last; j++) rest += x[j]! * x[j]!;
  const end = x[last]!;
  if (rest === 0) {
    x.fill(0);
    return end;
  }
  const left = end > 0 ? -Math.sqrt(rest + end * end) : Math.sqrt(rest + end * end);
  x[last] = end - left;
  const length = Math.sqrt(rest + (end - left) ** 2);
  for (let j = 0; j <= last; j++) x[j]! /= length;
  return left;
}

interface Pass {
  /** Of the reflection before. */
  readonly v: Float64Array;
  readonly w: Float64Array;
  /** Of this one: as many entries as there are rows left. */
  readonly next: Float64Array;
  /** Zeros, which become the rows that are left times `next`. */
  readonly product: Float64Array;
}

/** One pass over the rows that are left: what the reflection before changes, and what they are times the next. */
function pass(a: Float64Array, n: number, { v, w, next, product }: Pass): void {
  const rows = next.length;
  const whole = rows - (rows % TOGETHER);
  for (let i = 0; i < whole; i += TOGETHER) {
    const r0 = i * n;
    const r1 = r0 + n;
    const r2 = r1 + n;
    const r3 = r2 + n;
    const v0 = v[i]!;
    const v1 = v[i + 1]!;
    const v2 = v[i + 2]!;
    const v3 = v[i + 3]!;
    const w0 = w[i]!;
    const w1 = w[i + 1]!;
    const w2 = w[i + 2]!;
    const w3 = w[i + 3]!;
    const n0 = next[i]!;
    const n1 = next[i + 1]!;
    const n2 = next[i + 2]!;
    const n3 = next[i + 3]!;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = 0; j < i; j++) {
      const vj = v[j]!;
      const wj = w[j]!;
      const nj = next[j]!;
      const x0 = a[r0 + j]! - (v0 * wj + w0 * vj);
      const x1 = a[r1 + j]! - (v1 * wj + w1 * vj);
      const x2 = a[r2 + j]! - (v2 * wj + w2 * vj);
      const x3 = a[r3 + j]! - (v3 * wj + w3 * vj);
      a[r0 + j] = x0;
      a[r1 + j] = x1;
      a[r2 + j] = x2;
      a[r3 + j] = x3;
      s0 += x0 * nj;
      s1 += x1 * nj;
      s2 += x2 * nj;
      s3 += x3 * nj;
      product[j]! += x0 * n0 + x1 * n1 + (x2 * n2 + x3 * n3);
    }
    product[i]! += s0;
    product[i + 1]! += s1;
    product[i + 2]! += s2;
    product[i + 3]! += s3;
    for (let k = i; k < i + TOGETHER; k++) row(k, i);
  }
  for (let k = whole; k < rows; k++) row(k, 0);

  /** One row, from an entry on. */
  function row(k: number, from: number): void {
    const [vk, wk, nk] = [v[k]!, w[k]!, next[k]!];
    for (let j = from; j <= k; j++) {
      const x = a[k * n + j]! - (vk * w[j]! + wk * v[j]!);
      a[k * n + j] = x;
      product[k]! += x * next[j]!;
      if (j < k) product[j]! += x * nk;
    }
  }
}
