// The list of runs as a page asks for it: filtered, sorted by any figure, a part at a time.
import type { Json } from '../../core/events.ts';
import { mainScore, type RunRecord, type RunStatus } from '../../core/runRecord.ts';
import { figuresOf } from './facts.ts';

/** What a list knows of a run: a fraction of its record. */
export interface RunSummary {
  readonly id: string;
  readonly nth?: number | undefined;
  readonly pipeline: string;
  readonly status: RunStatus;
  readonly started: string;
  readonly ms?: number | undefined;
  readonly score?: { readonly name: string; readonly value: number } | undefined;
  /** Numbers by name, see {@link figuresOf}. */
  readonly params: Readonly<Record<string, number>>;
  readonly results: Readonly<Record<string, number>>;
  /** What a filter looks at, in small letters: id, pipeline and parameters. */
  readonly text: string;
}

export interface RunQuery {
  /** Words that all must be there. */
  readonly text?: string | undefined;
  readonly pipeline?: string | undefined;
  readonly status?: string | undefined;
  /** `started`, `ms`, `score`, or a figure: `results fit.nIter`, `params fit.C`; by default `started`. */
  readonly sort?: string | undefined;
  /** Smallest first. */
  readonly ascending?: boolean | undefined;
  /** From 0; the last one where there are fewer. */
  readonly page?: number | undefined;
}

/** A run in a list. */
export interface ListedRun extends Pick<RunSummary, 'id' | 'pipeline' | 'status' | 'started' | 'ms' | 'score'> {
  /** Of the figure sorted by, where it is one that has no column. */
  readonly figure?: number | undefined;
}

export interface RunList {
  readonly runs: readonly ListedRun[];
  readonly total: number;
  /** How many the filter let through. */
  readonly found: number;
  readonly page: number;
  readonly pages: number;
  /** What can be chosen: of all runs. */
  readonly pipelines: readonly string[];
  /** Of the runs found. */
  readonly figures: { readonly results: readonly string[]; readonly params: readonly string[] };
}

export const PAGE_RUNS = 50;
/** Figures that have a column. */
const COLUMNS = ['started', 'ms', 'score'];
/** Most figures of a kind that one can sort by: a fan-out of many branches has thousands. */
const MOST_FIGURES = 300;

export function summaryOf(run: RunRecord): RunSummary {
  const { id, nth, pipeline, status, started, ms } = run;
  const { params, results } = figuresOf(run);
  const set = [...params].map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const text = [id, pipeline, ...set].join(' ').toLowerCase();
  return { id, nth, pipeline, status, started, ms, score: mainScore(run), params: numbersOf(params), results: numbersOf(results), text };
}

function numbersOf(figures: ReadonlyMap<string, Json>): Readonly<Record<string, number>> {
  return Object.fromEntries([...figures].filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

/** @param runs oldest first */
export function listOf(runs: readonly RunSummary[], { text = '', pipeline, status, sort = 'started', ascending = false, page = 0 }: RunQuery): RunList {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = runs.filter(
    (run) => (!pipeline || run.pipeline === pipeline) && (!status || run.status === status) && words.every((word) => run.text.includes(word)),
  );
  const sorted = inOrderOf(sort, ascending, found);
  const pages = Math.max(1, Math.ceil(found.length / PAGE_RUNS));
  const at = Math.min(Math.max(0, page), pages - 1);
  const shown = sorted.slice(at * PAGE_RUNS, (at + 1) * PAGE_RUNS);
  return {
    runs: shown.map((run) => ({
      id: run.id,
      pipeline: run.pipeline,
      status: run.status,
      started: run.started,
      ms: run.ms,
      score: run.score,
      ...(COLUMNS.includes(sort) ? {} : { figure: figureOf(run, sort) }),
    })),
    total: runs.length,
    found: found.length,
    page: at,
    pages,
    pipelines: [...new Set(runs.map((run) => run.pipeline))].toSorted(),
    figures: { results: namesOf(found, 'results'), params: namesOf(found, 'params') },
  };
}

/** Runs without the figure are last, whatever the order; equal ones stay newest first. */
function inOrderOf(sort: string, ascending: boolean, runs: readonly RunSummary[]): readonly RunSummary[] {
  if (sort === 'started') return ascending ? runs : runs.toReversed();
  const keyed = runs.toReversed().map((run) => ({ run, value: figureOf(run, sort) }));
  const known = keyed.filter((one): one is { readonly run: RunSummary; readonly value: number } => one.value !== undefined);
  const others = keyed.filter(({ value }) => value === undefined);
  return [...known.toSorted((a, b) => (ascending ? a.value - b.value : b.value - a.value)), ...others].map(({ run }) => run);
}

function figureOf(run: RunSummary, sort: string): number | undefined {
  if (sort === 'ms') return run.ms;
  if (sort === 'score') return run.score?.value;
  const [kind, name] = [sort.slice(0, sort.indexOf(' ')), sort.slice(sort.indexOf(' ') + 1)];
  return kind === 'results' || kind === 'params' ? run[kind][name] : undefined;
}

function namesOf(runs: readonly RunSummary[], kind: 'results' | 'params'): readonly string[] {
  return [...new Set(runs.flatMap((run) => Object.keys(run[kind])))].toSorted().slice(0, MOST_FIGURES);
}
