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

/**
 * @param trees absent for one tree, drawn from the seed itself
 * @param random splits at places drawn, in place of the best
 * @throws E_CLASS for more than 256 classes
 */
export async function plant(
  name: string,
  rows: TrainingRows<'classifier'>,
  params: TreeParams,
  { trees: count, bootstrap = false, random = false }: { readonly trees?: number; readonly bootstrap?: boolean; readonly random?: boolean },
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
  const slots = featuresDrawn(name, params.maxFeatures, cols) ?? (random ? cols : undefined);
  const root = new RandomState(params.seed);
  const randoms = count === undefined ? [root] : Array.from({ length: count }, () => new RandomState(treeSeed(root)));
  const repeats = randoms.map((random) => (bootstrap ? drawn(random, codes.length) : undefined));
  const weights = rowWeights(rows, params.classWeight);
  const units = unitsOf(compute, { name, dataset: rows.name, criterion: params.criterion }, weights, repeats);
  const bins = await binned(compute, name, rows, (row) => units[row]! > 0);
  const trees = randoms.map((random) => newTree(random, cols, slots !== undefined));
  const growSome = async (from: number, end: number): Promise<void> => {
    const { members, roots } = membersOf(codes, units, repeats.slice(from, end), classes);
    const device = searcher(compute, bins, members, {
      classes,
      entropy: params.criterion === 'entropy',
      least: params.minSamplesLeaf,
      slots: slots ?? cols,
      drawn: slots !== undefined,
      random,
      heaviest: Math.max(...roots.map((own) => own.units.reduce((sum, weight) => sum + weight, 0))),
    });
    try {
      await grow(trees.slice(from, end), roots, device, { ...params, drawn: slots, classes, random, signal });
    } finally {
      device.release();
    }
  };
  try {
    const fitting = Math.max(1, Math.floor(compute.limits.maxBindingBytes / (codes.length * 8)));
    const together = Math.min(fitting, Math.ceil(trees.length / 2));
    // The device counts for some trees while the host looks at what it found for others.
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < trees.length) {
        const from = next;
        next += together;
        await growSome(from, next);
      }
    };
    await allOf([work(), work()]);
  } finally {
    compute.release(bins.buffer);
  }
  return { fields: fieldsOf(trees, classes, cols), repeats };
}

/** As `Promise.all`, but nothing still runs when one has failed. */
async function allOf(works: readonly Promise<void>[]): Promise<void> {
  const ended = await Promise.allSettled(works);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
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
    roots.push({ begin, end: at / 2, units: sums, at: 0 });
  }
  return { members: packed.subarray(0, at), roots };
}

function fieldsOf(trees: readonly Tree[], classes: number, cols: number): TreesFields {
  const count = trees.reduce((sum, { feature }) => sum + feature.length, 0);
  // First the leaves of one class alone, which nearly all of deep trees are; they share rows.
  const pure = Array.from({ length: classes * classes }, (_, at) => Number(Math.floor(at / classes) === at % classes));
  const fields = {
    roots: new Uint32Array(trees.length),
    feature: new Int32Array(count),
    threshold: new Float64Array(count),
    next: new Uint32Array(count),
    values: Float64Array.from([pure, ...trees.map(({ values }) => values)].flat()),
    featureImportances: importances(trees, cols),
  };
  let [from, said] = [0, 0];
  for (const [i, { feature, threshold, next, values }] of trees.entries()) {
    fields.roots[i] = from;
    fields.feature.set(feature, from);
    fields.threshold.set(threshold, from);
    next.forEach((to, node) => (fields.next[from + node] = feature[node]! >= 0 ? from + to : to < classes ? to : said + to));
    from += feature.length;
    said += values.length / classes;
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
