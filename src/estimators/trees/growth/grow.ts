// Grows many trees at once: all nodes of a level are searched and split together. The host decides what is split; the device
// counts.
import type { RandomState } from '../../../core/data/random.ts';
import { throwIfCancelled } from '../../../dsl/stage/context.ts';
import { drawFrom } from '../draw.ts';

/** A stretch of members, and what stands there in whole numbers. Forests have millions of them, so several share an array. */
export interface Members {
  readonly begin: number;
  readonly end: number;
  /** From `at` on: weight by class; of trees of values, the weight and the sum of each output. */
  readonly units: Uint32Array | Float64Array;
  readonly at: number;
}

export interface Split {
  readonly feature: number;
  /** The highest bin of the left. */
  readonly lower: number;
  readonly threshold: number;
  /** How much less impure the sides are, times the weight of the node. */
  readonly gain: number;
}

/** Undefined where no feature splits the members so that enough are on each side. */
export interface Searched<S extends Split = Split> {
  readonly split: S | undefined;
  /** Whether any feature differs among the members. */
  readonly varied: boolean;
}

export interface Searcher<S extends Split = Split> {
  /**
   * @param features to look at, `[node][slots]`, where they are drawn; each with what is drawn for its place, where splits are random
   * @param first that of the first feature that differs, in place of the best of all
   */
  search(nodes: readonly Members[], features?: Uint32Array, first?: boolean): Promise<readonly Searched<S>[]>;
  /** @returns members on the left of each, and what stands there, `[node][1 + width]` */
  move(nodes: readonly { readonly members: Members; readonly split: S }[]): Promise<Members['units']>;
  release(): void;
}

/** A tree while it grows, its nodes in the order in which they came to be. */
export interface Tree {
  readonly random: RandomState;
  /** All features, where some are drawn; in any order. */
  readonly pool: Uint32Array;
  /** Feature that a node is split by, -1 for a leaf. */
  readonly feature: number[];
  readonly threshold: number[];
  /** Left child, behind which the right one stands; of a leaf its row among those that trees share, and behind them those of `values`. */
  readonly next: number[];
  /** What leaves say beside that, `[leaves][width]`. */
  readonly values: number[];
  /** Weight times impurity that splits by each feature took away, `[cols]`. */
  readonly gains: Float64Array;
}

/** What stands at nodes: the weight of each class, or sums of values. */
export interface Standing {
  /** Numbers of a node. */
  readonly width: number;
  /** Room for so many numbers. */
  room(length: number): Members['units'];
  /** Whether it is known that no split tells its members apart. */
  isPure(node: Members): boolean;
  /** The row of what a leaf says, as in `next`. */
  leaf(tree: Tree, node: Members): number;
}

export interface GrowOptions {
  readonly maxDepth?: number | undefined;
  readonly minSamplesSplit: number;
  readonly minSamplesLeaf: number;
  readonly maxLeafNodes?: number | undefined;
  /** Features drawn for each node; undefined for all in their order. */
  readonly drawn: number | undefined;
  /** Places of splits are drawn too. */
  readonly random: boolean;
  readonly signal: AbortSignal;
  /** Told which share of the members has come to leaves, again and again. */
  readonly settled?: (share: number) => void;
}

/** A node that may be split. */
interface Open extends Members {
  readonly tree: Tree;
  readonly node: number;
  readonly depth: number;
}

interface Ready<S extends Split> {
  readonly members: Open;
  readonly split: S;
}

export function newTree(random: RandomState, cols: number, drawn: boolean): Tree {
  const pool = Uint32Array.from({ length: drawn ? cols : 0 }, (_, j) => j);
  return { random, pool, feature: [], threshold: [], next: [], values: [], gains: new Float64Array(cols) };
}

