// Folds that keep groups whole and the shares of classes as near to those of all rows as that leaves, as scikit-learn 1.9 assigns them.
// Which fold is best is decided by rounded numbers, so sums are made in numpy's order.
import { PipelineError } from '../errors/errors.ts';
import type { Labels } from '../data/labels.ts';
import { checkFolds, drawingBy, type FoldOptions } from './folds.ts';
import { checkGroups } from './groups.ts';

/**
 * StratifiedGroupKFold: groups of the most uneven classes first, each into the fold that it leaves the most even.
 *
 * @param labels class of each row, `[rows]`
 * @param groups group of each row, `[rows]`
 * @returns the fold in which each row is held out, `[rows]`, 0 to `count - 1`
 * @throws E_PARAMS for more folds than groups; E_CLASS when every class has fewer rows than there are folds
 * @example
 * stratifiedGroupFolds(Uint8Array.of(0, 1, 0, 1), Uint32Array.of(7, 7, 9, 9), 2); // 0 0 1 1
 */
export function stratifiedGroupFolds(labels: Labels, groups: Uint32Array, count: number, options: FoldOptions = {}): Uint8Array {
  checkFolds(count, labels.length);
  const classes = positionsOf(labels);
  const members = positionsOf(groups);
  const sizes = new Float64Array(classes.count);
  for (const code of classes.of) sizes[code]!++;
  const largest = Math.max(...sizes);
  if (largest < count) {
    throw new PipelineError('E_CLASS', `${count} folds need a class with at least ${count} rows; the largest has ${largest}.`, {
      hint: largest < 2 ? 'Give a class two rows, or fold without classes: stratified: false.' : `Use at most ${largest} folds.`,
    });
  }
  checkGroups(count, members.count);
  // Rows of each class in each group.
  const counts = Array.from({ length: members.count }, () => new Float64Array(classes.count));
  members.of.forEach((group, row) => counts[group]![classes.of[row]!]!++);
  const order = options.seed === undefined ? Uint32Array.from(counts.keys()) : drawingBy(options.seed).permutation(members.count);

  const inFold = Array.from({ length: count }, () => new Float64Array(classes.count));
  const foldOf = new Uint8Array(members.count);
  const spreads = counts.map((own) => deviation(own, pairwise));
  for (const group of [...order].sort((a, b) => spreads[b]! - spreads[a]!)) {
    const best = bestFold(inFold, sizes, counts[group]!);
    counts[group]!.forEach((rows, code) => (inFold[best]![code]! += rows));
    foldOf[group] = best;
  }
  return Uint8Array.from(members.of, (group) => foldOf[group]!);
}

/** Positions of values among those there are, ascending. */
function positionsOf(values: ArrayLike<number>): { readonly of: Uint32Array; readonly count: number } {
  const all = [...new Set(Array.from(values))].toSorted((a, b) => a - b);
  const at = new Map(all.map((value, position) => [value, position]));
  return { of: Uint32Array.from(values, (value) => at.get(value)!), count: all.length };
}

/** The fold that makes the shares of classes the most even when it takes these rows; of about equal ones that with the fewest rows. */
function bestFold(inFold: readonly Float64Array[], sizes: Float64Array, rows: Float64Array): number {
  let [best, least, fewest] = [0, Infinity, Infinity];
  for (const fold of inFold.keys()) {
    const spread = Float64Array.from(sizes, (size, code) =>
      deviation(
        Float64Array.from(inFold, (own, at) => (own[code]! + (at === fold ? rows[code]! : 0)) / size),
        inTurn,
      ),
    );
    const uneven = pairwise(spread) / spread.length;
    const there = pairwise(inFold[fold]!);
    if (uneven < least || (Math.abs(uneven - least) <= 1e-8 + 1e-5 * least && least < Infinity && there < fewest))
      [best, least, fewest] = [fold, uneven, there];
  }
  return best;
}

/** numpy's `std`. @param sum as numpy adds them: numbers that stand next to each other pairwise, those of a column in turn */
function deviation(values: Float64Array, sum: (values: Float64Array) => number): number {
  const mean = sum(values) / values.length;
  return Math.sqrt(sum(values.map((value) => (value - mean) * (value - mean))) / values.length);
}

function inTurn(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** numpy's sum: eight sums side by side, halves of what is longer than a block. */
function pairwise(values: Float64Array): number {
  const { length } = values;
  if (length < 8) return inTurn(values);
  if (length > 128) {
    const half = Math.floor(length / 2) - (Math.floor(length / 2) % 8);
    return pairwise(values.subarray(0, half)) + pairwise(values.subarray(half));
  }
  const sums = values.slice(0, 8);
  const whole = length - (length % 8);
  for (let at = 8; at < whole; at++) sums[at % 8]! += values[at]!;
  let sum = sums[0]! + sums[1]! + (sums[2]! + sums[3]!) + (sums[4]! + sums[5]! + (sums[6]! + sums[7]!));
  for (let at = whole; at < length; at++) sum += values[at]!;
  return sum;
}
