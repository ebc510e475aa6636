// What scores of folds cannot be trusted for, told before anything is trained.
import { checkDataset } from '../core/data/checkDataset.ts';
import { nameOf } from '../core/data/classNames.ts';
import { countLabels, hasClasses, type Dataset, type Rows } from '../core/data/dataset.ts';
import { namedIds } from '../core/leaks/overlap.ts';
import { takeBlocks } from '../core/data/features.ts';
import { equalRows } from '../core/leaks/equalRows.ts';
import { cutGroups, groupsCalled, groupsOf } from '../core/folds/groups.ts';
import type { Estimator } from '../dsl/estimator.ts';
import type { StageContext } from '../dsl/stage/context.ts';
import { sendBalance } from './balance.ts';
import { batchesOf, type FoldBatch, type FoldPlan } from './folding.ts';

/** Most folds that are told of one by one. */
const MOST_TOLD = 5;

/** The folds that a stage trains, with a warning of each reason why their scores may mislead. @throws as {@link batchesOf} */
export async function batchesFor(
  train: Rows,
  plan: FoldPlan,
  context: StageContext,
  { kind = 'classifier' }: Pick<Estimator, 'kind'> = {},
): Promise<readonly FoldBatch[]> {
  const { emit, stage } = context;
  const warn = (code: string, message: string, hint: string): void => emit({ type: 'warning', stage, code, message, hint });
  checkDataset(train);
  // Clusters are found without looking at classes that rows may have.
  const batches = batchesOf(train, plan, kind === 'classifier');
  const twice = unionOf(batches, (batch) => inSeveralParts(idsOf(train, batch), batch));
  if (twice.length > 0) {
    const rows = twice.length === 1 ? 'row stands' : 'rows stand';
    const message = `${twice.length} ${rows} in train more than once (${namedIds(twice)}), so that folds are fitted on rows that they hold out.`;
    warn('W_OVERLAP', message, 'Cross-validate on rows that are there once: the scores of repeated ones look better than they are.');
  }
  const [first] = batches;
  const side = (held: boolean): Rows => ({ ...train, rows: idsOf(train, first!).filter((_, i) => (first!.fold[i] === 0) === held) });
  const equal = equalRows(side(false), side(true));
  if (equal > 0) {
    const message = `${equal} rows of ${train.name} that fold 1 holds out equal rows that it is fitted on, in every feature and the target: scores look better than they are.`;
    warn('W_OVERLAP', message, 'Leave copies out of the rows. If they are other cases, give those of one case a group: folds: { groups: 5 }.');
  }
  const cut = train.groups ? unionOf(batches, (batch) => cutGroups(groupsOf({ ...train, rows: idsOf(train, batch) })!, batch.fold)) : [];
  if (cut.length > 0) {
    const message = `${groupsCalled(cut, train)} rows in several folds, so that folds are scored on groups that they are fitted on.`;
    const count = typeof plan.folds === 'number' ? plan.folds : 5;
    warn('W_GROUPS', message, `Keep groups whole: folds: { groups: ${count} }. Else scores look better than they are.`);
  }
  if (train.scaling?.fromRows) {
    const message = `standardize() saw the rows of ${train.name} that each fold holds out, so the scores of the folds look a little better than they are.`;
    warn('W_LEAK', message, 'Leave the stage out, and let each fold learn it: chain(standardize(), estimator).');
  }
  if (typeof plan.folds === 'object' && 'timeSeries' in plan.folds && !(await inSomeOrder(train))) {
    const message = `The rows of ${train.name} stand neither in the order fetched nor in that of any column, so that folds by timeSeries train on later rows too.`;
    warn(
      'W_ORDER',
      message,
      "Order them by time: split({ time: 'date', test: 0.2 }), or split({ test: 0.2, shuffle: false }) where they were fetched in that order.",
    );
  }
  if (kind === 'classifier' && hasClasses(train)) {
    warnOfClasses(train, plan, batches, warn);
    sendBalance(train, heldOut(train, batches), context);
  }
  return batches;
}

