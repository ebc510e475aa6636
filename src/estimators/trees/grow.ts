// Grows many trees at once: all nodes of a level are searched and split together. The host decides what is split; the device
// counts.
import type { RandomState } from '../../core/data/random.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { drawFrom } from './draw.ts';
import type { Members, Searcher, Split } from './search.ts';

/** A tree while it grows, its nodes in the order in which they came to be. */
export interface Tree {
  readonly random: RandomState;
  /** All features, where some are drawn; in any order. */
  readonly pool: Uint32Array;
  /** Feature that a node is split by, -1 for a leaf. */
  readonly feature: number[];
  readonly threshold: number[];
  /** Left child, behind which the right one stands; of a leaf its class where it has one, else the number of classes and its row of `values`. */
  readonly next: number[];
  /** Shares of the classes in leaves of several, `[leaves][classes]`. */
  readonly values: number[];
  /** Weight times impurity that splits by each feature took away, `[cols]`. */
  readonly gains: Float64Array;
}

export interface GrowOptions {
  readonly maxDepth?: number | undefined;
  readonly minSamplesSplit: number;
  readonly minSamplesLeaf: number;
  readonly maxLeafNodes?: number | undefined;
  readonly classes: number;
  /** Features drawn for each node; undefined for all in their order. */
  readonly drawn: number | undefined;
  /** Places of splits are drawn too. */
  readonly random: boolean;
  readonly signal: AbortSignal;
}

/** A node that may be split. */
interface Open extends Members {
  readonly tree: Tree;
  readonly node: number;
  readonly depth: number;
}

interface Ready {
  readonly members: Open;
  readonly split: Split;
}

export function newTree(random: RandomState, cols: number, drawn: boolean): Tree {
  const pool = Uint32Array.from({ length: drawn ? cols : 0 }, (_, j) => j);
  return { random, pool, feature: [], threshold: [], next: [], values: [], gains: new Float64Array(cols) };
}

/** @param roots members of each tree */
export async function grow(trees: readonly Tree[], roots: readonly Members[], searcher: Searcher, options: GrowOptions): Promise<void> {
  const { maxDepth = Infinity, minSamplesSplit, minSamplesLeaf, maxLeafNodes, classes, signal } = options;
  const fewest = Math.max(minSamplesSplit, 2 * minSamplesLeaf);
  const end = (node: Open): void => void (node.tree.next[node.node] = leafOf(node, classes));
  const enter = (node: Open, open: Open[]): void => {
    let there = 0;
    for (let c = 0; c < classes; c++) there += Number(node.units[node.at + c]! > 0);
    if (node.depth < maxDepth && node.end - node.begin >= fewest && there > 1) open.push(node);
    else end(node);
  };
  let open: Open[] = [];
  for (const [i, tree] of trees.entries()) {
    const { begin, end, units, at } = roots[i]!;
    enter({ tree, node: addNode(tree), depth: 0, begin, end, units, at }, open);
  }
  let ready: Ready[] = [];
  for (;;) {
    throwIfCancelled(signal);
    const found = await splitsOf(open, searcher, options);
    for (const [i, members] of open.entries()) {
      const split = found[i];
      if (split) ready.push({ members, split });
      else end(members);
    }
    const chosen = maxLeafNodes === undefined ? ready : bestOfEach(ready, ({ feature }) => (feature.length + 1) / 2 < maxLeafNodes);
    if (chosen.length === 0) break;
    const sides = await searcher.move(chosen);
    const below = new Uint32Array(chosen.length * 2 * classes);
    open = [];
    for (const [i, { members, split }] of chosen.entries()) {
      const { tree, node, depth, begin, end, units, at } = members;
      const left = addNode(tree);
      addNode(tree);
      tree.feature[node] = split.feature;
      tree.threshold[node] = split.threshold;
      tree.next[node] = left;
      tree.gains[split.feature]! += split.gain;
      const [side, here] = [i * (1 + classes), i * 2 * classes];
      for (let c = 0; c < classes; c++) {
        const own = sides[side + 1 + c]!;
        below[here + c] = own;
        below[here + classes + c] = units[at + c]! - own;
      }
      const middle = begin + sides[side]!;
      enter({ tree, node: left, depth: depth + 1, begin, end: middle, units: below, at: here }, open);
      enter({ tree, node: left + 1, depth: depth + 1, begin: middle, end, units: below, at: here + classes }, open);
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

function leafOf({ tree: { values }, units, at }: Open, classes: number): number {
  let total = 0;
  for (let c = 0; c < classes; c++) total += units[at + c]!;
  for (let c = 0; c < classes; c++) if (units[at + c] === total) return c;
  for (let c = 0; c < classes; c++) values.push(units[at + c]! / total);
  return classes + values.length / classes - 1;
}

function addNode({ feature, threshold, next }: Tree): number {
  threshold.push(0);
  next.push(0);
  return feature.push(-1) - 1;
}

/** One of each tree that `may` grow: of the largest gain, of equal ones the first. */
function bestOfEach(ready: readonly Ready[], may: (tree: Tree) => boolean): readonly Ready[] {
  const best = new Map<Tree, Ready>();
  for (const one of ready) {
    const { tree } = one.members;
    if (may(tree) && one.split.gain > (best.get(tree)?.split.gain ?? -1)) best.set(tree, one);
  }
  return [...best.values()];
}

/** Of nodes whose drawn features are all constant, further features are drawn until one is not, as scikit-learn does. */
async function splitsOf(
  open: readonly Open[],
  searcher: Searcher,
  { drawn, random }: Pick<GrowOptions, 'drawn' | 'random'>,
): Promise<readonly (Split | undefined)[]> {
  if (drawn === undefined) return (await searcher.search(open)).map(({ split }) => split);
  const features = new Uint32Array(open.length * drawn);
  for (const [i, { tree }] of open.entries()) drawFrom(tree.random, tree.pool, features.subarray(i * drawn, (i + 1) * drawn));
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
