// Ensembles of trees: TreeEnsembleClassifier and TreeEnsembleRegressor of ai.onnx.ml.
import type { GraphTensor } from '../graph.ts';
import { prepared, type Call, type Operators } from '../tensors.ts';
import { argMax, chosen, floatsOf, labelsOf, numbersLike, pairOf, tableOf, transformed } from './scores.ts';

/** Nodes of all trees in one row; those of leaves say where their weights begin and end. */
export interface Trees {
  readonly roots: Int32Array;
  readonly modes: readonly string[];
  readonly features: ArrayLike<number>;
  readonly thresholds: ArrayLike<number>;
  /** Where a row goes on that passes the test, and where one that does not. */
  readonly yes: Int32Array;
  readonly no: Int32Array;
  /** Whether a row without a value passes. */
  readonly gaps: ArrayLike<number>;
  /** Of leaves: places in `outputs` and `weights`. */
  readonly begins: Int32Array;
  readonly ends: Int32Array;
  readonly outputs: Int32Array;
  readonly weights: Float64Array;
}

const cache = new WeakMap<object, Trees>();

/** The trees of a node. @param of what the attributes of leaves begin with */
export function treesOf(call: Call, of: 'class' | 'target'): Trees {
  return prepared(cache, call, () => build(call.attributes, of));
}

function build(attributes: Call['attributes'], of: 'class' | 'target'): Trees {
  const ints = (name: string): readonly number[] => attributes[name]?.ints ?? [];
  const [trees, ids, modes] = [ints('nodes_treeids'), ints('nodes_nodeids'), attributes['nodes_modes']?.strings ?? []];
  const count = ids.length;
  const [features, thresholds] = [ints('nodes_featureids'), floatsOf(attributes, 'nodes_values')];
  const tables: readonly ArrayLike<unknown>[] = [trees, modes, features, thresholds, ints('nodes_truenodeids'), ints('nodes_falsenodeids')];
  if (tables.some((table) => table.length !== count)) throw new Error('the tables of its nodes differ in length');
  const odd = modes.findIndex((mode, i) => mode !== 'LEAF' && (!Object.hasOwn(TESTS, mode) || features[i]! < 0));
  if (odd >= 0) throw new Error(`nodes of mode '${modes[odd]}' that ask for feature ${features[odd]} are not among those that this program runs`);
  const roots = new Map<number, number>();
  const places = new Map<number, Map<number, number>>();
  trees.forEach((tree, i) => {
    if (!roots.has(tree)) {
      roots.set(tree, i);
      places.set(tree, new Map());
    }
    places.get(tree)!.set(ids[i]!, i);
  });
  const place = (tree: number, id: number): number => {
    const at = places.get(tree)?.get(id);
    if (at === undefined) throw new Error(`tree ${tree} has no node ${id}`);
    return at;
  };
  const child = (name: string): Int32Array => Int32Array.from(ints(name), (id, i) => (modes[i] === 'LEAF' ? -1 : place(trees[i]!, id)));
  const [yes, no] = [child('nodes_truenodeids'), child('nodes_falsenodeids')];
  checkTrees([...roots.values()], modes, yes, no);
  return {
    roots: Int32Array.from(
      [...roots].toSorted(([a], [b]) => a - b),
      ([, at]) => at,
    ),
    modes,
    features,
    thresholds,
    yes,
    no,
    gaps: ints('nodes_missing_value_tracks_true'),
    ...leaves(attributes, of, count, place),
  };
}

