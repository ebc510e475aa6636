// How rows are divided into folds: what may be asked, and which rows are held out when.
import { called } from '../core/data/classNames.ts';
import { hasClasses, labelsOf, type Rows } from '../core/data/dataset.ts';
import type { Labels } from '../core/data/labels.ts';
import { RandomState } from '../core/data/random.ts';
import { PipelineError } from '../core/errors/errors.ts';
import { drawnByClass, drawnRows, sidesOf, type TrainTest } from '../core/folds/trainTest.ts';
import { checkFolds, contiguousFolds, MOST_FOLDS, stratifiedFolds } from '../core/folds/folds.ts';
import { groupFolds, groupsOf } from '../core/folds/groups.ts';
import { stratifiedGroupFolds } from '../core/folds/stratifiedGroups.ts';
import { timeSeriesFolds, timeSeriesSize } from '../core/folds/timeSeries.ts';
import type { Folds } from '../dsl/estimator.ts';
import { z, type OneOf, type ShapeOf } from '../dsl/params.ts';

/** Folds that keep the groups of rows whole. */
export interface GroupFolds {
  /** Number of folds, from 2 to 255. */
  readonly groups: number;
}

/** Folds of rows that stand in order of time. */
export interface TimeSeriesFolds {
  /** Number of folds, each trained on rows before those that it holds out. */
  readonly timeSeries: number;
  /** Rows left out between those that are trained on and those that are held out. Default 0. */
  readonly gap?: number | undefined;
  /** Most rows to train on, the last ones before the gap. All of them by default. */
  readonly maxTrainSize?: number | undefined;
  /** Rows that each fold holds out. By default as many as `timeSeries + 1` parts of all rows have. */
  readonly testSize?: number | undefined;
}

/** Rows held out by chance, anew for each fold: a row may be held out by several folds, or by none. */
export interface ShuffleSplitFolds {
  /** Number of folds. */
  readonly shuffleSplit: number;
  /** Rows that each fold holds out: a share between 0 and 1, or a number. Default 0.1. */
  readonly test?: number | undefined;
  /** Rows that each fold is trained on. All others by default. */
  readonly train?: number | undefined;
}

/** How rows are divided into folds. */
export interface FoldingOptions {
  /**
   * Number of folds, from 2 to 255 (StratifiedKFold of classes, else KFold), default 5. `{ groups: 5 }` keeps the groups of rows whole
   * (GroupKFold). `{ timeSeries: 5 }` trains on earlier rows only (TimeSeriesSplit). `{ shuffleSplit: 10, test: 0.1 }` draws the rows of
   * each fold anew (ShuffleSplit). `'leaveOneOut'` holds out each row alone (LeaveOneOut).
   */
  readonly folds?: number | GroupFolds | TimeSeriesFolds | ShuffleSplitFolds | 'leaveOneOut' | undefined;
  /**
   * Keep the class shares of all rows in each fold. Default true for a number of folds, and false for `groups` (true: StratifiedGroupKFold)
   * and `shuffleSplit` (true: StratifiedShuffleSplit). Rows without classes are folded in order where it is left out.
   */
  readonly stratified?: boolean | undefined;
  /** Shuffle rows before folding, as scikit-learn's `shuffle=True, random_state=shuffleSeed`. By default they keep their order. */
  readonly shuffleSeed?: number | undefined;
  /** Fold as many times, each time in another order: RepeatedStratifiedKFold, RepeatedKFold. Needs a `shuffleSeed`. */
  readonly repeats?: number | undefined;
}

type FoldKinds = OneOf<GroupFolds | TimeSeriesFolds | ShuffleSplitFolds>;

/** Which of {@link FoldingOptions} go together. */
export type FoldingChoice =
  | { readonly folds?: number | undefined; readonly repeats?: undefined }
  | { readonly folds?: number | undefined; readonly repeats: number; readonly shuffleSeed: number }
  | { readonly folds: Extract<FoldKinds, GroupFolds>; readonly repeats?: undefined }
  | { readonly folds: Extract<FoldKinds, ShuffleSplitFolds>; readonly repeats?: undefined; readonly shuffleSeed: number }
  | {
      readonly folds: Extract<FoldKinds, TimeSeriesFolds> | 'leaveOneOut';
      readonly shuffleSeed?: undefined;
      readonly stratified?: undefined;
      readonly repeats?: undefined;
    };

const atLeastTwo = z.int().min(2);
const count = atLeastTwo.max(MOST_FOLDS, { error: `at most ${MOST_FOLDS}: the fold of a row is kept as a byte` });
const positive = z.int().min(1);
const share = z
  .number()
  .refine((value) => value > 0 && (value < 1 || Number.isInteger(value)), { error: 'needs a share of the rows between 0 and 1, or a number of them' });

const groups = z.strictObject({ groups: count });

