// Sums as the device has them, as what linear discriminants go by: means of classes, and how rows vary around them.
import type { Affine } from '../rows/frame.ts';
import type { Sums } from '../ridge/sums.ts';
import { cancels, type Varying } from './onHost.ts';

/** Of features as they are meant. */
export interface Within {
  /** Of all rows. */
  readonly weight: number;
  /** `[classes][cols]` */
  readonly means: readonly Float64Array[];
  /** Weighted sums of products around the mean of each row's class, `[cols][cols]`. */
  readonly products: Float64Array;
  /** Standard deviations of columns around the same, `[cols]`; 1 for a column that is constant within classes. */
  readonly std: Float64Array;
  /** Set where too many digits of the products are lost. */
  readonly lost?: boolean;
}

/** Less of a column's squares than this, around the means, is rounding: the column is constant within classes. */
const CONSTANT = 1e-13;

/** @param sums with one target a class, 1 for its rows and 0 for others */
export function withinClasses({ products: z, targets }: Sums, { scale, offset }: Affine): Within {
  const cols = scale.length;
  const size = cols + 1;
  const weight = z[size * size - 1]!;
  const left = (i: number, j: number): number => targets.reduce((sum, own) => sum - (own[i]! * own[j]!) / own[cols]!, z[i * size + j]!);
  const lost = scale.some((_, j) => cancels(left(j, j), z[j * size + j]!));
  const varies = scale.map((_, j) => Number(left(j, j) > CONSTANT * z[j * size + j]!));
  const products = new Float64Array(cols * cols);
  for (let i = 0; i < cols; i++) {
    if (varies[i] === 0) continue;
    for (let j = 0; j <= i; j++) if (varies[j] === 1) products[i * cols + j] = products[j * cols + i] = scale[i]! * scale[j]! * left(i, j);
  }
  return {
    weight,
    means: targets.map((own) => scale.map((factor, j) => factor * (own[j]! / own[cols]!) + offset[j]!)),
    products,
    std: deviations(products, weight, cols),
    lost,
  };
}

function deviations(products: Float64Array, weight: number, cols: number): Float64Array {
  return Float64Array.from({ length: cols }, (_, j) => Math.sqrt(products[j * cols + j]! / weight) || 1);
}

/** The same, of classes whose products are taken together. */
export function withinOf(classes: readonly Varying[]): Within {
  const weight = classes.reduce((sum, own) => sum + own.weight, 0);
  const { products } = classes[0]!;
  const means = classes.map(({ mean }) => mean);
  return { weight, means, products, std: deviations(products, weight, means[0]!.length) };
}
