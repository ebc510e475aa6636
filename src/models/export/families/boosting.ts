// Boosted trees. Gaps go their own way, and a split of categories asks whether a row holds one of some.
import { beside, byDecisions, picked, product, softened } from '../operators.ts';
import type { Value } from '../builder.ts';
import type { Exporter, Exporting, Features, KnownClasses } from '../said.ts';
import { TreeList, treeSums } from '../treeList.ts';

interface Boosted {
  readonly baseline: Float64Array;
  readonly roots: Uint32Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly gapsLeft: Uint8Array;
  readonly next: Uint32Array;
  readonly value: Float64Array;
  readonly levels?: readonly (readonly (string | number)[] | null)[] | undefined;
  readonly leftLevels?: Uint32Array | undefined;
}

/** Splits by categories, as columns behind the others: 1 for a row that holds one of those listed. */
class Memberships {
  /** By column: the codes listed, one list a split. */
  readonly #sets = new Map<number, (readonly number[])[]>();
  readonly #columns: { readonly column: number; readonly set: number }[] = [];

  /** Which column it is, counted from the first of them. */
  add(column: number, codes: readonly number[]): number {
    const own = this.#sets.get(column) ?? [];
    this.#sets.set(column, own);
    own.push(codes);
    return this.#columns.push({ column, set: own.length - 1 }) - 1;
  }

  /** The features, and these columns behind them. */
  behind({ b }: Exporting, x: Value): Value {
    if (this.#columns.length === 0) return x;
    const parts = [x];
    const starts = new Map<number, number>();
    let width = 0;
    for (const [column, sets] of this.#sets) {
      const codes = [...new Set(sets.flat())];
      const is = b.cast(b.op('Equal', [picked(b, x, [column]), b.numbers(codes, [1, codes.length])]), 'double');
      const holds = sets.map((own) => Float64Array.from(codes, (code) => Number(own.includes(code))));
      parts.push(product(b, is, holds));
      starts.set(column, width);
      width += sets.length;
    }
    const [first, ...rest] = parts as [Value, ...Value[]];
    return beside(b, [
      first,
      picked(
        b,
        beside(b, rest),
        this.#columns.map(({ column, set }) => starts.get(column)! + set),
      ),
    ]);
  }
}

/** `[rows, scores]` */
function scoresOf(to: Exporting, model: Boosted, { x, columns }: Features): Value {
  const { b } = to;
  const { baseline, roots, feature, threshold, gapsLeft, next, value, levels, leftLevels } = model;
  const scores = baseline.length;
  const list = new TreeList();
  const memberships = new Memberships();
  const thresholds = columns.map(() => new Set<number>());
  feature.forEach((column, node) => column >= 0 && thresholds[column]!.add(threshold[node]!));
  /** By column: what it is compared with in place of a threshold, or of the position of a level. */
  const compared = columns.map((column, j): ReadonlyMap<number, number> => {
    const [own, edges] = [levels?.[j], [...thresholds[j]!]];
    if (!own) return new Map(to.comparedWith(column, edges, 'edges').map((value, i) => [edges[i]!, value]));
    if (edges.length === 0) return new Map();
    const codes = own.map((level) => (column.names ? column.names.indexOf(level as string) : (level as number)));
    return new Map(to.comparedWith(column, codes, 'exact').entries());
  });
  for (const [tree, root] of roots.entries()) {
    const grow = (node: number): number => {
      const column = feature[node]!;
      if (column < 0) return list.leaf(tree, tree % scores, value[node]!);
      const [left, right] = [() => grow(next[node]!), () => grow(next[node]! + 1)];
      const own = levels?.[column];
      const gaps = gapsLeft[node] === 1;
      if (!own) return list.split(tree, { column, value: compared[column]!.get(threshold[node]!)!, gapsLeft: gaps }, left, right);
      // Whatever is none of those listed, gaps and new names among it, goes the way of gaps: so those of the other side are listed.
      const goesLeft = (level: number): boolean => ((leftLevels![threshold[node]! * 8 + (level >> 5)]! >>> (level & 31)) & 1) === 1;
      const codes = [...own.keys()].filter((level) => goesLeft(level) !== gaps).map((level) => compared[column]!.get(level)!);
      const at = columns.length + memberships.add(column, codes);
      return list.split(tree, { column: at, value: 0.5 }, gaps ? left : right, gaps ? right : left);
    };
    grow(root);
  }
  return b.op('Add', [treeSums(b, memberships.behind(to, x), list, scores), b.numbers(baseline, [1, scores])]);
}

export const boostedClassifier: Exporter<Boosted & KnownClasses> = (to, fields, rows) => {
  const decisions = scoresOf(to, fields, rows);
  return byDecisions(to.b, fields, decisions, { probabilities: softened(to.b, decisions, fields.classes.length) });
};

export const boostedRegressor: Exporter<Boosted & { readonly loss: string }> = (to, fields, rows) => {
  const scores = scoresOf(to, fields, rows);
  return { kind: 'regressor', values: fields.loss === 'poisson' ? to.b.op('Exp', [scores]) : scores, outputs: 1 };
};
