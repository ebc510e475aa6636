// The largest eigenvalues of a matrix that has many more: steps from a random vector, each perpendicular to all before, until what they
// span holds the vectors to rounding (Lanczos with full reorthogonalisation; Golub and Van Loan, Matrix Computations, 10.3). Of equal
// values one search finds one vector, so a second one, among what is perpendicular to all that was found, must find nothing larger.
import { RandomState } from '../../core/data/random.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import { addScaled, dot } from '../solver/vectors.ts';
import { ofThreeDiagonals, withoutZeros, type Eigen } from './eigen.ts';

/** Share of the vectors up to which they are sooner found so, and share of the steps that it may take. */
const FEW = { vectors: 0.1, steps: 0.4 } as const;
/** What may be left of matrix * vector - value * vector, as a share of the largest value. */
const LEFT = 1e-15;
/** Share of the largest value that a value must have, or steps lose it in the rounding of the largest; reflections do better. */
const LARGE = 1e-5;
/** The same of the largest value of the second search, as a share of the least that was found; and how much larger it may be. */
const SETTLED = 1e-6;
const LARGER = 1e-10;
/** Where so little is left of a product, as a share of the largest value, the steps have seen all that there is from where they began. */
const NOTHING = 1e-14;
/** Steps for each vector before the first look at what was found, since each look takes as long as ten of them; and by how much later. */
const FIRST_LOOK = 2.4;
const LATER = 1.1;
/** Steps between looks at what the second search found. */
const LOOK = 8;
/** Where so much of a vector's length is left, what rounding leaves of the others is nothing that matters. */
const MOST = 0.7;

/**
 * @param matrix symmetric, no negative eigenvalue, `[n][n]`
 * @returns the first `count` values and vectors; undefined where all are found sooner, or an equal one was missed
 */
export async function largestFew(matrix: Float64Array, count: number, signal: AbortSignal): Promise<Eigen | undefined> {
  const { own, others } = withoutZeros(matrix);
  const found = await search(own, others.length, count, signal);
  if (!found || own === matrix) return found;
  const n = Math.sqrt(matrix.length);
  const vectors = found.vectors.map((shares) => {
    const vector = new Float64Array(n);
    for (const [at, row] of others.entries()) vector[row] = shares[at]!;
    return vector;
  });
  return { values: found.values, vectors };
}

async function search(matrix: Float64Array, n: number, count: number, signal: AbortSignal): Promise<Eigen | undefined> {
  const most = Math.floor(n * FEW.steps);
  if (count > n * FEW.vectors) return undefined;
  const random = new RandomState(0);
  const first = new Search(matrix, n, [], random);
  let found: Eigen | undefined;
  for (let look = Math.ceil(FIRST_LOOK * count) + LOOK; !found; look = Math.ceil(look * LATER)) {
    if (look > most) return undefined;
    while (first.steps < look && !first.over) await first.step(signal);
    if (first.steps < count) return undefined;
    const { values, shares, left } = first.found(count);
    if (left.every((own) => own <= LEFT * values[0]!)) {
      if (values[count - 1]! < LARGE * values[0]!) return undefined;
      found = { values: values.slice(0, count), vectors: shares.map((own) => first.combined(own)) };
    } else if (first.over) return undefined;
  }
  const least = found.values[count - 1]!;
  const second = new Search(matrix, n, found.vectors, random);
  while (second.steps < most && !second.over) {
    for (let step = 0; step < LOOK && !second.over; step++) await second.step(signal);
    if (second.steps === 0) break;
    const { values, left } = second.found(1);
    if (values[0]! > least * (1 + LARGER)) return undefined;
    if (second.over || left[0]! <= SETTLED * least) return found;
  }
  return second.over ? found : undefined;
}

/** Steps through what is perpendicular to some vectors. */
class Search {
  private readonly basis: Float64Array[];
  private readonly diagonal: number[] = [];
  private readonly beside: number[] = [];
  private next: Float64Array;
  private largest = 0;
  /** Whether there is nowhere left to go. */
  over = false;

  private readonly matrix: Float64Array;
  private readonly n: number;
  private readonly apart: number;

  constructor(matrix: Float64Array, n: number, apart: readonly Float64Array[], random: RandomState) {
    this.matrix = matrix;
    this.n = n;
    this.apart = apart.length;
    this.basis = [...apart];
    this.next = Float64Array.from({ length: n }, () => random.uint32() / 2 ** 31 - 1);
    const length = perpendicular(this.next, this.basis);
    for (let j = 0; j < n; j++) this.next[j]! /= length;
  }

  get steps(): number {
    return this.diagonal.length;
  }

