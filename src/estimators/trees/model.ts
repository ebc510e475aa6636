// What trees say of rows. Nodes of all trees stand one behind the other, as flat lists.
import { takeBlocks, type Block } from '../../core/data/features.ts';

import type { Device, RowsOf } from '../../dsl/estimator.ts';
import { leaves as kernel, LEAF } from '../../kernels/leaves/leaves.ts';
import { checkF32 } from './bins.ts';

export interface TreesFields {
  /** Node where each tree begins, `[trees]`. */
  readonly roots: Uint32Array;
  /** Feature by which a node is split, -1 for a leaf, `[nodes]`. */
  readonly feature: Int32Array;
  /** Rows up to it go left, `[nodes]`: of the feature as it is stored, before any scaling. */
  readonly threshold: Float64Array;
  /** The left child, behind which the right one stands; of a leaf, its row of `values`, `[nodes]`. */
  readonly next: Uint32Array;
  /** What leaves say: the share of each class, `[leaves][classes]`, or the mean of each output. Leaves of one class alone share a row. */
  readonly values: Float64Array;
  /** Share of each feature in what splits took from the impurity, `[cols]`. */
  readonly featureImportances: Float64Array;
}

/** Thresholds as codes. A row's code of a feature is how many of its thresholds are below it: no precision is lost on the device. */
interface Coded {
  /** Ascending, `[cols][thresholds]`. */
  readonly cuts: readonly Float64Array[];
  readonly perWord: 1 | 2;
  /** `[node][3]`, as leaves.wgsl has them. */
  readonly nodes: Uint32Array;
}

const coded = new WeakMap<Float64Array, Coded>();

/**
 * Where rows end, a block of them after the other: `use` gets the position of the first row, and `[rows][trees]` rows of `values`.
 *
 * @throws E_DATA for features that are not finite
 */
export async function eachLeaves(
  { compute: open, progress }: Device,
  model: Pick<TreesFields, 'roots' | 'feature' | 'threshold' | 'next'>,
  { x, rows: ids, columns }: RowsOf,
  use: (from: number, leaves: Uint32Array) => void,
): Promise<void> {
  const compute = await open();
  const { roots } = model;
  const { cuts, perWord, nodes } = codedOf(model, x.cols);
  const words = Math.ceil(x.cols / perWord);
  const held = {
    nodes: compute.upload('nodes', nodes.byteLength, (target) => new Uint32Array(target).set(nodes)),
    roots: compute.upload('roots', roots.byteLength, (target) => new Uint32Array(target).set(roots)),
  };
  try {
    for await (const block of takeBlocks(x, ids)) {
      const { rows, from } = block;
      const buffers = {
        x: compute.upload('codes', rows * words * 4, (target) =>
          codesOf(block, { ids, columns }, cuts, words * perWord, perWord === 2 ? new Uint16Array(target) : new Uint32Array(target)),
        ),
        leaves: compute.create('leaves', rows * roots.length * 4),
      };
      try {
        await compute.launch(kernel, {
          params: { rows, words },
          bindings: { ...held, ...buffers },
          sizes: { PER_WORD: perWord },
          grid: [Math.ceil(rows / kernel.sizes.WORKGROUP), roots.length],
        });
        await compute.lend(buffers.leaves, {}, (bytes) => use(from, new Uint32Array(bytes, 0, rows * roots.length)));
      } finally {
        compute.release(...Object.values(buffers));
      }
      progress?.(from + rows, ids.length, 'rows');
    }
  } finally {
    compute.release(...Object.values(held));
  }
}

/** Mean over the trees of what their leaves say, `[rows][columns]`. */
export async function meanOfLeaves(context: Device, model: TreesFields, rows: RowsOf, columns: number): Promise<Float64Array> {
  const trees = model.roots.length;
  const out = new Float64Array(rows.rows.length * columns);
  await eachLeaves(context, model, rows, (from, found) => {
    for (let at = 0; at < found.length; at++) {
      const row = (from + Math.floor(at / trees)) * columns;
      for (let c = 0; c < columns; c++) out[row + c]! += model.values[found[at]! * columns + c]!;
    }
  });
  return out.map((sum) => sum / trees);
}

function codedOf({ feature, threshold, next }: Pick<TreesFields, 'feature' | 'threshold' | 'next'>, cols: number): Coded {
  const known = coded.get(threshold);
  if (known) return known;
  const byColumn = Array.from({ length: cols }, () => new Set<number>());
  feature.forEach((column, node) => column >= 0 && byColumn[column]!.add(threshold[node]!));
  const cuts = byColumn.map((own) => Float64Array.from(own).sort());
  const nodes = new Uint32Array(feature.length * 3);
  feature.forEach((column, node) => nodes.set(column < 0 ? [LEAF, 0, next[node]!] : [column, below(cuts[column]!, threshold[node]!), next[node]!], node * 3));
  const made = { cuts, perWord: cuts.some(({ length }) => length > 0xffff) ? 1 : 2, nodes } as const;
  coded.set(threshold, made);
  return made;
}

function codesOf(
  { data, rows, cols, from }: Block,
  { ids, columns }: { readonly ids: Uint32Array; readonly columns: RowsOf['columns'] },
  cuts: readonly Float64Array[],
  stride: number,
  out: Uint16Array | Uint32Array,
): void {
  const bytes = data instanceof Uint8Array;
  for (let j = 0; j < cols; j++) {
    const own = cuts[j]!;
    const known = bytes && rows > 256 ? Uint32Array.from({ length: 256 }, (_, value) => below(own, value)) : undefined;
    for (let r = 0; r < rows; r++) {
      const value = data[r * cols + j]!;
      if (!bytes) checkF32(value, ids[from + r]!, j, columns);
      out[r * stride + j] = known ? known[value]! : below(own, Math.fround(value));
    }
  }
}

/** How many are smaller. */
function below(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
