// Predicts each row by the one model of a cross-validation that was not fitted on it.
import { hasClasses, type TargetKind } from '../../core/data/dataset.ts';
import type { JsonRecord } from '../../core/events.ts';
import { nameOf } from '../../core/data/classNames.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { checkEstimator, checkPredictor } from '../../dsl/stage/checkOwn.ts';
import { configurable, madeFor } from '../../dsl/stage/configurable.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import type { AnyEvaluation, CrossValPredicted, Estimator, Predictor, TargetFor, TargetPredictor } from '../../dsl/estimator.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import { defineStage, type Stage, type StageResult, type StageSpec } from '../../dsl/stage/stage.ts';
import type { HeldOutBy, Split, TrainOrAll } from '../../dsl/stage/state.ts';
import { accuracy, majorityBaseline } from '../../metrics/confusion.ts';
import { isOfClasses, labelsOf } from '../../metrics/evaluation.ts';
import { defaultScorer, scoreOf } from '../../metrics/scorers.ts';
import { foldParams, type FoldingOptions, type FoldPlan, type PartitionOptions } from '../../validation/folding.ts';
import { recorded } from '../../validation/foldScores.ts';
import { batchesFor } from '../../validation/foldWarnings.ts';
import { ASKED_FOLDS, canReuse, checkPlan, jobsAtOnce, plannedModel, type AskedFolds } from '../../validation/heldOut.ts';
import { checkPartition, heldOutBy, pooled, predictionsOf } from '../../validation/pooled.ts';
import { trainBatches } from '../../validation/trainBatches.ts';
import { fromCacheRecord } from '../../validation/trainKept.ts';
import type { FittedWith } from '../fit.ts';
import { sendCurves } from '../shared/evidence.ts';
import { sendMistakes, sendResiduals } from '../shared/mistakes.ts';
import { recordedBeside, toldApart } from '../shared/overrides.ts';

export interface CrossValPredictOptions extends Pick<FoldingOptions, 'stratified' | 'shuffleSeed'> {
  /** Folds that hold out each row once: a number of them (default 5), `{ groups: 5 }`, or `'leaveOneOut'`. */
  readonly folds?: PartitionOptions['folds'] | 'leaveOneOut';
}

const params = z.strictObject(foldParams satisfies ShapeOf<FoldingOptions>);

export type Needs = Pick<Split<'none'>, 'train'> & Pick<FittedWith<Predictor, never>, 'estimator' | 'heldOut'>;

export interface Adds<P> {
  readonly crossValPrediction: P;
}

/**
 * Predicts each row by a model that was fitted on the other folds. Adds `crossValPrediction`: predictions, decisions and probabilities,
 * in the order of the rows. Equal to `cross_val_predict(estimator, x_train, y_train, cv=folds)` with each `method` at once. Such
 * predictions show where a model errs and let a threshold be chosen; a score of them is no mean of the scores of folds, for which there
 * is {@link crossValidate}. Both use the same models: whatever was trained for one is not trained for the other.
 *
 * After a `fit`, folds are trained in the passes of that fit. Without one, give the estimator: its folds are those of the training rows,
 * or of all rows where there is no split.
 *
 * A class that a fold never trained on has the probability 0 there, and the lowest decision there is.
 *
 * @throws E_PARAMS for folds that do not hold out each row once; E_USAGE for an estimator that finds clusters
 * @example
 * pipeline('p', fetch(iris()), crossValPredict(logisticRegression(), { folds: 5 }));
 * @example
 * pipeline('q', fetch(iris()), split({ test: 0.2, seed: 1 }), fit(logisticRegression()), crossValidate({ folds: 3 }), crossValPredict({ folds: 3 }));
 */
export function crossValPredict(options?: CrossValPredictOptions): Stage<Needs, Adds<HeldOutBy<'model'>>>;
export function crossValPredict<M extends TargetPredictor, T extends TargetKind = TargetFor<M>>(
  estimator: Estimator<M, unknown, T>,
  options?: CrossValPredictOptions,
): Stage<TrainOrAll<T>, Adds<CrossValPredicted<M>>>;
export function crossValPredict(given: CrossValPredictOptions | Estimator<Predictor, unknown, 'none'> = {}, options: CrossValPredictOptions = {}): unknown {
  return typeof (given as Partial<Estimator>).train === 'function'
    ? ofEstimator(given as Estimator<Predictor, unknown, 'none'>, options)
    : ofFitted(given as CrossValPredictOptions);
}

