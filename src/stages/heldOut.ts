// What cross-validation asks to be trained, so that `fit` can train it in the same passes when it stands later in the
// pipeline, and `crossValidate` can use what was trained already.
import { labelsOf, type Dataset } from '../core/dataset.ts';
import { checkFolds, contiguousFolds, stratifiedFolds } from '../core/folds.ts';
import type { JsonRecord } from '../core/events.ts';
import type { Classifier, Estimator, Evaluation, Folds, Job, Need } from '../dsl/estimator.ts';
import { datasetFact, type Facts, type ModelFact } from '../dsl/facts.ts';
import { z } from '../dsl/params.ts';
import { scoringNames } from '../metrics/scorers.ts';

export const foldParams = {
  folds: z.int().min(2).max(255).default(5).describe('number of folds'),
  stratified: z.boolean().default(true).describe('StratifiedKFold, or KFold'),
  shuffleSeed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional()
    .describe('shuffle rows before folding, by this seed'),
};
const names = z.enum(scoringNames);
export const scoringParam = z
  .union([names, z.array(names).min(1)])
  .default('accuracy')
  .transform((given) => (typeof given === 'string' ? [given] : given))
  .describe('one scorer or several');

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

/** @throws E_PARAMS for more folds than there are training rows, where their number is known */
export function checkPlan(facts: Facts, { folds }: FoldPlan): void {
  const rows = datasetFact(facts, 'train')?.rows;
  if (rows !== undefined) checkFolds(folds, rows);
}

/** What is known of a model before it is trained. @throws what the estimator refuses */
export function plannedModel<P>(estimator: Pick<Estimator<Classifier, P>, 'name' | 'plan'>, facts: Facts, jobs: readonly Job<P>[]): ModelFact {
  const train = datasetFact(facts, 'train');
  return (train && estimator.plan?.(train, jobs)) ?? { type: 'model', estimator: estimator.name };
}

export function foldJobs<P, M>(count: number): readonly Job<P, M>[] {
  return Array.from({ length: count }, (_, fold) => ({ name: `fold ${fold + 1}`, heldOut: fold }));
}

/** Held-out evaluations that a `fit` left for a later `crossValidate`: of which rows and which estimator. */
export interface HeldOut {
  readonly rows: Uint32Array;
  readonly labels: Uint8Array;
  readonly estimator: JsonRecord;
  readonly plan: FoldPlan;
  readonly need: Need;
  readonly evaluations: readonly { readonly evaluation: Evaluation; readonly model: Classifier }[];
}

/** An estimator as data. */
export function describe({ name, params }: Estimator): JsonRecord {
  return { name, params };
}

/** Whether what was trained answers what is asked. */
export function answers(had: HeldOut | undefined, train: Dataset, estimator: Estimator, plan: FoldPlan, need: Need): had is HeldOut {
  return (
    had !== undefined &&
    sameValues(had.rows, train.rows) &&
    sameValues(had.labels, train.labels) &&
    JSON.stringify(had.estimator) === JSON.stringify(describe(estimator)) &&
    JSON.stringify(had.plan) === JSON.stringify(plan) &&
    (had.need === 'decisions' || need === 'counts')
  );
}

function sameValues(a: Uint8Array | Uint32Array, b: Uint8Array | Uint32Array): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => value === b[i]));
}
