// Searches parameters by cross-validation: every point and every fold is one model of one batch, so the whole grid shares
// each pass over the rows. Then the best point is fitted on all training rows.
import type { Json, JsonRecord } from '../core/events.ts';
import type { Classifier, Estimator, Job, Trained } from '../dsl/estimator.ts';
import { parseParams, z } from '../dsl/params.ts';
import { madeFor } from '../dsl/configurable.ts';
import { defineStage, type Stage } from '../dsl/stage.ts';
import type { Split } from '../dsl/state.ts';
import { majorityBaseline } from '../metrics/confusion.ts';
import { needOf, scoreOf } from '../metrics/scorers.ts';
import { mean } from './crossValidate.ts';
import { sendWeights } from './evidence.ts';
import { checkPlan, foldJobs, foldParams, foldsOf, plannedModel, scoringParam } from './heldOut.ts';

const params = z.strictObject({
  ...foldParams,
  scoring: scoringParam,
  warmStart: z.boolean().default(false).describe('start each point from the one before it'),
});

/** Values to try, by parameter. */
export type Grid<P> = { readonly [K in keyof P]?: readonly P[K][] };

export interface Searched<P> {
  /** Every point of the grid, the last parameter varying fastest, and its mean score. */
  readonly points: readonly { readonly params: Partial<P>; readonly foldScores: readonly number[]; readonly meanScore: number }[];
  /** The first of the best points. */
  readonly bestParams: Partial<P>;
  readonly bestScore: number;
}

export interface GridFitted<M extends Classifier, P> {
  readonly model: M;
  readonly search: Searched<P>;
}

/**
 * `GridSearchCV(estimator, grid, cv=folds, scoring=scoring)`, refitted on all rows. Adds `model` and `search`.
 *
 * @param grid values by parameter name; only parameters the estimator has, of their type
 * @param options as for `crossValidate`; the first scorer decides
 * @param options.warmStart default false: every point starts from zero and all of them train at once, as GridSearchCV's do.
 *   True: each point starts from the solution of the point before it in the same fold, as LogisticRegressionCV walks its Cs;
 *   the same scores at a tight tol for a fraction of the work, but at a loose tol a point may stop where it began
 * @example
 * gridSearch(logisticRegression({ tol: 0.1 }), { C: [0.01, 1, 100] }, { folds: 3 });
 */
export function gridSearch<M extends Classifier, P>(
  estimator: Estimator<M, P>,
  grid: Grid<P>,
  options: z.input<typeof params> = {},
): Stage<Pick<Split, 'train'>, GridFitted<M, P>> {
  const { scoring, warmStart, ...plan } = parseParams('gridSearch', params, options);
  const inner = estimator.configurable;
  const points = pointsOf(grid);
  const stage: Stage<Pick<Split, 'train'>, GridFitted<M, P>> = defineStage<Pick<Split, 'train'>, GridFitted<M, P>>({
    id: 'grid-search',
    needs: ['train'],
    provides: ['model', 'search'],
    holds: estimator.holds,
    configurable: {
      schema: z.strictObject({ ...inner?.schema.shape, ...params.shape, grid: z.record(z.string(), z.array(z.unknown())) }),
      rebuild: ({ grid: other, ...overrides }) => {
        const own = Object.entries(overrides).filter(([name]) => name in params.shape);
        const others = Object.entries(overrides).filter(([name]) => !(name in params.shape));
        const made = inner && others.length > 0 ? (inner.rebuild(Object.fromEntries(others)) as Estimator<M, P>) : estimator;
        return madeFor(gridSearch(made, (other as Grid<P> | undefined) ?? grid, { ...options, ...Object.fromEntries(own) }), stage);
      },
    },
    code: estimator.code,
    kernels: true,
    params: { ...estimator.params, estimator: estimator.name, grid: grid as never as Json, ...plan, scoring, warmStart } as JsonRecord,
    infer: (facts) => {
      checkPlan(facts, plan);
      const batches = warmStart ? points.map((point) => [point]) : [points];
      const planned = batches.map((batch) => {
        const jobs = batch.flatMap((point) => foldJobs<P, M>(plan.folds).map((job) => ({ ...job, params: point })));
        return plannedModel(estimator, facts, jobs);
      });
      return { model: planned[0]! };
    },
    run: async ({ train }, context) => {
      const folds = foldsOf(train, plan);
      const options = { folds, need: needOf(scoring) };
      const jobsOf = (point: Partial<P>, i: number, start?: readonly Trained<M>[]): Job<P, M>[] =>
        Array.from({ length: folds.count }, (_, fold) => ({
          name: `point ${i + 1} fold ${fold + 1}`,
          heldOut: fold,
          params: point,
          ...(start ? { start: start[fold]!.model } : {}),
        }));
      const trained: (readonly Trained<M>[])[] = [];
      if (warmStart) {
        for (const [i, point] of points.entries()) trained.push(await estimator.train(train, jobsOf(point, i, trained.at(-1)), options, context));
      } else {
        const all = await estimator.train(
          train,
          points.flatMap((point, i) => jobsOf(point, i)),
          options,
          context,
        );
        points.forEach((_, i) => trained.push(all.slice(i * folds.count, (i + 1) * folds.count)));
      }
      const scored = points.map((point, i) => {
        const foldScores = trained[i]!.map(({ heldOut }) => scoreOf(scoring[0]!, heldOut!));
        return { params: point, foldScores, meanScore: mean(foldScores) };
      });
      const best = scored.reduce((a, b) => (b.meanScore > a.meanScore ? b : a));
      const [{ model }] = (await estimator.train(train, [{ name: 'best', params: best.params }], {}, context)) as [{ model: M }];
      sendWeights(model, train, context);
      const search = { points: scored, bestParams: best.params, bestScore: best.meanScore };
      return {
        adds: { model, search },
        output: {
          bestParams: best.params as JsonRecord,
          bestScore: best.meanScore,
          majorityBaseline: mean(trained[0]!.map(({ heldOut }) => majorityBaseline(heldOut!.confusion))),
          points: scored as never as Json,
          ...model.summary,
        },
      };
    },
  });
  return stage;
}

function pointsOf<P>(grid: Grid<P>): readonly Partial<P>[] {
  return (Object.entries(grid) as [keyof P, readonly P[keyof P][]][]).reduce<Partial<P>[]>(
    (points, [key, values]) => points.flatMap((point) => values.map((value) => ({ ...point, [key]: value }))),
    [{}],
  );
}
