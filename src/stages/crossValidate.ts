// Cross-validated scores of the fitted estimator on the training rows: StratifiedKFold as scikit-learn assigns it.
import { labelsOf } from '../core/dataset.ts';
import { stratifiedFolds } from '../core/folds.ts';
import { parseParams, z } from '../dsl/params.ts';
import { defineStage, type Stage } from '../dsl/stage.ts';
import type { Split } from '../dsl/state.ts';
import type { Classifier } from '../dsl/estimator.ts';
import { accuracy, majorityBaseline } from '../metrics/confusion.ts';
import type { FittedWith } from './fit.ts';

const params = z.strictObject({ folds: z.int().min(2).max(255).default(5), scoring: z.literal('accuracy').default('accuracy') });

export interface CrossValidated {
  /** One score a fold, in fold order. */
  readonly foldScores: readonly number[];
  readonly meanScore: number;
}

/**
 * Fits the estimator once per fold on the other folds and scores the rows held out. Adds `crossValidation`.
 * Equal to `cross_val_score(estimator, x_train, y_train, cv=folds, scoring=scoring)`.
 *
 * @param options.folds number of folds, default 5
 * @throws E_CLASS when there are more folds than rows of a class
 */
export function crossValidate(
  options: z.input<typeof params> = {},
): Stage<Pick<Split, 'train'> & Pick<FittedWith<Classifier>, 'estimator'>, { readonly crossValidation: CrossValidated }> {
  const { folds, scoring } = parseParams('crossValidate', params, options);
  return defineStage<Pick<Split, 'train'> & Pick<FittedWith<Classifier>, 'estimator'>, { readonly crossValidation: CrossValidated }>({
    id: 'cross-validate',
    needs: ['train', 'estimator'],
    provides: ['crossValidation'],
    params: { folds, scoring },
    run: async ({ train, estimator }, context) => {
      const fold = stratifiedFolds(labelsOf(train), folds);
      const fitted = await estimator.crossValidate(train, { count: folds, fold }, context);
      const foldScores = fitted.map(({ confusion }) => accuracy(confusion));
      const meanScore = foldScores.reduce((sum, score) => sum + score, 0) / foldScores.length;
      const baselines = fitted.map(({ confusion }) => majorityBaseline(confusion));
      return {
        adds: { crossValidation: { foldScores, meanScore } },
        output: {
          scoring,
          foldScores,
          meanScore,
          majorityBaseline: baselines.reduce((sum, b) => sum + b, 0) / folds,
          fits: fitted.map(({ summary }) => summary),
        },
      };
    },
  });
}
