// Sums as the device has them, as sums over features as they are meant.
import type { Affine } from '../rows/frame.ts';
import type { Sums } from './sums.ts';

/** Of some rows, over features as they are meant. */
export interface Moments {
  /** Sum of the weights. */
  readonly weight: number;
  /** Weighted means, `[cols]`; zeros where products are not taken around them. */
  readonly mean: Float64Array;
  /** Weighted sums of products around the means, `[cols][cols]`. */
  readonly products: Float64Array;
  /** Weighted sums of products with targets, `[outputs][cols]`. */
  readonly cross: readonly Float64Array[];
  /** Weighted means of the targets, `[outputs]`; zeros likewise. */
  readonly targetMean: Float64Array;
}

/** Less of a column's squares than this, around its mean, is rounding: the column is constant. */
const CONSTANT = 1e-13;

/** Adds the folds that are left: what is taken from a total would keep its digits. */
export function sumsWithout(sums: readonly Sums[], heldOut: number | undefined): Sums {
  const left = sums.filter((_, fold) => fold !== heldOut);
  const [first, ...rest] = left as [Sums, ...Sums[]];
  if (rest.length === 0) return first;
  const added = (of: (one: Sums) => Float64Array): Float64Array => {
    const total = of(first).slice();
    for (const one of rest) {
      const own = of(one);
      for (let at = 0; at < total.length; at++) total[at]! += own[at]!;
    }
    return total;
  };
  return { products: added((one) => one.products), targets: first.targets.map((_, output) => added((one) => one.targets[output]!)) };
}

/**
 * Sums around the weighted means. The device has features around a typical row, so that little is taken away here.
 *
 * @param level what targets are around
 */
export function aroundMeans({ products: z, targets }: Sums, { scale, offset }: Affine, level: ArrayLike<number>): Moments {
  const cols = scale.length;
  const size = cols + 1;
  const weight = z[size * size - 1]!;
  const sums = z.subarray(cols * size);
  const sumOf = (j: number): number => sums[j]!;
  const products = new Float64Array(cols * cols);
  const varies = new Uint8Array(cols);
  for (let j = 0; j < cols; j++) varies[j] = Number(z[j * size + j]! - sumOf(j) ** 2 / weight > CONSTANT * z[j * size + j]!);
  for (let i = 0; i < cols; i++) {
    if (varies[i]) rowAroundMeans(products.subarray(i * cols, (i + 1) * cols), z.subarray(i * size, (i + 1) * size), i, { sums, weight, scale, varies });
  }
  return {
    weight,
    mean: Float64Array.from(scale, (factor, j) => factor * (sumOf(j) / weight) + offset[j]!),
    products,
    cross: targets.map((own) => Float64Array.from(scale, (factor, j) => (varies[j] ? factor * (own[j]! - (sumOf(j) * own[cols]!) / weight) : 0))),
    targetMean: Float64Array.from(targets, (own, output) => own[cols]! / weight + level[output]!),
  };
}

interface Around {
  /** Of the columns, `[cols]`. */
  readonly sums: Float64Array;
  readonly weight: number;
  readonly scale: Float64Array;
  readonly varies: Uint8Array;
}

/** A function of its own, so that it is compiled after a few rows. */
function rowAroundMeans(out: Float64Array, z: Float64Array, i: number, { sums, weight, scale, varies }: Around): void {
  const [factor, sum] = [scale[i]!, sums[i]!];
  for (let j = 0; j < out.length; j++) if (varies[j]) out[j] = factor * scale[j]! * (z[j]! - (sum * sums[j]!) / weight);
}

/** Sums around zero, as they are taken where no constant is fitted. */
export function aroundZero({ products: z, targets }: Sums, { scale, offset }: Affine, level: ArrayLike<number>): Moments {
  const cols = scale.length;
  const size = cols + 1;
  const weight = z[size * size - 1]!;
  const sumOf = (j: number): number => z[cols * size + j]!;
  const products = Float64Array.from({ length: cols * cols }, (_, at) => {
    const [i, j] = [Math.floor(at / cols), at % cols];
    const [si, sj, oi, oj] = [scale[i]!, scale[j]!, offset[i]!, offset[j]!];
    return si * sj * z[i * size + j]! + si * oj * sumOf(i) + oi * sj * sumOf(j) + oi * oj * weight;
  });
  const cross = targets.map((own, output) =>
    Float64Array.from(scale, (factor, j) => factor * own[j]! + offset[j]! * own[cols]! + level[output]! * (factor * sumOf(j) + offset[j]! * weight)),
  );
  return { weight, mean: new Float64Array(cols), products, cross, targetMean: new Float64Array(targets.length) };
}
