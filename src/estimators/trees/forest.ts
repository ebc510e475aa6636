// Trees of classes from rows to fields: what decision trees and forests of them have in common.
import type { Labels } from '../../core/data/labels.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import type { TrainingRows } from '../define/define.ts';
import { binned } from './bins.ts';
import { grow, newTree, type Members, type Standing } from './growth/grow.ts';
import { drawsOf, fieldsOf, growInTurn, type Draws, type Planting } from './growth/plant.ts';
import type { TreesFields } from './model.ts';
import type { TreeParams } from './params.ts';
import { searcher } from './search.ts';
import { rowWeights, unitsOf } from './units.ts';

/** A row's class is a byte of the word that the device sorts. */
const MOST_CLASSES = 256;

export interface Planted extends Pick<Draws, 'repeats'> {
  readonly fields: TreesFields;
}

/** @throws E_CLASS for more than 256 classes */
export async function plant(
  name: string,
  rows: TrainingRows<'classifier'>,
  params: TreeParams,
  planting: Planting,
  { compute: open, signal, ...said }: Pick<StageContext, 'compute' | 'emit' | 'progress' | 'signal' | 'stage'>,
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
  const given = rows.weights || params.classWeight !== undefined ? rowWeights(rows, params.classWeight) : undefined;
  const { slots, randoms, repeats, weights } = drawsOf(name, params, { dataset: rows.name, rows: codes.length, cols, weights: given }, planting);
  const random = planting.random ?? false;
  const units = unitsOf(compute, { name, dataset: rows.name, criterion: params.criterion }, weights, repeats);
  const bins = await binned(compute, name, rows, (row) => units[row]! > 0, said);
  const trees = randoms.map((random) => newTree(random, cols, slots !== undefined));
  try {
    await growInTurn(compute, trees.length, codes.length, said, async (from, end, settled) => {
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
        await grow(trees.slice(from, end), roots, device, standingOf(classes), { ...params, drawn: slots, random, signal, settled });
      } finally {
        device.release();
      }
    });
  } finally {
    compute.release(bins.buffer);
  }
  // First the leaves of one class alone, which nearly all of deep trees are; they share rows.
  const pure = Array.from({ length: classes * classes }, (_, at) => Number(Math.floor(at / classes) === at % classes));
  return { fields: fieldsOf(trees, pure, classes), repeats };
}

/** Weight by class. Leaves of one class alone share rows; others have the shares of their classes. */
function standingOf(classes: number): Standing {
  return {
    width: classes,
    room: (length) => new Uint32Array(length),
    isPure({ units, at }) {
      let there = 0;
      for (let c = 0; c < classes; c++) there += Number(units[at + c]! > 0);
      return there <= 1;
    },
    leaf({ values }, { units, at }) {
      let total = 0;
      for (let c = 0; c < classes; c++) total += units[at + c]!;
      for (let c = 0; c < classes; c++) if (units[at + c] === total) return c;
      for (let c = 0; c < classes; c++) values.push(units[at + c]! / total);
      return classes + values.length / classes - 1;
    },
  };
}

/** Rows that weigh something, of one tree behind the other: row | class << 24, and weight. */
function membersOf(
  codes: Labels,
  units: Uint32Array,
  repeats: readonly (Uint32Array | undefined)[],
  classes: number,
): { readonly members: Uint32Array; readonly roots: readonly (Members & { readonly units: Uint32Array })[] } {
  const packed = new Uint32Array(repeats.length * codes.length * 2);
  const roots: (Members & { readonly units: Uint32Array })[] = [];
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
