// What models say of the rows that were held out of their training: of the distances that this found, so that no model finds them
// again, and of kernel values that all models of a fold and kernel share. It is kept by the model's vectors, and goes with them.
import type { Features } from '../../core/data/features.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import { kernelOf, type Kernel } from './kernel.ts';
import { keyOf } from './planned.ts';
import type { Squares } from './squares.ts';
import type { Counted } from './sums.ts';

interface Said {
  readonly x: Features;
  /** Ids of the rows. */
  readonly rows: Uint32Array;
  /** `[outputs][rows]` */
  readonly sums: readonly Float64Array[];
}

const said = new WeakMap<Features, Said>();

export interface Trained {
  readonly vectors: Features;
  /** Positions of the vectors among the rows of the training. */
  readonly support: Uint32Array;
  readonly counted: readonly Counted[];
  readonly outputs: number;
  readonly kernel: Kernel;
  readonly heldOut?: number | undefined;
}

/**
 * Takes a while for many vectors and rows: others have their turn meanwhile.
 *
 * @param groups as the distances have them
 * @param fold of each row
 * @param lengths squared lengths of all rows
 * @throws E_CANCELLED
 */
export async function rememberHeldOut(
  rows: RowsOf,
  {
    squares,
    groups,
    lengths,
    fold,
  }: { readonly squares: Squares; readonly groups: readonly Uint32Array[]; readonly lengths: Float64Array; readonly fold: Uint8Array },
  models: readonly Trained[],
  signal: AbortSignal,
): Promise<void> {
  const alike = new Map<string, Trained[]>();
  for (const model of models) {
    if (model.heldOut === undefined) continue;
    const key = keyOf(model.heldOut, model.kernel);
    alike.set(key, [...(alike.get(key) ?? []), model]);
  }
  for (const members of alike.values()) {
    const { heldOut, kernel } = members[0]!;
    const held = Uint32Array.from(rows.rows.keys()).filter((row) => fold[row] === heldOut);
    const sums = await sumsOf(held, { squares, groups, lengths }, kernel, members, signal);
    if (!sums) return;
    const ids = held.map((row) => rows.rows[row]!);
    members.forEach(({ vectors }, m) => said.set(vectors, { x: rows.x, rows: ids, sums: sums[m]! }));
  }
}

/** Of each model, `[outputs][rows]`; undefined where not all distances are there. */
async function sumsOf(
  held: Uint32Array,
  { squares, groups, lengths }: { readonly squares: Squares; readonly groups: readonly Uint32Array[]; readonly lengths: Float64Array },
  kernel: Kernel,
  models: readonly Trained[],
  signal: AbortSignal,
): Promise<readonly (readonly Float64Array[])[] | undefined> {
  const value = kernelOf(kernel);
  const place = new Map(Array.from(held, (row, i) => [row, i]));
  const asked = groups.map((positions) => Uint32Array.from(positions.keys()).filter((at) => place.has(positions[at]!)));
  const into = asked.map((within, group) => within.map((at) => place.get(groups[group]![at]!)!));
  const counting = new Map<number, { readonly model: number; readonly counted: Counted }[]>();
  models.forEach(({ support, counted }, model) =>
    support.forEach((row, v) => counting.set(row, [...(counting.get(row) ?? []), { model, counted: counted[v]! }])),
  );
  const sums = models.map(({ outputs }) => Array.from({ length: outputs }, () => new Float64Array(held.length)));
  const alike = new Float64Array(held.length);
  // In the order of the rows: which other models there are would change the last digits.
  for (const [vector, by] of [...counting].toSorted(([a], [b]) => a - b)) {
    await letOthersIn();
    throwIfCancelled(signal);
    const length = lengths[vector]!;
    for (const [group, within] of asked.entries()) {
      const found = squares.get(vector, group);
      if (!found) return undefined;
      const { numbers, at, step } = found;
      const of = into[group]!;
      for (let k = 0; k < within.length; k++) {
        const i = of[k]!;
        alike[i] = value(numbers[at + within[k]! * step]! * squares.unit, length, lengths[held[i]!]!);
      }
    }
    for (const { model, counted } of by) counted.outputs.forEach((output, k) => addTo(sums[model]![output]!, counted.weights[k]!, alike));
  }
  return sums;
}

export function addTo(sum: Float64Array, by: number, values: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += by * values[i]!;
}

/** What was said of exactly these rows when the model was trained, `[outputs][rows]`. */
export function saidOfHeldOut(vectors: Features, asked: RowsOf): readonly Float64Array[] | undefined {
  const known = said.get(vectors);
  if (!known || known.x !== asked.x || known.rows.length !== asked.rows.length) return undefined;
  return known.rows.every((id, i) => id === asked.rows[i]) ? known.sums : undefined;
}
