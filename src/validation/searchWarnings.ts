// What a grid search cannot decide: models that never moved from where they began, and points that share the best score.
import type { Json } from '../core/events.ts';
import type { StageContext } from '../dsl/stage/context.ts';
import type { Model } from '../dsl/estimator.ts';

export interface SearchedPoint {
  readonly name: string;
  /** Of the first scorer; NaN where a fold does not define it. */
  readonly mean: number;
  /** Iterations of each fold's model, where the estimator counts them. */
  readonly nIter: readonly number[];
}

/** Iterations of a model: the most of any of its parts, such as the classes of a one-vs-rest; undefined where none are counted. */
export function iterationsOf({ summary }: Model): number | undefined {
  const counts = [summary['nIter'] as Json | undefined].flat().filter((count) => typeof count === 'number');
  return counts.length > 0 ? Math.max(...counts) : undefined;
}

/** How many points have the best mean. */
export function tiedPoints(points: readonly SearchedPoint[]): readonly SearchedPoint[] {
  const best = Math.max(...points.map(({ mean }) => (Number.isNaN(mean) ? -Infinity : mean)));
  return points.filter(({ mean }) => mean === best);
}

/** Warns, in one sentence or two, of scores that say less than they seem to. */
export function warnOfPoints(points: readonly SearchedPoint[], warmStart: boolean, { emit, stage }: StageContext): void {
  const fits = points.flatMap(({ nIter }) => nIter);
  const still = fits.filter((count) => count === 0).length;
  const tied = tiedPoints(points);
  const tie =
    tied.length > 1 ? `${tied.length} of ${points.length} points share the best mean score; the first of them, ${tied[0]!.name}, is taken.` : undefined;
  if (still > 0) {
    const why = warmStart
      ? "the solution of the point before already met tol, so their scores are copies of an earlier model's"
      : 'the model they start from already met tol, so their parameters made no difference';
    emit({
      type: 'warning',
      stage,
      code: 'W_SEARCH',
      message: `${still} of ${fits.length} fits took 0 iterations: ${why}.${tie === undefined ? '' : ` ${tie}`}`,
      hint: warmStart ? 'Lower tol, or leave out warmStart: then every point is trained from zero.' : 'Lower tol.',
    });
  } else if (tie !== undefined) {
    emit({ type: 'warning', stage, code: 'W_SEARCH', message: tie, hint: 'Choose among them yourself, or compare by a finer score, such as negLogLoss.' });
  }
}
