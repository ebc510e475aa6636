// What all searches do: points in folds, as many as can be in one batch, so that all of them share each pass over the rows; then the
// best point is fitted on all rows. A search is a stage, and an estimator too, whose folds are searched each by itself.
import type { Dataset, Rows, TargetKind } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import type { JsonRecord } from '../../core/events.ts';
import type { AnyEvaluation, Estimator, Predictor } from '../../dsl/estimator.ts';
import { datasetFact, type DatasetFact, type Facts, type ModelFact } from '../../dsl/graph/facts.ts';
import { recordedParams, z } from '../../dsl/params.ts';
import { madeFor } from '../../dsl/stage/configurable.ts';
import type { Progress, StageContext } from '../../dsl/stage/context.ts';
import { defineStage, type Stage } from '../../dsl/stage/stage.ts';
import type { Split, TrainOrAll } from '../../dsl/stage/state.ts';
import { needOf, type Scoring } from '../../metrics/scorers.ts';
import type { FoldBatch, FoldPlan } from '../../validation/folding.ts';
import { baselineRecord, foldRecord, foldScoresOf, recorded, warnOfFolds, type FoldScores } from '../../validation/foldScores.ts';
import { batchesFor } from '../../validation/foldWarnings.ts';
import { checkPlan, jobsAtOnce, plannedModel } from '../../validation/heldOut.ts';
import { iterationsOf, tiedPoints, warnOfPoints } from '../../validation/searchWarnings.ts';
import { trainBatches } from '../../validation/trainBatches.ts';
import { fromCacheRecord, trainKept, type TrainedOrKept } from '../../validation/trainKept.ts';
import { trainParts } from '../../validation/trainParts.ts';
import { sendComponents } from '../shared/components.ts';
import { sendWeights } from '../shared/evidence.ts';
import { sendImportances } from '../shared/importances.ts';
import { recordedBeside, toldApart } from '../shared/overrides.ts';
import { searchedModel } from './searchedModel.ts';

export interface Searched<P> {
  /** Every point with its scores; of a halving, in each of its iterations. */
  readonly points: readonly (FoldScores & Partial<Iteration> & { readonly params: Partial<P> })[];
  /** The first of the best points by the mean of the first scorer; NaN is worse than any. Of a halving, those of the last iteration. */
  readonly bestParams: Partial<P>;
  readonly bestScore: number;
}

/** Of a halving. */
export interface Iteration {
  /** Which one, from 0. */
  readonly iter: number;
  /** What each point of it has. */
  readonly nResources: number;
}

export interface SearchFitted<M extends Predictor, P> {
  readonly model: M;
  readonly search: Searched<P>;
}

/** A stage that searches, and an estimator that does: `crossValidate(gridSearch(...))` searches anew in each fold. */
export type Search<M extends Predictor, P, T extends TargetKind> = Stage<TrainOrAll<T>, SearchFitted<M, P>> & Estimator<M, {}, T>;

/** Points that are trained together. */
export interface Round<P> {
  readonly points: readonly Partial<P>[];
  /** Of the points, for progress and errors. */
  readonly names: readonly string[];
  readonly batches: readonly FoldBatch[];
  readonly iteration?: Iteration | undefined;
  /** What to do where a fold has rows of one class alone. */
  readonly cure?: string | undefined;
}

