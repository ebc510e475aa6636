// Draws of the standard normal distribution, as numpy's legacy generator makes them.
import type { RandomState } from '../../core/data/random.ts';

/** By Marsaglia's polar method: they come in twos, and the second waits for the next call. Source: numpy's legacy_gauss. */
export function normalsOf(random: RandomState): () => number {
  let waiting: number | undefined;
  return () => {
    const second = waiting;
    waiting = undefined;
    if (second !== undefined) return second;
    for (;;) {
      const a = 2 * random.double() - 1;
      const b = 2 * random.double() - 1;
      const square = a * a + b * b;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      waiting = factor * a;
      return factor * b;
    }
  };
}
