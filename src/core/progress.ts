// How far work has come, in units of its own: trees of a forest, rounds of boosting, points of a grid. Work may be done within work.

/** `done` of `total` pieces; what they are, in the plural. */
export interface WorkDone {
  readonly done: number;
  /** Null where nobody knows. */
  readonly total: number | null;
  readonly unit: string;
}

/** From 0 to 1. @param levels of work within work, the outermost first */
export function shareOf(levels: readonly Pick<WorkDone, 'done' | 'total'>[]): number {
  return Math.min(
    1,
    levels.reduceRight((inner, { done, total }) => (total ? (done + Math.min(inner, 1)) / total : 0), 0),
  );
}
