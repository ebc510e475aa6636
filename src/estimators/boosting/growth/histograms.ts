// Histograms of nodes: for each bin of each column how many rows of the node are in it, and the sums of their derivatives. The host
// and any device find the same ones.
import type { Column } from '../columns/bins.ts';
import type { Entries } from './entries.ts';
import type { Whole } from './whole.ts';

/** What stands in histograms: numbers of a bin, and where among them each sum stands. */
export interface Layout {
  /** First bin of each column, and behind the last one, `[columns + 1]`. */
  readonly offsets: Uint32Array;
  /** Numbers of a bin: how many rows, the sum of gradients, and the sum of hessians where they are not 1 each. */
  readonly stride: 2 | 3;
  /** Place of the sum of hessians among them: that of the number of rows where they are 1 each. */
  readonly hessian: 0 | 2;
}

/** Of a node, or of one side of a split; the derivatives in whole numbers. */
export interface Sums {
  readonly count: number;
  readonly gradient: number;
  readonly hessian: number;
}

/** The derivatives that a tree is grown on, `[rows]` each. */
export interface Derivatives {
  readonly gradient: Whole;
  /** Absent for 1 each. */
  readonly hessian?: Whole | undefined;
}

export function layoutOf(columns: readonly Column[], constantHessian: boolean): Layout {
  const offsets = new Uint32Array(columns.length + 1);
  for (const [j, { bins, gaps }] of columns.entries()) offsets[j + 1] = offsets[j]! + bins + Number(gaps);
  return constantHessian ? { offsets, stride: 2, hessian: 0 } : { offsets, stride: 3, hessian: 2 };
}

export function sumsOf({ gradient, hessian }: Derivatives, members: Uint32Array): Sums {
  let [gradients, hessians] = [0, 0];
  for (const row of members) gradients += gradient.numbers[row]!;
  if (hessian) for (const row of members) hessians += hessian.numbers[row]!;
  return { count: members.length, gradient: gradients, hessian: hessian ? hessians : members.length };
}

/** Numbers of a histogram. */
export const sizeOf = ({ offsets, stride }: Layout): number => offsets.at(-1)! * stride;

/**
 * `[bin][stride]`, whole numbers.
 *
 * @param sums of the members
 * @param into a histogram that nobody needs any more: a new one takes long to come by
 */
export function histogramOf(entries: Entries, layout: Layout, derivatives: Derivatives, members: Uint32Array, sums: Sums, into?: Float64Array): Float64Array {
  const histogram = into ?? new Float64Array(sizeOf(layout));
  const { stride } = layout;
  const gradients = derivatives.gradient.numbers;
  const hessians = derivatives.hessian?.numbers;
  for (const { columns, first, end, starts, bins } of entries) {
    const own = histogram.subarray(first * stride, end * stride);
    own.fill(0);
    if (hessians) countThree(own, starts, bins, members, gradients, hessians);
    else countTwo(own, starts, bins, members, gradients);
    fillFirstBins(histogram, layout, sums, columns);
  }
  return histogram;
}

// Four bins at a time: at each turn of a loop engines look again at what kinds of arrays these are.

function countTwo(histogram: Float64Array, starts: Uint32Array, bins: Uint16Array, members: Uint32Array, gradients: Float64Array): void {
  for (let i = 0; i < members.length; i++) {
    const row = members[i]!;
    const gradient = gradients[row]!;
    const end = starts[row + 1]!;
    let entry = starts[row]!;
    for (; entry + 3 < end; entry += 4) {
      addTwo(histogram, bins[entry]!, gradient);
      addTwo(histogram, bins[entry + 1]!, gradient);
      addTwo(histogram, bins[entry + 2]!, gradient);
      addTwo(histogram, bins[entry + 3]!, gradient);
    }
    for (; entry < end; entry++) addTwo(histogram, bins[entry]!, gradient);
  }
}

function countThree(
  histogram: Float64Array,
  starts: Uint32Array,
  bins: Uint16Array,
  members: Uint32Array,
  gradients: Float64Array,
  hessians: Float64Array,
): void {
  for (let i = 0; i < members.length; i++) {
    const row = members[i]!;
    const gradient = gradients[row]!;
    const hessian = hessians[row]!;
    const end = starts[row + 1]!;
    let entry = starts[row]!;
    for (; entry + 3 < end; entry += 4) {
      addThree(histogram, bins[entry]!, gradient, hessian);
      addThree(histogram, bins[entry + 1]!, gradient, hessian);
      addThree(histogram, bins[entry + 2]!, gradient, hessian);
      addThree(histogram, bins[entry + 3]!, gradient, hessian);
    }
    for (; entry < end; entry++) addThree(histogram, bins[entry]!, gradient, hessian);
  }
}

function addTwo(histogram: Float64Array, bin: number, gradient: number): void {
  const at = bin * 2;
  histogram[at]!++;
  histogram[at + 1]! += gradient;
}

function addThree(histogram: Float64Array, bin: number, gradient: number, hessian: number): void {
  const at = bin * 3;
  histogram[at]!++;
  histogram[at + 1]! += gradient;
  histogram[at + 2]! += hessian;
}

/** The first bin of a column has what its other bins leave of the node. */
export function fillFirstBins(histogram: Float64Array, { offsets, stride }: Layout, sums: Sums, [from, to]: readonly [number, number]): void {
  for (let j = from; j < to; j++) {
    let { count, gradient, hessian } = sums;
    const first = offsets[j]! * stride;
    const end = offsets[j + 1]! * stride;
    for (let at = first + stride; at < end; at += stride) {
      count -= histogram[at]!;
      gradient -= histogram[at + 1]!;
      if (stride === 3) hessian -= histogram[at + 2]!;
    }
    histogram[first] = count;
    histogram[first + 1] = gradient;
    if (stride === 3) histogram[first + 2] = hessian;
  }
}

/** What is left of a node without one of its sides, in place of the node's own. */
export function subtract(histogram: Float64Array, side: Float64Array): Float64Array {
  for (let at = 0; at < histogram.length; at++) histogram[at]! -= side[at]!;
  return histogram;
}
