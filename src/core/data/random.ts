// MT19937 as numpy's RandomState(seed) drives it, so that a seed gives the same permutation here and in scikit-learn.
// Source: numpy/random/src/mt19937 (legacy seeding) and RandomState.shuffle / random_interval.

const N = 624;
const M = 397;

/**
 * numpy's `RandomState(seed)`.
 *
 * @example
 * new RandomState(0).permutation(10); // 2 8 4 9 1 6 7 3 0 5
 */
export class RandomState {
  readonly #state = new Uint32Array(N);
  #next = N;

  /** @param seed integer in [0, 2^32) */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < N; i++) state[i] = Math.imul(1812433253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i;
  }

  /** The next 32 tempered bits, in [0, 2^32). */
  uint32(): number {
    if (this.#next === N) this.#twist();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** In [0, 1) with 53 bits, as numpy's `random_sample`. */
  double(): number {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53;
  }

  /** Uniform integer in [0, max], by masking and rejecting, as numpy's legacy generator. */
  interval(max: number): number {
    if (max === 0) return 0;
    const mask = -1 >>> Math.clz32(max);
    for (;;) {
      const value = (this.uint32() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  /** Shuffles in place: the last position first, as numpy does. */
  shuffle<T extends { readonly length: number; [index: number]: number }>(values: T): T {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.interval(i);
      const swap = values[i]!;
      values[i] = values[j]!;
      values[j] = swap;
    }
    return values;
  }

  /** A permutation of 0 .. n-1. */
  permutation(n: number): Uint32Array {
    return this.shuffle(Uint32Array.from({ length: n }, (_, i) => i));
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0, next = 1, far = M; i < N; i++) {
      const y = (state[i]! & 0x80000000) | (state[next]! & 0x7fffffff);
      state[i] = state[far]! ^ (y >>> 1) ^ (-(y & 1) & 0x9908b0df);
      if (++next === N) next = 0;
      if (++far === N) far = 0;
    }
    this.#next = 0;
  }
}