/** What makes a search. */
export interface SearchParts<M extends Predictor, P, T extends TargetKind> {
  /** As users write it: `gridSearch`. */
  readonly owner: string;
  readonly id: string;
  readonly estimator: Estimator<M, P, T>;
  readonly plan: FoldPlan;
  readonly scoring: readonly Scoring[];
  /** Each round starts from the models of the one before it. */
  readonly warmStart?: boolean;
  /** Points to plan a training of, a list for each round. */
  readonly planned: readonly (readonly Partial<P>[])[];
  /** @throws what such rows would be refused for */
  readonly check?: (train: DatasetFact | undefined) => void;
  /** In turn, each answered by the mean scores of its points. */
  readonly rounds: (train: Rows, batches: readonly FoldBatch[], context: StageContext) => Generator<Round<P>, void, readonly number[]>;
  /** Options as the run records them. */
  readonly recorded: JsonRecord;
  /** Options that `--set` may give, beside the estimator's. */
  readonly schema: z.ZodObject;
  /** The same search of another estimator, with some options replaced. */
  readonly rebuild: (estimator: Estimator<M, P, T>, own: Readonly<Record<string, unknown>>) => Search<M, P, T>;
}

export function searchOf<M extends Predictor, P, T extends TargetKind>(parts: SearchParts<M, P, T>): Search<M, P, T> {
  const { owner, id, estimator, plan, planned, schema } = parts;
  const { captured, code, seeded, kind, takes } = estimator;
  const { grid = {}, distributions: tried = grid } = parts.recorded;
  // What the estimator would have had in place of what is tried decides nothing.
  const own = Object.fromEntries(Object.entries(estimator.params).filter(([param]) => !Object.hasOwn(tried as JsonRecord, param)));
  const params = recordedBeside({ name: estimator.name, params: own }, parts.recorded, schema);
  const infer = (facts: Facts): ModelFact => {
    checkPlan(facts, plan);
    parts.check?.(datasetFact(facts, 'train'));
    return planned.map((points) => {
      const jobs = points.flatMap((point) => jobsAtOnce<P, M>(facts, plan).map((job) => ({ ...job, params: point })));
      return plannedModel(estimator, facts, jobs);
    })[0]!;
  };
  const configurable = {
    schema: z.strictObject({ ...estimator.configurable?.schema.shape, ...schema.shape }),
    rebuild: (overrides: Readonly<Record<string, unknown>>): Search<M, P, T> => {
      const { estimator: made, own } = toldApart(estimator, schema, overrides);
      return madeFor(parts.rebuild(made, own as Readonly<Record<string, unknown>>), stage);
    },
  };
  const stage = defineStage<TrainOrAll<T>, SearchFitted<M, P>>({
    id,
    needs: ['train'] as never,
    orElse: { train: 'data' },
    provides: ['model', 'search'],
    captured,
    configurable,
    code,
    kernels: true,
    seeded,
    params,
    infer: (facts) => ({ model: infer(facts) }),
    run: async (state, context) => {
      const train = { ...(state as Pick<Split<T>, 'train'>).train, role: 'train' } as const;
      const { model, search, output } = await searched(parts, train, context);
      sendWeights(model, train, context);
      sendImportances(model, train, context);
      sendComponents(model, context);
      return { adds: { model, search }, output: { ...output, ...model.summary } };
    },
  });
  const learner: Estimator<M, {}, T> = {
    name: `${owner}(${estimator.name})`,
    // Beside those of what cross-validates it, which are called alike.
    params: { [owner]: params },
    ...(kind ? { kind } : {}),
    captured,
    code,
    configurable,
    takes,
    seeded,
    jobParams: z.strictObject({}),
    plan: (train, jobs) => (jobs.length === 0 ? { type: 'model', estimator: owner } : infer({ train })),
    train: (data, jobs, options, context) =>
      trainParts(data, jobs as never, options, context, async ({ rows, at }, context) => {
        const { name } = jobs[at[0]!]!;
        const emit: StageContext['emit'] = (event) => {
          // The folds of a fold are not those of the stage.
          if (event.type !== 'balance') context.emit(event.type === 'warning' ? { ...event, message: `Of ${name}: ${event.message}` } : event);
        };
        // What is kept is known by the rows that the stage reads; these may be any.
        const { model, search } = await searched(parts, rows, { ...context, emit, kept: undefined });
        const made = searchedModel({ model, bestParams: search.bestParams, bestScore: search.bestScore }) as Predictor as M;
        return at.map(() => made);
      }),
  };
  // A function has a name already.
  return Object.defineProperties(stage, Object.getOwnPropertyDescriptors(learner)) as Search<M, P, T>;
}

