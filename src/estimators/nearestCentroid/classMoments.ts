// Sums of the rows by class and fold, two passes over the rows however many models: a model's are those of all folds but its own.
import type { Labels } from '../../core/data/labels.ts';
import type { Compute } from '../../core/compute.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { sumsByGroup, uploadCodes, uploadWeights, type Moments } from '../centroids/sumsByGroup.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';

/** Of one class, as the device has rows. */
export interface ClassMoments {
  readonly weight: number;
  /** A point near the mean, `[cols]`: what follows is taken around it, so that nothing cancels. */
  readonly anchor: Float64Array;
  /** Of weight * (z - anchor), `[cols]`. */
  readonly sums: Float64Array;
  /** Of weight * (z - anchor)^2, `[cols]`. */
  readonly squares: Float64Array;
}

/** Sums by class of all rows but those that one fold holds out. */
export type MomentsOf = (heldOut: number | undefined) => readonly ClassMoments[];

export interface Grouping {
  /** Position of each row's class, `[rows]`. */
  readonly codes: Labels;
  readonly classes: number;
  readonly folds?: { readonly fold: Uint8Array; readonly count: number } | undefined;
  /** `[rows]` */
  readonly weights?: Float32Array | undefined;
}

export async function classMoments(compute: Compute, data: RowsOf, rows: TiledRows, { codes, classes, folds, weights }: Grouping): Promise<MomentsOf> {
  const count = folds?.count ?? 1;
  const { cols, dtype } = rows.shape;
  const groups = classes * count;
  const groupOf = Uint32Array.from(codes, (code, row) => code * count + (folds?.fold[row] ?? 0));
  const coarse = rows.frame.coarse.includes(1);
  const { sums: sumsAround, release } = coarse ? onHost(data, rows, { groupOf, groups, weights }) : onDevice(compute, rows, { groupOf, groups, weights });
  try {
    const plain = await sumsAround();
    const anchors = Array.from({ length: classes }, (_, c) => {
      const whole = added(plain.sums.slice(c * count, (c + 1) * count));
      return Float64Array.from({ length: cols }, (_, j) => {
        const mean = whole[j]! / (whole[cols]! || 1);
        return coarse ? mean : Math.fround(mean);
      });
    });
    const around = await sumsAround(Array.from({ length: groups }, (_, g) => anchors[Math.floor(g / count)]!));
    return (heldOut) =>
      anchors.map((anchor, c) => {
        const kept = Array.from({ length: count }, (_, fold) => c * count + fold).filter((g) => g % count !== heldOut);
        const of = (sums: readonly Float64Array[]): Float64Array => added(kept.map((g) => sums[g]!));
        const first = of(plain.sums);
        // Bytes were added exactly around 0, and around the anchor they are not.
        const sums = dtype === 'u8' ? anchor.map((value, j) => first[j]! - first[cols]! * value) : of(around.sums).subarray(0, cols);
        return { weight: first[cols]!, anchor, sums, squares: of(around.squares).subarray(0, cols) };
      });
  } finally {
    release();
  }
}

interface Summing {
  /** Sums of each group around 0, or around its center, and of squares then. */
  readonly sums: (centers?: readonly Float64Array[]) => Promise<Moments>;
  readonly release: () => void;
}

interface Groups {
  readonly groupOf: Uint32Array;
  readonly groups: number;
  readonly weights: Float32Array | undefined;
}

function onDevice(compute: Compute, rows: TiledRows, { groupOf, groups, weights }: Groups): Summing {
  const buffers = { codes: uploadCodes(compute, [groupOf], rows), weights: uploadWeights(compute, weights, rows) };
  return {
    sums: async (centers) => (await sumsByGroup(compute, rows, { ...buffers, sets: 1, groups, centers }))[0]!,
    release: () => compute.release(...Object.values(buffers)),
  };
}

/** In float64, of rows that f32 does not tell apart. */
function onHost(data: RowsOf, { frame: { center, unit } }: TiledRows, { groupOf, groups, weights }: Groups): Summing {
  return {
    async sums(centers) {
      const { cols } = data.x;
      const [sums, squares] = [0, 1].map(() => Array.from({ length: groups }, () => new Float64Array(cols + 1))) as [Float64Array[], Float64Array[]];
      for await (const { x, from, rows } of featureBlocks({ ...data, scaling: undefined })) {
        for (let i = 0; i < rows; i++) {
          const group = groupOf[from + i]!;
          const weight = weights?.[from + i] ?? 1;
          for (let j = 0; j < cols; j++) {
            const value = (x[i * cols + j]! - center[j]!) / unit[j]! - (centers?.[group]![j] ?? 0);
            sums[group]![j]! += weight * value;
            squares[group]![j]! += weight * value * value;
          }
          sums[group]![cols]! += weight;
        }
      }
      return { sums, squares };
    },
    release: () => {},
  };
}

function added(lists: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(lists[0]!.length);
  for (const list of lists) for (let j = 0; j < sum.length; j++) sum[j]! += list[j]!;
  return sum;
}

/** Means, `[cols]`. */
export function meanOf({ weight, anchor, sums }: ClassMoments): Float64Array {
  return anchor.map((value, j) => value + sums[j]! / weight);
}

/** Sums of weight * (z - point)^2, `[cols]`, exactly 0 for a column that is the point in every row. */
export function squaresAround({ weight, anchor, sums, squares }: ClassMoments, point: Float64Array): Float64Array {
  return anchor.map((value, j) => {
    const moved = point[j]! - value;
    return Math.max(0, squares[j]! - moved * (2 * sums[j]! - weight * moved));
  });
}