function leaves(
  attributes: Call['attributes'],
  of: string,
  count: number,
  place: (tree: number, id: number) => number,
): Pick<Trees, 'begins' | 'ends' | 'outputs' | 'weights'> {
  const weights = floatsOf(attributes, `${of}_weights`);
  const outputs = attributes[`${of}_ids`]?.ints ?? [];
  const trees = attributes[`${of}_treeids`]?.ints ?? [];
  const nodes = attributes[`${of}_nodeids`]?.ints ?? [];
  if ([weights, outputs, trees].some((table) => table.length !== nodes.length)) throw new Error('the tables of its leaves differ in length');
  const most = of === 'target' ? (attributes['n_targets']?.int ?? 1) : labelsOf(attributes, 'classlabels_int64s').names.length;
  const beyond = outputs.find((output) => output < 0 || output >= most);
  if (beyond !== undefined) throw new Error(`a leaf is of ${of} ${beyond}, counted from 0, of ${most}`);
  const at = nodes.map((id, i) => place(trees[i]!, id));
  // By leaf, each with its weights in the order of the file.
  const order = [...at.keys()].toSorted((a, b) => at[a]! - at[b]! || a - b);
  const begins = new Int32Array(count);
  const ends = new Int32Array(count);
  // Of one target a leaf has one weight: skl2onnx may write it once for each tree of a forest, and onnxruntime reads the first.
  const once = of === 'target' && (attributes['n_targets']?.int ?? 1) === 1;
  order.forEach((one, i) => {
    if (i === 0 || at[order[i - 1]!] !== at[one]) begins[at[one]!] = i;
    ends[at[one]!] = once ? begins[at[one]!]! + 1 : i + 1;
  });
  return { begins, ends, outputs: Int32Array.from(order, (one) => outputs[one]!), weights: Float64Array.from(order, (one) => weights[one]!) };
}

/** A node that two others lead to, or that leads back, is no tree, and a row would go round for ever. */
function checkTrees(roots: readonly number[], modes: readonly string[], yes: Int32Array, no: Int32Array): void {
  const seen = new Uint8Array(modes.length);
  const open = [...roots];
  while (open.length > 0) {
    const at = open.pop()!;
    if (seen[at]) throw new Error(`two ways lead to its node ${at}`);
    seen[at] = 1;
    if (modes[at] !== 'LEAF') open.push(yes[at]!, no[at]!);
  }
}

const TESTS: Readonly<Record<string, (x: number, threshold: number) => boolean>> = {
  BRANCH_LEQ: (x, threshold) => x <= threshold,
  BRANCH_LT: (x, threshold) => x < threshold,
  BRANCH_GTE: (x, threshold) => x >= threshold,
  BRANCH_GT: (x, threshold) => x > threshold,
  BRANCH_EQ: (x, threshold) => x === threshold,
  BRANCH_NEQ: (x, threshold) => x !== threshold,
};

/** The leaf of one tree that a row of features reaches. */
function leafOf(trees: Trees, root: number, data: ArrayLike<number>, begin: number): number {
  let at = root;
  for (;;) {
    const mode = trees.modes[at]!;
    if (mode === 'LEAF') return at;
    const x = data[begin + trees.features[at]!]!;
    at = (Number.isNaN(x) && trees.gaps[at]) || TESTS[mode]!(x, trees.thresholds[at]!) ? trees.yes[at]! : trees.no[at]!;
  }
}

/** The leaf that a row reaches in a tree, by their places. */
export type LeafAt = (row: number, tree: number) => number;

/** What the leaves that a row reaches give each output. */
function eachRow(
  x: GraphTensor | undefined,
  trees: Trees,
  known: LeafAt | undefined,
  visit: (row: number, add: (each: (output: number, weight: number) => void) => void) => void,
): void {
  const { rows, width, data } = tableOf(x);
  const most = trees.modes.reduce((most, mode, i) => (mode === 'LEAF' ? most : Math.max(most, trees.features[i]!)), -1);
  if (most >= width) throw new Error(`rows have ${width} features, and a tree asks for feature ${most}`);
  for (let row = 0; row < rows; row++) {
    visit(row, (each) => {
      for (const [tree, root] of trees.roots.entries()) {
        const leaf = known ? known(row, tree) : leafOf(trees, root, data, row * width);
        for (let i = trees.begins[leaf]!; i < trees.ends[leaf]!; i++) each(trees.outputs[i]!, trees.weights[i]!);
      }
    });
  }
}

