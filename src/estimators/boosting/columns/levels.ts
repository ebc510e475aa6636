// What the categories of a column are called: names as names, whatever their codes are in a table, and numbers as numbers.

export type Level = string | number;

/** Position of a column's values among known levels; -1 for a gap, and for what is none of them. @param names of the codes there */
export function codesIn(levels: readonly Level[], names: readonly string[] | null | undefined): (value: number) => number {
  const known = new Map(levels.map((level, position) => [level, position]));
  if (!names) return (value) => known.get(value === 0 ? 0 : value) ?? -1; // of -0 too
  const byCode = names.map((name) => known.get(name) ?? -1);
  return (code) => byCode[code] ?? -1;
}