  async step(signal: AbortSignal): Promise<void> {
    await letOthersIn();
    throwIfCancelled(signal);
    const own = this.next;
    const product = times(this.matrix, this.n, own);
    const share = dot(own, product);
    // In exact numbers there is nothing more to take: one pass over the basis is then enough, for what rounding leaves.
    addScaled(product, -share, own);
    if (this.steps > 0) addScaled(product, -this.beside.at(-1)!, this.basis.at(-1)!);
    this.basis.push(own);
    this.diagonal.push(share);
    const left = perpendicular(product, this.basis);
    this.beside.push(left);
    this.largest = Math.max(this.largest, Math.abs(share) + left);
    this.over = left <= NOTHING * this.largest || this.basis.length === this.n;
    for (let j = 0; j < this.n; j++) product[j]! /= left;
    this.next = product;
  }

  /** The largest values that the steps hold, the shares of the steps in their vectors, and what is left of each. */
  found(count: number): { readonly values: Float64Array; readonly shares: readonly Float64Array[]; readonly left: readonly number[] } {
    const last = this.steps - 1;
    const { values, vectors } = ofThreeDiagonals(Float64Array.from(this.diagonal), Float64Array.from(this.beside), () => count, count);
    return { values, shares: vectors, left: vectors.map((own) => (this.over ? 0 : Math.abs(this.beside[last]! * own[last]!))) };
  }

  /** What the steps have some shares in. */
  combined(shares: Float64Array): Float64Array {
    const out = new Float64Array(this.n);
    const none = new Float64Array(this.n);
    for (let i = 0; i < this.steps; i += 4) addFour(out, shares.subarray(i, i + 4), this.basis.slice(this.apart + i, this.apart + i + 4), none);
    return out;
  }
}

/** Adds so many times each of up to four vectors. */
function addFour(out: Float64Array, shares: Float64Array, [a, b, c, d]: readonly Float64Array[], none: Float64Array): void {
  const [ofA, ofB, ofC, ofD] = [shares[0] ?? 0, shares[1] ?? 0, shares[2] ?? 0, shares[3] ?? 0];
  const [first, second, third, fourth] = [a ?? none, b ?? none, c ?? none, d ?? none];
  for (let j = 0; j < out.length; j++) out[j]! += ofA * first[j]! + ofB * second[j]! + (ofC * third[j]! + ofD * fourth[j]!);
}

/** The product of a symmetric matrix with a vector, `[n][n]` and `[n]`: what is below the diagonal is read once, four rows at a time. */
export function times(a: Float64Array, n: number, x: Float64Array): Float64Array {
  const out = new Float64Array(n);
  const whole = n - (n % 4);
  for (let i = 0; i < whole; i += 4) {
    const r0 = i * n;
    const r1 = r0 + n;
    const r2 = r1 + n;
    const r3 = r2 + n;
    const x0 = x[i]!;
    const x1 = x[i + 1]!;
    const x2 = x[i + 2]!;
    const x3 = x[i + 3]!;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = 0; j < i; j++) {
      const xj = x[j]!;
      const a0 = a[r0 + j]!;
      const a1 = a[r1 + j]!;
      const a2 = a[r2 + j]!;
      const a3 = a[r3 + j]!;
      s0 += a0 * xj;
      s1 += a1 * xj;
      s2 += a2 * xj;
      s3 += a3 * xj;
      out[j]! += a0 * x0 + a1 * x1 + (a2 * x2 + a3 * x3);
    }
    out[i]! += s0;
    out[i + 1]! += s1;
    out[i + 2]! += s2;
    out[i + 3]! += s3;
    for (let k = i; k < i + 4; k++) row(k, i);
  }
  for (let k = whole; k < n; k++) row(k, 0);
  return out;

  /** One row, from an entry to the diagonal. */
  function row(k: number, from: number): void {
    for (let j = from; j < k; j++) {
      out[k]! += a[k * n + j]! * x[j]!;
      out[j]! += a[k * n + j]! * x[k]!;
    }
    out[k]! += a[k * n + k]! * x[k]!;
  }
}

/**
 * Takes from a vector what it shares with others, four of them at a time, and again where little is left; twice is enough (Kahan).
 * Gives the length that is left.
 */
export function perpendicular(x: Float64Array, others: readonly Float64Array[]): number {
  const none = new Float64Array(x.length);
  let length = Math.sqrt(dot(x, x));
  for (let round = 0; round < 2; round++) {
    for (let first = 0; first < others.length; first += 4) {
      const a = others[first]!;
      const b = others[first + 1] ?? none;
      const c = others[first + 2] ?? none;
      const d = others[first + 3] ?? none;
      let ofA = 0;
      let ofB = 0;
      let ofC = 0;
      let ofD = 0;
      for (let j = 0; j < x.length; j++) {
        const own = x[j]!;
        ofA += own * a[j]!;
        ofB += own * b[j]!;
        ofC += own * c[j]!;
        ofD += own * d[j]!;
      }
      for (let j = 0; j < x.length; j++) x[j]! -= ofA * a[j]! + ofB * b[j]! + (ofC * c[j]! + ofD * d[j]!);
    }
    const before = length;
    length = Math.sqrt(dot(x, x));
    if (length > MOST * before) break;
  }
  return length;
}
