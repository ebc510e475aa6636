// Several runs side by side: what was set, what came out, what else decided it, and how long it took, each row with what it is in each
// run. Runs of other stages lack some.
import type { Json } from '../../core/events.ts';
import type { RunRecord } from '../../core/runRecord.ts';
import { figuresOf, type Facts } from './facts.ts';

export interface ComparedRow {
  readonly name: string;
  /** By run; undefined where that run has none. */
  readonly values: readonly (Json | undefined)[];
  /** `partial`: some runs have none, and the others are equal. */
  readonly state: 'differs' | 'partial' | 'equal';
}

export interface Comparison {
  readonly runs: readonly RunRecord[];
  readonly results: readonly ComparedRow[];
  readonly params: readonly ComparedRow[];
  /** Statuses of stages, and digests of what decides their results besides parameters, where they differ. */
  readonly others: readonly ComparedRow[];
  /** In ms. */
  readonly times: readonly ComparedRow[];
}

/** Digits of a digest that are told. */
const DIGEST = 12;

export function comparisonOf(runs: readonly RunRecord[]): Comparison {
  const figures = runs.map(figuresOf);
  return {
    runs,
    results: scoresFirst(rowsOf(figures.map(({ results }) => results))),
    params: rowsOf(figures.map(({ params }) => params)),
    others: rowsOf(runs.map(othersOf)).filter(({ state }) => state === 'differs'),
    times: rowsOf(figures.map(({ times }, i) => new Map([...times, ...wholeTime(runs[i]!)]))),
  };
}

/** A row for each name of any run, those of the first run first. */
function rowsOf(runs: readonly Facts[]): readonly ComparedRow[] {
  return [...new Set(runs.flatMap((facts) => [...facts.keys()]))].map((name) => {
    const values = runs.map((facts) => facts.get(name));
    const there = values.filter((value) => value !== undefined);
    const differs = there.some((value) => JSON.stringify(value) !== JSON.stringify(there[0]));
    return { name, values, state: differs ? 'differs' : there.length < values.length ? 'partial' : 'equal' };
  });
}

/** Figures that say how good a model is. */
const SCORE = /(score|accuracy|auc|precision|recall|f1|loss|error|deviance|r2)$/i;

function scoresFirst(rows: readonly ComparedRow[]): readonly ComparedRow[] {
  return rows.toSorted((a, b) => Number(SCORE.test(b.name)) - Number(SCORE.test(a.name)));
}

function othersOf({ stages, version, seed, adapter }: RunRecord): Facts {
  const facts = new Map<string, Json>([
    ['package version', version],
    ['root seed', seed ?? null],
    ['adapter', adapter?.name ?? null],
  ]);
  for (const { path, status, parts = {} } of stages) {
    facts.set(`${path}: status`, status === 'cached' ? 'ran' : status);
    for (const [part, digest] of Object.entries(parts)) if (!part.startsWith('param ')) facts.set(`${path}: ${part}`, digest.slice(0, DIGEST));
  }
  return facts;
}

function wholeTime({ ms }: RunRecord): Facts {
  return ms === undefined ? new Map() : new Map([['whole run', ms]]);
}
