// What forests draw. Rows are drawn as scikit-learn draws them for the same seed; features are not, since it grows trees one node
// after the other.
import type { RandomState } from '../../core/data/random.ts';
import { byWeight } from '../bagging/draw.ts';

/** scikit-learn gives each tree a seed of its own. */
export function treeSeed(random: RandomState): number {
  return random.interval(2 ** 31 - 2);
}

/** How often each of `rows` rows is drawn, of as many draws, `[rows]`. @param weights by which they are drawn; absent where each is as likely */
export function bootstrap(random: RandomState, rows: number, weights?: ArrayLike<number>): Uint32Array {
  const counts = new Uint32Array(rows);
  if (weights) for (const row of byWeight(random, weights, rows)) counts[row]!++;
  else for (let i = 0; i < rows; i++) counts[random.interval(rows - 1)]!++;
  return counts;
}

/**
 * Fills `length` places of `target` from `pool` without repeats; where the pool is smaller, the last drawn fills up.
 *
 * @param pool changes places; any order of it does
 * @param at the first of those places
 */
export function drawFrom(random: RandomState, pool: Uint32Array, target: Uint32Array, at = 0, length = target.length): void {
  const count = Math.min(pool.length, length);
  for (let i = 0; i < count; i++) {
    const j = i + random.interval(pool.length - 1 - i);
    const drawn = pool[j]!;
    pool[j] = pool[i]!;
    pool[i] = drawn;
    target[at + i] = drawn;
  }
  target.fill(target[at + count - 1]!, at + count, at + length);
}
