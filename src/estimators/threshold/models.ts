// Classifiers of two classes that predict the second from a threshold of one's own up.
import { labelArray } from '../../core/data/labels.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { combinedClassifier, type Combined, type KnownClasses } from '../combined/models.ts';
import { responseOf } from '../combined/responses.ts';
import type { FittedClassifier } from '../define/models.ts';
import type { FoundThreshold } from './wanted.ts';

export interface Fields<M = FittedClassifier> extends Partial<FoundThreshold> {
  readonly model: M;
  readonly threshold: number;
}

/** A fitted classifier with a threshold: the model itself in `fields.model`, the threshold in `fields.threshold`. */
export type ThresholdModel<M = FittedClassifier> = Combined<FittedClassifier, Fields<M> & KnownClasses>;

export const thresholdModel = combinedClassifier<Fields, ThresholdModel>('thresholdClassifier', ({ model, threshold, precision, recall }) => ({
  decisionFunction: model.decisionFunction,
  ...(model.predictProba ? { probabilities: (_, rows, context) => model.predictProba!(rows, context) } : {}),
  ...(model.response ? { response: model.response } : {}),
  predictions: async (rows, context) => {
    const codes = labelArray(rows.rows.length, 1);
    (await responseOf(model, rows, context)).forEach((score, row) => (codes[row] = Number(score >= threshold)));
    return codes;
  },
  summary: { ...model.summary, threshold, ...(precision === undefined ? {} : { precision, recall: recall! }) },
}));

/** @throws E_CLASS for other than two classes */
export function checkTwo(owner: string, classes: number): void {
  if (classes === 2) return;
  throw new PipelineError('E_CLASS', `${owner} needs two classes; the rows have ${classes}.`, { hint: 'Put binarize({ positive }) before it.' });
}
