// Sums of features by class, for models that count: bytes on the device, exactly; other features on the host, where each is
// looked at anyway.
import { weightsOf } from '../../core/data/dataset.ts';
import type { Compute } from '../../core/compute.ts';
import type { Folds } from '../../dsl/estimator.ts';
import { sumsByGroup, uploadCodes, uploadWeights } from '../centroids/sumsByGroup.ts';
import type { TrainingRows } from '../define/define.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import { tilesOnDevice } from '../rows/tilesOnDevice.ts';

/** Of the rows of a class. */
export interface ClassCounts {
  readonly weight: number;
  /** Of weight * feature, `[cols]`. */
  readonly sums: Float64Array;
}

/** By class, of all rows but those that one fold holds out. */
export type CountsOf = (heldOut: number | undefined) => readonly ClassCounts[];

type Rows = TrainingRows<'classifier'>;

/** @param counted what counts of a feature; `row` is its id, for errors */
export async function countsOnHost(rows: Rows, folds: Folds | undefined, counted: (feature: number, row: number, column: number) => number): Promise<CountsOf> {
  const groups = groupsOf(rows, folds);
  const weights = weightsOf(rows);
  const sums = Array.from({ length: groups.count * rows.classes.length }, () => new Float64Array(rows.x.cols + 1));
  for await (const { x, rows: count, cols, from } of featureBlocks(rows)) {
    for (let i = 0; i < count; i++) {
      const weight = weights?.[from + i] ?? 1;
      const own = sums[groups.codes[from + i]!]!;
      for (let j = 0; j < cols; j++) own[j]! += weight * counted(x[i * cols + j]!, rows.rows[from + i]!, j);
      own[cols]! += weight;
    }
  }
  return leftOf(sums, groups.count);
}

/** @param rows of bytes, as they are */
export async function countsOnDevice(compute: Compute, rows: Rows, folds: Folds | undefined): Promise<CountsOf> {
  const groups = groupsOf(rows, folds);
  const held = await tilesOnDevice(compute, rows);
  const buffers = { codes: uploadCodes(compute, [groups.codes], held), weights: uploadWeights(compute, weightsOf(rows), held) };
  try {
    const [moments] = await sumsByGroup(compute, held, { ...buffers, sets: 1, groups: groups.count * rows.classes.length });
    // The device has a column that is constant as its difference from that.
    const { center } = held.frame;
    const { cols } = rows.x;
    const sums = moments!.sums.map((own) => own.map((sum, j) => (j === cols ? sum : sum + center[j]! * own[cols]!)));
    return leftOf(sums, groups.count);
  } finally {
    compute.release(...Object.values(buffers));
    held.release();
  }
}

/** The folds of the first class, then those of the second. */
function groupsOf({ codes }: Rows, folds: Folds | undefined): { readonly codes: Uint32Array; readonly count: number } {
  const count = folds?.count ?? 1;
  return { codes: Uint32Array.from(codes, (code, row) => code * count + (folds?.fold[row] ?? 0)), count };
}

function leftOf(sums: readonly Float64Array[], count: number): CountsOf {
  return (heldOut) =>
    Array.from({ length: sums.length / count }, (_, c) => {
      const total = new Float64Array(sums[0]!.length);
      for (let fold = 0; fold < count; fold++) if (fold !== heldOut) sums[c * count + fold]!.forEach((sum, j) => (total[j]! += sum));
      return { weight: total.at(-1)!, sums: total.subarray(0, -1) };
    });
}

/** What was counted of each class so far: where counting goes on. */
export interface Counted {
  /** `[classes]` */
  readonly weight: Float64Array;
  /** `[classes][cols]` */
  readonly sums: readonly Float64Array[];
}

/** @param before what was counted of other rows */
export function countedOf(counts: readonly ClassCounts[], before?: Counted): Counted {
  return {
    weight: Float64Array.from(counts, ({ weight }, c) => weight + (before?.weight[c] ?? 0)),
    sums: counts.map(({ sums }, c) => sums.map((sum, j) => sum + (before?.sums[c]![j] ?? 0))),
  };
}
