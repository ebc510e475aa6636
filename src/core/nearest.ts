// Names that a user may have meant.

/** Letters to add, leave out, replace or swap with the next one. */
export function distance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : Infinity;
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1), swapped);
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}

/** A hint for a name that is not among `known`: the nearest ones, or all of them. */
export function meant(name: string, known: readonly string[], what: string): string {
  const near = known.filter((one) => distance(one.toLowerCase(), name.toLowerCase()) <= Math.max(1, Math.floor(name.length / 3)));
  if (near.length > 0) return `Did you mean ${near.join(' or ')}?`;
  return known.length > 0 ? `${what}: ${known.join(', ')}.` : `There are no ${what.toLowerCase()}.`;
}
