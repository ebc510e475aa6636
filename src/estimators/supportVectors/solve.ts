// The dual problem of support vectors: the least of `a Q a / 2 + p a`, of numbers from 0 to an upper bound each whose signed sum
// stays, where Q is the kernel with the signs of both rows. Sequential minimal optimization: two numbers move at a time, chosen by
// second order information (Fan, Chen and Lin 2005), in the order and with the stop of libsvm 3.3. In float64, over kernel values in
// f32 as libsvm keeps them.
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';

export interface Problem {
  /** 1 or -1, `[variables]`. */
  readonly signs: Int8Array;
  /** p, `[variables]` */
  readonly linear: Float64Array;
  /** Above 0, `[variables]`. */
  readonly upper: Float64Array;
  /** Where the numbers start, between their bounds, `[variables]`. By default at 0. */
  readonly start?: Float64Array;
  readonly tol: number;
  /** Steps at most. By default 10 million, or 100 a variable if that is more, as in libsvm. */
  readonly maxIter?: number | undefined;
}

/** Rows of the kernel matrix, each there only once it was brought. */
export interface KernelRows {
  /** Kernel of each row with itself, `[variables]`. */
  readonly diagonal: Float64Array;
  /** How many come at once. */
  readonly batch: number;
  /** `[variables]` */
  get(variable: number): Float32Array | undefined;
  has(variable: number): boolean;
  bring(variables: readonly number[]): Promise<void>;
}

export interface Solved {
  /** `[variables]` */
  readonly alpha: Float64Array;
  /** What is subtracted from the sum over the vectors. */
  readonly rho: number;
  readonly nIter: number;
  readonly converged: boolean;
}

const UP = 1;
const LOW = 2;
/** In place of a curvature that is not positive. */
const TAU = 1e-12;

/** Steps between looks at whether others want their turn. */
const STEPS = 256;

export async function solve(
  { signs, linear, upper, start, tol, maxIter }: Problem,
  rows: KernelRows,
  { signal, progress }: Pick<StageContext, 'progress' | 'signal'>,
): Promise<Solved> {
  const count = signs.length;
  const most = maxIter ?? Math.max(1e7, 100 * count);
  const { diagonal } = rows;
  const alpha = start?.slice() ?? new Float64Array(count);
  /** Gradient times sign. */
  const slope = new Float64Array(count);
  for (let t = 0; t < count; t++) slope[t] = signs[t]! * linear[t]!;
  /** Which way a number may still move, times its sign. */
  const free = new Uint8Array(count);
  const look = (t: number): void => {
    const more = alpha[t]! < upper[t]!;
    const less = alpha[t]! > 0;
    const plus = signs[t]! > 0;
    free[t] = ((plus ? more : less) ? UP : 0) | ((plus ? less : more) ? LOW : 0);
  };
  for (let t = 0; t < count; t++) look(t);
  const rowOf = async (t: number): Promise<Float32Array> => {
    if (!rows.has(t)) await rows.bring(wantedNext(t, slope, free, rows));
    return rows.get(t)!;
  };

  for (let t = 0; t < count; t++) {
    if (alpha[t] === 0) continue;
    if (t % STEPS === 0) await letOthersIn();
    throwIfCancelled(signal);
    if (!rows.has(t)) {
      // They are wanted in their order, and more than one is brought at a time.
      const next: number[] = [];
      for (let u = t; u < count && next.length < rows.batch; u++) if (alpha[u] !== 0 && !rows.has(u)) next.push(u);
      await rows.bring(next);
    }
    addTo(slope, alpha[t]! * signs[t]!, rows.get(t)!);
  }

  let nIter = 0;
  let converged = false;
  while (nIter < most) {
    if (nIter % STEPS === 0) {
      await letOthersIn();
      throwIfCancelled(signal);
      progress?.(nIter, null, 'iterations');
    }
    const i = steepest(slope, free);
    if (i < 0) {
      converged = true;
      break;
    }
    const rowI = rows.get(i) ?? (await rowOf(i));
    const j = partner(i, rowI, diagonal, slope, free, tol);
    if (j < 0) {
      converged = true;
      break;
    }
    nIter++;
    const rowJ = rows.get(j) ?? (await rowOf(j));
    const before = [alpha[i]!, alpha[j]!] as const;
    const curvature = diagonal[i]! + diagonal[j]! - 2 * rowI[j]!;
    const step = (slope[j]! - slope[i]!) / (curvature > 0 ? curvature : TAU);
    move(i, j, step, signs, upper, alpha);
    look(i);
    look(j);
    addBoth(slope, (alpha[i]! - before[0]) * signs[i]!, rowI, (alpha[j]! - before[1]) * signs[j]!, rowJ);
  }
  progress?.(nIter, nIter, 'iterations');
  return { alpha, rho: rhoOf(slope, free), nIter, converged };
}

