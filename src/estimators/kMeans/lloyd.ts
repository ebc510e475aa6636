// Lloyd's iterations of several starts side by side: every pass over the rows assigns and adds up for all that still move.
import type { RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';
import { MOST_MOVED, moveRows } from './moves.ts';
import type { Points, Space } from './space.ts';

/** Of all rows: moving so many from sum to sum takes the host as long as it takes the device to add up all. */
const FEW_ROWS = 0.4;

/** Columns whose squares add up to less than 2^32. */
const MOST_SQUARES = 66_000;
/** Of the squares of all rows: of an inertia below it, float64 sums of whole numbers leave too few digits. */
const LEAST_SHARE = 1e-6;

export interface Clustering {
  /** As the device has rows, `[clusters][cols]`. */
  readonly centers: Points;
  /** The cluster of each row, `[rows]`. */
  readonly codes: Uint32Array;
  /** Sum of weight * squared distance to the nearest center. */
  readonly inertia: number;
  readonly nIter: number;
}

export interface LloydOptions {
  readonly maxIter: number;
  /** Squared, of what the centers move in one iteration, as features are meant. */
  readonly tolerance: number;
  /** By which the device's columns are multiplied to be as they are meant, `[cols]`. */
  readonly scale: Float64Array;
  /** `[rows]` */
  readonly weights: Float64Array;
  readonly signal: AbortSignal;
  /** Told after each iteration how many starts have ended. */
  readonly told?: (ended: number, iteration: number) => void;
}

interface Moving {
  readonly centers: Points;
  /** The cluster of each row, and the sums of all clusters, in the iteration before. */
  readonly last?: { readonly codes: Uint32Array; readonly sums: readonly Float64Array[] };
  readonly nIter: number;
  readonly done: boolean;
  /** Whether the rows of its clusters are those that are nearest to its centers. */
  readonly settled: boolean;
}

/** @param space where the rows are @param starts as many points in each */
export async function lloyd(
  data: RowsOf,
  rows: Pick<TiledRows, 'shape' | 'frame'>,
  space: Space,
  starts: readonly Points[],
  options: LloydOptions,
): Promise<readonly Clustering[]> {
  const { maxIter, tolerance, scale, weights, signal, told } = options;
  const moving = starts.map((centers): Moving => ({ centers, nIter: 0, done: false, settled: false }));
  const whole = rows.shape.dtype === 'u8' && rows.shape.rows <= MOST_MOVED && rows.shape.cols <= MOST_SQUARES && weights.every((weight) => weight === 1);
  for (let iteration = 1; iteration <= maxIter; iteration++) {
    const left = [...moving.entries()].filter(([, { done }]) => !done);
    if (left.length === 0) break;
    throwIfCancelled(signal);
    const codes = await space.codes(left.map(([, { centers }]) => centers));
    const changed = left.map(([, { last }], i) => last && changedIn(codes[i]!, last.codes));
    const few = whole && changed.every((own) => own !== undefined && own.length <= FEW_ROWS * rows.shape.rows);
    const anew = few ? [] : await space.sums(codes, starts[0]!.length);
    for (const [i, [at, one]] of left.entries()) {
      const sums = few ? one.last!.sums : anew[i]!;
      if (few) await moveRows(data, rows.frame, sums, { changed: changed[i]!, before: one.last!.codes, codes: codes[i]! }, signal);
      const next = await moved(space, { sums: sums.map((own) => own.slice()), before: one.centers, codes: codes[i]!, weights });
      const shift = next.reduce((sum, center, k) => sum + center.reduce((sum, value, j) => sum + (scale[j]! * (value - one.centers[k]![j]!)) ** 2, 0), 0);
      const settled = changed[i]?.length === 0 && shift === 0;
      moving[at] = { centers: next, last: { codes: codes[i]!, sums }, nIter: iteration, done: changed[i]?.length === 0 || shift <= tolerance, settled };
    }
    told?.(iteration === maxIter ? moving.length : moving.filter(({ done }) => done).length, iteration);
  }
  return (whole && (await finishedWhole(data, rows, space, moving, options))) || (await finished(space, moving, options));
}

/**
 * As {@link finished}, of rows whose sums are whole numbers: these tell the inertia, in float64. Undefined where it would cancel, or
 * where columns are scaled apart.
 */
async function finishedWhole(
  data: RowsOf,
  rows: Pick<TiledRows, 'shape' | 'frame'>,
  space: Space,
  moving: readonly Moving[],
  { scale, signal }: LloydOptions,
): Promise<readonly Clustering[] | undefined> {
  if (scale.some((value) => value !== scale[0])) return undefined;
  const { cols } = rows.shape;
  const squares = await space.squares();
  const left = moving.filter(({ settled }) => !settled);
  const anew = left.length === 0 ? [] : await space.codes(left.map(({ centers }) => centers));
  const out: Clustering[] = [];
  for (const one of moving) {
    const { centers, nIter } = one;
    const { codes: before, sums } = one.last!;
    const codes = one.settled ? before : anew[left.indexOf(one)]!;
    await moveRows(data, rows.frame, sums, { changed: changedIn(codes, before), before, codes }, signal);
    // Of |x - c|^2 = x x + c (c - 2 x).
    const inertia = centers.reduce((sum, center, k) => sum + center.reduce((sum, c, j) => sum + c * (sums[k]![cols]! * c - 2 * sums[k]![j]!), 0), squares);
    if (!(inertia > LEAST_SHARE * squares)) return undefined;
    out.push({ centers, codes, inertia: inertia * scale[0]! ** 2, nIter });
  }
  return out;
}

/** What the last centers make of the rows. */
async function finished(
  space: Space,
  runs: readonly { readonly centers: Points; readonly nIter: number }[],
  { weights }: LloydOptions,
): Promise<readonly Clustering[]> {
  const nearest = await space.nearest(runs.map(({ centers }) => centers));
  return runs.map(({ centers, nIter }, i) => {
    const { codes, squares } = nearest[i]!;
    return { centers, codes, inertia: squares.reduce((sum, square, row) => sum + square * weights[row]!, 0), nIter };
  });
}

interface Assigned {
  /** `[clusters][cols + 1]`, the weights last. */
  readonly sums: readonly Float64Array[];
  readonly before: Points;
  readonly codes: Uint32Array;
  readonly weights: Float64Array;
}

/** Positions of rows that have another cluster than before. */
function changedIn(codes: Uint32Array, before: Uint32Array): Uint32Array {
  const changed = new Uint32Array(codes.length);
  let count = 0;
  for (let row = 0; row < codes.length; row++) if (codes[row] !== before[row]) changed[count++] = row;
  return changed.slice(0, count);
}

/** Means of the clusters. One without rows takes the row that is furthest from its center, as scikit-learn does. */
async function moved(space: Space, { sums, before, codes, weights }: Assigned): Promise<Points> {
  const cols = before[0]!.length;
  const empty = [...sums.keys()].filter((k) => sums[k]![cols] === 0);
  if (empty.length > 0) {
    const { squares } = (await space.nearest([before]))[0]!;
    if (squares.some((square) => square > 0)) {
      const furthest = furthestOf(squares, empty.length);
      const points = await space.points(furthest);
      for (const [i, k] of empty.entries()) {
        const [row, from] = [furthest[i]!, sums[codes[furthest[i]!]!]!];
        sums[k]!.set(points[i]!.map((value) => value * weights[row]!));
        sums[k]![cols] = weights[row]!;
        for (let j = 0; j < cols; j++) from[j]! -= sums[k]![j]!;
        from[cols]! -= weights[row]!;
      }
    }
  }
  const heaviest = sums.reduce((best, own, k) => (own[cols]! > sums[best]![cols]! ? k : best), 0);
  return before.map((_, k) => {
    const own = sums[k]![cols]! > 0 ? sums[k]! : sums[heaviest]!;
    return own.slice(0, cols).map((sum) => sum / own[cols]!);
  });
}

/** Positions of the largest, the largest first; of equal ones the first. */
function furthestOf(squares: Float64Array, count: number): readonly number[] {
  const order = Uint32Array.from(squares.keys()).sort((a, b) => squares[b]! - squares[a]! || a - b);
  return [...order.subarray(0, count)];
}
