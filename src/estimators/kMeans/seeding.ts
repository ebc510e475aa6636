// Where clusters begin: k-means++ (Arthur and Vassilvitskii 2007) with a few candidates for each center, of which the one that
// leaves the least distance stays. Candidates are drawn as scikit-learn draws them, from numpy's RandomState.
import type { RandomState } from '../../core/data/random.ts';
import { dot } from '../solver/vectors.ts';
import type { Points, Space } from './space.ts';

/** @param weights `[rows]` @returns as many points */
export async function plusPlus(
  space: Space,
  { clusters, random, weights }: { readonly clusters: number; readonly random: RandomState; readonly weights: Float64Array },
): Promise<Points> {
  const trials = 2 + Math.floor(Math.log(clusters));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = summed(weights.map((weight) => weight / total));
  const last = shares.at(-1)!;
  const draw = random.double();
  // The first whose share is above the number drawn; numpy looks from the right here, and from the left below.
  const first = firstWhere(shares.length, (at) => shares[at]! / last > draw);
  const [start] = await space.points([first]);
  const chosen = [start!];
  let [closest] = await space.distances(chosen);
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
    const points = await space.points(candidates);
    const found = await space.distances(points);
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