async function searched<M extends Predictor, P, T extends TargetKind>(
  { estimator, plan, scoring, warmStart = false, planned, rounds }: SearchParts<M, P, T>,
  train: Dataset<'train', Features, T>,
  context: StageContext,
): Promise<SearchFitted<M, P> & { readonly output: JsonRecord }> {
  const turns = rounds(train, await batchesFor(train, plan, context, estimator), context);
  const need = needOf(scoring);
  const pointOf = (params: Partial<P>, name: string, folds: readonly TrainedOrKept<M>[], iteration: Iteration | undefined) => {
    const evaluations = folds.map(({ heldOut }) => heldOut! as AnyEvaluation);
    const nIter = folds.flatMap(({ model }) => iterationsOf(model) ?? []);
    return { params, name, folds, iteration, evaluations, nIter, scored: foldScoresOf(scoring, evaluations) };
  };
  const models: ReturnType<typeof pointOf>[] = [];
  const of = planned.flat().length;
  for (let turn = turns.next(); !turn.done;) {
    const { points, names, batches, iteration, cure } = turn.value;
    const start = warmStart ? models.at(-1)?.folds : undefined;
    const asked = points.map((params, i) => ({ name: names[i]!, params, start }));
    // Of a halving nobody knows how many there will be.
    const here = of > points.length && models.length + points.length <= of ? { ...context, progress: inPoints(context, models.length, of) } : context;
    const trained = await trainBatches(estimator, train, batches, asked, { need, cure }, here);
    models.push(...points.map((params, i) => pointOf(params, names[i]!, trained.points[i]!, iteration)));
    turn = turns.next(models.slice(-points.length).map(({ scored }) => scored.meanScore));
  }
  warnOfFolds(models, context);
  const last = models.filter(({ iteration }) => iteration === models.at(-1)!.iteration);
  const ranked = last.map(({ name, scored, nIter }) => ({ name, mean: scored.meanScore, nIter }));
  warnOfPoints(ranked, warmStart, context);
  const tied = tiedPoints(ranked).length;
  const best = last.reduce((a, b) => (rank(b.scored) > rank(a.scored) ? b : a));
  const [refitted] = await trainKept(estimator, train, [{ name: `${best.name} all rows`, params: best.params }], {}, context);
  const search = {
    points: models.map(({ params, iteration, scored }) => ({ params, ...iteration, ...scored })),
    bestParams: best.params,
    bestScore: best.scored.meanScore,
  };
  return {
    model: refitted!.model,
    search,
    output: {
      bestParams: recordedParams(best.params),
      scoring: scoring[0]!,
      bestScore: recorded(search.bestScore),
      ...fromCacheRecord(
        'pointsFromCache',
        models.map(({ folds }) => ({ fromCache: folds.every(({ fromCache }) => fromCache) })),
      ),
      ...(tied > 1 ? { pointsWithBestScore: tied } : {}),
      ...baselineRecord(best.scored, best.evaluations),
      points: models.map(({ params, iteration, scored, nIter }) => ({ params: recordedParams(params), ...iteration, ...foldRecord(scored), nIter })),
    },
  };
}

/** Points of a round, among those of all rounds. */
function inPoints({ progress }: Pick<StageContext, 'progress'>, before: number, all: number): Progress | undefined {
  return (
    progress &&
    ((done, total, unit, within = []) =>
      unit === 'points' ? progress(before + done, all, unit, within) : progress(before, all, 'points', [{ done, total, unit }, ...within]))
  );
}

/** Higher is better; an undefined mean is the worst. */
function rank({ meanScore }: FoldScores): number {
  return Number.isNaN(meanScore) ? -Infinity : meanScore;
}
