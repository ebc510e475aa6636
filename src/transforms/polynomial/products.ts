// Which features are multiplied, in the order of scikit-learn.

export interface WantedProducts {
  readonly least: number;
  readonly most: number;
  readonly interactionOnly: boolean;
  /** The product of none. */
  readonly includeBias: boolean;
}

/** Columns of each product, ascending; of one degree in the order of the alphabet, and lower degrees first. */
export function productsOf(cols: number, { least, most, interactionOnly, includeBias }: WantedProducts): readonly (readonly number[])[] {
  const products: (readonly number[])[] = includeBias ? [[]] : [];
  let before: readonly (readonly number[])[] = [[]];
  for (let degree = 1; degree <= most && before.length > 0; degree++) {
    before = before.flatMap((factors) => {
      const first = factors.length === 0 ? 0 : factors.at(-1)! + Number(interactionOnly);
      return Array.from({ length: cols - first }, (_, i) => [...factors, first + i]);
    });
    if (degree >= least) for (const factors of before) products.push(factors);
  }
  return products;
}

/** How many there are, without making them: there may be more than fit. */
export function countProducts(cols: number, { least, most, interactionOnly, includeBias }: WantedProducts): number {
  let count = Number(includeBias);
  let ofDegree = 1;
  for (let degree = 1; degree <= most && ofDegree > 0 && count < Infinity; degree++) {
    ofDegree *= (interactionOnly ? cols - degree + 1 : cols + degree - 1) / degree;
    if (degree >= least) count += Math.round(ofDegree);
  }
  return count;
}
