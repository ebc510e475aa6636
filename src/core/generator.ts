// PCG64 as numpy's default_rng(seed) seeds and drives it, so that a seed gives the same numbers here and there.
// Source: numpy/random/bit_generator.pyx (SeedSequence), src/pcg64/pcg64.h, src/distributions/distributions.c (bounded integers).

/** 0x2360ed051fc65da44385df649fccf645, 32 bits each, the lowest first. */
const [M0, M1, M2, M3] = [0x9fccf645, 0x4385df64, 0x1fc65da4, 0x2360ed05];

/**
 * numpy's `default_rng(seed)`, for a stage that draws the same numbers as a script of numpy.
 *
 * @param seed integer in [0, 2^32)
 * @example
 * const rng = defaultRng(42);
 * Array.from({ length: 5 }, () => rng.integers(100)); // 8 77 65 43 43, as default_rng(42).integers(100, size=5)
 */
export function defaultRng(seed: number): Generator {
  return new Generator(seed);
}

class Generator {
  /** 128 bits, 32 each, the lowest first. */
  readonly #state = new Uint32Array(4);
  readonly #step = new Uint32Array(4);
  /** The high half of the last draw, which is the next one of 32 bits. */
  #left = -1;

  /** @param seed integer in [0, 2^32) */
  constructor(seed: number) {
    const words = seedWords(seed);
    // Numbers of 64 bits, low half first, and the first of two is the high half of 128 bits.
    const [start, sequence] = [0, 4].map((at) => [2, 3, 0, 1].map((i) => words[at + i]!)) as [number[], number[]];
    for (let i = 0; i < 4; i++) this.#step[i] = (sequence[i]! << 1) | (i === 0 ? 1 : sequence[i - 1]! >>> 31);
    this.#advance();
    let carry = 0;
    for (let i = 0; i < 4; i++) {
      const sum = this.#state[i]! + start[i]! + carry;
      this.#state[i] = sum;
      carry = Number(sum >= 2 ** 32);
    }
    this.#advance();
  }

  /** The next 32 bits, in [0, 2^32). */
  uint32(): number {
    if (this.#left >= 0) {
      const left = this.#left;
      this.#left = -1;
      return left;
    }
    this.#advance();
    const s = this.#state;
    // The halves of the state, one upon the other, turned right by its six highest bits.
    const low = s[0]! ^ s[2]!;
    const high = s[1]! ^ s[3]!;
    const turn = s[3]! >>> 26;
    const first = turn < 32 ? low : high;
    const second = turn < 32 ? high : low;
    const by = turn & 31;
    this.#left = (by === 0 ? second : (second >>> by) | (first << (32 - by))) >>> 0;
    return (by === 0 ? first : (first >>> by) | (second << (32 - by))) >>> 0;
  }

  /** Uniform integer in [0, below), as `rng.integers(below)`. @param below integer from 1 to 2^32 - 1 */
  integers(below: number): number {
    if (below === 1) return 0; // numpy draws nothing
    for (;;) {
      const drawn = this.uint32();
      const low = Math.imul(drawn, below) >>> 0;
      // The remainder takes long, and is seldom needed.
      if (low >= below || low >= (2 ** 32 - below) % below) return highOf(drawn, below);
    }
  }

  #advance(): void {
    const s = this.#state;
    const step = this.#step;
    const s0 = s[0]!;
    const s1 = s[1]!;
    const s2 = s[2]!;
    const s3 = s[3]!;
    const a = (Math.imul(s0, M0) >>> 0) + step[0]!;
    const b = highOf(s0, M0) + (Math.imul(s0, M1) >>> 0) + (Math.imul(s1, M0) >>> 0) + step[1]! + carried(a);
    const c = highOf(s0, M1) + highOf(s1, M0) + (Math.imul(s0, M2) >>> 0) + (Math.imul(s1, M1) >>> 0) + (Math.imul(s2, M0) >>> 0) + step[2]! + carried(b);
    const d = Math.imul(s0, M3) + Math.imul(s1, M2) + Math.imul(s2, M1) + Math.imul(s3, M0);
    s[3] = d + highOf(s0, M2) + highOf(s1, M1) + highOf(s2, M0) + step[3]! + carried(c);
    s[2] = c;
    s[1] = b;
    s[0] = a;
  }
}

function carried(sum: number): number {
  return Math.floor(sum / 2 ** 32);
}

/** The high 32 bits of a product of two numbers of 32 bits. */
function highOf(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const low = Math.imul(a0, b0) >>> 0;
  const one = Math.imul(a1, b0) >>> 0;
  const other = Math.imul(a0, b1) >>> 0;
  const middle = (low >>> 16) + (one & 0xffff) + (other & 0xffff);
  return ((Math.imul(a1, b1) >>> 0) + (one >>> 16) + (other >>> 16) + (middle >>> 16)) >>> 0;
}

/** Eight words of 32 bits, as SeedSequence(seed).generate_state(8) gives them. */
function seedWords(seed: number): Uint32Array {
  let constant = 0x43b0d7e5;
  const hashed = (value: number): number => {
    const mixed = Math.imul(value ^ constant, (constant = Math.imul(constant, 0x931e8875)));
    return mixed ^ (mixed >>> 16);
  };
  const pool = Uint32Array.from([seed, 0, 0, 0], hashed);
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) {
      if (from === to) continue;
      const mixed = Math.imul(0xca01f9dd, pool[to]!) - Math.imul(0x4973f715, hashed(pool[from]!));
      pool[to] = mixed ^ (mixed >>> 16);
    }
  }
  constant = 0x8b51f9dd;
  return Uint32Array.from({ length: 8 }, (_, i) => {
    const mixed = Math.imul(pool[i % 4]! ^ constant, (constant = Math.imul(constant, 0x58f38ded)));
    return mixed ^ (mixed >>> 16);
  });
}
