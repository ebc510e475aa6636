// The steps of mini-batch k-means, in float64 on the host: a batch has few rows, and each step waits for the one before it. As
// scikit-learn 1.9 (cluster/_kmeans.py), which draws the same batches for a seed.
import type { RandomState } from '../../core/data/random.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled, type Progress } from '../../dsl/stage/context.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';

export type Centers = readonly Float64Array[];

export interface StepOptions {
  readonly batchSize: number;
  readonly maxIter: number;
  /** Of the squared distance that centers move in a step; 0: not looked at. */
  readonly tolerance: number;
  readonly maxNoImprovement: number | null;
  readonly reassignmentRatio: number;
  /** Positions of the rows of a batch. */
  readonly draw: (random: RandomState, count: number) => Uint32Array;
  readonly random: RandomState;
  readonly signal: AbortSignal;
  readonly progress?: Progress | undefined;
}

/** Where steps go on. */
export interface Standing {
  /** Of each center: how many rows were nearest to it, by their weights. */
  readonly counts: Float64Array;
  /** Rows since centers of few rows were last looked for; each step counts as `batchSize` of them. */
  readonly since: number;
  readonly batchSize: number;
}

export interface OneStep {
  readonly weights?: Float64Array | undefined;
  readonly reassignmentRatio: number;
  readonly permutation: (size: number) => Uint32Array;
}

export interface Stepped {
  readonly centers: Centers;
  readonly nSteps: number;
  readonly nIter: number;
  readonly standing: Standing;
}

/** Some of the rows, by position. */
export function rowsAt<R extends RowsOf>(rows: R, positions: Uint32Array): R {
  return { ...rows, rows: positions.map((position) => rows.rows[position]!) };
}

/** Walks over the rows: `use` gets each with its nearest center, of equally near ones the first. @returns weighted sum of squared distances */
export async function eachNearest(
  rows: RowsOf,
  centers: Centers,
  weights: ArrayLike<number> | undefined,
  use: (nearest: number, row: Float64Array, weight: number) => void = () => {},
): Promise<number> {
  let inertia = 0;
  for await (const { from, rows: count, cols, x } of featureBlocks(rows)) {
    for (let i = 0; i < count; i++) {
      const row = x.subarray(i * cols, (i + 1) * cols);
      let [nearest, least] = [0, Infinity];
      for (const [k, center] of centers.entries()) {
        let sum = 0;
        for (let j = 0; j < cols; j++) {
          const away = row[j]! - center[j]!;
          sum += away * away;
        }
        if (sum < least) [nearest, least] = [k, sum];
      }
      const weight = weights?.[from + i] ?? 1;
      inertia += weight * least;
      use(nearest, row, weight);
    }
  }
  return inertia;
}

/** Moves centers by one batch after the other, until they hardly move, or come no nearer to the rows. */
export async function stepped(rows: RowsOf, first: Centers, options: StepOptions): Promise<Stepped> {
  const { maxIter, tolerance, maxNoImprovement, reassignmentRatio, draw, random, signal, progress } = options;
  const count = rows.rows.length;
  const batchSize = Math.min(options.batchSize, count);
  const most = Math.floor((maxIter * count) / batchSize);
  let centers = first;
  let standing: Standing = { counts: new Float64Array(first.length), since: 0, batchSize };
  const smooth = Math.min(1, (2 * batchSize) / (count + 1));
  let [average, least, worse] = [NaN, Infinity, 0];
  let step = 0;
  while (step < most) {
    throwIfCancelled(signal);
    const batch = rowsAt(rows, draw(random, batchSize));
    const { moved, inertia, ...after } = await oneStep(batch, centers, standing, { reassignmentRatio, permutation: (size) => random.permutation(size) });
    standing = after.standing;
    const shift = centers.reduce((sum, center, k) => sum + center.reduce((own, value, j) => own + (moved[k]![j]! - value) ** 2, 0), 0);
    centers = moved;
    step++;
    progress?.(step, most, 'batches');
    if (step === 1) continue; // its inertia is that of the first centers
    average = Number.isNaN(average) ? inertia / batchSize : average * (1 - smooth) + (inertia / batchSize) * smooth;
    if (tolerance > 0 && shift <= tolerance) break;
    worse = average < least ? 0 : worse + 1;
    least = Math.min(least, average);
    if (maxNoImprovement !== null && worse >= maxNoImprovement) break;
  }
  progress?.(step, step, 'batches');
  return { centers, nSteps: step, nIter: Math.ceil((step * batchSize) / count), standing };
}

/**
 * Moves centers by one batch.
 *
 * @param options.permutation draws the order of the batch's rows, where centers of few rows start again at the first of them
 * @returns `inertia` of the batch, before they moved
 */
export async function oneStep(
  batch: RowsOf,
  centers: Centers,
  { counts: before, since: rows, batchSize }: Standing,
  { weights, reassignmentRatio, permutation }: OneStep,
): Promise<{ readonly moved: Float64Array[]; readonly inertia: number; readonly standing: Standing }> {
  const counts = before.slice();
  const since = rows + batchSize;
  const reassigns = counts.includes(0) || since >= 10 * centers.length;
  const { moved, inertia } = await moveBy(batch, centers, counts, weights);
  if (reassigns && reassignmentRatio > 0) await reassign(batch, moved, counts, reassignmentRatio, permutation);
  return { moved, inertia, standing: { counts, since: reassigns ? 0 : since, batchSize } };
}

/** Each center becomes the mean of all rows that were ever nearest to it. @param counts of those, which grow */
async function moveBy(
  batch: RowsOf,
  centers: Centers,
  counts: Float64Array,
  weights: Float64Array | undefined,
): Promise<{ readonly moved: Float64Array[]; readonly inertia: number }> {
  const moved = centers.map((center, k) => center.map((value) => value * counts[k]!));
  const added = new Float64Array(centers.length);
  const inertia = await eachNearest(batch, centers, weights, (nearest, row, weight) => {
    added[nearest]! += weight;
    const sums = moved[nearest]!;
    for (let j = 0; j < row.length; j++) sums[j]! += weight * row[j]!;
  });
  for (const [k, sums] of moved.entries()) {
    if (added[k] === 0) {
      sums.set(centers[k]!);
      continue;
    }
    counts[k]! += added[k]!;
    const share = 1 / counts[k]!;
    for (let j = 0; j < sums.length; j++) sums[j]! *= share;
  }
  return { moved, inertia };
}

/** Centers that few rows were nearest to start again at rows of the batch. */
async function reassign(
  batch: RowsOf,
  centers: readonly Float64Array[],
  counts: Float64Array,
  ratio: number,
  permutation: OneStep['permutation'],
): Promise<void> {
  const size = batch.rows.length;
  const bound = ratio * Math.max(...counts);
  let few = [...counts.keys()].filter((k) => counts[k]! < bound);
  if (few.length > 0.5 * size) {
    const rarest = new Set([...counts.keys()].sort((a, b) => counts[a]! - counts[b]!).slice(0, Math.floor(0.5 * size)));
    few = few.filter((k) => rarest.has(k));
  }
  if (few.length === 0) return;
  const chosen = permutation(size).slice(0, few.length);
  for await (const { from, rows, cols, x } of featureBlocks(rowsAt(batch, chosen))) {
    for (let i = 0; i < rows; i++) centers[few[from + i]!]!.set(x.subarray(i * cols, (i + 1) * cols));
  }
  const others = [...counts].filter((_, k) => !few.includes(k));
  for (const k of few) counts[k] = Math.min(...others);
}