export const partitionParams = {
  folds: z.union([count, groups]).default(5).describe('number of folds, or { groups: number } to keep groups whole'),
  stratified: z.boolean().optional().describe('keep the shares of classes in each fold'),
  shuffleSeed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional()
    .describe('shuffle rows before folding, by this seed'),
} satisfies ShapeOf<PartitionOptions>;

export const foldParams = {
  ...partitionParams,
  folds: z
    .union([
      count,
      z.literal('leaveOneOut'),
      groups,
      z.strictObject({ timeSeries: atLeastTwo, gap: z.int().min(0).optional(), maxTrainSize: positive.optional(), testSize: positive.optional() }),
      z.strictObject({ shuffleSplit: positive, test: share.optional(), train: share.optional() }),
    ])
    .default(5)
    .describe("number of folds, { groups: number } to keep groups whole, { timeSeries: number }, { shuffleSplit: number } or 'leaveOneOut'"),
  repeats: positive.optional().describe('fold as many times, in other orders'),
} satisfies ShapeOf<FoldingOptions>;

export interface FoldPlan extends FoldingOptions {
  readonly folds: NonNullable<FoldingOptions['folds']>;
}

/** How rows are divided into folds of which each row is held out by one. */
export interface PartitionOptions extends Pick<FoldingOptions, 'stratified' | 'shuffleSeed'> {
  /** Number of folds, from 2 to 255 (StratifiedKFold of classes, else KFold), default 5; `{ groups: 5 }` keeps the groups of rows whole. */
  readonly folds?: number | GroupFolds | undefined;
}

export interface PartitionPlan extends PartitionOptions {
  readonly folds: number | GroupFolds;
}

/** Folds that are trained in one go. */
export interface FoldBatch extends Folds {
  /** Positions of the rows that `fold` is of, ascending; absent for all. */
  readonly rows?: Uint32Array | undefined;
  /** Folds of it that are held out, from 0. Rows of a part behind them are trained on by all. */
  readonly held: number;
  /** Both sides of its one fold in the order drawn, where rows are drawn by chance. */
  readonly drawn?: TrainTest | undefined;
}

/** Folds in an error, as they were asked. */
function foldsCalled({ folds }: Pick<FoldPlan, 'folds'>): string {
  if (typeof folds !== 'object') return String(folds);
  return `{ ${Object.entries(folds)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')} }`;
}

/** @throws E_PARAMS for options that do not go together, or do not fit so many rows */
export function checkFolding(plan: FoldPlan, rows: number | undefined): void {
  const { folds, stratified, shuffleSeed, repeats } = plan;
  const drawn = typeof folds === 'object' && 'shuffleSplit' in folds;
  const fixed = folds === 'leaveOneOut' || (typeof folds === 'object' && 'timeSeries' in folds);
  const refused = (what: string, hint: string): PipelineError => new PipelineError('E_PARAMS', `folds is ${foldsCalled(plan)}: ${what}.`, { hint });
  const odd = Object.entries({ stratified, shuffleSeed }).find(([, value]) => value !== undefined);
  if (fixed && odd) throw refused(`${odd[0]} has no meaning there`, `Leave ${odd[0]} out.`);
  if (repeats !== undefined && typeof folds !== 'number') throw refused('repeats is of a number of folds', 'Leave repeats out, or write folds: 5.');
  if (shuffleSeed === undefined && (drawn || repeats !== undefined))
    throw refused(`${drawn ? 'shuffleSplit' : 'repeats'} draws rows by chance, and there is no shuffleSeed`, 'Give one: shuffleSeed: 1.');
  if (rows === undefined) return;
  if (folds === 'leaveOneOut') {
    if (rows < 2) throw refused('one row cannot be left out of one', 'Train on more rows.');
  } else if (typeof folds === 'number') checkFolds(folds, rows);
  else if ('groups' in folds) checkFolds(folds.groups, rows);
  else if ('timeSeries' in folds) timeSeriesSize(rows, folds.timeSeries, folds);
  else sidesOf('folds', rows, drawnShares(folds));
}

function drawnShares({ test = 0.1, train }: ShuffleSplitFolds): { readonly test: number; readonly train?: number | undefined } {
  return { test, train };
}

/** How many folds are trained in one go, as far as that is known. */
export function foldsAtOnce({ folds }: Pick<FoldPlan, 'folds'>, rows: number | undefined): number {
  if (typeof folds === 'number') return folds;
  if (folds === 'leaveOneOut') return Math.min(rows ?? 1, MOST_FOLDS - 1);
  return 'groups' in folds ? folds.groups : 1;
}

/**
 * Folds by batches: as many as possible share each pass over the rows. Folds that hold out each row once are one batch; so is each
 * repetition of them. Where folds overlap, or leave rows out, each is a batch.
 *
 * @param classes whether classes are what is learned, so that they decide where `stratified` is left out
 * @throws E_DATA for rows without groups or classes, where they are to be kept; else as {@link checkFolding}
 */
