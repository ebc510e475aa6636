// Trees, and means of them.
import type { GraphBuilder, Value } from '../builder.ts';
import { byShares } from '../operators.ts';
import type { Exporter, KnownClasses } from '../said.ts';
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
  for (const [tree, root] of roots.entries()) {
    const grow = (node: number): number => {
      const column = feature[node]!;
      if (column < 0) return list.leaf(tree, values.subarray(next[node]! * width, (next[node]! + 1) * width));
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
  return b.op('Div', [treeSums(b, asSeen, list, width), b.number(roots.length)]);
}

export const treeClassifier: Exporter<Trees & KnownClasses> = ({ b, ...to }, fields, rows) => {
  to.needsValues(rows);
  return byShares(b, fields, meanOfLeaves(b, rows.x, fields, fields.classes.length));
};

export const treeRegressor: Exporter<Trees & { readonly outputs: number }> = ({ b, ...to }, fields, rows) => {
  to.needsValues(rows);
  return { kind: 'regressor', values: meanOfLeaves(b, rows.x, fields, fields.outputs), outputs: fields.outputs };
};
