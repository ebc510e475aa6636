// Trees, and means of them.
import type { GraphBuilder, Value } from '../builder.ts';
import { byShares } from '../operators.ts';
import type { Exporter, Exporting, Features, KnownClasses } from '../said.ts';
import { TreeList, treeSums } from '../treeList.ts';

interface Trees {
  readonly roots: Uint32Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly next: Uint32Array;
  readonly values: Float64Array;
}

/** `[rows, width]` */
function meanOfLeaves(b: GraphBuilder, x: Value, { roots, feature, threshold, next, values }: Trees, width: number): Value {
  const list = new TreeList();
  const leaves: number[] = [];
  const starts: number[] = [];
  for (const [tree, root] of roots.entries()) {
    starts.push(leaves.length);
    const grow = (node: number): number => {
      const column = feature[node]!;
      if (column < 0) return list.leaf(tree, tree, leaves.push(next[node]!) - 1 - starts[tree]!);
      return list.split(
        tree,
        { column, value: threshold[node]! },
        () => grow(next[node]!),
        () => grow(next[node]! + 1),
      );
    };
    grow(root);
  }
  // Trees compare what a feature is in 32 bits.
  const asSeen = b.cast(b.cast(x, 'float'), 'double');
  // Each tree says which of its leaves a row is in, a number that 32 bits hold: what leaves have is added up in 64.
  const numbers = b.op('Add', [treeSums(b, asSeen, list, roots.length), b.numbers(starts, [1, starts.length])]);
  const said = Float64Array.from({ length: leaves.length * width }, (_, at) => values[leaves[Math.floor(at / width)]! * width + (at % width)]!);
  const theirs = b.op('Gather', [b.numbers(said, [leaves.length, width]), b.cast(numbers, 'int64')], { axis: { int: 0 } }); // [rows, trees, width]
  return b.op('Div', [b.op('ReduceSum', [theirs, b.ints([1])], { keepdims: { int: 0 } }), b.number(roots.length)]);
}

/** Trees that were fitted on what came in saw it as float32 themselves. */
function seesInputs({ columns }: Features, to: Pick<Exporting, 'comparedWith'>): void {
  for (const column of columns) if (!column.scalings) to.comparedWith(column, [], 'edges');
}

export const treeClassifier: Exporter<Trees & KnownClasses> = ({ b, ...to }, fields, rows) => {
  to.needsValues(rows);
  seesInputs(rows, to);
  return byShares(b, fields, meanOfLeaves(b, rows.x, fields, fields.classes.length));
};

export const treeRegressor: Exporter<Trees & { readonly outputs: number }> = ({ b, ...to }, fields, rows) => {
  to.needsValues(rows);
  seesInputs(rows, to);
  return { kind: 'regressor', values: meanOfLeaves(b, rows.x, fields, fields.outputs), outputs: fields.outputs };
};