/** @param leafAt where rows end, if that is known already */
export function classifyByTrees([x]: readonly (GraphTensor | undefined)[], call: Call, leafAt?: LeafAt): readonly GraphTensor[] {
  const { attributes } = call;
  const trees = treesOf(call, 'class');
  const labels = labelsOf(attributes, 'classlabels_int64s');
  const count = Math.max(1, labels.names.length);
  const base = floatsOf(attributes, 'base_values');
  const kind = attributes['post_transform']?.string;
  const { rows } = tableOf(x);
  const single = count === 2 && new Set(trees.outputs).size === 1 ? trees.outputs[0]! : undefined;
  const shares = trees.weights.every((weight) => weight >= 0);
  const out = numbersLike(undefined, rows, count);
  const places = new Int32Array(rows);
  eachRow(x, trees, leafAt, (row, add) => {
    let line: Float64Array = Float64Array.from({ length: count }, (_, i) => base[i] ?? 0);
    if (single !== undefined) {
      let score = 0;
      add((_, weight) => (score += weight));
      [score, line] = decided(score, single, base, shares, kind);
      places[row] = Number(score > (shares ? 0.5 : 0));
    } else {
      // A class that no leaf of the row speaks of is not the row's, whatever the others have.
      const seen = new Uint8Array(count).fill(Number(base.length >= count));
      add((output, weight) => {
        line[output]! += weight;
        seen[output] = 1;
      });
      places[row] = argMax(seen.includes(1) ? line.map((score, i) => (seen[i] ? score : -Infinity)) : line);
      // The score of one class alone stays as it is.
      if (count > 1 || kind === 'PROBIT') transformed(line, kind);
    }
    out.data.set(line, row * count);
  });
  return [chosen(labels, places), out];
}

/** Of two classes where all weights are of one: the score that decides, and what both get, as onnxruntime has it. */
function decided(sum: number, of: number, base: ArrayLike<number>, shares: boolean, kind: string | undefined): readonly [number, Float64Array] {
  if (of === 0 && base.length < 2) {
    const score = sum + (base[0] ?? 0);
    return [score, pairOf(score, kind, shares)];
  }
  if (of === 1 && base.length > 0) throw new Error('what base_values add to weights of the second class alone is not among what this program runs');
  const score = sum + (base[0] ?? 0);
  const line = of === 0 ? Float64Array.of(score, 0) : Float64Array.of(0, score);
  transformed(line, kind);
  return [score, line];
}

/** @param leafAt where rows end, if that is known already */
export function regressByTrees([x]: readonly (GraphTensor | undefined)[], call: Call, leafAt?: LeafAt): GraphTensor {
  const { attributes } = call;
  const trees = treesOf(call, 'target');
  const targets = attributes['n_targets']?.int ?? 1;
  const how = attributes['aggregate_function']?.string ?? 'SUM';
  const base = floatsOf(attributes, 'base_values');
  const out = numbersLike(undefined, tableOf(x).rows, targets);
  eachRow(x, trees, leafAt, (row, add) => {
    const line = new Float64Array(targets);
    const seen = new Uint8Array(targets);
    add((output, weight) => {
      const before = line[output]!;
      const first = !seen[output];
      seen[output] = 1;
      if (how === 'MIN') line[output] = first ? weight : Math.min(before, weight);
      else if (how === 'MAX') line[output] = first ? weight : Math.max(before, weight);
      else line[output] = before + weight;
    });
    for (let i = 0; i < targets; i++) line[i] = (how === 'AVERAGE' ? line[i]! / trees.roots.length : line[i]!) + (base[i] ?? 0);
    transformed(line, attributes['post_transform']?.string);
    out.data.set(line, row * targets);
  });
  return out;
}

export const trees: Operators = {
  'ai.onnx.ml:TreeEnsembleClassifier': (inputs, call) => classifyByTrees(inputs, call),
  'ai.onnx.ml:TreeEnsembleRegressor': (inputs, call) => regressByTrees(inputs, call),
};
