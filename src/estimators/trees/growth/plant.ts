// What trees of any target are drawn from, how many of them grow at once, and what they become: fields of a model.
import type { Compute } from '../../../core/compute.ts';
import { RandomState } from '../../../core/data/random.ts';
import type { StageContext } from '../../../dsl/stage/context.ts';
import { checkWeightSum } from '../../linear/classWeights.ts';
import { bootstrap as drawn, treeSeed } from '../draw.ts';
import type { Tree } from './grow.ts';
import type { TreesFields } from '../model.ts';
import { featuresDrawn, type TreeParams } from '../params.ts';

/** How trees are planted. */
export interface Planting {
  /** Absent for one tree, drawn from the seed itself. */
  readonly trees?: number;
  /** Each tree draws as many rows as there are, with repeats. */
  readonly bootstrap?: boolean;
  /** Splits are at places drawn, in place of the best. */
  readonly random?: boolean;
}

/** The rows that trees are grown on. */
export interface PlantedRows {
  /** For errors. */
  readonly dataset: string;
  readonly rows: number;
  readonly cols: number;
  /** `[rows]`; absent for 1 each. */
  readonly weights: Float64Array | undefined;
}

export interface Draws {
  /** Of each tree. */
  readonly randoms: readonly RandomState[];
  /** How often each tree drew each row, `[tree][rows]`; undefined where each has all rows once. */
  readonly repeats: readonly (Uint32Array | undefined)[];
  /** What a row weighs each time, `[rows]`: 1 where heavy ones are drawn more often. */
  readonly weights: Float64Array;
  /** Features drawn for each split; undefined for all of them, in their order. */
  readonly slots: number | undefined;
}

/** Heavy rows are drawn more often, as in scikit-learn 1.9. @throws E_PARAMS for more features than there are, and where nothing weighs anything */
export function drawsOf(
  name: string,
  { maxFeatures, seed }: Pick<TreeParams, 'maxFeatures' | 'seed'>,
  { dataset, rows, cols, weights }: PlantedRows,
  { trees, bootstrap = false, random = false }: Planting,
): Draws {
  const slots = featuresDrawn(name, maxFeatures, cols) ?? (random ? cols : undefined);
  const total = weights?.reduce((sum, weight) => sum + weight, 0);
  if (total !== undefined) checkWeightSum(dataset, total);
  const root = new RandomState(seed);
  const randoms = trees === undefined ? [root] : Array.from({ length: trees }, () => new RandomState(treeSeed(root)));
  const repeats = randoms.map((own) => (bootstrap ? drawn(own, rows, weights) : undefined));
  return { slots, randoms, repeats, weights: (bootstrap ? undefined : weights) ?? new Float64Array(rows).fill(1) };
}

/**
 * Grows so many trees, some of them at a time: the device counts for some while the host looks at what it found for others.
 *
 * @param growSome tells by `settled` which share of their rows has come to leaves
 */
export async function growInTurn(
  compute: Compute,
  trees: number,
  rows: number,
  { progress }: Pick<StageContext, 'progress'>,
  growSome: (from: number, end: number, settled: (share: number) => void) => Promise<void>,
): Promise<void> {
  const fitting = Math.max(1, Math.floor(compute.limits.maxBindingBytes / (rows * 8)));
  const together = Math.min(fitting, Math.ceil(trees / 2));
  let next = 0;
  const grown: number[] = [];
  const work = async (): Promise<void> => {
    while (next < trees) {
      const from = next;
      next += together;
      const end = Math.min(trees, next);
      const settled = (share: number): void => {
        grown[from] = share * (end - from);
        progress?.(Math.floor(grown.reduce((sum, own) => sum + own, 0)), trees, 'trees');
      };
      await growSome(from, end, settled);
      settled(1);
    }
  };
  // As `Promise.all`, but nothing still runs when one has failed.
  for (const one of await Promise.allSettled([work(), work()])) if (one.status === 'rejected') throw one.reason;
}

/** @param shared what leaves of any tree say, before what those of each alone do, `[leaves][width]` */
export function fieldsOf(trees: readonly Tree[], shared: readonly number[], width: number): TreesFields {
  const count = trees.reduce((sum, { feature }) => sum + feature.length, 0);
  const common = shared.length / width;
  const fields = {
    roots: new Uint32Array(trees.length),
    feature: new Int32Array(count),
    threshold: new Float64Array(count),
    next: new Uint32Array(count),
    values: Float64Array.from([shared, ...trees.map(({ values }) => values)].flat()),
    featureImportances: importances(trees),
  };
  let [from, said] = [0, 0];
  for (const [i, { feature, threshold, next, values }] of trees.entries()) {
    fields.roots[i] = from;
    fields.feature.set(feature, from);
    fields.threshold.set(threshold, from);
    next.forEach((to, node) => (fields.next[from + node] = feature[node]! >= 0 ? from + to : to < common ? to : said + to));
    from += feature.length;
    said += values.length / width;
  }
  return fields;
}

/** Mean of the shares in each tree, as a share; 0 where no tree is split. */
function importances(trees: readonly Tree[]): Float64Array {
  const sums = new Float64Array(trees[0]!.gains.length);
  for (const { gains } of trees) {
    const total = gains.reduce((sum, gain) => sum + gain, 0);
    if (total > 0) gains.forEach((gain, j) => (sums[j]! += gain / total));
  }
  const total = sums.reduce((sum, own) => sum + own, 0);
  return total > 0 ? sums.map((own) => own / total) : sums;
}
