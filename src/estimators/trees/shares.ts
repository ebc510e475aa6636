// Probabilities of trees: they are what trees say, but for two classes, of which the difference is.

/** `[rows][classes]`, of scores as a classifier says them. */
export function shares(scores: Float64Array, { classes }: { readonly classes: readonly number[] }): Float64Array {
  if (classes.length !== 2) return scores;
  return Float64Array.from({ length: scores.length * 2 }, (_, at) => (1 + (at % 2 === 1 ? 1 : -1) * scores[at >> 1]!) / 2);
}
