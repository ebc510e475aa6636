// Searches parameters by cross-validation. Every point in every fold is one model in one batch, so the whole grid shares each pass over
// the rows. Then the best point is fitted on all training rows.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Json, JsonRecord } from '../../core/events.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import { pointNames } from '../../core/pointNames.ts';
import { checkEstimator, checkPredictor, kindOf } from '../../dsl/stage/checkOwn.ts';
import type { TargetKind } from '../../core/data/dataset.ts';
import type { AnyEvaluation, Estimator, Predictor, TargetFor } from '../../dsl/estimator.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import { callerPlace } from '../../dsl/place.ts';
import { madeFor } from '../../dsl/stage/configurable.ts';
import { defineStage, type Stage } from '../../dsl/stage/stage.ts';
import type { Split, TrainOrAll } from '../../dsl/stage/state.ts';
import { checkScoring, defaultScorer, needOf, type Scoring, type ScoringFor } from '../../metrics/scorers.ts';
import { sendWeights } from '../shared/evidence.ts';
import { toldApart } from '../shared/overrides.ts';
import { baselineRecord, foldRecord, foldScoresOf, recorded, warnOfFolds, type FoldScores } from '../../validation/foldScores.ts';
import { foldParams, type FoldingChoice, type FoldingOptions } from '../../validation/folding.ts';
import { batchesFor } from '../../validation/foldWarnings.ts';
import { checkPlan, jobsAtOnce, plannedModel, scoringParam, type ScoringOptions } from '../../validation/heldOut.ts';
import { trainBatches } from '../../validation/trainBatches.ts';
import { fromCacheRecord, trainKept, type TrainedOrKept } from '../../validation/trainKept.ts';
import { iterationsOf, tiedPoints, warnOfPoints } from '../../validation/searchWarnings.ts';

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

/** Values to try, by parameter. */
export type Grid<P> = { readonly [K in keyof P]?: readonly P[K][] };

export interface Searched<P> {
  /** Every point of the grid with its scores; the last parameter varies fastest. */
  readonly points: readonly (FoldScores & { readonly params: Partial<P> })[];
  /** The first of the best points by the mean of the first scorer; NaN is worse than any. */
  readonly bestParams: Partial<P>;
  readonly bestScore: number;
}

