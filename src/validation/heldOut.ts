// What cross-validation asks to be trained, so that `fit` can train it in the same passes when it stands later in the
// pipeline, and `crossValidate` can use what was trained already.
import { checkDataset } from '../core/data/checkDataset.ts';
import { nameOf } from '../core/data/classNames.ts';
import { countLabels, hasClasses, labelsOf, type Dataset, type Rows } from '../core/data/dataset.ts';
import { PipelineError } from '../core/errors/errors.ts';
import { cutGroups, groupFolds, groupsCalled, groupsOf } from '../core/folds/groups.ts';
import { encode } from '../core/encoding/encoding.ts';
import { checkFolds, contiguousFolds, MOST_FOLDS, stratifiedFolds } from '../core/folds/folds.ts';
import type { JsonRecord } from '../core/events.ts';
import { namedIds } from '../core/data/overlap.ts';
import type { StageContext } from '../dsl/stage/context.ts';
import type { AnyEvaluation, Estimator, Folds, Job, Need, Predictor } from '../dsl/estimator.ts';
import { datasetFact, type DatasetFact, type Facts, type ModelFact } from '../dsl/graph/facts.ts';
import { z, type ShapeOf } from '../dsl/params.ts';
import { scoringNames, type Scoring } from '../metrics/scorers.ts';

/** How rows are divided into folds. */
export interface FoldingOptions {
  /** Number of folds, from 2 to 255; `{ groups: 5 }` keeps the groups of rows whole, as GroupKFold does. Default 5. */
  readonly folds?: number | { readonly groups: number } | undefined;
  /**
   * Keep the class shares of all rows in each fold (StratifiedKFold), or fold rows in order (KFold). Default true; rows without classes are
   * folded in order anyway.
   */
  readonly stratified?: boolean | undefined;
  /** Shuffle rows before folding, as scikit-learn's `shuffle=True, random_state=shuffleSeed`. By default they keep their order. */
  readonly shuffleSeed?: number | undefined;
}

export interface ScoringOptions {
  /**
   * One scorer or several. Of classes: accuracy (default), balancedAccuracy, precision, recall, f1, rocAuc, averagePrecision, negLogLoss.
   * Of values: r2 (default), negMeanSquaredError, negRootMeanSquaredError, negMeanAbsoluteError, negMeanPoissonDeviance. Of several labels:
   * accuracy (default), negHammingLoss. Of clusters: negInertia (default), adjustedRand. Higher is better for each.
   */
  readonly scoring?: Scoring | readonly Scoring[] | undefined;
}

const count = z
  .int()
  .min(2)
  .max(MOST_FOLDS, { error: `at most ${MOST_FOLDS}: the fold of a row is kept as a byte` });

export const foldParams = {
  folds: z
    .union([count, z.strictObject({ groups: count })])
    .default(5)
    .describe('number of folds, or { groups: number } to keep groups whole'),
  stratified: z.boolean().default(true).describe('StratifiedKFold, or KFold; of groups, GroupKFold'),
  shuffleSeed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional()
    .describe('shuffle rows before folding, by this seed'),
} satisfies ShapeOf<FoldingOptions>;
const names = z.enum(scoringNames);
export const scoringParam = z
  .union([names, z.array(names).min(1)])
  .transform((given) => (typeof given === 'string' ? [given] : given))
  .optional()
  .describe('one scorer or several');

export interface FoldPlan {
  readonly folds: number | { readonly groups: number };
  readonly stratified: boolean;
  readonly shuffleSeed?: number | undefined;
}

/** What a cross-validation asks an earlier fit of its row to train along. */
export interface AskedFolds {
  readonly plan: FoldPlan;
  /** Absent for the default of the model's kind. */
  readonly scoring?: readonly Scoring[] | undefined;
}
/** Its name among what a stage `requests`. */
export const ASKED_FOLDS = 'crossValidation';

/** How many folds there are. */
export function foldCount({ folds }: Pick<FoldPlan, 'folds'>): number {
  return typeof folds === 'number' ? folds : folds.groups;
}

/**
 * scikit-learn's StratifiedKFold, or KFold when not `stratified` and where rows have no classes; GroupKFold for `{ groups }`;
 * shuffled when there is a seed.
 *
 * @throws E_DATA for rows without groups, where groups are to be kept whole
 */
