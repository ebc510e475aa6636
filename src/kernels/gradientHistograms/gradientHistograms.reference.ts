// Histograms of a stretch of rows, in plain loops over whole numbers of any size.

/**
 * @param members rows
 * @param binOf bin of a row, among those of all columns; -1 for none
 * @param parts derivatives of a row
 * @returns how many members are in each bin, and the sums of their parts
 */
export function gradientHistogramReference(
  members: ArrayLike<number>,
  binOf: (row: number) => number,
  parts: (row: number) => readonly bigint[],
): ReadonlyMap<number, { readonly count: number; readonly sums: readonly bigint[] }> {
  const found = new Map<number, { readonly count: number; readonly sums: readonly bigint[] }>();
  for (const row of Array.from(members)) {
    const bin = binOf(row);
    if (bin < 0) continue;
    const { count, sums } = found.get(bin) ?? { count: 0, sums: parts(row).map(() => 0n) };
    found.set(bin, { count: count + 1, sums: parts(row).map((part, i) => sums[i]! + part) });
  }
  return found;
}