/** Of the estimator of a fit before it. */
function ofFitted(options: CrossValPredictOptions): Stage<Needs, Adds<never>> {
  return configurable('crossValPredict', params, options, (plan): StageSpec<Needs, Adds<never>> => {
    checkPartition(plan);
    return {
      id: 'cross-val-predict',
      needs: ['train', 'estimator', 'heldOut'],
      provides: ['crossValPrediction'],
      params: { ...plan } as JsonRecord,
      requests: { [ASKED_FOLDS]: { plan, need: 'decisions' } satisfies AskedFolds as JsonRecord },
      code: [],
      kernels: true,
      seeded: true, // which estimator it gets, and whether that draws, is known when it runs
      infer: (facts) => {
        checkPlan(facts, plan);
        return {};
      },
      run: async ({ train, estimator: given, heldOut }, context) => {
        const estimator = given as Estimator<Predictor, unknown, 'none'>;
        const shared = await canReuse(heldOut, train, estimator, plan, 'decisions');
        return predicted(estimator, train, plan, context, shared ? heldOut!.evaluations.map(({ evaluation }) => evaluation) : undefined);
      },
    };
  });
}

/** Of an estimator of its own, on the training rows or on all. */
function ofEstimator(estimator: Estimator<Predictor, unknown, 'none'>, options: CrossValPredictOptions): Stage<TrainOrAll<'none'>, Adds<never>> {
  checkEstimator('crossValPredict', estimator);
  checkPredictor('crossValPredict', estimator);
  checkTargets(estimator);
  const plan = parseParams('crossValPredict', params, options);
  checkPartition(plan);
  const stage: Stage<TrainOrAll<'none'>, Adds<never>> = defineStage<TrainOrAll<'none'>, Adds<never>>({
    id: 'cross-val-predict',
    needs: ['train'] as never,
    orElse: { train: 'data' },
    provides: ['crossValPrediction'],
    params: recordedBeside(estimator, plan, params),
    captured: estimator.captured,
    configurable: {
      schema: z.strictObject({ ...estimator.configurable?.schema.shape, ...params.shape }),
      rebuild: (overrides) => {
        const { estimator: made, own } = toldApart(estimator, params, overrides);
        return madeFor(ofEstimator(made, { ...options, ...own }), stage);
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
      return predicted(estimator, { ...train, role: 'train' }, plan, context);
    },
  });
  return stage;
}

/** @throws E_USAGE for clusters, which have no names that models of several folds share, and for outliers, which no target tells of */
function checkTargets({ name, kind }: Pick<Estimator, 'name' | 'kind'>): void {
  if (kind === 'outlierDetector')
    throw new PipelineError('E_USAGE', `crossValPredict: ${name} finds outliers, and rows have no target that tells of those.`, {
      hint: 'Use crossValidate, which scores each fold by itself.',
    });
  if (kind !== 'clusterer') return;
  throw new PipelineError('E_USAGE', `crossValPredict: ${name} finds clusters, and those of one fold are not those of another.`, {
    hint: 'Use crossValidate, which scores the clusters of each fold by themselves.',
  });
}

async function predicted(
  estimator: Estimator<Predictor, unknown, 'none'>,
  train: Split<'none'>['train'],
  plan: FoldPlan,
  context: StageContext,
  had?: readonly AnyEvaluation[],
): Promise<StageResult<Adds<never>>> {
  checkTargets(estimator);
  const batches = await batchesFor(train, plan, context, estimator);
  const trained = had ? [] : (await trainBatches(estimator, train, batches, [{}], { need: 'decisions' }, context)).points[0]!;
  const evaluation = pooled(train, heldOutBy(batches, train.rows.length), had ?? trained.map(({ heldOut }) => heldOut! as AnyEvaluation));
  if (evaluation.of === 'values') await sendResiduals(evaluation, train, context);
  if (isOfClasses(evaluation)) {
    sendCurves(evaluation, context);
    if (hasClasses<'train'>(train)) await sendMistakes(evaluation, train, context);
  }
  return {
    adds: {
      crossValPrediction: { estimator: { name: estimator.name, params: estimator.params }, predictions: predictionsOf(evaluation), evaluation } as never,
    },
    output: { ...recordOf(evaluation), trainedWithFit: had !== undefined, ...fromCacheRecord('modelsFromCache', trained) },
  };
}

/** How all predictions together do. */
function recordOf(evaluation: ReturnType<typeof pooled>): JsonRecord {
  if (!isOfClasses(evaluation)) {
    const kind = evaluation.of === 'values' ? 'regressor' : 'multilabel';
    const scoring = defaultScorer(kind);
    return {
      rows: evaluation.truth.length / (evaluation.of === 'values' ? evaluation.outputs : evaluation.labels),
      [scoring]: recorded(scoreOf(scoring, evaluation)),
    };
  }
  const { counts, confusion, classNames, truth } = evaluation;
  const labels = labelsOf(evaluation);
  return {
    rows: truth.length,
    accuracy: accuracy(counts),
    majorityBaseline: majorityBaseline(counts),
    ...(confusion ? { classes: labels.map((label) => nameOf(label, classNames)), confusion } : { classes: labels.length }),
  };
}
