// Searches parameters by cross-validation over points that are drawn by chance.
import type { TargetKind } from '../../core/data/dataset.ts';
import type { Json, JsonRecord } from '../../core/events.ts';
import { pointNames } from '../../core/pointNames.ts';
import { checkEstimator, checkPredictor } from '../../dsl/stage/checkOwn.ts';
import type { Estimator, Predictor, TargetFor } from '../../dsl/estimator.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import { checkScoring, type Scoring, type ScoringFor } from '../../metrics/scorers.ts';
import { foldParams, type FoldingChoice, type FoldingOptions } from '../../validation/folding.ts';
import { scoringParam, type ScoringOptions } from '../../validation/heldOut.ts';
import { checkDistributions, distributionsParam, drawPoints, warnOfFewPoints, type Distributions } from './distributions.ts';
import { checkPoints, comparedBy } from './grid.ts';
import { searchOf, type Search } from './search.ts';

export interface RandomSearchOptions<S extends Scoring = Scoring> extends FoldingOptions, ScoringOptions<S> {
  /** How many points are drawn. Default 10. */
  readonly nIter?: number | undefined;
  /** What they are drawn from. Default 0. */
  readonly seed?: number | undefined;
}

export const drawingSeed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1)
  .default(0)
  .describe('what points are drawn from');

const params = z.strictObject({
  ...foldParams,
  scoring: scoringParam,
  nIter: z.int().min(1).default(10).describe('points to draw'),
  seed: drawingSeed,
} satisfies ShapeOf<RandomSearchOptions>);

/**
 * `RandomizedSearchCV(estimator, distributions, n_iter=nIter, random_state=seed, cv=folds, scoring=scoring)`, refitted on all training
 * rows; without a split, on all rows. Adds `model` and `search`, as {@link gridSearch} does. The same seed draws the points that
 * scikit-learn draws, as long as the names of the parameters sort alike.
 *
 * @param distributions by parameter name, a list of values, each as likely, or a range of numbers: `{ uniform: [0, 1] }`,
 *   `{ logUniform: [1e-3, 1e3] }`, `{ integers: [1, 20] }`, the last without its end. Where all are lists no point is drawn twice
 * @throws E_PARAMS for a parameter that cannot differ within one batch, and for one without values, or with a value that it cannot have
 * @example
 * randomSearch(logisticRegression(), { C: { logUniform: [1e-3, 1e3] } }, { nIter: 20, seed: 1 });
 */
export function randomSearch<M extends Predictor, P, T extends TargetKind = TargetFor<M>>(
  estimator: Estimator<M, P, T>,
  distributions: Distributions<P>,
  options: RandomSearchOptions<ScoringFor<M>> & FoldingChoice = {},
): Search<M, P, T> {
  checkEstimator('randomSearch', estimator);
  checkPredictor('randomSearch', estimator);
  const { scoring = comparedBy('randomSearch', estimator.kind), nIter, seed, ...plan } = parseParams('randomSearch', params, options);
  checkScoring(scoring, estimator.kind);
  checkDistributions('randomSearch', estimator, distributions);
  const points = drawPoints(distributions, nIter, seed);
  checkPoints('randomSearch', estimator, points);
  return searchOf({
    owner: 'randomSearch',
    id: 'random-search',
    estimator,
    plan,
    scoring,
    planned: [points],
    *rounds(_, batches, context) {
      warnOfFewPoints(distributions, nIter, { option: 'nIter', cure: 'Lower nIter, use gridSearch' }, context);
      yield { points, names: pointNames(points as readonly JsonRecord[]), batches };
    },
    recorded: { distributions: distributions as never as Json, ...plan, scoring, nIter, seed } as JsonRecord,
    schema: z.strictObject({ ...params.shape, distributions: distributionsParam }),
    rebuild: (made, { distributions: other, ...own }) =>
      randomSearch(made, (other as Distributions<P> | undefined) ?? distributions, { ...options, ...own } as typeof options),
  });
}