/** @param roots members of each tree */
export async function grow<S extends Split>(
  trees: readonly Tree[],
  roots: readonly Members[],
  searcher: Searcher<S>,
  standing: Standing,
  options: GrowOptions,
): Promise<void> {
  const { maxDepth = Infinity, minSamplesSplit, minSamplesLeaf, maxLeafNodes, signal, settled } = options;
  const { width } = standing;
  const fewest = Math.max(minSamplesSplit, 2 * minSamplesLeaf);
  const all = roots.reduce((sum, { begin, end }) => sum + end - begin, 0);
  let inLeaves = 0;
  const end = (node: Open): void => {
    node.tree.next[node.node] = standing.leaf(node.tree, node);
    inLeaves += node.end - node.begin;
  };
  const enter = (node: Open, open: Open[]): void => {
    if (node.depth < maxDepth && node.end - node.begin >= fewest && !standing.isPure(node)) open.push(node);
    else end(node);
  };
  let open: Open[] = [];
  for (const [i, tree] of trees.entries()) {
    const { begin, end, units, at } = roots[i]!;
    enter({ tree, node: addNode(tree), depth: 0, begin, end, units, at }, open);
  }
  let ready: Ready<S>[] = [];
  for (;;) {
    throwIfCancelled(signal);
    if (open.length > 0) settled?.(inLeaves / all);
    const found = await splitsOf(open, searcher, options);
    for (const [i, members] of open.entries()) {
      const split = found[i];
      if (split) ready.push({ members, split });
      else end(members);
    }
    const chosen = maxLeafNodes === undefined ? ready : bestOfEach(ready, ({ feature }) => (feature.length + 1) / 2 < maxLeafNodes);
    if (chosen.length === 0) break;
    const sides = await searcher.move(chosen);
    const below = standing.room(chosen.length * 2 * width);
    open = [];
    for (const [i, { members, split }] of chosen.entries()) {
      const { tree, node, depth, begin, end, units, at } = members;
      const left = addNode(tree);
      addNode(tree);
      tree.feature[node] = split.feature;
      tree.threshold[node] = split.threshold;
      tree.next[node] = left;
      tree.gains[split.feature]! += split.gain;
      const [side, here] = [i * (1 + width), i * 2 * width];
      for (let c = 0; c < width; c++) {
        const own = sides[side + 1 + c]!;
        below[here + c] = own;
        below[here + width + c] = units[at + c]! - own;
      }
      const middle = begin + sides[side]!;
      enter({ tree, node: left, depth: depth + 1, begin, end: middle, units: below, at: here }, open);
      enter({ tree, node: left + 1, depth: depth + 1, begin: middle, end, units: below, at: here + width }, open);
    }
    if (maxLeafNodes === undefined) {
      ready = [];
      continue;
    }
    const taken = new Set(chosen);
    ready = ready.filter((one) => !taken.has(one));
  }
  for (const { members } of ready) end(members);
}

function addNode({ feature, threshold, next }: Tree): number {
  threshold.push(0);
  next.push(0);
  return feature.push(-1) - 1;
}

/** One of each tree that `may` grow: of the largest gain, of equal ones the first. */
function bestOfEach<S extends Split>(ready: readonly Ready<S>[], may: (tree: Tree) => boolean): readonly Ready<S>[] {
  const best = new Map<Tree, Ready<S>>();
  for (const one of ready) {
    const { tree } = one.members;
    if (may(tree) && one.split.gain > (best.get(tree)?.split.gain ?? -1)) best.set(tree, one);
  }
  return [...best.values()];
}

/** Of nodes whose drawn features are all constant, further features are drawn until one is not, as scikit-learn does. */
async function splitsOf<S extends Split>(
  open: readonly Open[],
  searcher: Searcher<S>,
  { drawn, random }: Pick<GrowOptions, 'drawn' | 'random'>,
): Promise<readonly (S | undefined)[]> {
  if (drawn === undefined) return (await searcher.search(open)).map(({ split }) => split);
  const features = new Uint32Array(open.length * drawn);
  for (const [i, { tree }] of open.entries()) drawFrom(tree.random, tree.pool, features, i * drawn, drawn);
  const asked = (nodes: readonly Open[], own: Uint32Array): Uint32Array => (random ? withDraws(nodes, own, drawn) : own);
  const found = await searcher.search(open, asked(open, features));
  const splits = found.map(({ split }) => split);
  let pending = [...open.keys()].filter((i) => !found[i]!.varied).map((i) => ({ i, tried: [...features.subarray(i * drawn, (i + 1) * drawn)] }));
  while (pending.length > 0) {
    const further = pending.flatMap(({ i, tried }) => {
      const { tree } = open[i]!;
      const rest = tree.pool.filter((feature) => !tried.includes(feature)).sort();
      if (rest.length === 0) return [];
      const own = new Uint32Array(drawn);
      drawFrom(tree.random, rest, own);
      return [{ i, tried: [...tried, ...own], own }];
    });
    const nodes = further.map(({ i }) => open[i]!);
    const again = await searcher.search(nodes, asked(nodes, Uint32Array.from(further.flatMap(({ own }) => [...own]))), true);
    for (const [at, { i }] of further.entries()) splits[i] = again[at]!.split;
    pending = further.filter((_, at) => !again[at]!.varied);
  }
  return splits;
}

/** Each feature with what is drawn for its place. */
function withDraws(nodes: readonly Open[], features: Uint32Array, each: number): Uint32Array {
  const both = new Uint32Array(features.length * 2);
  for (let at = 0; at < features.length; at++) {
    both[2 * at] = features[at]!;
    both[2 * at + 1] = nodes[Math.floor(at / each)]!.tree.random.uint32();
  }
  return both;
}
