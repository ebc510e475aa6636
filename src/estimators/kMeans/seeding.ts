// Where clusters begin: k-means++ (Arthur and Vassilvitskii 2007) with a few candidates for each center, of which the one that
// leaves the least distance stays. Candidates are drawn as scikit-learn draws them, from numpy's RandomState.
import type { Compute } from '../../core/compute.ts';
import { takeRows } from '../../core/data/features.ts';
import type { RandomState } from '../../core/data/random.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { distancesTo } from '../centroids/distancesTo.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';
import { dot } from '../solver/vectors.ts';

/** Rows as the device has them, f32 for f32, `[cols]` each. */
export async function pointsOf(
  { x, rows: ids }: RowsOf,
  { frame: { center, unit } }: TiledRows,
  positions: readonly number[],
): Promise<readonly Float64Array[]> {
  const { data, cols } = await takeRows(
    x,
    Uint32Array.from(positions, (position) => ids[position]!),
  );
  return positions.map((_, i) => center.map((value, j) => Math.fround((data[i * cols + j]! - value) / unit[j]!)));
}

/**
 * @param scale by which the device's columns are multiplied to be as they are meant, `[cols]`
 * @param weights `[rows]`
 * @returns as many points as the device has them
 */
export async function plusPlus(
  compute: Compute,
  data: RowsOf,
  rows: TiledRows,
  {
    clusters,
    random,
    scale,
    weights,
  }: { readonly clusters: number; readonly random: RandomState; readonly scale: Float64Array; readonly weights: Float64Array },
): Promise<readonly Float64Array[]> {
  const trials = 2 + Math.floor(Math.log(clusters));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = summed(weights.map((weight) => weight / total));
  const last = shares.at(-1)!;
  const draw = random.double();
  // The first whose share is above the number drawn; numpy looks from the right here, and from the left below.
  const first = firstWhere(shares.length, (at) => shares[at]! / last > draw);
  const [start] = await pointsOf(data, rows, [first]);
  const chosen = [start!];
  let [closest] = await distancesTo(compute, rows, chosen, { scale });
  let potential = dot(closest!, weights);
  while (chosen.length < clusters) {
    const reach = summed(closest!.map((distance, row) => distance * weights[row]!));
    const draws = Array.from({ length: trials }, () => random.double() * potential);
    const candidates = draws.map((value) =>
      Math.min(
        reach.length - 1,
        firstWhere(reach.length, (at) => reach[at]! >= value),
      ),
    );
    const points = await pointsOf(data, rows, candidates);
    const found = await distancesTo(compute, rows, points, { scale });
    const left = found.map((own) => own.map((distance, row) => Math.min(distance, closest![row]!)));
    const potentials = left.map((own) => dot(own, weights));
    const best = potentials.indexOf(Math.min(...potentials));
    chosen.push(points[best]!);
    [closest, potential] = [left[best]!, potentials[best]!];
  }
  return chosen;
}

function summed(values: Float64Array): Float64Array {
  let sum = 0;
  return values.map((value) => (sum += value));
}

/** By halving: `holds` is true from some position on. */
function firstWhere(length: number, holds: (at: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
