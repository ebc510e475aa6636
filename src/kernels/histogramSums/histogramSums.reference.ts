// Sums by bin of several histograms, of whole numbers of any size.

/** @param histograms of each, `[bin][numbers]` */
export function histogramSumsReference(histograms: readonly (readonly (readonly bigint[])[])[]): readonly (readonly bigint[])[] {
  const [first = [], ...rest] = histograms;
  return first.map((numbers, bin) => numbers.map((number, i) => rest.reduce((sum, own) => sum + own[bin]![i]!, number)));
}
