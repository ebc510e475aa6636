// Cross-validates an estimator, with scikit-learn's folds: the one that was fitted on the training rows, or one that is given.
import type { TargetKind } from '../../core/data/dataset.ts';
import type { JsonRecord } from '../../core/events.ts';
import { checkEstimator, checkPredictor } from '../../dsl/stage/checkOwn.ts';
import { configurable, madeFor } from '../../dsl/stage/configurable.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import type { AnyEvaluation, Estimator, Need, Predictor, TargetFor } from '../../dsl/estimator.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import { defineStage, type Stage, type StageResult, type StageSpec } from '../../dsl/stage/stage.ts';
import type { Fitted, Split, TrainOrAll } from '../../dsl/stage/state.ts';
import { checkScoring, defaultScorer, needOf, type ModelScoredBy, type Scoring, type ScoringFor } from '../../metrics/scorers.ts';
import type { FittedWith } from '../fit.ts';
import { recordedBeside, toldApart } from '../shared/overrides.ts';
import { foldParams, type FoldingChoice, type FoldingOptions, type FoldPlan } from '../../validation/folding.ts';
import { baselineRecord, foldRecord, foldScoresOf, warnOfFolds, type FoldScores } from '../../validation/foldScores.ts';
import { batchesFor } from '../../validation/foldWarnings.ts';
import { canReuse, ASKED_FOLDS, type AskedFolds, checkPlan, jobsAtOnce, plannedModel, scoringParam, type ScoringOptions } from '../../validation/heldOut.ts';
import { trainBatches } from '../../validation/trainBatches.ts';
import { fromCacheRecord } from '../../validation/trainKept.ts';

export interface CrossValidateOptions<S extends Scoring = Scoring> extends FoldingOptions, ScoringOptions<S> {}

const params = z.strictObject({ ...foldParams, scoring: scoringParam } satisfies ShapeOf<CrossValidateOptions>);

export interface CrossValidated extends FoldScores {}

export type Needs<M extends Predictor = Predictor> = Pick<Split<'none'>, 'train'> & Pick<FittedWith<Predictor, never>, 'estimator' | 'heldOut'> & Fitted<M>;

export interface Adds {
  readonly crossValidation: CrossValidated;
}

/** Options that go together. */
type Choice<S extends Scoring = Scoring> = CrossValidateOptions<S> & FoldingChoice;

/**
 * Fits an estimator once per fold, on the other folds, and scores the rows held out. Adds `crossValidation`. Equal to
 * `cross_validate(estimator, x_train, y_train, cv=folds, scoring=scoring)`. After a `fit` on the same rows nothing is trained here: the
 * folds were trained in the passes of that fit.
 *
 * Without a `fit`, give the estimator: its folds are those of the training rows, or of all rows where there is no split.
 *
 * A score that is undefined for the rows of a fold, such as `rocAuc` for a single class, is NaN, and so is the mean; a warning names
 * the score and the fold.
 *
 * @throws E_CLASS, naming fold and class, when a fold leaves no row of a class to train on; E_PARAMS for folds that do not fit the rows
 * @example
 * pipeline('p', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }), fit(logisticRegression()), crossValidate({ folds: 3, scoring: ['accuracy', 'negLogLoss'] }));
 * @example
 * pipeline('q', fetch(iris()), crossValidate(logisticRegression(), { folds: 5, repeats: 10, shuffleSeed: 1 }));
 */
export function crossValidate<const S extends Scoring = Scoring>(options?: Choice<S>): Stage<Needs<ModelScoredBy<S>>, Adds>;
export function crossValidate<M extends Predictor, T extends TargetKind = TargetFor<M>>(
  estimator: Estimator<M, unknown, T>,
  options?: Choice<ScoringFor<M>>,
): Stage<TrainOrAll<T>, Adds>;
export function crossValidate(given: Choice | Estimator<Predictor, unknown, 'none'> = {}, options: Choice = {}): Stage<never, Adds> {
  return typeof (given as Partial<Estimator>).train === 'function'
    ? ofEstimator(given as Estimator<Predictor, unknown, 'none'>, options)
    : ofFitted(given as Choice);
}

