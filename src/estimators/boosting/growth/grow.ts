// Grows one tree, the most gainful split first, as scikit-learn 1.9 does (ensemble/_hist_gradient_boosting/grower.py).
import { throwIfCancelled } from '../../../dsl/stage/context.ts';
import { letOthersIn } from '../../../dsl/stage/turns.ts';
import { pop, push } from './heap.ts';
import { subtract, type Sums } from './histograms.ts';
import type { BoostedRows } from './rows.ts';
import { bestSplit, LEAST_HESSIAN, valueOf, type Split, type SplitSearch } from './splits.ts';

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

/** The root first. */
export type Grown = readonly TreeNode[];

export interface GrowOptions {
  readonly maxLeafNodes: number | null;
  readonly maxDepth?: number | undefined;
  readonly minSamplesLeaf: number;
  readonly learningRate: number;
  readonly signal: AbortSignal;
}

/** A node that is not yet split or a leaf. */
interface Open {
  readonly node: number;
  readonly depth: number;
  readonly sums: Sums;
  /** Before shrinking. */
  readonly value: number;
}

interface Ready extends Open {
  readonly histogram: Float64Array;
  readonly split: Split;
}

const before = (a: Ready, b: Ready): boolean => a.split.gain > b.split.gain;

/** @param tree which of those that grow on the rows @param sums of all rows */
export async function grow(rows: BoostedRows, tree: number, sums: Sums, search: SplitSearch, options: GrowOptions): Promise<Grown> {
  const { maxLeafNodes, maxDepth, minSamplesLeaf, learningRate, signal } = options;
  const nodes: TreeNode[] = [];
  let leaves = 0;
  const ready: Ready[] = [];
  const addNode = (): number => nodes.push({ gapsLeft: false, left: 0, value: 0 }) - 1;
  const end = ({ node, value }: Open): void => {
    nodes[node]!.value = value * learningRate;
    leaves++;
  };
  const look = (open: Open, histogram: Float64Array): void => {
    const split = bestSplit({ ...open, histogram }, search);
    if (split) push(ready, { ...open, histogram, split }, before);
    else {
      end(open);
      rows.reuse(histogram);
    }
  };
  const root: Open = { node: addNode(), depth: 0, sums, value: 0 };
  if (sums.count < 2 * minSamplesLeaf || sums.hessian * search.hessianUnit < LEAST_HESSIAN) end(root);
  else look(root, await rows.histogram(tree, root.node, sums));
  for (let open = pop(ready, before); open; open = pop(ready, before)) {
    await letOthersIn();
    throwIfCancelled(signal);
    const { split, depth } = open;
    const rest = less(open.sums, split.leftSums);
    const left: Open = { node: addNode(), depth: depth + 1, sums: split.leftSums, value: valueOf(split.leftSums, search) };
    const right: Open = { node: addNode(), depth: depth + 1, sums: rest, value: valueOf(rest, search) };
    const own = nodes[open.node]!;
    own.split = split;
    own.left = left.node;
    own.gapsLeft = search.columns[split.column]!.gaps ? split.gapsLeft : left.sums.count > right.sums.count;
    const { column, bin, left: set } = split;
    rows.split(tree, open.node, left.node, { column, bin, left: set, gapsLeft: own.gapsLeft });
    if (leaves + ready.length + 2 === maxLeafNodes) {
      for (const { histogram } of [open, ...ready]) rows.reuse(histogram);
      for (const one of [left, right, ...ready.splice(0)]) end(one);
      break;
    }
    const splits = (side: Open): boolean => side.depth !== maxDepth && side.sums.count >= minSamplesLeaf * 2;
    const sides = [left, right] as const;
    for (const side of sides) if (!splits(side)) end(side);
    if (!sides.some(splits)) {
      rows.reuse(open.histogram);
      continue;
    }
    const small = left.sums.count < right.sums.count ? left : right;
    const counted = await rows.histogram(tree, small.node, small.sums);
    subtract(open.histogram, counted);
    for (const side of sides) {
      const histogram = side === small ? counted : open.histogram;
      if (splits(side)) look(side, histogram);
      else rows.reuse(histogram);
    }
  }
  return nodes;
}

function less(a: Sums, b: Sums): Sums {
  return { count: a.count - b.count, gradient: a.gradient - b.gradient, hessian: a.hessian - b.hessian };
}
