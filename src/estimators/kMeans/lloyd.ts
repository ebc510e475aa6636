// Lloyd's iterations of several starts side by side: every pass over the rows assigns and adds up for all that still move.
import type { Compute } from '../../core/compute.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { nearestOf, type Nearest } from '../centroids/distancesTo.ts';
import { sumsByGroup, uploadWeights } from '../centroids/sumsByGroup.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';
import { pointsOf } from './seeding.ts';

type Points = readonly Float64Array[];

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
}

/** @param starts as many points in each, as the device has rows */
export async function lloyd(compute: Compute, data: RowsOf, rows: TiledRows, starts: readonly Points[], options: LloydOptions): Promise<readonly Clustering[]> {
  const { maxIter, tolerance, scale, weights, signal } = options;
  const moving = starts.map((centers) => ({ centers, before: undefined as Uint32Array | undefined, nIter: 0, done: false }));
  const rowWeights = uploadWeights(compute, weights, rows);
  try {
    for (let iteration = 1; iteration <= maxIter; iteration++) {
      const left = moving.filter(({ done }) => !done);
      if (left.length === 0) break;
      throwIfCancelled(signal);
      const nearest = await nearestOf(
        compute,
        rows,
        left.map(({ centers }) => centers),
        { scale },
      );
      try {
        const sums = await sumsByGroup(compute, rows, { codes: nearest.codes, sets: left.length, groups: starts[0]!.length, weights: rowWeights });
        for (const [i, one] of left.entries()) {
          const codes = await codesOf(compute, rows, nearest, i);
          const next = await moved(compute, data, rows, { sums: sums[i]!.sums, before: one.centers, codes, weights, nearest, set: i });
          const shift = next.reduce((sum, center, k) => sum + center.reduce((sum, value, j) => sum + (scale[j]! * (value - one.centers[k]![j]!)) ** 2, 0), 0);
          const same = one.before !== undefined && codes.every((code, row) => code === one.before![row]);
          Object.assign(one, { centers: next, before: codes, nIter: iteration, done: same || shift <= tolerance });
        }
      } finally {
        nearest.release();
      }
    }
    return await finished(compute, rows, moving, options);
  } finally {
    compute.release(rowWeights);
  }
}

/** What the last centers make of the rows. */
async function finished(
  compute: Compute,
  rows: TiledRows,
  runs: readonly { readonly centers: Points; readonly nIter: number }[],
  { scale, weights }: LloydOptions,
): Promise<readonly Clustering[]> {
  const nearest = await nearestOf(
    compute,
    rows,
    runs.map(({ centers }) => centers),
    { scale },
  );
  try {
    const out: Clustering[] = [];
    for (const [i, { centers, nIter }] of runs.entries()) {
      const squares = await squaresOf(compute, rows, nearest, i);
      const inertia = squares.reduce((sum, square, row) => sum + square * weights[row]!, 0);
      out.push({ centers, codes: await codesOf(compute, rows, nearest, i), inertia, nIter });
    }
    return out;
  } finally {
    nearest.release();
  }
}

function codesOf(compute: Compute, { shape }: TiledRows, { codes }: Nearest, set: number): Promise<Uint32Array> {
  return compute.lend(codes, { offset: set * shape.quads * 16, sizeBytes: shape.quads * 16 }, (bytes) => new Uint32Array(bytes, 0, shape.rows).slice());
}

async function squaresOf(compute: Compute, { shape }: TiledRows, { distances, back }: Nearest, set: number): Promise<Float64Array> {
  return compute.lend(distances, { offset: set * shape.quads * 16, sizeBytes: shape.quads * 16 }, (bytes) =>
    Float64Array.from(new Float32Array(bytes, 0, shape.rows), (value) => value * back),
  );
}

interface Assigned {
  /** `[clusters][cols + 1]`, the weights last. */
  readonly sums: readonly Float64Array[];
  readonly before: Points;
  readonly codes: Uint32Array;
  readonly weights: Float64Array;
  readonly nearest: Nearest;
  readonly set: number;
}

/** Means of the clusters. One without rows takes the row that is furthest from its center, as scikit-learn does. */
async function moved(compute: Compute, data: RowsOf, rows: TiledRows, { sums, before, codes, weights, nearest, set }: Assigned): Promise<Points> {
  const { cols } = rows.shape;
  const empty = [...sums.keys()].filter((k) => sums[k]![cols] === 0);
  if (empty.length > 0) {
    const squares = await squaresOf(compute, rows, nearest, set);
    if (squares.some((square) => square > 0)) {
      const furthest = furthestOf(squares, empty.length);
      const points = await pointsOf(data, rows, furthest);
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
