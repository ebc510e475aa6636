// Fits an estimator on the training rows. When the same model is cross-validated later in the pipeline, its folds are trained here too:
// they need the same passes over the same rows.
import type { TargetKind } from '../core/data/dataset.ts';
import type { AnyEvaluation, Estimator, Predictor, TargetFor } from '../dsl/estimator.ts';
import type { JsonRecord } from '../core/events.ts';
import { checkEstimator, checkPredictor } from '../dsl/stage/checkOwn.ts';
import { madeFor } from '../dsl/stage/configurable.ts';
import { defineStage, type AnyStage, type Stage } from '../dsl/stage/stage.ts';
import type { Split } from '../dsl/stage/state.ts';
import { needOf } from '../metrics/scorers.ts';
import { sendComponents } from './shared/components.ts';
import { sendWeights } from './shared/evidence.ts';
import { sendImportances } from './shared/importances.ts';
import { recordedBeside } from './shared/overrides.ts';
import { batchesFor } from '../validation/foldWarnings.ts';
import { heldOutOf, jobsAtOnce, plannedModel, ASKED_FOLDS, type AskedFolds, type HeldOut } from '../validation/heldOut.ts';
import { trainBatches } from '../validation/trainBatches.ts';
import { fromCacheRecord } from '../validation/trainKept.ts';

/** After `fit`: the model, and the estimator it came from. */
export interface FittedWith<M extends Predictor, T extends TargetKind = TargetFor<M>> {
  readonly model: M;
  readonly estimator: Estimator<M, unknown, T>;
  /** Folds trained in the same passes, when a later stage asks for them. */
  readonly heldOut: HeldOut | undefined;
}

/**
 * Fits `estimator` on `train`. Adds `model`. Only a dataset with role `train` and the target that the estimator learns is accepted; the
 * types check both.
 *
 * @throws E_CLASS when the training rows have fewer than two classes
 * @example
 * pipeline('p', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }), fit(logisticRegression({ tol: 0.1 })));
 */
export function fit<M extends Predictor, T extends TargetKind = TargetFor<M>>(
  estimator: Estimator<M, unknown, T>,
): Stage<Pick<Split<T>, 'train'>, FittedWith<M, T>> {
  checkEstimator('fit', estimator);
  checkPredictor('fit', estimator);
  const { configurable } = estimator;
  const stage: Stage<Pick<Split<T>, 'train'>, FittedWith<M, T>> = defineStage<Pick<Split<T>, 'train'>, FittedWith<M, T>>({
    id: 'fit',
    needs: ['train'],
    provides: ['model', 'estimator', 'heldOut'],
    params: recordedBeside(estimator),
    captured: estimator.captured,
    configurable: configurable && { schema: configurable.schema, rebuild: (overrides) => madeFor(fit(configurable.rebuild(overrides)), stage) },
    constants: { estimator },
    code: estimator.code,
    kernels: true,
    seeded: estimator.seeded,
    collectRequests: laterFolds,
    infer: (facts, requested) => {
      const asked = requested as AskedFolds | undefined;
      return { model: plannedModel(estimator, facts, [{ name: 'fit' }, ...(asked ? jobsAtOnce(facts, asked.plan) : [])]) };
    },
    run: async ({ train }, context) => {
      const asked = context.requested as (AskedFolds & JsonRecord) | undefined;
      const batches = asked ? await batchesFor(train, asked.plan, context, estimator) : [];
      const need = asked?.need ?? needOf(asked?.scoring);
      const { along, points } = await trainBatches(estimator, train, batches, [{}], { need, along: { name: 'fit' } }, context);
      const { model } = along!;
      const folds = points[0]!;
      const evaluations = folds.map((one) => ({ evaluation: one.heldOut! as AnyEvaluation, model: one.model }));
      const heldOut = asked && (await heldOutOf(train, estimator, context.checkpoints !== undefined, { plan: asked.plan, need, evaluations }));
      sendWeights(model, train, context);
      sendImportances(model, train, context);
      sendComponents(model, context);
      return { adds: { model, estimator, heldOut }, output: { ...model.summary, ...fromCacheRecord('modelsFromCache', [along!, ...folds]) } };
    },
  });
  return stage;
}

/** The folds that later stages need of this fit's rows and estimator; none if a stage in between replaces either. */
function laterFolds(later: readonly AnyStage[]): (AskedFolds & JsonRecord) | undefined {
  const replaced = later.findIndex(({ spec }) => spec.provides.some((key) => key === 'train' || key === 'estimator'));
  const asking = later.flatMap(({ spec }, i) => (spec.requests?.[ASKED_FOLDS] && (replaced === -1 || i <= replaced) ? [spec.requests[ASKED_FOLDS]] : []));
  const [first, ...others] = asking as readonly unknown[] as readonly (AskedFolds & JsonRecord)[];
  if (!first) return undefined;
  // Of the same folds, others may want to see more.
  const more = others.some((one) => JSON.stringify(one.plan) === JSON.stringify(first.plan) && (one.need ?? needOf(one.scoring)) === 'decisions');
  return more ? Object.assign({}, first, { need: 'decisions' } as const) : first;
}
