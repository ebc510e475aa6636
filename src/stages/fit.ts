// Fits an estimator on the training rows.
import type { Classifier, Estimator } from '../dsl/estimator.ts';
import { defineStage, type Stage } from '../dsl/stage.ts';
import type { Split } from '../dsl/state.ts';

/** After `fit`: the model, and the estimator it came from for `crossValidate`. */
export interface FittedWith<M extends Classifier> {
  readonly model: M;
  readonly estimator: Estimator<M>;
}

/**
 * Fits `estimator` on `train`. Adds `model`. Only a dataset with role `train` is accepted, by the type too.
 *
 * @throws E_CLASS when the training rows have fewer than two classes
 */
export function fit<M extends Classifier>(estimator: Estimator<M>): Stage<Pick<Split, 'train'>, FittedWith<M>> {
  return defineStage<Pick<Split, 'train'>, FittedWith<M>>({
    id: 'fit',
    needs: ['train'],
    provides: ['model', 'estimator'],
    params: { estimator: estimator.name, ...estimator.params },
    run: async ({ train }, context) => {
      const model = await estimator.fit(train, context);
      return { adds: { model, estimator }, output: model.summary };
    },
  });
}