function warnOfClasses(
  train: Dataset,
  { folds, stratified = typeof folds === 'number' }: FoldPlan,
  batches: readonly FoldBatch[],
  warn: (code: string, message: string, hint: string) => void,
): void {
  const className = (label: number): string => String(nameOf(label, train.classNames));
  const counts = countLabels(train);
  const rows = counts.reduce((least, count) => (count > 0 ? Math.min(least, count) : least), Infinity);
  const count = batches[0]!.held;
  if (stratified && count > 1 && rows < count) {
    const name = className(counts.indexOf(rows));
    const message = `Class ${name} of ${train.name} has ${rows} ${rows === 1 ? 'row' : 'rows'}, fewer than the ${count} folds: some folds hold out none of it.`;
    warn('W_FOLDS', message, `Use fewer folds, or more rows of class ${name}.`);
  }
  let before = 0;
  const found = batches.flatMap((batch) => {
    const from = before;
    before += batch.held;
    return [...wholeClasses({ ...train, rows: idsOf(train, batch) }, batch)].map(([fold, missing]) => ({ fold: from + fold + 1, missing, whole: !batch.rows }));
  });
  for (const { fold, missing, whole } of found.slice(0, MOST_TOLD)) {
    const classes = missing.map(className).join(', ');
    const message = whole
      ? `All rows of class ${classes} of ${train.name} are in fold ${fold}: it trains on none of them, so it predicts them wrong.`
      : `Fold ${fold} holds out rows of class ${classes} of ${train.name} and trains on none of them, so it predicts them wrong.`;
    warn('W_FOLDS', message, `Use more rows of class ${classes}, or leave the class out.`);
  }
  if (found.length > MOST_TOLD) {
    const message = `${found.length - MOST_TOLD} more folds train on no row of a class that they hold out.`;
    warn('W_FOLDS', message, 'Use fewer folds, or more rows of the rare classes.');
  }
}

/** Rows of each fold, in turn. */
function heldOut(train: Rows, batches: readonly FoldBatch[]): readonly { readonly name: string; readonly rows: Uint32Array }[] {
  const folds = batches.flatMap((batch) => {
    const ids = idsOf(train, batch);
    return Array.from({ length: batch.held }, (_, fold) => ids.filter((_, i) => batch.fold[i] === fold));
  });
  return folds.map((rows, i) => ({ name: `fold ${i + 1}`, rows }));
}

/** Ids of a batch's rows. */
function idsOf({ rows }: Rows, batch: FoldBatch): Uint32Array {
  return batch.rows ? batch.rows.map((position) => rows[position]!) : rows;
}

function unionOf(batches: readonly FoldBatch[], found: (batch: FoldBatch) => readonly number[]): readonly number[] {
  return [...new Set(batches.flatMap(found))];
}

/** Labels whose rows are all held out in one fold, by fold. */
function wholeClasses({ labels, rows }: Dataset, { fold, held }: FoldBatch): ReadonlyMap<number, readonly number[]> {
  const foldOf = new Map<number, number>();
  rows.forEach((id, row) => {
    const label = labels[id]!;
    foldOf.set(label, foldOf.has(label) && foldOf.get(label) !== fold[row] ? -1 : fold[row]!);
  });
  const whole = new Map<number, number[]>();
  for (const [label, one] of foldOf) if (one >= 0 && one < held) whole.set(one, [...(whole.get(one) ?? []), label]);
  return whole;
}

/** Ids of rows that are in more than one part: held out by one fold, and trained on by it. */
function inSeveralParts(rows: Uint32Array, { fold }: FoldBatch): readonly number[] {
  const first = new Map<number, number>();
  const several = new Set<number>();
  rows.forEach((id, i) => {
    const had = first.get(id);
    if (had === undefined) first.set(id, fold[i]!);
    else if (had !== fold[i]) several.add(id);
  });
  return [...several];
}

/** Whether rows stand as they were fetched, or no value of some column that varies is below the one before it. */
async function inSomeOrder({ x, rows }: Rows): Promise<boolean> {
  if (rows.every((id, i) => i === 0 || id >= rows[i - 1]!)) return true;
  let last: ArrayLike<number> | undefined;
  let first: ArrayLike<number> | undefined;
  let ordered = Array.from({ length: x.cols }, (_, column) => column);
  for await (const block of takeBlocks(x, rows)) {
    for (let row = 0; row < block.rows && ordered.length > 0; row++) {
      const own = block.data.subarray(row * x.cols, (row + 1) * x.cols);
      const before = last;
      if (before) ordered = ordered.filter((column) => own[column]! >= before[column]!);
      first ??= own;
      last = own;
    }
    if (ordered.length === 0) return false;
  }
  return ordered.some((column) => last![column]! > first![column]!);
}
