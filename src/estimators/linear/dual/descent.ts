// Least of the dual problem of linear models whose loss has corners: a number for each row, found by going to the least along one of
// them after the other, while the weights that they make of the rows are kept beside them. As liblinear (Hsieh, Chang, Lin,
// Keerthi and Sundararajan 2008; Ho and Lin 2012), in float64 on the host: each step waits for the one before it.
import { RandomState } from '../../../core/data/random.ts';
import { throwIfCancelled, type StageContext } from '../../../dsl/stage/context.ts';
import { letOthersIn } from '../../../dsl/stage/turns.ts';
import type { HostRows } from '../../rows/rowsOnHost.ts';
import { addRow, dot } from '../../sgd/dots.ts';

/** The least of `|w|^2 / 2 + sum of (ridge b^2 / 2 - target b + epsilon |b|)` over numbers b between bounds, where w is the sum of b times its row. */
export interface DualProblem {
  /** Positions among the rows. */
  readonly rows: Uint32Array;
  /** `[rows]` */
  readonly targets: Float64Array;
  readonly least: Float64Array;
  readonly most: Float64Array;
  readonly ridges: Float64Array;
  readonly epsilon: number;
  /** What every row has as one feature more, whose weight is the last; 0 for none. */
  readonly constant: number;
  /** Stop when no slope that could be followed is larger than this share of the mean that the first pass meets. */
  readonly tol: number;
  /** Passes at most. */
  readonly maxIter: number;
}

export interface DualSolved {
  /** `[cols]` */
  readonly weights: Float64Array;
  /** Of the constant feature. */
  readonly constantWeight: number;
  readonly nIter: number;
  /** Largest slope that could still be followed, as the last pass came by, as a share of the mean that the first met. */
  readonly largest: number;
  readonly converged: boolean;
}

/** Features of the rows between looks at whether others want their turn. */
const SLICE = 4e6;

/** @param squares squared lengths of all rows */
export async function descendDual(
  held: HostRows,
  squares: Float64Array,
  problem: DualProblem,
  context: Pick<StageContext, 'progress' | 'signal'>,
): Promise<DualSolved> {
  const { rows, targets, least, most, ridges, epsilon, constant, tol, maxIter } = problem;
  const weights = new Float64Array(held.cols);
  let constantWeight = 0;
  const numbers = new Float64Array(rows.length);
  const curvatures = Float64Array.from(rows, (row, i) => squares[row]! + constant * constant + ridges[i]!);
  // What is nothing but zeros changes no weight.
  const all = Uint32Array.from(rows.keys()).filter((i) => curvatures[i]! > 0);
  const first = all.reduce((largest, i) => Math.max(largest, Math.abs(targets[i]!) - epsilon), 0);
  const slice = Math.max(1, Math.floor(SLICE / held.cols));
  const random = new RandomState(0); // the least is one and the same, whatever the order
  let active = all.slice();
  let count = active.length;
  /** Rows farther than this from any move are left out until the others are done. */
  let far = Infinity;
  let largest = first;
  /** What slopes are measured by: far from 0 all targets have a part in common that says nothing of the rest. */
  let unit = first;
  let nIter = 0;
  let done = first === 0;
  while (!done && nIter < maxIter) {
    context.progress?.(nIter, maxIter, 'passes');
    largest = 0;
    let met = 0;
    nIter++;
    for (let k = count - 1; k > 0; k--) {
      const other = random.interval(k);
      const kept = active[k]!;
      active[k] = active[other]!;
      active[other] = kept;
    }
    let stay = 0;
    for (let k = 0; k < count; k++) {
      if (k % slice === 0) {
        await letOthersIn();
        throwIfCancelled(context.signal);
      }
      const i = active[k]!;
      const row = rows[i]!;
      const number = numbers[i]!;
      const slope = dot(held, weights, row) + constantWeight * constant + ridges[i]! * number - targets[i]!;
      const up = number < most[i]! ? slope + (number >= 0 ? epsilon : -epsilon) : Infinity;
      const down = number > least[i]! ? (number > 0 ? -epsilon : epsilon) - slope : Infinity;
      const slack = Math.min(up, down);
      if (slack > far) continue;
      active[stay++] = i;
      if (slack >= 0) continue;
      largest = Math.max(largest, -slack);
      met -= slack;
      const curvature = curvatures[i]!;
      const aim = number - slope / curvature;
      const shrunk = aim > 0 ? Math.max(0, aim - epsilon / curvature) : Math.min(0, aim + epsilon / curvature);
      const next = Math.min(most[i]!, Math.max(least[i]!, shrunk));
      numbers[i] = next;
      addRow(held, weights, row, next - number);
      constantWeight += (next - number) * constant;
    }
    count = stay;
    far = largest;
    if (nIter === 1) unit = Math.min(first, met / all.length);
    if (!(largest <= tol * unit)) continue;
    done = count === all.length;
    // Those left out may have come nearer meanwhile.
    active = all.slice();
    count = active.length;
    far = Infinity;
  }
  context.progress?.(nIter, nIter, 'passes');
  return { weights, constantWeight, nIter, largest: unit === 0 ? 0 : largest / unit, converged: done };
}
