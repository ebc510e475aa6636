// Which features are multiplied, in the order of scikit-learn.

export interface WantedTerms {
  readonly least: number;
  readonly most: number;
  readonly interactionOnly: boolean;
  /** The product of none. */
  readonly includeBias: boolean;
}

/** Columns of each product, ascending; of one degree in the order of the alphabet, and lower degrees first. */
export function termsOf(cols: number, { least, most, interactionOnly, includeBias }: WantedTerms): readonly (readonly number[])[] {
  const terms: (readonly number[])[] = includeBias ? [[]] : [];
  let before: readonly (readonly number[])[] = [[]];
  for (let degree = 1; degree <= most && before.length > 0; degree++) {
    before = before.flatMap((term) => {
      const first = term.length === 0 ? 0 : term.at(-1)! + Number(interactionOnly);
      return Array.from({ length: cols - first }, (_, i) => [...term, first + i]);
    });
    if (degree >= least) for (const term of before) terms.push(term);
  }
  return terms;
}

/** How many there are, without making them: there may be more than fit. */
export function countTerms(cols: number, { least, most, interactionOnly, includeBias }: WantedTerms): number {
  let count = Number(includeBias);
  let ofDegree = 1;
  for (let degree = 1; degree <= most && ofDegree > 0 && count < Infinity; degree++) {
    ofDegree *= (interactionOnly ? cols - degree + 1 : cols + degree - 1) / degree;
    if (degree >= least) count += Math.round(ofDegree);
  }
  return count;
}