export function batchesOf(train: Rows, plan: FoldPlan, classes = true): readonly FoldBatch[] {
  const rows = train.rows.length;
  checkFolding(plan, rows);
  const { folds, stratified, shuffleSeed: seed, repeats } = plan;
  if (folds === 'leaveOneOut') return oneByOne(rows);
  if (typeof folds === 'number' && repeats !== undefined) {
    const random = new RandomState(seed!);
    const labels = keptLabels(train, plan, classes);
    return Array.from({ length: repeats }, () =>
      whole(labels ? stratifiedFolds(labels, folds, { seed: random }) : contiguousFolds(rows, folds, { seed: random }), folds),
    );
  }
  if (typeof folds === 'number' || 'groups' in folds) {
    const { count, fold } = foldsOf(train, { folds, stratified, shuffleSeed: seed }, classes);
    return [whole(fold, count)];
  }
  if ('timeSeries' in folds) return timeSeriesFolds(rows, folds.timeSeries, folds).map((one) => apart(one, rows));
  const random = new RandomState(seed!);
  const sides = sidesOf('folds', rows, drawnShares(folds));
  const labels = keptLabels(train, plan, false);
  const draw = (): TrainTest =>
    labels
      ? drawnByClass('folds', labels, sides, random, (label) => called(label, hasClasses(train) ? train.classNames : undefined))
      : drawnRows(rows, sides, random);
  return Array.from({ length: folds.shuffleSplit }, () => {
    const drawn = draw();
    return { ...apart(drawn, rows), drawn };
  });
}

/** Folds that hold out each row once: of a number, or of groups. @throws as {@link batchesOf} */
export function foldsOf(train: Rows, plan: PartitionPlan, classes = true): Folds {
  const { folds, shuffleSeed: seed } = plan;
  const count = typeof folds === 'number' ? folds : folds.groups;
  if (typeof folds === 'number') {
    const labels = keptLabels(train, plan, classes);
    return { count, fold: labels ? stratifiedFolds(labels, count, { seed }) : contiguousFolds(train.rows.length, count, { seed }) };
  }
  const groups = groupsOf(train);
  if (!groups) {
    throw new PipelineError('E_DATA', `folds is { groups: ${count} }; the rows of ${train.name} have no groups.`, {
      hint: `Give the dataset groups: Uint32Array.of(0, 0, 1), one for each row of x, or fold by rows: folds: ${count}.`,
    });
  }
  const labels = keptLabels(train, plan, false);
  return { count, fold: labels ? stratifiedGroupFolds(labels, groups, count, { seed }) : groupFolds(groups, count, { seed }) };
}

/** Labels to keep the shares of; undefined where folds do not look at them. @param unsaid where `stratified` is left out */
function keptLabels(train: Rows, { stratified }: Pick<FoldingOptions, 'stratified'>, unsaid: boolean): Labels | undefined {
  if (hasClasses(train)) return (stratified ?? unsaid) ? labelsOf(train) : undefined;
  if (!stratified) return undefined;
  throw new PipelineError('E_DATA', `stratified keeps the shares of classes; the rows of ${train.name} have no classes.`, { hint: 'Leave stratified out.' });
}

function whole(fold: Uint8Array, held: number): FoldBatch {
  return { count: held, fold, held };
}

/** Positions of the rows that each fold trains on, and of those that it holds out, as scikit-learn's `split` yields them: drawn ones as they were drawn. */
export function* sidesIn(batches: readonly FoldBatch[], all: number): Generator<TrainTest> {
  for (const { rows = Uint32Array.from({ length: all }, (_, i) => i), fold, held, drawn } of batches) {
    if (drawn) yield drawn;
    else for (let own = 0; own < held; own++) yield { train: rows.filter((_row, i) => fold[i] !== own), test: rows.filter((_row, i) => fold[i] === own) };
  }
}

/** One fold alone. Where it takes all rows they stay the list that they are, which may be on a device already. */
export function apart({ train, test }: TrainTest, rows: number): FoldBatch {
  const part = new Uint8Array(rows).fill(2);
  for (const row of train) part[row] = 1;
  for (const row of test) part[row] = 0;
  if (!part.includes(2)) return { count: 2, fold: part, held: 1 };
  const some = Uint32Array.from([...train, ...test]).sort();
  return { count: 2, fold: Uint8Array.from(some, (row) => part[row]!), held: 1, rows: some };
}

/** Each row alone, as many at once as a byte can tell apart from the others. */
function oneByOne(rows: number): readonly FoldBatch[] {
  const batches: FoldBatch[] = [];
  for (let from = 0; from < rows; from += MOST_FOLDS - 1) {
    const held = Math.min(MOST_FOLDS - 1, rows - from);
    const fold = new Uint8Array(rows).fill(held);
    for (let i = 0; i < held; i++) fold[from + i] = i;
    batches.push({ count: held < rows ? held + 1 : held, fold, held });
  }
  return batches;
}
