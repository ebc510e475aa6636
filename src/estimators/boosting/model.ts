// Boosted trees as a model's fields, and what they say of rows. Nodes of all trees stand one behind the other, as flat lists.
import { categoriesOf } from '../../core/data/categories.ts';
import { takeBlocks } from '../../core/data/features.ts';
import { notFinite } from '../../core/data/notFinite.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { Column } from './columns/bins.ts';
import { codesIn, type Level } from './columns/levels.ts';
import type { Grown } from './growth/grow.ts';

export interface BoostedFields {
  /** What is said of every row before any tree, `[scores]`. */
  readonly baseline: Float64Array;
  /** Node where each tree begins, `[rounds][scores]`. */
  readonly roots: Uint32Array;
  /** Column by which a node is split, -1 for a leaf, `[nodes]`. */
  readonly feature: Int32Array;
  /**
   * Rows up to it go left, `[nodes]`: of the feature as it is stored, before any scaling. Infinity splits rows with a value from those
   * with a gap. Of a categorical column it is the row of `leftLevels`.
   */
  readonly threshold: Float64Array;
  /** 1 where gaps, and categories that no training row has, go left, `[nodes]`. */
  readonly gapsLeft: Uint8Array;
  /** The left child, behind which the right one stands, `[nodes]`. */
  readonly next: Uint32Array;
  /** What a leaf adds to the score, `[nodes]`. */
  readonly value: Float64Array;
  /** Of categorical columns: their categories; null for numbers. Absent where all are numbers, `[cols]`. */
  readonly levels?: readonly (readonly Level[] | null)[] | undefined;
  /** Categories that go left, a bit for each of the column's `levels`, `[splits][8]`. */
  readonly leftLevels?: Uint32Array | undefined;
  /** Share of each column in what all splits gained, `[cols]`; absent in models of earlier versions. */
  readonly featureImportances?: Float64Array | undefined;
  /** Minus the loss, before the first round and after each, where training may stop early: of the rows trained on. */
  readonly trainScore?: Float64Array | undefined;
  /** The same of the rows held back to tell when to stop. */
  readonly validationScore?: Float64Array | undefined;
}

/** @param trees `[rounds][scores]` */
export function treesAsFields(trees: readonly Grown[], columns: readonly Column[]): Omit<BoostedFields, 'baseline'> {
  const count = trees.reduce((sum, nodes) => sum + nodes.length, 0);
  const fields = {
    roots: new Uint32Array(trees.length),
    feature: new Int32Array(count).fill(-1),
    threshold: new Float64Array(count),
    gapsLeft: new Uint8Array(count),
    next: new Uint32Array(count),
    value: new Float64Array(count),
  };
  const sets: number[] = [];
  const gains = new Float64Array(columns.length);
  let from = 0;
  for (const [i, nodes] of trees.entries()) {
    fields.roots[i] = from;
    for (const [at, { split, left, gapsLeft, value }] of nodes.entries()) {
      const node = from + at;
      if (!split) {
        fields.value[node] = value;
        continue;
      }
      const { bins, thresholds } = columns[split.column]!;
      fields.feature[node] = split.column;
      gains[split.column]! += split.gain;
      fields.next[node] = from + left;
      fields.gapsLeft[node] = Number(gapsLeft);
      fields.threshold[node] = split.left ? sets.length / 8 : split.bin === bins - 1 ? Infinity : thresholds[split.bin]!;
      if (split.left) sets.push(...withoutBit(split.left, bins)); // gaps have a place of their own
    }
    from += nodes.length;
  }
  const categorical = columns.some(({ levels }) => levels);
  const gained = gains.reduce((sum, gain) => sum + gain, 0);
  const featureImportances = gains.map((gain) => gain / (gained || 1));
  return { ...fields, featureImportances, ...(categorical ? { levels: columns.map(({ levels }) => levels ?? null), leftLevels: Uint32Array.from(sets) } : {}) };
}

/** Numbers that are held of rounds at once: 128 MB. */
const ROOM = 2 ** 24;

/**
 * `[rows][scores]`
 *
 * @throws E_DATA for a feature that is neither a finite number nor absent
 */
export async function scoresOf(model: BoostedFields, rows: RowsOf): Promise<Float64Array> {
  const out = atFirst(model, rows);
  await eachLeaf(model, rows, 0, model.roots.length, (row, tree, value) => (out[row * model.baseline.length + (tree % model.baseline.length)]! += value));
  return out;
}

/**
 * The same after each round. Rows are read once, or as many times as rounds of all rows take more room than there is.
 *
 * @param room numbers held at once
 * @throws E_DATA for a feature that is neither a finite number nor absent
 */
export async function* scoresByRound(model: BoostedFields, rows: RowsOf, room = ROOM): AsyncGenerator<Float64Array> {
  const scores = model.baseline.length;
  let said = atFirst(model, rows);
  const [trees, each] = [model.roots.length, said.length];
  const together = scores * Math.max(1, Math.floor(room / Math.max(1, each)));
  for (let from = 0; from < trees; from += together) {
    const end = Math.min(trees, from + together);
    const added = new Float64Array(((end - from) / scores) * each);
    await eachLeaf(model, rows, from, end, (row, tree, value) => {
      added[Math.floor((tree - from) / scores) * each + row * scores + (tree % scores)] = value;
    });
    for (let at = 0; at < added.length; at += each) {
      said = said.map((sum, i) => sum + added[at + i]!);
      yield said;
    }
  }
}

/** What is said before any tree, `[rows][scores]`. */
function atFirst({ baseline }: BoostedFields, { rows }: RowsOf): Float64Array {
  const out = new Float64Array(rows.length * baseline.length);
  for (let at = 0; at < out.length; at += baseline.length) out.set(baseline, at);
  return out;
}

/** Value of the leaf of each row, in some of the trees. */
async function eachLeaf(
  model: BoostedFields,
  { x, rows: ids, columns }: RowsOf,
  firstTree: number,
  endTree: number,
  visit: (row: number, tree: number, value: number) => void,
): Promise<void> {
  const { roots, feature, threshold, gapsLeft, next, value, levels, leftLevels } = model;
  const names = categoriesOf(x);
  const codes = levels?.map((own, j) => own && codesIn(own, names?.[j])) ?? [];
  const row = new Float64Array(x.cols);
  for await (const { data, rows, cols, from } of takeBlocks(x, ids)) {
    for (let r = 0; r < rows; r++) {
      for (let j = 0; j < cols; j++) {
        const own = data[r * cols + j]!;
        if (Math.abs(own) === Infinity) throw notFinite(own, ids[from + r]!, j, columns);
        const code = codes[j];
        if (!code) row[j] = own;
        else {
          const level = code(own);
          row[j] = level < 0 ? NaN : level;
        }
      }
      for (let tree = firstTree; tree < endTree; tree++) {
        let node = roots[tree]!;
        for (let column = feature[node]!; column >= 0; column = feature[node]!) {
          const own = row[column]!;
          let left: boolean;
          if (own !== own) left = gapsLeft[node] === 1;
          else if (codes[column]) left = ((leftLevels![threshold[node]! * 8 + (own >> 5)]! >>> (own & 31)) & 1) === 1;
          else left = own <= threshold[node]!;
          node = next[node]! + Number(!left);
        }
        visit(from + r, tree, value[node]!);
      }
    }
  }
}

function withoutBit(set: readonly number[], bit: number): readonly number[] {
  return set.map((word, at) => (at === bit >> 5 ? word & ~(1 << (bit & 31)) : word));
}
