// Trees as the lists of ONNX's TreeEnsembleRegressor: nodes one behind the other, and what leaves add to which sum.
import type { GraphBuilder, Value } from './builder.ts';

/** Rows with no more than the value go to the left. */
interface Split {
  readonly column: number;
  readonly value: number;
  /** Whether gaps go to the left too. */
  readonly gapsLeft?: boolean;
}

/** Nodes are numbered within their tree, its root 0. */
export class TreeList {
  readonly trees: number[] = [];
  readonly numbers: number[] = [];
  readonly modes: string[] = [];
  readonly columns: number[] = [];
  readonly values: number[] = [];
  readonly left: number[] = [];
  readonly right: number[] = [];
  readonly gapsLeft: number[] = [];
  readonly leafTrees: number[] = [];
  readonly leafNumbers: number[] = [];
  readonly leafTargets: number[] = [];
  readonly leafValues: number[] = [];
  /** Nodes of the tree that grows. */
  #nodes = 0;

  split(tree: number, { column, value, gapsLeft }: Split, left: () => number, right: () => number): number {
    const at = this.#node(tree, 'BRANCH_LEQ', column, value, Number(gapsLeft ?? false));
    const [place, number] = [this.trees.length - 1, at];
    this.left[place] = left();
    this.right[place] = right();
    return number;
  }

  /** @param sum to which it adds `value` */
  leaf(tree: number, sum: number, value: number): number {
    const number = this.#node(tree, 'LEAF', 0, 0, 0);
    this.leafTrees.push(tree);
    this.leafNumbers.push(number);
    this.leafTargets.push(sum);
    this.leafValues.push(value);
    return number;
  }

  #node(tree: number, mode: string, column: number, value: number, gapsLeft: number): number {
    this.#nodes = this.trees.at(-1) === tree ? this.#nodes + 1 : 0;
    this.trees.push(tree);
    this.numbers.push(this.#nodes);
    this.modes.push(mode);
    this.columns.push(column);
    this.values.push(value);
    this.left.push(0);
    this.right.push(0);
    this.gapsLeft.push(gapsLeft);
    return this.#nodes;
  }
}

/** `[rows, sums]`, in float64 but for the sums, which a runtime of ONNX has in 32 bits. */
export function treeSums(b: GraphBuilder, x: Value, list: TreeList, sums: number): Value {
  const doubles = (values: readonly number[]) => ({ tensor: { type: 'double', dims: [values.length], data: Float64Array.from(values) } }) as const;
  const said = b.op(
    'TreeEnsembleRegressor',
    [x],
    {
      n_targets: { int: sums },
      aggregate_function: { string: 'SUM' },
      post_transform: { string: 'NONE' },
      nodes_treeids: { ints: list.trees },
      nodes_nodeids: { ints: list.numbers },
      nodes_modes: { strings: list.modes },
      nodes_featureids: { ints: list.columns },
      nodes_values_as_tensor: doubles(list.values),
      nodes_truenodeids: { ints: list.left },
      nodes_falsenodeids: { ints: list.right },
      nodes_missing_value_tracks_true: { ints: list.gapsLeft },
      target_treeids: { ints: list.leafTrees },
      target_nodeids: { ints: list.leafNumbers },
      target_ids: { ints: list.leafTargets },
      target_weights_as_tensor: doubles(list.leafValues),
    },
    'ai.onnx.ml',
  );
  return b.cast(said, 'double');
}