export interface GridFitted<M extends Predictor, P> {
  readonly model: M;
  readonly search: Searched<P>;
}

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
): Stage<TrainOrAll<T>, GridFitted<M, P>> {
  checkEstimator('gridSearch', estimator);
  checkPredictor('gridSearch', estimator);
  const { scoring = [defaultScorer(estimator.kind)], warmStart, ...plan } = parseParams('gridSearch', params, options);
  checkScoring(scoring, estimator.kind);
  checkGrid(estimator, grid);
  const points = pointsOf(grid);
  const names = pointNames(points as readonly JsonRecord[]);
  for (const point of points) if (estimator.jobParams) parseParams('gridSearch', estimator.jobParams.partial(), point);
  const stage: Stage<TrainOrAll<T>, GridFitted<M, P>> = defineStage<TrainOrAll<T>, GridFitted<M, P>>({
    id: 'grid-search',
    needs: ['train'] as never,
    orElse: { train: 'data' },
    provides: ['model', 'search'],
    captured: estimator.captured,
    configurable: {
      schema: z.strictObject({ ...estimator.configurable?.schema.shape, ...params.shape, grid: z.record(z.string(), z.array(z.unknown())) }),
      rebuild: ({ grid: other, ...overrides }) => {
        const { estimator: made, own } = toldApart(estimator, params, overrides);
        return madeFor(gridSearch(made, (other as Grid<P> | undefined) ?? grid, { ...options, ...own } as typeof options), stage);
      },
    },
    code: estimator.code,
    kernels: true,
    seeded: estimator.seeded,
    params: { ...estimator.params, estimator: estimator.name, grid: grid as never as Json, ...plan, scoring, warmStart } as JsonRecord,
    infer: (facts) => {
      checkPlan(facts, plan);
      const batches = warmStart ? points.map((point) => [point]) : [points];
      const planned = batches.map((batch) => {
        const jobs = batch.flatMap((point) => jobsAtOnce<P, M>(facts, plan).map((job) => ({ ...job, params: point })));
        return plannedModel(estimator, facts, jobs);
      });
      return { model: planned[0]! };
    },
    run: async (state, context) => {
      const train = { ...(state as Pick<Split<T>, 'train'>).train, role: 'train' } as const;
      const batches = await batchesFor(train, plan, context, estimator);
      const need = needOf(scoring);
      const trained: (readonly TrainedOrKept<M>[])[] = [];
      // Each point from the one before it, or all of them at once.
      const turns = points.map((point, i) => ({ name: names[i], params: point }));
      for (const turn of warmStart ? turns.map((one) => [one]) : [turns]) {
        const from = warmStart ? trained.at(-1) : undefined;
        const asked = from ? turn.map((one) => ({ ...one, start: from })) : turn;
        trained.push(...(await trainBatches(estimator, train, batches, asked, { need }, context)).points);
      }
      const models = points.map((params, i) => {
        const evaluations = trained[i]!.map(({ heldOut }) => heldOut! as AnyEvaluation);
        const nIter = trained[i]!.map((one) => iterationsOf(one.model)).filter((count) => count !== undefined);
        return { params, name: names[i]!, scored: foldScoresOf(scoring, evaluations), evaluations, nIter };
      });
      warnOfFolds(models, context);
      const searched = models.map(({ name, scored, nIter }) => ({ name, mean: scored.meanScore, nIter }));
      warnOfPoints(searched, warmStart, context);
      const tied = tiedPoints(searched).length;
      const best = models.reduce((a, b) => (rank(b.scored) > rank(a.scored) ? b : a));
      const [refitted] = await trainKept(estimator, train, [{ name: `${best.name} all rows`, params: best.params }], {}, context);
      const { model } = refitted!;
      sendWeights(model, train, context);
      const search = { points: models.map(({ params, scored }) => ({ params, ...scored })), bestParams: best.params, bestScore: best.scored.meanScore };
      return {
        adds: { model, search },
        output: {
          bestParams: recordedParams(best.params),
          scoring: scoring[0]!,
          bestScore: recorded(search.bestScore),
          ...fromCacheRecord(
            'pointsFromCache',
            trained.map((folds) => ({ fromCache: folds.every(({ fromCache }) => fromCache) })),
          ),
          ...(tied > 1 ? { pointsWithBestScore: tied } : {}),
          ...baselineRecord(best.scored, best.evaluations),
          points: models.map(({ params, scored, nIter }) => ({ params: recordedParams(params), ...foldRecord(scored), nIter })),
          ...model.summary,
        },
      };
    },
  });
  return stage;
}

/** @throws E_PARAMS for what is no grid over the estimator's parameters */
function checkGrid({ name, jobParams }: Pick<Estimator, 'name' | 'jobParams'>, grid: object): void {
  const refused = (message: string, hint: string): PipelineError => new PipelineError('E_PARAMS', `gridSearch: ${message}`, { at: callerPlace(), hint });
  const known = jobParams && Object.keys(jobParams.shape);
  if (grid === null || typeof grid !== 'object')
    throw refused(`${kindOf(grid)} arrived as the grid; values by parameter are needed.`, 'Write gridSearch(estimator, { C: [0.1, 1, 10] }).');
  for (const [key, values] of Object.entries(grid) as [string, unknown][]) {
    if (known && !known.includes(key)) {
      throw refused(`'${key}' cannot be searched: in a grid over ${name}, only ${known.join(', ')} may differ.`, didYouMean(key, known, 'To search'));
    }
    if (!Array.isArray(values) || values.length === 0) {
      throw refused(
        `'${key}' needs values to try; ${Array.isArray(values) ? 'an empty list' : typeof values} arrived.`,
        `Give it a list: { ${/^\w+$/.test(key) ? key : `'${key}'`}: [...] }.`,
      );
    }
  }
}

/** As JSON, which has no Infinity, the `C` that means no penalty. */
function recordedParams(point: object): JsonRecord {
  return Object.fromEntries(Object.entries(point).map(([key, value]) => [key, value === Infinity ? 'Infinity' : (value as Json)]));
}

/** Higher is better; an undefined mean is the worst. */
function rank({ meanScore }: FoldScores): number {
  return Number.isNaN(meanScore) ? -Infinity : meanScore;
}

function pointsOf<P>(grid: Grid<P>): readonly Partial<P>[] {
  return (Object.entries(grid) as [keyof P, readonly P[keyof P][]][]).reduce<Partial<P>[]>(
    (points, [key, values]) => points.flatMap((point) => values.map((value) => ({ ...point, [key]: value }))),
    [{}],
  );
}
