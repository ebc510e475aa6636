// Searches parameters by cross-validation over every point of a grid.
import type { TargetKind } from '../../core/data/dataset.ts';
import type { Json, JsonRecord } from '../../core/events.ts';
import { pointNames } from '../../core/pointNames.ts';
import { checkEstimator, checkPredictor } from '../../dsl/stage/checkOwn.ts';
import type { Estimator, Predictor, TargetFor } from '../../dsl/estimator.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import { checkScoring, type Scoring, type ScoringFor } from '../../metrics/scorers.ts';
import { foldParams, type FoldingChoice, type FoldingOptions } from '../../validation/folding.ts';
import { scoringParam, type ScoringOptions } from '../../validation/heldOut.ts';
import { checkGrid, checkPoints, comparedBy, gridParam, pointsOf, type Grid } from './grid.ts';
import { searchOf, type Search } from './search.ts';

export interface GridSearchOptions<S extends Scoring = Scoring> extends FoldingOptions, ScoringOptions<S> {
  /**
   * False: every point starts from zero and all of them train at once, as those of GridSearchCV do. True: each point starts from the solution of the
   * point before it in the same fold, as LogisticRegressionCV walks its Cs; the same scores at a tight `tol`, but at a loose one a point may
   * stop where it began and get the score of the point before. A warning says how many did, and how many points share the best score. Default false.
   */
  readonly warmStart?: boolean | undefined;
}

const params = z.strictObject({
  ...foldParams,
  scoring: scoringParam,
  warmStart: z.boolean().default(false).describe('start each point from the one before it'),
} satisfies ShapeOf<GridSearchOptions>);

/**
 * `GridSearchCV(estimator, grid, cv=folds, scoring=scoring)`, refitted on all training rows; without a split, on all rows. Adds
 * `model` and `search`.
 *
 * @param grid values by parameter name; only parameters that the estimator has, of their type. A transformer's parameters in a chain
 *   are prefixed with its name: `{ 'pca.nComponents': [10, 20], C: [0.1, 1] }`
 * @throws E_PARAMS for a parameter that cannot differ within one batch, such as `fitIntercept`, and for one without values
 * @example
 * gridSearch(logisticRegression({ tol: 0.1 }), { C: [0.01, 1, 100] }, { folds: 3 });
 */
export function gridSearch<M extends Predictor, P, T extends TargetKind = TargetFor<M>>(
  estimator: Estimator<M, P, T>,
  grid: Grid<P>,
  options: GridSearchOptions<ScoringFor<M>> & FoldingChoice = {},
): Search<M, P, T> {
  checkEstimator('gridSearch', estimator);
  checkPredictor('gridSearch', estimator);
  const { scoring = comparedBy('gridSearch', estimator.kind), warmStart, ...plan } = parseParams('gridSearch', params, options);
  checkScoring(scoring, estimator.kind);
  checkGrid('gridSearch', estimator, grid);
  const points = pointsOf(grid);
  checkPoints('gridSearch', estimator, points);
  const names = pointNames(points as readonly JsonRecord[]);
  const turns = warmStart ? [...points.keys()].map((i) => ({ points: [points[i]!], names: [names[i]!] })) : [{ points, names }];
  return searchOf({
    owner: 'gridSearch',
    id: 'grid-search',
    estimator,
    plan,
    scoring,
    warmStart,
    planned: turns.map((turn) => turn.points),
    *rounds(_, batches) {
      for (const turn of turns) yield { ...turn, batches };
    },
    recorded: { grid: grid as never as Json, ...plan, scoring, warmStart } as JsonRecord,
    schema: z.strictObject({ ...params.shape, grid: gridParam }),
    rebuild: (made, { grid: other, ...own }) => gridSearch(made, (other as Grid<P> | undefined) ?? grid, { ...options, ...own } as typeof options),
  });
}
