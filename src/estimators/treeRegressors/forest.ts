// Trees of values from rows to fields: what decision trees and forests of them have in common.
import { valuesOf, weightsOf } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import type { TrainingRows } from '../define/define.ts';
import { binned } from '../trees/bins.ts';
import { grow, newTree, type Members, type Standing, type Tree } from '../trees/growth/grow.ts';
import { drawsOf, fieldsOf, growInTurn, type Draws, type Planting } from '../trees/growth/plant.ts';
import type { TreesFields } from '../trees/model.ts';
import { unitsOf } from '../trees/units.ts';
import type { TreeRegressorParams } from './params.ts';
import { valueSearcher } from './search.ts';
import { targetsOf } from './targets.ts';

export interface ValueTreesFields extends TreesFields {
  /** Numbers that are said of a row. */
  readonly outputs: number;
}

export interface PlantedValues extends Pick<Draws, 'repeats'> {
  readonly fields: ValueTreesFields;
}

/** Where a leaf's members stand, and its row of the values of its tree. */
interface Leaf extends Pick<Members, 'begin' | 'end'> {
  readonly tree: Tree;
  readonly row: number;
}

export async function plantValues(
  name: string,
  rows: TrainingRows<'regressor'>,
  params: TreeRegressorParams,
  planting: Planting,
  { compute: open, signal, ...said }: Pick<StageContext, 'compute' | 'emit' | 'progress' | 'signal' | 'stage'>,
): Promise<PlantedValues> {
  const compute = await open();
  const { cols: outputs } = rows.values;
  const { cols } = rows.x;
  const count = rows.rows.length;
  const given = weightsOf(rows);
  if (given?.every((weight) => weight === 0)) {
    throw new PipelineError('E_DATA', `${name}: all rows of ${rows.name} that it trains on weigh 0.`, { hint: 'Give at least one of them a weight above 0.' });
  }
  const asked = { dataset: rows.name, rows: count, cols, weights: given && Float64Array.from(given) };
  const { slots, randoms, repeats, weights } = drawsOf(name, params, asked, planting);
  const random = planting.random ?? false;
  const values = valuesOf(rows);
  const told = { name, dataset: rows.name };
  const units = unitsOf(compute, { ...told, criterion: 'gini' }, weights, repeats);
  const targets = targetsOf(told, values, outputs, units, repeats);
  const most = Math.floor((compute.limits.maxBindingBytes * count) / targets.words.byteLength);
  if (count > most) {
    throw new PipelineError('E_DATA', `${name}: ${rows.name} has ${count} rows of ${outputs} values; this device takes ${most} at once.`, {
      hint: 'Train on fewer rows, with one model for each value, or on another adapter.',
    });
  }
  const bins = await binned(compute, name, rows, (row) => units[row]! > 0, said);
  const held = compute.upload('targets of rows', targets.words.byteLength, (target) => new Uint32Array(target).set(targets.words));
  const trees = randoms.map((own) => newTree(own, cols, slots !== undefined));
  try {
    await growInTurn(compute, trees.length, count, said, async (from, end, settled) => {
      const { members, roots } = membersOf(targets.numbers, units, repeats.slice(from, end), outputs);
      const device = valueSearcher(compute, bins, members, held, {
        outputs,
        least: params.minSamplesLeaf,
        leastGain: leastGainsOf(params.minImpurityDecrease, roots, outputs, targets.unit),
        slots: slots ?? cols,
        drawn: slots !== undefined,
        random,
      });
      const leaves: Leaf[] = [];
      try {
        await grow(trees.slice(from, end), roots, device, standingOf(outputs, leaves), { ...params, drawn: slots, random, signal, settled });
        say(leaves, await device.members(), values, weights, outputs);
      } finally {
        device.release();
      }
    });
  } finally {
    compute.release(bins.buffer, held);
  }
  return { fields: { ...fieldsOf(trees, [], outputs), outputs }, repeats };
}

/** Weight and sums. Each leaf has a row of its own, which is filled once all members are where they belong. */
function standingOf(outputs: number, leaves: Leaf[]): Standing {
  return {
    width: 1 + outputs,
    room: (length) => new Float64Array(length),
    isPure: () => false,
    leaf(tree, { begin, end }) {
      const row = tree.values.length / outputs;
      for (let o = 0; o < outputs; o++) tree.values.push(0);
      leaves.push({ tree, row, begin, end });
      return row;
    },
  };
}

/** Gain, in units, that a split of each tree has to have: scikit-learn compares the mean over the outputs, as a share of the tree's weight. */
function leastGainsOf(minImpurityDecrease: number, roots: readonly Members[], outputs: number, unit: number): ((node: Members) => number) | undefined {
  if (minImpurityDecrease === 0) return undefined;
  return ({ begin }) => ((minImpurityDecrease - Number.EPSILON) / unit / unit) * outputs * roots.findLast((root) => root.begin <= begin)!.units[0]!;
}

/** Rows that weigh something, of one tree behind the other: row, and how often it was drawn. */
function membersOf(
  numbers: Float64Array,
  units: Uint32Array,
  repeats: readonly (Uint32Array | undefined)[],
  outputs: number,
): { readonly members: Uint32Array; readonly roots: readonly Members[] } {
  const packed = new Uint32Array(repeats.length * units.length * 2);
  const roots: Members[] = [];
  let at = 0;
  for (const own of repeats) {
    const [begin, sums] = [at / 2, new Float64Array(1 + outputs)];
    for (let row = 0; row < units.length; row++) {
      const times = own?.[row] ?? 1;
      if (units[row]! * times === 0) continue;
      packed[at++] = row;
      packed[at++] = times;
      sums[0]! += units[row]! * times;
      for (let o = 0; o < outputs; o++) sums[1 + o]! += numbers[row * outputs + o]! * times;
    }
    roots.push({ begin, end: at / 2, units: sums, at: 0 });
  }
  return { members: packed.subarray(0, at), roots };
}

/** Fills in the means of leaves: of the values themselves, around one of them, so that equal values stay what they are. */
function say(leaves: readonly Leaf[], members: Uint32Array, values: Float64Array, weights: Float64Array, outputs: number): void {
  for (const { tree, row, begin, end } of leaves) {
    for (let o = 0; o < outputs; o++) {
      const first = values[members[begin * 2]! * outputs + o]!;
      let [sum, total] = [0, 0];
      for (let at = begin * 2; at < end * 2; at += 2) {
        const weight = weights[members[at]!]! * members[at + 1]!;
        total += weight;
        sum += weight * (values[members[at]! * outputs + o]! - first);
      }
      tree.values[row * outputs + o] = first + sum / total;
    }
  }
}
