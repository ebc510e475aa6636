// What cross-validation asks to be trained, so that `fit` can train it in the same passes when it stands later in the
// pipeline, and `crossValidate` can use what was trained already.
import type { Rows } from '../core/data/dataset.ts';
import { encode } from '../core/encoding/encoding.ts';
import type { JsonRecord } from '../core/events.ts';
import type { AnyEvaluation, Estimator, Job, Need, Predictor } from '../dsl/estimator.ts';
import { datasetFact, type DatasetFact, type Facts, type ModelFact } from '../dsl/graph/facts.ts';
import { z } from '../dsl/params.ts';
import { scoringNames, type Scoring } from '../metrics/scorers.ts';
import { checkFolding, foldsAtOnce, type FoldPlan } from './folding.ts';

/** @typeParam S scorers of the models that are scored */
export interface ScoringOptions<S extends Scoring = Scoring> {
  /**
   * One scorer or several, by scikit-learn's names. Of classes: accuracy (default), balancedAccuracy, f1, f1Macro, rocAuc, rocAucOvr,
   * negLogLoss ...; of values: r2 (default), negMeanSquaredError, negMedianAbsoluteError ...; of several labels: accuracy (default),
   * f1Samples, negHammingLoss ...; of clusters: negInertia (default), adjustedRand; of outliers: inlierShare (default), meanDecision. Higher is better for each.
   */
  readonly scoring?: S | readonly S[] | undefined;
}

const names = z.enum(scoringNames);
export const scoringParam = z
  .union([names, z.array(names).min(1)])
  .transform((given) => (typeof given === 'string' ? [given] : given))
  .optional()
  .describe('one scorer or several');

/** What a cross-validation asks an earlier fit of its row to train along. */
export interface AskedFolds {
  readonly plan: FoldPlan;
  /** Absent for the default of the model's kind. */
  readonly scoring?: readonly Scoring[] | undefined;
  /** Set where what is said of each row is asked for. */
  readonly need?: 'decisions' | undefined;
}
/** Its name among what a stage `requests`. */
export const ASKED_FOLDS = 'crossValidation';

/** @throws E_PARAMS for folds that do not fit together, or not so many training rows, where their number is known */
export function checkPlan(facts: Facts, plan: FoldPlan): void {
  checkFolding(plan, datasetFact(facts, 'train')?.rows);
}

/** What is known of a model before it is trained. @throws what the estimator refuses */
export function plannedModel<P>(
  estimator: { readonly name: string; plan?(train: DatasetFact, jobs: readonly Job<P>[]): ModelFact },
  facts: Facts,
  jobs: readonly Job<P>[],
): ModelFact {
  const train = datasetFact(facts, 'train');
  return (train && estimator.plan?.(train, jobs)) ?? { type: 'model', estimator: estimator.name };
}

export function foldJobs<P, M>(count: number): readonly Job<P, M>[] {
  return Array.from({ length: count }, (_, fold) => ({ name: `fold ${fold + 1}`, heldOut: fold }));
}

/** The jobs that a plan trains in one go, as far as that is known. */
export function jobsAtOnce<P, M>(facts: Facts, plan: FoldPlan): readonly Job<P, M>[] {
  return foldJobs(foldsAtOnce(plan, datasetFact(facts, 'train')?.rows));
}

/** Held-out evaluations that a `fit` left for a later `crossValidate`. */
export interface HeldOut {
  /** Digest of the rows trained on, where results are kept; a restored value has nothing else to be known by. */
  readonly train?: string | undefined;
  readonly estimator: JsonRecord;
  readonly plan: FoldPlan;
  readonly need: Need;
  readonly evaluations: readonly { readonly evaluation: AnyEvaluation; readonly model: Predictor }[];
}

/** What evaluations made in this process belong to. */
const madeOf = new WeakMap<HeldOut, { readonly train: Rows; readonly estimator: object }>();

/** @param kept whether results of this run are kept, so that rows need a name that lasts */
export async function heldOutOf(
  train: Rows,
  estimator: Pick<Estimator, 'name' | 'params'>,
  kept: boolean,
  rest: Omit<HeldOut, 'train' | 'estimator'>,
): Promise<HeldOut> {
  const { name, params } = estimator;
  const heldOut = { train: kept ? await digestOf(train) : undefined, estimator: { name, params }, ...rest };
  madeOf.set(heldOut, { train, estimator });
  return heldOut;
}

/** Whether what was trained answers what is asked. */
export async function canReuse(
  had: HeldOut | undefined,
  train: Rows,
  estimator: Pick<Estimator, 'name' | 'params' | 'captured'>,
  plan: FoldPlan,
  need: Need,
): Promise<boolean> {
  if (had === undefined || JSON.stringify(had.plan) !== JSON.stringify(plan) || (had.need === 'counts' && need === 'decisions')) return false;
  const made = madeOf.get(had);
  if (made) return made.train === train && made.estimator === estimator;
  const { name, params, captured } = estimator;
  const same = captured === undefined && JSON.stringify(had.estimator) === JSON.stringify({ name, params });
  return same && had.train !== undefined && had.train === (await digestOf(train));
}

/** Undefined for rows that have no encoding, such as those that stay in a file. */
function digestOf(train: Rows): Promise<string | undefined> {
  return encode(train).then(
    ({ digest }) => digest,
    () => undefined,
  );
}
