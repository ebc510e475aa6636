// The points of a search as a record has them, for tables and charts: best first, with mean, spread and iterations.
import type { Json, JsonRecord } from '../core/events.ts';
import { pointNames } from '../core/pointNames.ts';
import type { RecordedStage } from '../core/runRecord.ts';
import { words } from './terminal/format.ts';

export interface SearchPoint {
  /** `C=0.301`; of a halving with what it had: `C=0.301, 20 resources` */
  readonly name: string;
  readonly params: JsonRecord;
  /** Of a halving: which iteration it is of; else 0. */
  readonly iter: number;
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
  /** Of a halving, those of the last iteration first. Best first; equal ones in the order of the search, as the first of them is taken. */
  readonly points: readonly SearchPoint[];
  /** Points that share the best mean. */
  readonly tied: number;
}

/** The search of a stage, where its output is that of one. */
export function searchOf({ path, output = {} }: Pick<RecordedStage, 'path' | 'output'>): SearchTable | undefined {
  const { points, bestParams, scoring } = output;
  if (!Array.isArray(points) || bestParams === undefined || !points.every(isPoint)) return undefined;
  const names = pointNames(points.map(({ params }) => params));
  const found = points.map(({ params, iter = 0, nResources, foldScores, meanScore, nIter }, i) => ({
    name: nResources === undefined ? names[i]! : `${names[i]!}, ${nResources} resources`,
    iter,
    params,
    mean: meanScore,
    spread: spreadOf(foldScores),
    foldScores,
    nIter: nIter ?? [],
  }));
  const sorted = found.toSorted((a, b) => b.iter - a.iter || (b.mean ?? -Infinity) - (a.mean ?? -Infinity) || 0);
  const tied = sorted.filter(({ iter, mean }) => mean !== null && iter === sorted[0]!.iter && mean === sorted[0]!.mean).length;
  return { stage: path, scoring: typeof scoring === 'string' ? words(scoring) : 'score', points: sorted, tied };
}

/** Score by parameter, for a chart: of a grid over one number, in its order; undefined for any other grid. */
export interface SearchCurve {
  readonly stage: string;
  readonly scoring: string;
  readonly param: string;
  readonly points: readonly (CurvePoint & { readonly value: number })[];
}

interface CurvePoint {
  readonly mean: number | null;
  readonly foldScores: readonly (number | null)[];
  /** Mean score of the rows that models were trained on; absent where it was not asked for. */
  readonly trainMean?: number | null;
}

/** The curve of a stage that scores training rows too: by the values of a parameter, or by numbers of rows. */
export interface ScoreCurve {
  readonly stage: string;
  readonly scoring: string;
  readonly param: string;
  readonly points: readonly (CurvePoint & { readonly value: Json })[];
}

/** The curve of a stage, where its output is that of one. */
export function scoreCurve({ path, output = {} }: Pick<RecordedStage, 'path' | 'output'>): ScoreCurve | undefined {
  const { param, points, scoring } = output;
  if (typeof param !== 'string' || !Array.isArray(points)) return undefined;
  const found = (points as readonly JsonRecord[]).map(({ value, testScores, meanTestScore, meanTrainScore }) => ({
    value: value!,
    mean: meanTestScore as number | null,
    foldScores: testScores as readonly (number | null)[],
    trainMean: meanTrainScore as number | null,
  }));
  return { stage: path, scoring: words(String(scoring)), param, points: found };
}

/** The same for a chart; undefined where values are no numbers, or there is one. */
export function drawnCurve(curve: ScoreCurve): SearchCurve | undefined {
  const points = curve.points.flatMap(({ value, ...rest }) => (typeof value === 'number' ? [{ value, ...rest }] : []));
  if (points.length < curve.points.length || points.length < 2) return undefined;
  return { ...curve, points: points.toSorted((a, b) => a.value - b.value) };
}

export function searchCurve({ stage, scoring, points }: SearchTable): SearchCurve | undefined {
  const params = [...new Set(points.flatMap((point) => Object.keys(point.params)))];
  const [param] = params;
  if (param === undefined || params.length > 1 || points.length < 2 || points[0]!.iter > 0) return undefined;
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
  readonly iter?: number;
  readonly nResources?: number;
  readonly foldScores: readonly (number | null)[];
  readonly meanScore: number | null;
  readonly nIter?: readonly number[];
}

function isPoint(value: unknown): value is RecordedPoint {
  const { params, foldScores, meanScore } = (value ?? {}) as Partial<Record<string, Json>>;
  return typeof params === 'object' && params !== null && Array.isArray(foldScores) && meanScore !== undefined;
}

/** Standard deviation of the scores of folds; null where one is not defined. */
export function spreadOf(scores: readonly (number | null)[]): number | null {
  if (scores.some((score) => score === null || Number.isNaN(score))) return null;
  const mean = scores.reduce<number>((sum, score) => sum + score!, 0) / scores.length;
  return Math.sqrt(scores.reduce<number>((sum, score) => sum + (score! - mean) ** 2, 0) / scores.length);
}
