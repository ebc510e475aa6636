// Trees of classes from rows to fields: what decision trees and forests have in common.
import type { Labels } from '../../core/data/labels.ts';
import { RandomState } from '../../core/data/random.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import type { TrainingRows } from '../define/define.ts';
import { binned } from './bins.ts';
import { bootstrap as drawn, treeSeed } from './draw.ts';
import { grow, newTree, type Tree } from './grow.ts';
import type { TreesFields } from './model.ts';
import { featuresDrawn, type TreeParams } from './params.ts';
import { searcher, type Members } from './search.ts';
import { rowWeights, unitsOf } from './units.ts';

/** A row's class is a byte of the word that the device sorts. */
const MOST_CLASSES = 256;

export interface Planted {
  readonly fields: TreesFields;
  /** How often each tree drew each row, `[tree][rows]`; undefined where each has all rows once. */
  readonly repeats: readonly (Uint32Array | undefined)[];
}

/** @param trees absent for one tree, drawn from the seed itself @throws E_CLASS for more than 256 classes */
export async function plant(
  name: string,
  rows: TrainingRows<'classifier'>,
  params: TreeParams,
  { trees: count, bootstrap = false }: { readonly trees?: number; readonly bootstrap?: boolean },
  { compute: open, signal }: Pick<StageContext, 'compute' | 'signal'>,
): Promise<Planted> {
  const compute = await open();
  const { codes } = rows;
  const { cols } = rows.x;
  const classes = rows.classes.length;
  if (classes > MOST_CLASSES) {
    throw new PipelineError('E_CLASS', `${name}: ${rows.name} has ${classes} classes; trees tell ${MOST_CLASSES} apart at most.`, {
      hint: 'Leave rare classes out or join some, or fit nearestCentroid() or logisticRegression().',
    });
  }
  const slots = featuresDrawn(name, params.maxFeatures, cols);
  const root = new RandomState(params.seed);
  const randoms = count === undefined ? [root] : Array.from({ length: count }, () => new RandomState(treeSeed(root)));
  const repeats = randoms.map((random) => (bootstrap ? drawn(random, codes.length) : undefined));
  const weights = rowWeights(rows, params.classWeight);
  const units = unitsOf(compute, { name, dataset: rows.name, criterion: params.criterion }, weights, repeats);
  const bins = await binned(compute, name, rows, (row) => units[row]! > 0);
  const grown: Tree[] = [];
  const kept = leafValues(classes);
  try {
    const together = Math.max(1, Math.floor(compute.limits.maxBindingBytes / (codes.length * 8)));
    for (let from = 0; from < randoms.length; from += together) {
      const some = randoms.slice(from, from + together).map((random) => newTree(random, cols, slots !== undefined));
      const { members, roots } = membersOf(codes, units, repeats.slice(from, from + together), classes);
      const device = searcher(compute, bins, members, {
        classes,
        entropy: params.criterion === 'entropy',
        least: params.minSamplesLeaf,
        slots: slots ?? cols,
        drawn: slots !== undefined,
        heaviest: Math.max(...roots.map((own) => own.units.reduce((sum, weight) => sum + weight, 0))),
      });
      try {
        await grow(some, roots, device, { ...params, drawn: slots, threshold: bins.threshold, leaf: kept.leaf, signal });
      } finally {
        device.release();
      }
      grown.push(...some);
    }
  } finally {
    compute.release(bins.buffer);
  }
  return { fields: fieldsOf(grown, kept.values, cols), repeats };
}

/** Rows that weigh something, of one tree behind the other: row | class << 24, and weight. */
function membersOf(
  codes: Labels,
  units: Uint32Array,
  repeats: readonly (Uint32Array | undefined)[],
  classes: number,
): { readonly members: Uint32Array; readonly roots: readonly Members[] } {
  const packed = new Uint32Array(repeats.length * codes.length * 2);
  const roots: Members[] = [];
  let at = 0;
  for (const own of repeats) {
    const [begin, sums] = [at / 2, new Uint32Array(classes)];
    for (let row = 0; row < codes.length; row++) {
      const weight = units[row]! * (own?.[row] ?? 1);
      if (weight === 0) continue;
      packed[at++] = row + codes[row]! * 2 ** 24;
      packed[at++] = weight;
      sums[codes[row]!]! += weight;
    }
    roots.push({ begin, end: at / 2, units: sums });
  }
  return { members: packed.subarray(0, at), roots };
}

/** Rows of `values`: first those of one class alone, which nearly all leaves of deep trees say. */
function leafValues(classes: number): { readonly values: number[]; readonly leaf: (units: Uint32Array) => number } {
  const values = Array.from({ length: classes * classes }, (_, at) => Number(Math.floor(at / classes) === at % classes));
  return {
    values,
    leaf(units) {
      const total = units.reduce((sum, own) => sum + own, 0);
      const pure = units.indexOf(total);
      if (pure >= 0) return pure;
      for (const own of units) values.push(own / total);
      return values.length / classes - 1;
    },
  };
}

function fieldsOf(trees: readonly Tree[], values: readonly number[], cols: number): TreesFields {
  const count = trees.reduce((sum, { feature }) => sum + feature.length, 0);
  const fields = {
    roots: new Uint32Array(trees.length),
    feature: new Int32Array(count),
    threshold: new Float64Array(count),
    next: new Uint32Array(count),
    values: Float64Array.from(values),
    featureImportances: importances(trees, cols),
  };
  let from = 0;
  for (const [i, { feature, threshold, next }] of trees.entries()) {
    fields.roots[i] = from;
    fields.feature.set(feature, from);
    fields.threshold.set(threshold, from);
    next.forEach((to, node) => (fields.next[from + node] = feature[node]! < 0 ? to : from + to));
    from += feature.length;
  }
  return fields;
}

/** Mean of the shares in each tree, as a share; 0 where no tree is split. */
function importances(trees: readonly Tree[], cols: number): Float64Array {
  const sums = new Float64Array(cols);
  for (const { gains } of trees) {
    const total = gains.reduce((sum, gain) => sum + gain, 0);
    if (total > 0) gains.forEach((gain, j) => (sums[j]! += gain / total));
  }
  const total = sums.reduce((sum, own) => sum + own, 0);
  return total > 0 ? sums.map((own) => own / total) : sums;
}
