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
  /** Left child, behind which the right one stands; of a leaf, what is said of it. */
  readonly next: number[];
  /** Weight times impurity that splits by each feature took away, `[cols]`. */
  readonly gains: Float64Array;
}

export interface GrowOptions {
  readonly maxDepth?: number | undefined;
  readonly minSamplesSplit: number;
  readonly minSamplesLeaf: number;
  readonly maxLeafNodes?: number | undefined;
  /** Features drawn for each node; undefined for all in their order. */
  readonly drawn: number | undefined;
  readonly threshold: (column: number, lower: number, upper: number) => number;
  /** Keeps what a leaf says. @returns where */
  readonly leaf: (units: Uint32Array) => number;
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
  return { random, pool, feature: [], threshold: [], next: [], gains: new Float64Array(cols) };
}

/** @param roots members of each tree */
export async function grow(trees: readonly Tree[], roots: readonly Members[], searcher: Searcher, options: GrowOptions): Promise<void> {
  const { maxDepth = Infinity, minSamplesSplit, minSamplesLeaf, maxLeafNodes, threshold, leaf, signal } = options;
  const fewest = Math.max(minSamplesSplit, 2 * minSamplesLeaf);
  const leaves = new Map(trees.map((tree) => [tree, 1]));
  const end = ({ tree, node, units }: Open): void => void (tree.next[node] = leaf(units));
  const isOpen = ({ begin, end, units, depth }: Open): boolean =>
    depth < maxDepth && end - begin >= fewest && units.reduce((count, own) => count + Number(own > 0), 0) > 1;
  const enter = (nodes: readonly Open[], open: Open[]): void => {
    for (const node of nodes) {
      if (isOpen(node)) open.push(node);
      else end(node);
    }
  };
  let open: Open[] = [];
  enter(
    trees.map((tree, i) => ({ ...roots[i]!, tree, node: addNode(tree), depth: 0 })),
    open,
  );
  let ready: Ready[] = [];
  for (;;) {
    throwIfCancelled(signal);
    const found = await splitsOf(open, searcher, options.drawn);
    for (const [i, members] of open.entries()) {
      const split = found[i];
      if (split) ready.push({ members, split });
      else end(members);
    }
    const chosen = maxLeafNodes === undefined ? ready : bestOfEach(ready, (tree) => leaves.get(tree)! < maxLeafNodes);
    if (chosen.length === 0) break;
    const sides = await searcher.move(chosen);
    open = [];
    for (const [i, { members, split }] of chosen.entries()) {
      const { tree, node, depth, begin, end, units } = members;
      const left = addNode(tree);
      addNode(tree);
      tree.feature[node] = split.feature;
      tree.threshold[node] = threshold(split.feature, split.lower, split.upper);
      tree.next[node] = left;
      tree.gains[split.feature]! += split.gain;
      leaves.set(tree, leaves.get(tree)! + 1);
      const middle = begin + sides[i]!.rows;
      const own = sides[i]!.units;
      const rest = units.map((all, c) => all - own[c]!);
      const below = { tree, depth: depth + 1 };
      enter(
        [
          { ...below, node: left, begin, end: middle, units: own },
          { ...below, node: left + 1, begin: middle, end, units: rest },
        ],
        open,
      );
    }
    const taken = new Set(chosen);
    ready = maxLeafNodes === undefined ? [] : ready.filter((one) => !taken.has(one));
  }
  for (const { members } of ready) end(members);
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
async function splitsOf(open: readonly Open[], searcher: Searcher, drawn: number | undefined): Promise<readonly (Split | undefined)[]> {
  const features = open.map(({ tree }) => (drawn === undefined ? undefined : drawnFrom(tree, tree.pool, drawn)));
  const found = await searcher.search(open.map((node, i) => ({ ...node, features: features[i] })));
  const splits = found.map(({ split }) => split);
  let pending = [...open.keys()].filter((i) => drawn !== undefined && !found[i]!.varied).map((i) => ({ i, tried: [...features[i]!] }));
  while (pending.length > 0) {
    const asked = pending.flatMap(({ i, tried }) => {
      const { tree } = open[i]!;
      const rest = tree.pool.filter((feature) => !tried.includes(feature)).sort();
      return rest.length === 0 ? [] : [{ i, tried, own: drawnFrom(tree, rest, drawn!) }];
    });
    const again = await searcher.search(asked.map(({ i, own }) => ({ ...open[i]!, features: own, first: true })));
    for (const [at, { i }] of asked.entries()) splits[i] = again[at]!.split;
    pending = asked.filter((_, at) => !again[at]!.varied).map(({ i, tried, own }) => ({ i, tried: [...tried, ...own] }));
  }
  return splits;
}

/** Where there are fewer, the last fills up. */
function drawnFrom({ random }: Tree, pool: Uint32Array, count: number): Uint32Array {
  const some = Math.min(count, pool.length);
  const target = new Uint32Array(count);
  drawFrom(random, pool, some, target);
  return target.fill(target[some - 1]!, some);
}
