// A run as plain figures, for lists and comparisons: what was set, what came out, how long it took. What is nested deep, such as a
// confusion matrix, is left to its own page.
import type { Json, JsonRecord } from '../../core/events.ts';
import type { RunRecord } from '../../core/runRecord.ts';

/** By name: `positive` of the pipeline's own, `fit.tol` of a stage. */
export type Facts = ReadonlyMap<string, Json>;

export interface RunFigures {
  readonly params: Facts;
  readonly results: Facts;
  /** In ms, of what ran. */
  readonly times: ReadonlyMap<string, number>;
}

/** Most items of a list that is a figure, such as the scores of folds, and of a record whose entries are figures. */
const MOST_ITEMS = 10;

export function figuresOf({ params = {}, stages }: Pick<RunRecord, 'params' | 'stages'>): RunFigures {
  const set = new Map<string, Json>();
  const results = new Map<string, Json>();
  const times = new Map<string, number>();
  collect(params, '', set);
  for (const { path, params: own, output = {}, status, ms } of stages) {
    collect(own, `${path}.`, set);
    collect(output, `${path}.`, results);
    if (status === 'ran' && ms !== undefined) times.set(path, ms);
  }
  return { params: set, results, times };
}

/** Plain values, short lists of them, and what stands in records of them. */
function collect(values: JsonRecord, prefix: string, into: Map<string, Json>): void {
  for (const [key, value] of Object.entries(values)) {
    if (value === null || typeof value !== 'object') into.set(`${prefix}${key}`, value);
    else if (Object.keys(value).length > MOST_ITEMS) continue;
    else if (!Array.isArray(value)) collect(value as JsonRecord, `${prefix}${key}.`, into);
    else if (value.every((item) => item === null || typeof item !== 'object')) into.set(`${prefix}${key}`, value);
  }
}
