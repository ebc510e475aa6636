// How a parameter changes what a model learns: scores of training rows and of rows held out, for each of its values.
import type { TargetKind } from '../../core/data/dataset.ts';
import type { JsonRecord } from '../../core/events.ts';
import { pointNames } from '../../core/pointNames.ts';
import { checkEstimator, checkPredictor } from '../../dsl/stage/checkOwn.ts';
import { madeFor } from '../../dsl/stage/configurable.ts';
import type { Estimator, Predictor, TargetFor } from '../../dsl/estimator.ts';
import { parseParams, recordedParams, z, type ShapeOf } from '../../dsl/params.ts';
import { defineStage, type Stage } from '../../dsl/stage/stage.ts';
import type { Split, TrainOrAll } from '../../dsl/stage/state.ts';
import { checkScoring, defaultScorer, needOf, type Scoring, type ScoringFor } from '../../metrics/scorers.ts';
import { foldParams, type FoldingChoice, type FoldingOptions } from '../../validation/folding.ts';
import { batchesFor } from '../../validation/foldWarnings.ts';
import { checkPlan, jobsAtOnce, plannedModel } from '../../validation/heldOut.ts';
import { trainBatches } from '../../validation/trainBatches.ts';
import { checkGrid, checkPoints, gridParam, pointsOf, refused, type Grid } from '../search/grid.ts';
import { recordedBeside, toldApart } from '../shared/overrides.ts';
import { curveOf, curveScoring, type CurveScores, type CurveScoring } from './curves.ts';

export interface ValidationCurveOptions<S extends Scoring = Scoring> extends FoldingOptions, CurveScoring<S> {}

const params = z.strictObject({ ...foldParams, scoring: curveScoring } satisfies ShapeOf<ValidationCurveOptions>);

export interface ValidationCurve<P = unknown> extends CurveScores {
  readonly param: keyof P & string;
  /** What it was set to, in the order given. */
  readonly values: readonly P[keyof P][];
}

/**
 * `validation_curve(estimator, x_train, y_train, param_name, param_range, cv=folds, scoring=scoring)`: for each value of a parameter, the
 * score of the rows that each fold's model was trained on, and of those held out. Where both are low the model is too simple, and where
 * they are far apart it learns its rows by heart. Adds `validationCurve`. All values and folds are trained at once.
 *
 * @param grid values of one parameter, as of {@link gridSearch}
 * @throws E_PARAMS for more than one parameter, and for one that cannot differ within one batch
 * @example
 * validationCurve(svc(), { gamma: [1e-4, 1e-3, 1e-2, 0.1] }, { folds: 3, scoring: 'f1Macro' });
 */
export function validationCurve<M extends Predictor, P, T extends TargetKind = TargetFor<M>>(
  estimator: Estimator<M, P, T>,
  grid: Grid<P>,
  options: ValidationCurveOptions<ScoringFor<M>> & FoldingChoice = {},
): Stage<TrainOrAll<T>, { readonly validationCurve: ValidationCurve<P> }> {
  const owner = 'validationCurve';
  checkEstimator(owner, estimator);
  checkPredictor(owner, estimator);
  const { scoring = defaultScorer(estimator.kind), ...plan } = parseParams(owner, params, options);
  checkScoring([scoring], estimator.kind);
  checkGrid(owner, estimator, grid);
  const [param, ...more] = Object.keys(grid) as (keyof P & string)[];
  if (param === undefined || more.length > 0) {
    throw refused(
      owner,
      `${more.length + (param === undefined ? 0 : 1)} parameters arrived; a curve is of one.`,
      `Write ${owner}(estimator, { C: [0.1, 1, 10] }).`,
    );
  }
  const points = pointsOf(grid);
  checkPoints(owner, estimator, points);
  const names = pointNames(points as readonly JsonRecord[]);
  const stage: Stage<TrainOrAll<T>, { readonly validationCurve: ValidationCurve<P> }> = defineStage({
    id: 'validation-curve',
    needs: ['train'] as never,
    orElse: { train: 'data' },
    provides: ['validationCurve'],
    params: recordedBeside(estimator, { grid, ...plan, scoring }, params),
    captured: estimator.captured,
    configurable: {
      schema: z.strictObject({ ...estimator.configurable?.schema.shape, ...params.shape, grid: gridParam }),
      rebuild: ({ grid: other, ...overrides }) => {
        const { estimator: made, own } = toldApart(estimator, params, overrides);
        return madeFor(validationCurve(made, (other as Grid<P> | undefined) ?? grid, { ...options, ...own } as typeof options), stage);
      },
    },
    code: estimator.code,
    kernels: true,
    seeded: estimator.seeded,
    infer: (facts) => {
      checkPlan(facts, plan);
      plannedModel(
        estimator,
        facts,
        points.flatMap((point) => jobsAtOnce<P, M>(facts, plan).map((job) => ({ ...job, params: point }))),
      );
      return {};
    },
    run: async (state, context) => {
      const train = { ...(state as Pick<Split<T>, 'train'>).train, role: 'train' } as const;
      const batches = await batchesFor(train, plan, context, estimator);
      const asked = points.map((point, i) => ({ name: names[i]!, params: point }));
      const trained = await trainBatches(estimator, train, batches, asked, { need: needOf([scoring]) }, context);
      const values = points.map((point) => point[param]!);
      const settings = points.map((point, i) => ({ value: recordedParams(point)[param]!, batches, folds: trained.points[i]! }));
      const { scores, output } = await curveOf(param, scoring, train, settings, context);
      return { adds: { validationCurve: { param, values, ...scores } }, output };
    },
  });
  return stage;
}
