// Grows one tree, the most gainful split first, as scikit-learn 1.9 does (ensemble/_hist_gradient_boosting/grower.py).
import { throwIfCancelled } from '../../../dsl/stage/context.ts';
import { letOthersIn } from '../../../dsl/stage/turns.ts';
import type { Binned } from '../columns/bins.ts';
import { pop, push } from './heap.ts';
import { subtract, type Sums } from './histograms.ts';
import { bestSplit, isIn, LEAST_HESSIAN, valueOf, type Split, type SplitSearch } from './splits.ts';

/** A node of a tree of bins. The right child stands behind the left one. */
export interface TreeNode {
  /** Undefined for a leaf. */
  split?: Split;
  /** Where the gaps go: of a column without gaps, the side with more rows. */
  gapsLeft: boolean;
  left: number;
  /** What a leaf says, shrunk. */
  value: number;
}

export interface Grown {
  /** The root first. */
  readonly nodes: readonly TreeNode[];
  /** Stretches of the members that end in each leaf. */
  readonly leaves: readonly { readonly node: number; readonly begin: number; readonly end: number }[];
}

export interface GrowOptions {
  readonly maxLeafNodes: number | null;
  readonly maxDepth?: number | undefined;
  readonly minSamplesLeaf: number;
  readonly learningRate: number;
  readonly signal: AbortSignal;
}

export interface Counter {
  /** The histogram of some rows. @param sums theirs */
  histogram(members: Uint32Array, sums: Sums): Promise<Float64Array> | Float64Array;
  /** Takes one back that is not looked at again. */
  release(histogram: Float64Array): void;
}

/** A node that is not yet split or a leaf. */
interface Open {
  readonly node: number;
  readonly depth: number;
  readonly begin: number;
  readonly end: number;
  readonly sums: Sums;
  /** Before shrinking. */
  readonly value: number;
}

interface Ready extends Open {
  readonly histogram: Float64Array;
  readonly split: Split;
}

const before = (a: Ready, b: Ready): boolean => a.split.gain > b.split.gain;

/** @param members rows of the root; changes places, so that each leaf has a stretch of it */
export async function grow(bins: Binned, members: Uint32Array, sums: Sums, counter: Counter, search: SplitSearch, options: GrowOptions): Promise<Grown> {
  const { maxLeafNodes, maxDepth, minSamplesLeaf, learningRate, signal } = options;
  const nodes: TreeNode[] = [];
  const leaves: { node: number; begin: number; end: number }[] = [];
  const ready: Ready[] = [];
  const held = new Uint32Array(members.length);
  const addNode = (): number => nodes.push({ gapsLeft: false, left: 0, value: 0 }) - 1;
  const end = ({ node, begin, end, value }: Open): void => {
    nodes[node]!.value = value * learningRate;
    leaves.push({ node, begin, end });
  };
  const look = (open: Open, histogram: Float64Array): void => {
    const split = bestSplit({ ...open, histogram }, search);
    if (split) push(ready, { ...open, histogram, split }, before);
    else {
      end(open);
      counter.release(histogram);
    }
  };
  const root: Open = { node: addNode(), depth: 0, begin: 0, end: members.length, sums, value: 0 };
  if (members.length < 2 * minSamplesLeaf || sums.hessian * search.hessianUnit < LEAST_HESSIAN) end(root);
  else look(root, await counter.histogram(members, sums));
  for (let open = pop(ready, before); open; open = pop(ready, before)) {
    await letOthersIn();
    throwIfCancelled(signal);
    const { split, depth } = open;
    const middle = partition(bins, members, held, open);
    const left: Open = { node: addNode(), depth: depth + 1, begin: open.begin, end: middle, sums: split.leftSums, value: valueOf(split.leftSums, search) };
    const rest = less(open.sums, split.leftSums);
    const right: Open = { node: addNode(), depth: depth + 1, begin: middle, end: open.end, sums: rest, value: valueOf(rest, search) };
    const own = nodes[open.node]!;
    own.split = split;
    own.left = left.node;
    own.gapsLeft = bins.columns[split.column]!.gaps ? split.gapsLeft : middle - open.begin > open.end - middle;
    if (leaves.length + ready.length + 2 === maxLeafNodes) {
      for (const { histogram } of [open, ...ready]) counter.release(histogram);
      for (const one of [left, right, ...ready.splice(0)]) end(one);
      break;
    }
    const splits = (side: Open): boolean => side.depth !== maxDepth && side.end - side.begin >= minSamplesLeaf * 2;
    const sides = [left, right] as const;
    for (const side of sides) if (!splits(side)) end(side);
    if (!sides.some(splits)) {
      counter.release(open.histogram);
      continue;
    }
    const small = middle - open.begin < open.end - middle ? left : right;
    const counted = await counter.histogram(members.subarray(small.begin, small.end), small.sums);
    subtract(open.histogram, counted);
    for (const side of sides) {
      const histogram = side === small ? counted : open.histogram;
      if (splits(side)) look(side, histogram);
      else counter.release(histogram);
    }
  }
  return { nodes, leaves };
}

function less(a: Sums, b: Sums): Sums {
  return { count: a.count - b.count, gradient: a.gradient - b.gradient, hessian: a.hessian - b.hessian };
}

/** Brings a node's rows of the left before those of the right. @returns where those begin */
function partition({ data, rows, columns }: Binned, members: Uint32Array, held: Uint32Array, { begin, end, split }: Ready): number {
  const { column, bin: last, left, gapsLeft } = split;
  const gap = columns[column]!.bins;
  const own = data.subarray(column * rows, (column + 1) * rows);
  let to = begin;
  let put = 0;
  for (let i = begin; i < end; i++) {
    const row = members[i]!;
    const bin = own[row]!;
    if (left ? isIn(left, bin) : bin <= last || (gapsLeft && bin === gap)) members[to++] = row;
    else held[put++] = row;
  }
  members.set(held.subarray(0, put), to);
  return to;
}

/** What a tree says of a row of bins. */
export function saidOf({ nodes }: Grown, { data, rows, columns }: Binned, row: number): number {
  let node = nodes[0]!;
  while (node.split) {
    const { column, bin: last, left } = node.split;
    const bin = data[column * rows + row]!;
    const goesLeft = bin === columns[column]!.bins ? node.gapsLeft : left ? isIn(left, bin) : bin <= last;
    node = nodes[node.left + Number(!goesLeft)]!;
  }
  return node.value;
}
