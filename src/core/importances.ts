// What a run tells of the features that a model counts on.
import type { RunEvent } from './events.ts';

/** Features that are told one by one. */
const MOST_FEATURES = 20;

interface Told {
  readonly columns?: readonly string[] | undefined;
  /** How far each may be off: a standard deviation. */
  readonly spreads?: ArrayLike<number>;
  /** The score that falls by so much once a feature's values are mixed up; absent for shares of what the splits of trees gain. */
  readonly scoring?: string;
}

/** The largest, largest first. */
export function importancesEvent(stage: string, importances: ArrayLike<number>, { columns, spreads, scoring }: Told): RunEvent {
  const all = Array.from(importances, (importance, feature) => ({
    feature,
    ...(columns ? { name: columns[feature]! } : {}),
    importance,
    ...(spreads ? { spread: spreads[feature]! } : {}),
  }));
  const largest = all.toSorted((a, b) => b.importance - a.importance).slice(0, MOST_FEATURES);
  return { type: 'importances', stage, ...(scoring === undefined ? {} : { scoring }), features: all.length, largest };
}
