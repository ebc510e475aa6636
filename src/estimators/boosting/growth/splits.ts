// The best split of a node, from its histograms, as scikit-learn 1.9 finds it (ensemble/_hist_gradient_boosting/splitting.pyx): in
// float64, in the same order, so that of splits that are equal the same one is taken.
import type { Column } from '../columns/bins.ts';
import type { Layout, Sums } from './histograms.ts';

/** Each side of a split has so much of the second derivatives. */
export const LEAST_HESSIAN = 1e-3;
/** Categories with fewer rows, or what counts as much, are on the right. */
const LEAST_SUPPORT = 10;

export interface Split {
  readonly gain: number;
  readonly column: number;
  /** The highest bin of the left; of a categorical column not looked at. */
  readonly bin: number;
  /** Of a categorical column: bins of the left, a bit each, `[8]`. */
  readonly left?: readonly number[] | undefined;
  readonly gapsLeft: boolean;
  readonly leftSums: Sums;
}

/** A node whose rows may be split. */
export interface Splittable {
  readonly sums: Sums;
  /** What it says of its rows, before any shrinking; 0 for the root. */
  readonly value: number;
  readonly histogram: Float64Array;
}

export interface SplitSearch {
  readonly columns: readonly Column[];
  /** Columns in the order in which they are looked at. */
  readonly order: readonly number[];
  readonly layout: Layout;
  readonly l2Regularization: number;
  readonly minSamplesLeaf: number;
  /** What a whole number of each derivative counts for. */
  readonly gradientUnit: number;
  readonly hessianUnit: number;
}

/** What a node says of its rows: a Newton step. */
export function valueOf({ gradient, hessian }: Sums, { l2Regularization, gradientUnit, hessianUnit }: SplitSearch): number {
  return (-gradient * gradientUnit) / (hessian * hessianUnit + l2Regularization + 1e-15);
}

/** Undefined where no split gains anything and leaves enough on both sides. */
export function bestSplit(node: Splittable, search: SplitSearch): Split | undefined {
  let best: Split | undefined;
  for (const column of search.order) {
    const { levels, gaps } = search.columns[column]!;
    const beyond = best?.gain ?? 0;
    if (levels) best = categoricalSplit(node, search, column, beyond) ?? best;
    else {
      best = upwards(node, search, column, beyond) ?? best;
      // A split with gaps on the left has to be better than one with gaps on the right.
      if (gaps) best = downwards(node, search, column, best?.gain ?? 0) ?? best;
    }
  }
  return best;
}

/** How much less loss the sides are than the node. */
function gainOf(node: Splittable, search: SplitSearch, leftGradient: number, leftHessian: number): number {
  const { l2Regularization, gradientUnit, hessianUnit } = search;
  const [gradient, hessian] = [leftGradient * gradientUnit, leftHessian * hessianUnit];
  const [otherGradient, otherHessian] = [(node.sums.gradient - leftGradient) * gradientUnit, (node.sums.hessian - leftHessian) * hessianUnit];
  const value = -gradient / (hessian + l2Regularization + 1e-15);
  const other = -otherGradient / (otherHessian + l2Regularization + 1e-15);
  return node.sums.gradient * gradientUnit * node.value - gradient * value - otherGradient * other;
}

/** Of splits that gain at most so much less than asked for, by their share, the gain is computed: more than rounding can hide. */
const NEARLY = 1 - 1e-12;

/** From the lowest bin on; gaps are on the right. */
function upwards(node: Splittable, search: SplitSearch, column: number, beyond: number): Split | undefined {
  const { histogram, sums } = node;
  const { layout, minSamplesLeaf, hessianUnit } = search;
  const { stride, hessian: hessianAt } = layout;
  const { gradientUnit, l2Regularization } = search;
  const { count: members, gradient: whole, hessian: curve } = sums;
  const { bins, gaps } = search.columns[column]!;
  const shrink = l2Regularization + 1e-15;
  const own = whole * gradientUnit * node.value;
  let count = 0;
  let gradient = 0;
  let hessian = 0;
  let most = beyond;
  let asked = (beyond - own) * NEARLY;
  let found = -1;
  let leftSums: Sums | undefined;
  let at = layout.offsets[column]! * stride;
  const end = at + (bins - 1 + Number(gaps)) * stride;
  for (let bin = 0; at < end; bin++, at += stride) {
    count += histogram[at]!;
    gradient += histogram[at + 1]!;
    hessian += histogram[at + hessianAt]!;
    if (count < minSamplesLeaf) continue;
    if (members - count < minSamplesLeaf) break;
    const left = hessian * hessianUnit;
    if (left < LEAST_HESSIAN) continue;
    const right = (curve - hessian) * hessianUnit;
    if (right < LEAST_HESSIAN) break;
    // The gain without its divisions, which is enough to tell that nearly all splits are not the best.
    const [a, b] = [gradient * gradientUnit, (whole - gradient) * gradientUnit];
    if (a * a * (right + shrink) + b * b * (left + shrink) < asked * (left + shrink) * (right + shrink)) continue;
    const gain = gainOf(node, search, gradient, hessian);
    if (gain > most) {
      most = gain;
      asked = (gain - own) * NEARLY;
      found = bin;
      leftSums = { count, gradient, hessian };
    }
  }
  return leftSums && { gain: most, column, bin: found, gapsLeft: false, leftSums };
}

