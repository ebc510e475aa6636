// Symmetric systems in float64, by Cholesky with pivots: columns that others make up are found on the way, and a system that
// has many solutions gets the shortest of them, as the pseudo-inverse gives it.
import { dot } from '../solver/vectors.ts';

/** What is left of a column, of its own size, when it is made up of others: above rounding, below what data tells apart. */
const DEPENDENT = 1e-12;

/** `matrix[i][j] = size[i] * size[j] * (row i of lower) . (row j of lower)`. */
interface Factor {
  /** `[n][n]`, rows in the order of the matrix; columns from `rank` on are 0. */
  readonly lower: Float64Array;
  readonly rank: number;
  /** What is left of the last of the columns that count. */
  readonly least: number;
  /** Rows as they are triangular, `[n]`; those that others make up last. */
  readonly order: Uint32Array;
  /** Square roots of the diagonal, `[n]`. */
  readonly size: Float64Array;
}

/** Solves a system for any right side. */
export interface Solver {
  /** The least part, of its own size, of a column that others do not make up: as many times, rounding of the matrix is larger in a solution. */
  readonly least: number;
  /** Columns that others make up, and those of size 0. */
  readonly open: Uint32Array;
  /** @returns `[n]` each; of several solutions the one of least squares */
  solve(right: readonly Float64Array[]): readonly Float64Array[];
}

/** Of `matrix * x = b`. @param matrix symmetric, no negative eigenvalue, `[n][n]` */
export function solverOf(matrix: Float64Array): Solver {
  const factor = factorOf(matrix, Math.sqrt(matrix.length));
  return {
    least: factor.least,
    open: factor.order.subarray(factor.rank),
    solve: (right) =>
      shortest(
        factor,
        right.map((b) => solved(factor, b)),
      ),
  };
}

/** Solves `matrix * x = b` for each b, as {@link solverOf} does. */
export function solveSymmetric(matrix: Float64Array, right: readonly Float64Array[]): readonly Float64Array[] {
  return solverOf(matrix).solve(right);
}

function factorOf(matrix: Float64Array, n: number): Factor {
  // Columns in dollars and in grams are told from rounding alike.
  const size = Float64Array.from({ length: n }, (_, i) => Math.sqrt(Math.max(0, matrix[i * n + i]!)));
  const lower = new Float64Array(n * n);
  const left = size.map((one) => Number(one > 0));
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  let [rank, least] = [0, 1];
  for (; rank < n; rank++) {
    let best = rank;
    for (let k = rank + 1; k < n; k++) if (left[order[k]!]! > left[order[best]!]!) best = k;
    const pivot = order[best]!;
    if (!(left[pivot]! > DEPENDENT)) break;
    [order[rank], order[best]] = [pivot, order[rank]!];
    least = left[pivot]!;
    const root = Math.sqrt(least);
    const own = lower.subarray(pivot * n, pivot * n + rank);
    for (let k = rank + 1; k < n; k++) {
      const i = order[k]!;
      if (size[i] === 0) continue;
      const row = i * n;
      let sum = matrix[row + pivot]! / size[i]! / size[pivot]!;
      for (let m = 0; m < rank; m++) sum -= lower[row + m]! * own[m]!;
      sum /= root;
      lower[row + rank] = sum;
      left[i]! -= sum * sum;
    }
    lower[pivot * n + rank] = root;
  }
  return { lower, rank, least, order, size };
}

/** With 0 for columns that others make up. */
function solved(factor: Factor, b: Float64Array): Float64Array {
  const { lower, rank, order, size } = factor;
  const n = b.length;
  const x = new Float64Array(rank);
  for (let k = 0; k < rank; k++) {
    const row = order[k]! * n;
    let sum = b[order[k]!]! / size[order[k]!]!;
    for (let m = 0; m < k; m++) sum -= lower[row + m]! * x[m]!;
    x[k] = sum / lower[row + k]!;
  }
  return placed(factor, x);
}

/** Solves `lower^T * y = x` over the first `rank` rows, and puts each number where its column stands, in its own size. */
function placed({ lower, rank, order, size }: Factor, x: Float64Array): Float64Array {
  const n = size.length;
  const out = new Float64Array(n);
  for (let k = rank - 1; k >= 0; k--) {
    const row = order[k]! * n;
    x[k]! /= lower[row + k]!;
    for (let m = 0; m < k; m++) x[m]! -= lower[row + m]! * x[k]!;
    out[order[k]!] = x[k]! / size[order[k]!]!;
  }
  return out;
}

/** Moves solutions along the directions that change nothing to where they are shortest. */
function shortest(factor: Factor, solutions: readonly Float64Array[]): readonly Float64Array[] {
  const { lower, rank, order, size } = factor;
  const n = size.length;
  const directions = [...order.subarray(rank)].flatMap((column) => {
    if (size[column] === 0) return []; // has no part in any solution
    const own = placed(
      factor,
      lower.slice(column * n, column * n + rank).map((value) => -value * size[column]!),
    );
    own[column] = 1;
    return [own];
  });
  if (directions.length === 0) return solutions;
  const square = Float64Array.from({ length: directions.length ** 2 }, (_, at) =>
    dot(directions[Math.floor(at / directions.length)]!, directions[at % directions.length]!),
  );
  const steps = solveSymmetric(
    square,
    solutions.map((x) => Float64Array.from(directions, (direction) => dot(direction, x))),
  );
  return solutions.map((x, i) => x.map((value, j) => directions.reduce((left, direction, d) => left - steps[i]![d]! * direction[j]!, value)));
}
