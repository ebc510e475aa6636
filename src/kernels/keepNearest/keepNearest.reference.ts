// keep_nearest.wgsl over plain lists: what was kept and what came, sorted, and the first of it.

export interface Kept {
  readonly distance: number;
  readonly position: number;
}

/** @param before nearest first @param distances of rows at positions `first` and on */
export function keepNearestReference(before: readonly Kept[], distances: ArrayLike<number>, first: number, count: number): Kept[] {
  const came = Array.from(distances, (distance, row) => ({ distance, position: first + row }));
  return [...before, ...came].toSorted((a, b) => a.distance - b.distance || a.position - b.position).slice(0, count);
}
