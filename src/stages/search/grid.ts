// Values of parameters to try, and the points that they make.
import { PipelineError } from '../../core/errors/errors.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import { kindOf } from '../../dsl/stage/checkOwn.ts';
import type { Estimator, Kind } from '../../dsl/estimator.ts';
import { parseParams, z } from '../../dsl/params.ts';
import { callerPlace } from '../../dsl/place.ts';
import { defaultScorer, type Scoring } from '../../metrics/scorers.ts';

/** Values to try, by parameter. */
export type Grid<P> = { readonly [K in keyof P]?: readonly P[K][] };

export const gridParam = z.record(z.string(), z.array(z.unknown())).describe('values to try, by parameter');

/** Of a search, for errors. */
type Searching = Pick<Estimator, 'name' | 'jobParams'>;

/** @throws E_PARAMS for what is no grid over the estimator's parameters */
export function checkGrid(owner: string, estimator: Searching, grid: object): void {
  checkNames(owner, estimator, grid, 'grid');
  for (const [key, values] of Object.entries(grid) as [string, unknown][]) {
    if (Array.isArray(values) && values.length > 0) continue;
    throw refused(
      owner,
      `'${key}' needs values to try; ${Array.isArray(values) ? 'an empty list' : typeof values} arrived.`,
      `Give it a list: { ${written(key)}: [...] }.`,
    );
  }
}

/** @param what the values are called @throws E_PARAMS for parameters that the estimator does not have, or that a batch shares */
export function checkNames(owner: string, { name, jobParams }: Searching, given: object, what: string): void {
  const known = jobParams && Object.keys(jobParams.shape);
  if (given === null || typeof given !== 'object') {
    throw refused(owner, `${kindOf(given)} arrived as the ${what}; values by parameter are needed.`, `Write ${owner}(estimator, { C: [0.1, 1, 10] }).`);
  }
  const odd = known && Object.keys(given).find((key) => !known.includes(key));
  if (odd === undefined) return;
  throw refused(
    owner,
    known!.length === 0
      ? `'${odd}' cannot be searched: ${name} has no parameters that may differ.`
      : `'${odd}' cannot be searched: in a grid over ${name}, only ${known!.join(', ')} may differ.`,
    known!.length === 0 ? 'Search those of the estimator inside it.' : didYouMean(odd, known!, 'To search'),
  );
}

/** @throws E_PARAMS for a value that the parameter cannot have */
export function checkPoints(owner: string, { jobParams }: Searching, points: readonly object[]): void {
  // Some may not go together, which the plan of the training says: a point alone has a part of them.
  for (const point of points) if (jobParams) parseParams(owner, z.strictObject(jobParams.shape).partial(), point);
}

/** What points are compared by where nothing is asked for. @throws E_PARAMS for outlier detectors: none of their scores says which is better */
export function comparedBy(owner: string, kind: Kind | undefined): [Scoring] {
  if (kind !== 'outlierDetector') return [defaultScorer(kind)];
  throw refused(
    owner,
    'rows without labels do not say which outlier detector is better.',
    "Say what to prefer: scoring: 'inlierShare' for the most inliers, 'meanDecision' for the widest margin.",
  );
}

export function refused(owner: string, message: string, hint: string): PipelineError {
  return new PipelineError('E_PARAMS', `${owner}: ${message}`, { at: callerPlace(), hint });
}

/** A parameter as the key of a record. */
export function written(key: string): string {
  return /^\w+$/.test(key) ? key : `'${key}'`;
}

/** Every point of a grid; the last parameter varies fastest. */
export function pointsOf<P>(grid: Grid<P>): readonly Partial<P>[] {
  return (Object.entries(grid) as [keyof P, readonly P[keyof P][]][]).reduce<Partial<P>[]>(
    (points, [key, values]) => points.flatMap((point) => values.map((value) => ({ ...point, [key]: value }))),
    [{}],
  );
}
