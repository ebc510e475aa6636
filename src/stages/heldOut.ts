// What cross-validation asks to be trained, so that `fit` can train it in the same passes when it stands later in the
// pipeline, and `crossValidate` can use what was trained already.
import { labelsOf, type Dataset } from '../core/dataset.ts';
import { contiguousFolds, stratifiedFolds } from '../core/folds.ts';
import type { Classifier, Estimator, Evaluation, Folds, Job, Need } from '../dsl/estimator.ts';
import { z } from '../dsl/params.ts';
import { scoringNames } from '../metrics/scorers.ts';

export const foldParams = {
  folds: z.int().min(2).max(255).default(5),
  stratified: z.boolean().default(true),
  shuffleSeed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
};
const names = z.enum(scoringNames);
export const scoringParam = z
  .union([names, z.array(names).min(1)])
  .default('accuracy')
  .transform((given) => (typeof given === 'string' ? [given] : given));

export interface FoldPlan {
  readonly folds: number;
  readonly stratified: boolean;
  readonly shuffleSeed?: number | undefined;
}

/** scikit-learn's StratifiedKFold, or KFold when not `stratified`; shuffled when there is a seed. */
export function foldsOf(train: Dataset, { folds: count, stratified, shuffleSeed: seed }: FoldPlan): Folds {
  const fold = stratified ? stratifiedFolds(labelsOf(train), count, { seed }) : contiguousFolds(train.rows.length, count, { seed });
  return { count, fold };
}

export function foldJobs<P, M>(count: number): readonly Job<P, M>[] {
  return Array.from({ length: count }, (_, fold) => ({ name: `fold ${fold + 1}`, heldOut: fold }));
}

/** Held-out evaluations that a `fit` left for a later `crossValidate`. */
export interface HeldOut {
  readonly train: Dataset<'train'>;
  readonly estimator: Estimator;
  readonly plan: FoldPlan;
  readonly need: Need;
  readonly evaluations: readonly { readonly evaluation: Evaluation; readonly model: Classifier }[];
}

/** Whether what was trained answers what is asked. */
export function answers(had: HeldOut | undefined, train: Dataset, estimator: Estimator, plan: FoldPlan, need: Need): had is HeldOut {
  return (
    had?.train === train && had.estimator === estimator && JSON.stringify(had.plan) === JSON.stringify(plan) && (had.need === 'decisions' || need === 'counts')
  );
}
