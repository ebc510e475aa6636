// Least squares of columns that nearly make each other up: what tells them apart is squared in sums of products, and lost among their
// last digits. Steps towards where residuals of the rows themselves, in float64, leave nothing to gain bring it back.
import type { RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import { dot } from '../solver/vectors.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import type { Solver } from './solve.ts';

/** Sums of products in about float64 give a solution nine digits above this. */
const NEARLY_MADE_UP = 1e-5;
/** Each step leaves a hundredth of what was wrong, or less. */
const MOST_STEPS = 8;
/** Less of the weights than this is rounding. */
const ROUNDING = 1e-14;

/** A system of sums over rows, and the rows. */
export interface Refining {
  /** As the model takes them, without those that it holds out. */
  readonly rows: RowsOf;
  /** Of each of the rows, its position in targets and weights. */
  readonly positions: Uint32Array;
  /** `[outputs][rows]` */
  readonly targets: readonly Float64Array[];
  readonly weights: Float32Array | undefined;
  readonly alpha: number;
  /** Of the columns, which products are taken around. */
  readonly mean: Float64Array;
}

/** Weights around the mean of the columns. */
export interface Found {
  /** `[outputs][cols]` */
  readonly coef: readonly Float64Array[];
  /** What is said of the mean of the columns, `[outputs]`. */
  readonly level: Float64Array;
}

/** Weights by products around the mean of the columns with targets, `[outputs][cols]`, and by means of the targets, `[outputs]`. */
export type System = (cross: readonly Float64Array[], off: ArrayLike<number>) => Found;

export function withConstant({ solve }: Solver): System {
  return (cross, off) => ({ coef: solve(cross), level: Float64Array.from(off) });
}

/**
 * Without a constant the mean of the columns counts, too, as a row of all the weight. It is added to a solution without it (Sherman and
 * Morrison 1950): products around zero would lose how rows differ where they are far from it.
 */
export function throughZero({ solve }: Solver, weight: number, mean: Float64Array): System {
  const [moved] = solve([mean]) as [Float64Array];
  const size = 1 + weight * dot(moved, mean);
  return (cross, off) => {
    const coef = solve(cross).map((own, output) => {
      const along = (weight * (off[output]! - dot(own, mean))) / size;
      return own.map((value, j) => value + along * moved[j]!);
    });
    return { coef, level: Float64Array.from(coef, (own) => dot(own, mean)) };
  };
}

/** Whether sums of products tell columns apart to few digits. */
export function losesDigits({ least }: Solver, { x }: Pick<RowsOf, 'x'>): boolean {
  return least < NEARLY_MADE_UP && x.dtype !== 'u8'; // products of bytes are summed exactly
}

export async function refined(refining: Refining, system: System, found: Found, signal: AbortSignal): Promise<Found> {
  let { coef, level } = found;
  let last = 1;
  for (let step = 0; step < MOST_STEPS; step++) {
    const { gradients, off } = await residuals(refining, { coef, level }, signal);
    const moves = system(gradients, off);
    const share = Math.max(...moves.coef.map((move, output) => lengthOf(move) / (lengthOf(coef[output]!) || 1)));
    // What a step no longer makes smaller is rounding.
    if (!(share < last / 2)) break;
    coef = coef.map((own, output) => own.map((weight, j) => weight + moves.coef[output]![j]!));
    level = level.map((value, output) => value + moves.level[output]!);
    if (share < ROUNDING) break;
    last = share;
  }
  return { coef, level };
}

/** Of each output, how half the loss falls with each weight, and the mean of its residuals. */
async function residuals(
  { rows, positions, targets, weights, alpha, mean }: Refining,
  { coef, level }: Found,
  signal: AbortSignal,
): Promise<{ readonly gradients: readonly Float64Array[]; readonly off: readonly number[] }> {
  const gradients = coef.map((own) => own.map((weight) => -alpha * weight));
  const sums = coef.map(() => 0);
  let weightSum = 0;
  const away = new Float64Array(mean.length);
  for await (const { x, from, rows: count, cols } of featureBlocks(rows)) {
    await letOthersIn();
    throwIfCancelled(signal);
    for (let i = 0; i < count; i++) {
      const position = positions[from + i]!;
      const weight = weights?.[position] ?? 1;
      weightSum += weight;
      for (let j = 0; j < cols; j++) away[j] = x[i * cols + j]! - mean[j]!;
      for (const [output, gradient] of gradients.entries()) {
        const own = coef[output]!;
        let residual = targets[output]![position]! - level[output]!;
        for (let j = 0; j < cols; j++) residual -= own[j]! * away[j]!;
        residual *= weight;
        sums[output]! += residual;
        for (let j = 0; j < cols; j++) gradient[j]! += residual * away[j]!;
      }
    }
  }
  return { gradients, off: sums.map((sum) => sum / weightSum) };
}

function lengthOf(weights: Float64Array): number {
  return Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0));
}
