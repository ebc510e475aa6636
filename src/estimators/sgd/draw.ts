// What scikit-learn 1.9 draws for stochastic gradient descent: seeds by numpy's RandomState, orders of rows by an xorshift generator
// (utils/_seq_dataset, utils/_random).
import { RandomState } from '../../core/data/random.ts';

const MAX_INT = 2 ** 31 - 1;

/** The seed of the orders of one problem. @param first a seed of how rows are picked singly, which nobody does, is drawn before it */
export function orderSeed(seed: number, first: boolean): number {
  const random = new RandomState(seed);
  if (first) random.interval(MAX_INT - 2);
  return random.interval(MAX_INT - 1);
}

/** A seed for each class of three or more. */
export function classSeeds(seed: number, classes: number): readonly number[] {
  const random = new RandomState(seed);
  return Array.from({ length: classes }, () => random.interval(MAX_INT - 1));
}

/** Shuffles in place; each pass shuffles what the one before it left, from the same seed. */
export function shuffle(order: Uint32Array, seed: number): void {
  let state = seed === 0 ? 1 : seed;
  const count = order.length;
  for (let i = 0; i < count - 1; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = i + ((state & MAX_INT) % (count - i));
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
}
