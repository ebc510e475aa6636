// The points of a search as a record has them, for tables and charts: best first, with mean, spread and iterations.
import type { Json, JsonRecord } from '../core/events.ts';
import { pointNames } from '../core/pointNames.ts';
import type { RecordedStage } from '../core/runRecord.ts';
import { words } from './terminal/format.ts';

export interface SearchPoint {
  /** `C=0.301` */
  readonly name: string;
  readonly params: JsonRecord;
  /** Null where a fold does not define its score. */
  readonly mean: number | null;
  /** Standard deviation of the folds' scores, as `std_test_score` of scikit-learn. */
  readonly spread: number | null;
  readonly foldScores: readonly (number | null)[];
  /** Of each fold's model; empty where they are not counted. */
  readonly nIter: readonly number[];
}

export interface SearchTable {
  readonly stage: string;
  /** Of the scorer that decided, in words. */
  readonly scoring: string;
  /** Best first; equal ones in the order of the search, as the first of them is taken. */
  readonly points: readonly SearchPoint[];
  /** Points that share the best mean. */
  readonly tied: number;
}

/** The search of a stage, where its output is that of one. */
export function searchOf({ path, output = {} }: Pick<RecordedStage, 'path' | 'output'>): SearchTable | undefined {
  const { points, bestParams, scoring } = output;
  if (!Array.isArray(points) || bestParams === undefined || !points.every(isPoint)) return undefined;
  const names = pointNames(points.map(({ params }) => params));
  const found = points.map(({ params, foldScores, meanScore, nIter }, i) => ({
    name: names[i]!,
    params,
    mean: meanScore,
    spread: spreadOf(foldScores),
    foldScores,
    nIter: nIter ?? [],
  }));
  const sorted = found.toSorted((a, b) => (b.mean ?? -Infinity) - (a.mean ?? -Infinity) || 0);
  const tied = sorted.filter(({ mean }) => mean !== null && mean === sorted[0]!.mean).length;
  return { stage: path, scoring: typeof scoring === 'string' ? words(scoring) : 'score', points: sorted, tied };
}

/** Score by parameter, for a chart: of a grid over one number, in its order; undefined for any other grid. */
export interface SearchCurve {
  readonly stage: string;
  readonly scoring: string;
  readonly param: string;
  readonly points: readonly { readonly value: number; readonly mean: number | null; readonly foldScores: readonly (number | null)[] }[];
}

export function searchCurve({ stage, scoring, points }: SearchTable): SearchCurve | undefined {
  const params = [...new Set(points.flatMap((point) => Object.keys(point.params)))];
  const [param] = params;
  if (param === undefined || params.length > 1 || points.length < 2) return undefined;
  const found = points.flatMap(({ params: { [param]: value }, mean, foldScores }) => (typeof value === 'number' ? [{ value, mean, foldScores }] : []));
  return found.length === points.length ? { stage, scoring, param, points: found.toSorted((a, b) => a.value - b.value) } : undefined;
}

/** `3` where all folds agree, else `3 to 5`. */
export function iterationsText({ nIter }: SearchPoint): string {
  const [low, high] = [Math.min(...nIter), Math.max(...nIter)];
  return nIter.length === 0 ? '-' : low === high ? String(low) : `${low} to ${high}`;
}

interface RecordedPoint {
  readonly params: JsonRecord;
  readonly foldScores: readonly (number | null)[];
  readonly meanScore: number | null;
  readonly nIter?: readonly number[];
}

function isPoint(value: unknown): value is RecordedPoint {
  const { params, foldScores, meanScore } = (value ?? {}) as Partial<Record<string, Json>>;
  return typeof params === 'object' && params !== null && Array.isArray(foldScores) && meanScore !== undefined;
}

function spreadOf(scores: readonly (number | null)[]): number | null {
  if (scores.some((score) => score === null || Number.isNaN(score))) return null;
  const mean = scores.reduce<number>((sum, score) => sum + score!, 0) / scores.length;
  return Math.sqrt(scores.reduce<number>((sum, score) => sum + (score! - mean) ** 2, 0) / scores.length);
}
