// Gives the fitted classifier the threshold that a wanted precision or recall needs.
import { against } from '../../core/data/labels.ts';
import { labelsOf, type Dataset } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import type { Classifier, CrossValPredicted, Predictor } from '../../dsl/estimator.ts';
import { z } from '../../dsl/params.ts';
import { configurable } from '../../dsl/stage/configurable.ts';
import type { Stage, StageSpec } from '../../dsl/stage/stage.ts';
import type { Split, SplitInThree } from '../../dsl/stage/state.ts';
import { knownOf } from '../combined/models.ts';
import { ofSecond, responseOf } from '../combined/responses.ts';
import { aKind } from '../../dsl/kind.ts';
import type { FittedClassifier } from '../define/models.ts';
import { checkTwo, thresholdModel, type ThresholdModel } from './models.ts';
import { checkWanted, thresholdFor, wantedParams, type WantedScore } from './wanted.ts';

export type ThresholdOptions = WantedScore & {
  /** Rows to find it on: training rows as `crossValPredict` predicts them (default), or those of `'validation'`. Never those of the test. */
  readonly on?: 'crossValPrediction' | 'validation' | undefined;
};

const params = z.strictObject({
  ...wantedParams,
  on: z.enum(['crossValPrediction', 'validation']).default('crossValPrediction').describe('rows to find it on'),
});

export interface Adds {
  readonly model: ThresholdModel;
}
interface Fitted {
  readonly model: FittedClassifier;
}
type Described = CrossValPredicted['estimator'];
interface State extends Fitted, Partial<SplitInThree> {
  readonly estimator?: Described;
  readonly crossValPrediction?: CrossValPredicted<Classifier>;
}

/**
 * Finds the threshold from which up rows are predicted as the second of two classes, for a wanted precision or recall, and gives it to the
 * model, which keeps it when it is saved. Replaces `model`. Its scores come from `crossValPredict`, or from rows of `'validation'`. The
 * lowest threshold that has the precision is taken, or the highest that has the recall, as they follow from `precision_recall_curve`.
 *
 * @throws E_CLASS for more than two classes; E_DATA where no threshold has the precision; E_USAGE for scores of another estimator
 * @example
 * pipeline('careful', fetch(breastCancer()), split({ test: 0.2, seed: 1 }), fit(chain(standardize(), logisticRegression())), crossValPredict({ folds: 3 }), threshold({ precision: 0.99 }), score({ on: 'test', scoring: ['precision', 'recall'] }));
 */
export function threshold(options: WantedScore & { readonly on: 'validation' }): Stage<Pick<SplitInThree, 'validation'> & Fitted, Adds>;
export function threshold(
  options: ThresholdOptions,
): Stage<Pick<Split, 'train'> & Fitted & { readonly estimator: Described } & { readonly crossValPrediction: CrossValPredicted<Classifier> }, Adds>;
export function threshold(options: ThresholdOptions): unknown {
  return configurable('threshold', params, options, ({ on, ...wanted }): StageSpec<never, Adds> => {
    checkWanted('threshold', wanted);
    return {
      id: 'threshold',
      needs: (on === 'validation' ? ['validation', 'model'] : ['train', 'model', 'estimator', 'crossValPrediction']) as never[],
      provides: ['model'],
      params: { ...wanted, on } as JsonRecord,
      code: [],
      kernels: true,
      run: async (state: State, context) => {
        const { model, crossValPrediction } = state;
        const rows: Dataset<'train' | 'validation'> = on === 'validation' ? state.validation! : state.train!;
        const { classes = [], classNames } = model;
        checkClassifier(model);
        checkTwo('threshold', classes.length);
        if (crossValPrediction) checkSame(state.estimator!, crossValPrediction.estimator);
        const { evaluation } = crossValPrediction ?? {};
        if (evaluation && evaluation.truth.length !== rows.rows.length) {
          throw new PipelineError('E_SHAPE', `threshold: crossValPredict predicted ${evaluation.truth.length} rows, but train has ${rows.rows.length}.`, {
            hint: 'Put crossValPredict behind the stage that changed the rows.',
          });
        }
        const truth = evaluation ? evaluation.truth : against(labelsOf(rows), classes[1]!);
        const scores = !evaluation
          ? await responseOf(model, rows, context)
          : model.response === 'probabilities'
            ? ofSecond(evaluation.probabilities!, 2)
            : evaluation.decisions;
        const found = thresholdFor('threshold', `${rows.role} of ${rows.name}`, truth, scores, wanted);
        const known = { ...knownOf(rows as Dataset<'train'>, model.takes), classes, ...(classNames ? { classNames } : {}) };
        const binarized = rows.positive === undefined ? {} : { binarized: true as const };
        return { adds: { model: thresholdModel({ ...known, ...binarized, model, ...found }) }, output: { ...found } };
      },
    };
  });
}

/** Scores of one model say nothing of another. */
function checkSame(fitted: Described, predicted: Described): void {
  if (fitted.name === predicted.name && JSON.stringify(fitted.params) === JSON.stringify(predicted.params)) return;
  const other = fitted.name === predicted.name ? `${predicted.name} with other parameters` : predicted.name;
  throw new PipelineError('E_USAGE', `threshold: the scores of crossValPredict are of ${other}, but the model is of ${fitted.name}.`, {
    hint: 'Write crossValPredict without an estimator behind fit.',
  });
}

function checkClassifier({ kind = 'classifier' }: Predictor): void {
  if (kind === 'classifier') return;
  throw new PipelineError('E_USAGE', `threshold: the model is ${aKind(kind)}; a classifier is needed.`, { hint: 'Put fit(logisticRegression()) before it.' });
}
