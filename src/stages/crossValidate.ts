// Cross-validates the fitted estimator on the training rows, with scikit-learn's folds.
import type { JsonRecord } from '../core/events.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import type { AnyEvaluation, Estimator, Predictor } from '../dsl/estimator.ts';
import { z, type ShapeOf } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { Split } from '../dsl/stage/state.ts';
import { defaultScorer, needOf } from '../metrics/scorers.ts';
import type { FittedWith } from './fit.ts';
import { baselineRecord, foldRecord, foldScoresOf, warnOfFolds, type FoldScores } from '../validation/foldScores.ts';
import {
  canReuse,
  ASKED_FOLDS,
  type AskedFolds,
  checkPlan,
  foldCount,
  foldJobs,
  foldParams,
  foldsFor,
  scoringParam,
  type FoldingOptions,
  type ScoringOptions,
} from '../validation/heldOut.ts';
import { fromCacheRecord, trainKept } from '../validation/trainKept.ts';

export interface CrossValidateOptions extends FoldingOptions, ScoringOptions {}

const params = z.strictObject({ ...foldParams, scoring: scoringParam } satisfies ShapeOf<CrossValidateOptions>);

export interface CrossValidated extends FoldScores {}

type Needs = Pick<Split<'none'>, 'train'> & Pick<FittedWith<Predictor, never>, 'estimator' | 'heldOut'>;

/**
 * Fits the estimator once per fold, on the other folds, and scores the rows held out. Adds `crossValidation`. Equal to
 * `cross_validate(estimator, x_train, y_train, cv=folds, scoring=scoring)`. After a `fit` on the same rows nothing is trained here: the
 * folds were trained in the passes of that fit.
 *
 * A score that is undefined for the rows of a fold, such as `rocAuc` for a single class, is NaN, and so is the mean; a warning names
 * the score and the fold.
 *
 * @throws E_CLASS, naming fold and class, when a fold leaves no row of a class to train on
 * @example
 * pipeline('p', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }), fit(logisticRegression()), crossValidate({ folds: 3, scoring: ['accuracy', 'negLogLoss'] }));
 */
export function crossValidate(options: CrossValidateOptions = {}): Stage<Needs, { readonly crossValidation: CrossValidated }> {
  return configurable('crossValidate', params, options, ({ scoring: asked, ...plan }): StageSpec<Needs, { readonly crossValidation: CrossValidated }> => ({
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
      const fitted = shared
        ? heldOut!.evaluations.map((one) => ({ ...one, fromCache: false }))
        : (await trainKept(estimator, train, foldJobs(foldCount(plan)), { folds: foldsFor(train, plan, context, estimator), need }, context)).map((one) => ({
            fromCache: one.fromCache,
            evaluation: one.heldOut! as AnyEvaluation,
            model: one.model,
          }));
      const evaluations = fitted.map(({ evaluation }) => evaluation);
      const crossValidation = foldScoresOf(scoring, evaluations);
      warnOfFolds([{ scored: crossValidation, evaluations }], context);
      return {
        adds: { crossValidation },
        output: {
          scoring: scoring[0]!,
          ...foldRecord(crossValidation),
          ...baselineRecord(crossValidation, evaluations),
          trainedWithFit: shared,
          ...fromCacheRecord('modelsFromCache', fitted),
          fits: fitted.map(({ model }) => model.summary),
        },
      };
    },
  }));
}