/** Of the estimator of a fit before it. */
function ofFitted(options: Choice): Stage<Needs, Adds> {
  return configurable('crossValidate', params, options, ({ scoring: asked, ...plan }): StageSpec<Needs, Adds> => ({
    id: 'cross-validate',
    needs: ['train', 'estimator', 'heldOut'],
    provides: ['crossValidation'],
    params: { ...plan, ...(asked ? { scoring: asked } : {}) } as JsonRecord,
    requests: { [ASKED_FOLDS]: { plan, ...(asked ? { scoring: asked } : {}) } satisfies AskedFolds as JsonRecord },
    code: [],
    kernels: true,
    seeded: true, // which estimator it gets, and whether that draws, is known when it runs
    infer: (facts) => {
      checkPlan(facts, plan);
      return {};
    },
    run: async ({ train, estimator: given, heldOut }, context) => {
      const estimator = given as Estimator<Predictor, unknown, 'none'>;
      const scoring = asked ?? [defaultScorer(estimator.kind)];
      const need = needOf(scoring);
      const shared = await canReuse(heldOut, train, estimator, plan, need);
      const fitted = shared ? heldOut!.evaluations.map((one) => ({ ...one, fromCache: false })) : await foldsOf(estimator, train, plan, need, context);
      return resultOf(scoring, fitted, shared, context);
    },
  }));
}

/** Of an estimator of its own, on the training rows or on all. */
function ofEstimator(estimator: Estimator<Predictor, unknown, 'none'>, options: Choice): Stage<TrainOrAll<'none'>, Adds> {
  checkEstimator('crossValidate', estimator);
  checkPredictor('crossValidate', estimator);
  const { scoring = [defaultScorer(estimator.kind)], ...plan } = parseParams('crossValidate', params, options);
  checkScoring(scoring, estimator.kind);
  const stage: Stage<TrainOrAll<'none'>, Adds> = defineStage<TrainOrAll<'none'>, Adds>({
    id: 'cross-validate',
    needs: ['train'] as never,
    orElse: { train: 'data' },
    provides: ['crossValidation'],
    params: recordedBeside(estimator, { ...plan, scoring }, params),
    captured: estimator.captured,
    configurable: {
      schema: z.strictObject({ ...estimator.configurable?.schema.shape, ...params.shape }),
      rebuild: (overrides) => {
        const { estimator: made, own } = toldApart(estimator, params, overrides);
        return madeFor(ofEstimator(made, { ...options, ...own } as Choice), stage);
      },
    },
    code: estimator.code,
    kernels: true,
    seeded: estimator.seeded,
    infer: (facts) => {
      checkPlan(facts, plan);
      plannedModel(estimator, facts, jobsAtOnce(facts, plan));
      return {};
    },
    run: async (state, context) => {
      const { train } = state as Pick<Split<'none'>, 'train'>;
      return resultOf(scoring, await foldsOf(estimator, { ...train, role: 'train' }, plan, needOf(scoring), context), false, context);
    },
  });
  return stage;
}

interface TrainedFold {
  readonly evaluation: AnyEvaluation;
  readonly model: Predictor;
  readonly fromCache: boolean;
}

async function foldsOf(
  estimator: Estimator<Predictor, unknown, 'none'>,
  train: Split<'none'>['train'],
  plan: FoldPlan,
  need: Need,
  context: StageContext,
): Promise<readonly TrainedFold[]> {
  const { points } = await trainBatches(estimator, train, await batchesFor(train, plan, context, estimator), [{}], { need }, context);
  return points[0]!.map(({ heldOut, model, fromCache }) => ({ evaluation: heldOut!, model, fromCache }));
}

function resultOf(scoring: readonly Scoring[], fitted: readonly TrainedFold[], trainedWithFit: boolean, context: StageContext): StageResult<Adds> {
  const evaluations = fitted.map(({ evaluation }) => evaluation);
  const crossValidation = foldScoresOf(scoring, evaluations);
  warnOfFolds([{ scored: crossValidation, evaluations }], context);
  return {
    adds: { crossValidation },
    output: {
      scoring: scoring[0]!,
      ...foldRecord(crossValidation),
      ...baselineRecord(crossValidation, evaluations),
      trainedWithFit,
      ...fromCacheRecord('modelsFromCache', fitted),
      fits: fitted.map(({ model }) => model.summary),
    },
  };
}