export function foldsOf(train: Rows, { folds, stratified, shuffleSeed: seed }: FoldPlan): Folds {
  const count = foldCount({ folds });
  if (typeof folds !== 'number') {
    const groups = groupsOf(train);
    if (groups) return { count, fold: groupFolds(groups, count, { seed }) };
    throw new PipelineError('E_DATA', `folds is { groups: ${count} }; the rows of ${train.name} have no groups.`, {
      hint: `Give the dataset groups: Uint32Array.of(0, 0, 1), one for each row of x, or fold by rows: folds: ${count}.`,
    });
  }
  const fold = stratified && hasClasses(train) ? stratifiedFolds(labelsOf(train), count, { seed }) : contiguousFolds(train.rows.length, count, { seed });
  return { count, fold };
}

/** The folds that a stage trains, with a warning where scikit-learn has one: the rarest class is not in each of them. */
export function foldsFor(train: Rows, asked: FoldPlan, { emit, stage }: StageContext, { kind = 'classifier' }: Pick<Estimator, 'kind'> = {}): Folds {
  checkDataset(train);
  // Clusters are found without looking at classes that rows may have.
  const plan = { ...asked, stratified: asked.stratified && kind === 'classifier' && typeof asked.folds === 'number' };
  const folds = foldsOf(train, plan);
  const twice = inSeveralFolds(train.rows, folds);
  if (twice.length > 0) {
    const rows = twice.length === 1 ? 'row stands' : 'rows stand';
    const message = `${twice.length} ${rows} in train more than once (${namedIds(twice)}), so that folds are fitted on rows that they hold out.`;
    emit({
      type: 'warning',
      stage,
      code: 'W_OVERLAP',
      message,
      hint: 'Cross-validate on rows that are there once: the scores of repeated ones look better than they are.',
    });
  }
  const cut = train.groups ? cutGroups(groupsOf(train)!, folds.fold) : [];
  if (cut.length > 0) {
    const message = `${groupsCalled(cut, train)} rows in several folds, so that folds are scored on groups that they are fitted on.`;
    emit({
      type: 'warning',
      stage,
      code: 'W_GROUPS',
      message,
      hint: `Keep groups whole: folds: { groups: ${folds.count} }. Else scores look better than they are.`,
    });
  }
  if (train.scaling?.fromRows) {
    const message = `standardize() saw the rows of ${train.name} that each fold holds out, so the scores of the folds look a little better than they are.`;
    emit({ type: 'warning', stage, code: 'W_LEAK', message, hint: 'Leave the stage out, and let each fold learn it: chain(standardize(), estimator).' });
  }
  if (kind !== 'classifier' || !hasClasses(train)) return folds;
  const className = (label: number): string => String(nameOf(label, train.classNames));
  const counts = countLabels(train);
  const rows = counts.reduce((least, count) => (count > 0 ? Math.min(least, count) : least), Infinity);
  if (plan.stratified && rows < folds.count) {
    const name = className(counts.indexOf(rows));
    const message = `Class ${name} of ${train.name} has ${rows} ${rows === 1 ? 'row' : 'rows'}, fewer than the ${folds.count} folds: some folds hold out none of it.`;
    emit({ type: 'warning', stage, code: 'W_FOLDS', message, hint: `Use fewer folds, or more rows of class ${name}.` });
  }
  for (const [fold, missing] of wholeClasses(train, folds)) {
    const classes = missing.map(className).join(', ');
    const message = `All rows of class ${classes} of ${train.name} are in fold ${fold + 1}: it trains on none of them, so it predicts them wrong.`;
    emit({ type: 'warning', stage, code: 'W_FOLDS', message, hint: `Use more rows of class ${classes}, or leave the class out.` });
  }
  return folds;
}

/** Labels whose rows are all held out in one fold, by fold. */
function wholeClasses(train: Dataset, { fold }: Folds): ReadonlyMap<number, readonly number[]> {
  const foldOf = new Map<number, number>();
  labelsOf(train).forEach((label, row) => foldOf.set(label, foldOf.has(label) && foldOf.get(label) !== fold[row] ? -1 : fold[row]!));
  const whole = new Map<number, number[]>();
  for (const [label, one] of foldOf) if (one >= 0) whole.set(one, [...(whole.get(one) ?? []), label]);
  return whole;
}

/** Ids of rows that are held out in more than one fold. */
function inSeveralFolds(rows: Uint32Array, { fold }: Folds): readonly number[] {
  const first = new Map<number, number>();
  const several = new Set<number>();
  rows.forEach((id, i) => {
    const had = first.get(id);
    if (had === undefined) first.set(id, fold[i]!);
    else if (had !== fold[i]) several.add(id);
  });
  return [...several];
}

/** @throws E_PARAMS for more folds than there are training rows, where their number is known */
export function checkPlan(facts: Facts, plan: FoldPlan): void {
  const rows = datasetFact(facts, 'train')?.rows;
  if (rows !== undefined) checkFolds(foldCount(plan), rows);
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