/** From the highest bin on; gaps are on the left. */
function downwards(node: Splittable, search: SplitSearch, column: number, beyond: number): Split | undefined {
  const { histogram, sums } = node;
  const { layout, minSamplesLeaf, hessianUnit } = search;
  const { stride, hessian: hessianAt } = layout;
  let [count, gradient, hessian] = [0, 0, 0];
  let [most, found] = [beyond, -1];
  let leftSums: Sums | undefined;
  const last = search.columns[column]!.bins - 2;
  for (let bin = last, at = (layout.offsets[column]! + last + 1) * stride; bin >= 0; bin--, at -= stride) {
    if (histogram[at] === 0) continue;
    count += histogram[at]!;
    gradient += histogram[at + 1]!;
    hessian += histogram[at + hessianAt]!;
    if (count < minSamplesLeaf) continue;
    if (sums.count - count < minSamplesLeaf) break;
    if (hessian * hessianUnit < LEAST_HESSIAN) continue;
    if ((sums.hessian - hessian) * hessianUnit < LEAST_HESSIAN) break;
    const left = { count: sums.count - count, gradient: sums.gradient - gradient, hessian: sums.hessian - hessian };
    const gain = gainOf(node, search, left.gradient, left.hessian);
    if (gain > most) [most, found, leftSums] = [gain, bin, left];
  }
  return leftSums && { gain: most, column, bin: found, gapsLeft: true, leftSums };
}

/**
 * Categories in the order of their mean gradients, some from either end on the left (Fisher 1958). Gaps are a category.
 */
function categoricalSplit(node: Splittable, search: SplitSearch, column: number, beyond: number): Split | undefined {
  const { histogram, sums } = node;
  const { layout, minSamplesLeaf, gradientUnit, hessianUnit } = search;
  const { stride, hessian: hessianAt } = layout;
  const { bins, gaps } = search.columns[column]!;
  const from = layout.offsets[column]! * stride;
  const support = sums.count / (sums.hessian * hessianUnit);
  const ranked: { readonly bin: number; readonly mean: number }[] = [];
  for (let bin = 0; bin < bins + Number(gaps); bin++) {
    const hessian = histogram[from + bin * stride + hessianAt]! * hessianUnit;
    if (hessian * support < LEAST_SUPPORT) continue;
    ranked.push({ bin, mean: (histogram[from + bin * stride + 1]! * gradientUnit) / (hessian + LEAST_SUPPORT) });
  }
  if (ranked.length <= 1) return undefined;
  ranked.sort((a, b) => a.mean - b.mean || b.bin - a.bin); // as C's merge sort leaves equal ones
  let most = beyond;
  let best: { readonly taken: readonly { readonly bin: number }[]; readonly leftSums: Sums } | undefined;
  for (const order of [ranked, ranked.toReversed()]) {
    let [count, gradient, hessian] = [0, 0, 0];
    const middle = ((ranked.length + 1) >> 1) - Number(order !== ranked);
    for (let i = 0; i < middle; i++) {
      const at = from + order[i]!.bin * stride;
      count += histogram[at]!;
      gradient += histogram[at + 1]!;
      hessian += histogram[at + hessianAt]!;
      if (count < minSamplesLeaf || hessian * hessianUnit < LEAST_HESSIAN) continue;
      if (sums.count - count < minSamplesLeaf || (sums.hessian - hessian) * hessianUnit < LEAST_HESSIAN) break;
      const gain = gainOf(node, search, gradient, hessian);
      if (gain > most) [most, best] = [gain, { taken: order.slice(0, i + 1), leftSums: { count, gradient, hessian } }];
    }
  }
  if (!best) return undefined;
  const left = Array.from({ length: 8 }, () => 0);
  for (const { bin } of best.taken) left[bin >> 5]! |= 1 << (bin & 31);
  return { gain: most, column, bin: 0, left, gapsLeft: gaps && isIn(left, bins), leftSums: best.leftSums };
}

/** Whether a bin is among those of the left. */
export function isIn(left: readonly number[], bin: number): boolean {
  return ((left[bin >> 5]! >>> (bin & 31)) & 1) === 1;
}
