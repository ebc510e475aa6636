// What the stages `fit`, `predict`, `score` and `crossValidate` ask of an estimator. An estimator is a value that holds
// its parameters; fitting returns a new model and never changes the estimator.
import type { Dataset } from '../core/dataset.ts';
import type { Json, JsonRecord } from '../core/events.ts';
import type { StageContext } from './context.ts';

/** Rows of held-out folds: `fold[i]` is the fold in which row i (in dataset order) is held out. */
export interface Folds {
  readonly count: number;
  readonly fold: Uint8Array;
}

/** Counts of predictions for one positive class. */
export interface Confusion {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly trueNegative: number;
  readonly falseNegative: number;
}

export interface Prediction {
  readonly prediction: Json & (boolean | number);
  /** Signed distance to the boundary; positive predicts the second class. */
  readonly decision: number;
  readonly probability: number;
}

/** A fitted classifier. */
export interface Classifier {
  /** What the run records about the fit. */
  readonly summary: JsonRecord;
  predictRow(row: Uint8Array | Float32Array, context: StageContext): Promise<Prediction>;
  evaluate(data: Dataset<'test'>, context: StageContext): Promise<Confusion>;
}

export interface Estimator<M extends Classifier = Classifier> {
  readonly name: string;
  readonly params: JsonRecord;
  fit(train: Dataset<'train'>, context: StageContext): Promise<M>;
  /** Fits once per fold on the other folds and counts the held-out predictions, in fold order. */
  crossValidate(
    train: Dataset<'train'>,
    folds: Folds,
    context: StageContext,
  ): Promise<readonly { readonly confusion: Confusion; readonly summary: JsonRecord }[]>;
}
