// Rows and columns of each bag, as scikit-learn 1.9 draws them for the same seed (ensemble/_bagging.py and what it calls of numpy).
import { PipelineError } from '../../core/errors/errors.ts';
import { RandomState } from '../../core/data/random.ts';

export interface Drawing {
  /** A share below 1, or a number; absent for as many as there are rows. */
  readonly maxSamples?: number | undefined;
  /** A share below 1, or a number; absent for all. */
  readonly maxFeatures?: number | undefined;
  readonly bootstrap: boolean;
  readonly bootstrapFeatures: boolean;
}

export interface Bag {
  /** What its estimator draws from. */
  readonly seed: number;
  /** Positions of rows, ascending, those drawn twice twice. */
  readonly rows: Uint32Array;
  /** Columns; absent for all as they are. */
  readonly features?: Uint32Array;
}

/**
 * @param weights of the rows, by which they are drawn, `[rows]`; absent where each is as likely
 * @throws E_PARAMS for more rows or columns than there are
 */
export function bagsOf(
  owner: string,
  count: number,
  seed: number,
  { rows, cols, weights }: { readonly rows: number; readonly cols: number; readonly weights?: Float32Array | undefined },
  { maxSamples, maxFeatures = cols, bootstrap, bootstrapFeatures }: Drawing,
): readonly Bag[] {
  const all = weights ? weights.reduce((sum, weight) => sum + weight, 0) : rows;
  const samples = maxSamples === undefined ? rows : maxSamples < 1 ? Math.max(1, Math.floor(maxSamples * all)) : maxSamples;
  const features = maxFeatures < 1 ? Math.max(1, Math.floor(maxFeatures * cols)) : maxFeatures;
  const most = weights ? weights.reduce((sum, weight) => sum + Number(weight > 0), 0) : rows;
  if (!bootstrap && samples > most) throw tooMany(owner, 'maxSamples', samples, most, 'rows');
  if (features > cols) throw tooMany(owner, 'maxFeatures', features, cols, 'columns');
  const random = new RandomState(seed);
  const seeds = Array.from({ length: count }, () => random.interval(2 ** 31 - 2));
  return seeds.map((own): Bag => {
    const draws = new RandomState(own);
    const columns = bootstrapFeatures ? drawn(draws, cols, features) : distinct(draws, cols, features);
    const chosen = weights
      ? bootstrap
        ? byWeight(draws, weights, samples)
        : distinctByWeight(draws, weights, samples)
      : bootstrap
        ? drawn(draws, rows, samples)
        : distinct(draws, rows, samples);
    return { seed: own, rows: chosen.sort(), ...(bootstrapFeatures || features < cols ? { features: columns } : {}) };
  });
}

function tooMany(owner: string, param: string, arrived: number, most: number, what: string): PipelineError {
  return new PipelineError('E_PARAMS', `${owner}: ${param} is ${arrived}; there are ${most} ${what} to draw from.`, {
    hint: `Give ${param} at most ${most}, or a share below 1.`,
  });
}

/** `randint(0, below, count)` */
function drawn(random: RandomState, below: number, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, () => random.interval(below - 1));
}

/** `sample_without_replacement`, which draws in one way where it takes most, in another where it takes few. */
function distinct(random: RandomState, below: number, count: number): Uint32Array {
  const share = count / below;
  if (share > 0.01 && share < 0.99) return random.permutation(below).slice(0, count);
  const out = Uint32Array.from({ length: count }, (_, i) => i);
  if (share < 0.2) {
    const known = new Set<number>();
    for (let i = 0; i < count; i++) {
      let one = random.interval(below - 1);
      while (known.has(one)) one = random.interval(below - 1);
      known.add(one);
      out[i] = one;
    }
    return out;
  }
  for (let i = count; i < below; i++) {
    const place = random.interval(i);
    if (place < count) out[place] = i;
  }
  return out;
}

/** `choice(rows, count, replace=True, p)` */
export function byWeight(random: RandomState, weights: ArrayLike<number>, count: number): Uint32Array {
  return chooserBy(weights)(random, count);
}

/** The same, over and over. */
export function chooserBy(weights: ArrayLike<number>): (random: RandomState, count: number) => Uint32Array {
  const sums = sumsOf(weights);
  return (random, count) => Uint32Array.from({ length: count }, () => firstAbove(sums, random.double()));
}

/** `choice(rows, count, replace=False, p)`: what is drawn twice is drawn anew. */
function distinctByWeight(random: RandomState, weights: Float32Array, count: number): Uint32Array {
  const left = Float64Array.from(weights);
  const found: number[] = [];
  while (found.length < count) {
    const shares = Array.from({ length: count - found.length }, () => random.double());
    const sums = sumsOf(left);
    for (const one of new Set(shares.map((value) => firstAbove(sums, value)))) {
      found.push(one);
      left[one] = 0;
    }
  }
  return Uint32Array.from(found);
}

/** Sums up to each, as shares of all. */
function sumsOf(weights: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < sums.length; i++) sums[i] = sum += weights[i]!;
  return sums.map((one) => one / sum);
}

function firstAbove(sums: Float64Array, value: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
