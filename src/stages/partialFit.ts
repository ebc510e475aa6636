// Lets a model go on with new rows. What it was before is an input like any other: it decides the result's key, and stays as it is.
import type { TargetKind } from '../core/data/dataset.ts';
import { PipelineError } from '../core/errors/errors.ts';
import type { Estimator, Predictor, TargetFor } from '../dsl/estimator.ts';
import { checkFittedColumns, modelFact } from '../dsl/graph/facts.ts';
import { callerPlace } from '../dsl/place.ts';
import { checkEstimator } from '../dsl/stage/checkOwn.ts';
import { madeFor } from '../dsl/stage/configurable.ts';
import { defineStage, type Stage } from '../dsl/stage/stage.ts';
import type { Fitted, Split } from '../dsl/stage/state.ts';
import { plannedModel } from '../validation/heldOut.ts';
import { sendWeights } from './shared/evidence.ts';
import { recordedBeside } from './shared/overrides.ts';

/** A model that keeps what going on begins with. */
type GoingOn = Predictor & { readonly fields: { readonly progress: object } };

/**
 * Lets `model` go on with the rows of `train`, in one pass, as scikit-learn's `partial_fit`. Adds the new `model`; the one before is not
 * changed. That one comes from a `fit`, a `load` or another `partialFit`, with an estimator of the same name; what parameters say
 * now counts for these rows. Columns, their scaling and the classes stay those of the first rows.
 *
 * @throws E_USAGE for an estimator whose models cannot go on, and for a model of another one; E_SHAPE for other columns; E_CLASS for rows
 *   of a class that the model does not know
 * @example
 * pipeline('today', fetch(iris()), split({ test: 0.25, seed: 1 }), load('yesterday.safetensors'), partialFit(gaussianNB()), score({ on: 'test' }));
 */
export function partialFit<M extends GoingOn, T extends TargetKind = TargetFor<M>>(
  estimator: Estimator<M, unknown, T>,
): Stage<Pick<Split<T>, 'train'> & Fitted<Predictor>, Fitted<M>> {
  checkEstimator('partialFit', estimator);
  const { name, configurable } = estimator;
  if (!estimator.partialFit) {
    throw new PipelineError('E_USAGE', `partialFit: models of ${name} cannot go on with new rows.`, {
      at: callerPlace(),
      hint: 'Take one that goes on: gaussianNB, bernoulliNB, multinomialNB, sgdClassifier, sgdRegressor, mlpClassifier, mlpRegressor, miniBatchKMeans. Behind standardize or scale, name the estimator alone: its model keeps their scaling.',
    });
  }
  const stage: Stage<Pick<Split<T>, 'train'> & Fitted<Predictor>, Fitted<M>> = defineStage<Pick<Split<T>, 'train'> & Fitted<Predictor>, Fitted<M>>({
    id: 'partial-fit',
    needs: ['train', 'model'],
    provides: ['model'],
    params: recordedBeside(estimator),
    captured: estimator.captured,
    configurable: configurable && { schema: configurable.schema, rebuild: (overrides) => madeFor(partialFit(configurable.rebuild(overrides)), stage) },
    constants: { estimator },
    code: estimator.code,
    kernels: true,
    seeded: estimator.seeded,
    infer: (facts) => {
      checkFittedColumns(facts, 'train');
      const before = modelFact(facts, 'model');
      if (before && before.estimator !== name) {
        throw new PipelineError('E_USAGE', `partialFit: the model is of ${before.estimator}, and ${name} goes on only with its own.`, {
          hint: `Fit ${name}() first, or name the estimator that the model is of.`,
        });
      }
      return { model: { ...plannedModel(estimator, facts, [{ name: 'fit' }]), ...(before?.classes ? { classes: before.classes } : {}) } };
    },
    run: async ({ train, model: before }, context) => {
      const model = await estimator.partialFit!(before, train, context);
      sendWeights(model, train, context);
      return { adds: { model }, output: { ...model.summary } };
    },
  });
  return stage;
}
