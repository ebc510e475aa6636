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

/** Words of a name, whichever way it is written: `roc_auc`, `rocAuc`, `ROC-AUC`. */
function words(name: string): readonly string[] {
  return (name.replace(/([a-z\d])([A-Z])/g, '$1 $2').match(/[A-Za-z\d]+/g) ?? []).map((word) => word.toLowerCase());
}

function includesAll(whole: readonly string[], part: readonly string[]): boolean {
  return part.length > 0 && part.every((word) => whole.includes(word));
}

/** The names that one may have meant: written another way, else a few letters off (but not all of them), else with as few words more or fewer as there are. */
export function nearest(name: string, known: readonly string[]): readonly string[] {
  const own = words(name);
  const more = (one: string): number => Math.abs(words(one).length - own.length);
  const related = known.filter((one) => includesAll(words(one), own) || includesAll(own, words(one)));
  const fewest = Math.min(...related.map(more));
  const ways: ((one: string) => boolean)[] = [
    (one) => words(one).join('') === own.join(''),
    (one) => distance(one.toLowerCase(), name.toLowerCase()) <= Math.min(name.length - 1, Math.max(1, Math.floor(name.length / 3))),
    (one) => related.includes(one) && more(one) === fewest,
  ];
  return ways.map((way) => known.filter(way)).find((found) => found.length > 0) ?? [];
}

/** A hint for a name that is not among `known`: the nearest ones, or all of them. */
export function didYouMean(name: string, known: readonly string[], what: string): string {
  const near = nearest(name, known);
  if (near.length > 0) return `Did you mean ${near.join(' or ')}?`;
  return known.length > 0 ? `${what}: ${known.join(', ')}.` : `There are no ${what.toLowerCase()}.`;
}