/** The number that, when it moves up, lowers the objective the most; of equal ones the last. */
function steepest(slope: Float64Array, free: Uint8Array): number {
  let best = -1;
  let least = Infinity;
  for (let t = 0; t < slope.length; t++) {
    if ((free[t]! & UP) !== 0 && slope[t]! <= least) {
      least = slope[t]!;
      best = t;
    }
  }
  return best;
}

/** What goes with it, so that the objective falls the most by a second order guess; none where nothing is steeper than `tol`. */
function partner(i: number, row: Float32Array, diagonal: Float64Array, slope: Float64Array, free: Uint8Array, tol: number): number {
  const least = slope[i]!;
  const own = diagonal[i]!;
  let best = -1;
  let most = -Infinity;
  let fall = 0;
  for (let t = 0; t < slope.length; t++) {
    if ((free[t]! & LOW) === 0) continue;
    const value = slope[t]!;
    if (value > most) most = value;
    const apart = value - least;
    if (apart > 0) {
      const curvature = own + diagonal[t]! - 2 * row[t]!;
      const guess = (apart * apart) / (curvature > 0 ? curvature : TAU);
      if (guess >= fall) {
        fall = guess;
        best = t;
      }
    }
  }
  return most - least < tol ? -1 : best;
}

/** Moves two numbers along `step`, as far as their bounds let them. */
function move(i: number, j: number, step: number, signs: Int8Array, upper: Float64Array, alpha: Float64Array): void {
  const [most, mostJ] = [upper[i]!, upper[j]!];
  if (signs[i] !== signs[j]) {
    // Both rise or both fall: what stays is their difference.
    const by = signs[i]! * step;
    const apart = alpha[i]! - alpha[j]!;
    alpha[i]! += by;
    alpha[j]! += by;
    if (apart > 0 && alpha[j]! < 0) set(alpha, i, apart, j, 0);
    else if (apart <= 0 && alpha[i]! < 0) set(alpha, i, 0, j, -apart);
    if (apart > most - mostJ && alpha[i]! > most) set(alpha, i, most, j, most - apart);
    else if (apart <= most - mostJ && alpha[j]! > mostJ) set(alpha, i, mostJ + apart, j, mostJ);
    return;
  }
  const by = signs[i]! * step;
  const sum = alpha[i]! + alpha[j]!;
  alpha[i]! += by;
  alpha[j]! -= by;
  if (sum > most && alpha[i]! > most) set(alpha, i, most, j, sum - most);
  else if (sum <= most && alpha[j]! < 0) set(alpha, i, sum, j, 0);
  if (sum > mostJ && alpha[j]! > mostJ) set(alpha, i, sum - mostJ, j, mostJ);
  else if (sum <= mostJ && alpha[i]! < 0) set(alpha, i, 0, j, sum);
}

function set(alpha: Float64Array, i: number, own: number, j: number, other: number): void {
  alpha[i] = own;
  alpha[j] = other;
}

function addTo(slope: Float64Array, by: number, row: Float32Array): void {
  for (let t = 0; t < slope.length; t++) slope[t]! += row[t]! * by;
}

function addBoth(slope: Float64Array, byI: number, rowI: Float32Array, byJ: number, rowJ: Float32Array): void {
  for (let t = 0; t < slope.length; t++) slope[t]! += rowI[t]! * byI + rowJ[t]! * byJ;
}

/** The mean slope of the numbers between their bounds; where there is none, the middle of what the others leave. */
function rhoOf(slope: Float64Array, free: Uint8Array): number {
  let [between, sum, high, low] = [0, 0, Infinity, -Infinity];
  for (let t = 0; t < slope.length; t++) {
    const value = slope[t]!;
    if (free[t] === (UP | LOW)) {
      between++;
      sum += value;
    } else if (free[t] === UP) high = Math.min(high, value);
    else low = Math.max(low, value);
  }
  return between > 0 ? sum / between : (high + low) / 2;
}

/** Rows that are likely needed next, `first` first: those of the numbers that are farthest from where they should be. */
function wantedNext(first: number, slope: Float64Array, free: Uint8Array, rows: KernelRows): readonly number[] {
  const rising: number[] = [];
  const falling: number[] = [];
  for (let t = 0; t < slope.length; t++) {
    if (t === first || rows.has(t)) continue;
    if ((free[t]! & UP) !== 0) rising.push(t);
    if ((free[t]! & LOW) !== 0) falling.push(t);
  }
  rising.sort((a, b) => slope[a]! - slope[b]! || b - a);
  falling.sort((a, b) => slope[b]! - slope[a]! || b - a);
  const wanted = new Set([first]);
  for (let k = 0; wanted.size < rows.batch && (k < rising.length || k < falling.length); k++) {
    if (k < rising.length) wanted.add(rising[k]!);
    if (k < falling.length && wanted.size < rows.batch) wanted.add(falling[k]!);
  }
  return [...wanted];
}
