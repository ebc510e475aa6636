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
    // Each group around its own mean: a row far away, which a fold holds out, takes nothing from the others of its class.
    const anchors = plain.sums.map((own) =>
      own.subarray(0, cols).map((sum) => {
        const mean = sum / (own[cols]! || 1);
        return coarse ? mean : Math.fround(mean);
      }),
    );
    const around = await sumsAround(anchors);
    return (heldOut) =>
      Array.from({ length: classes }, (_, c) => {
        const kept = Array.from({ length: count }, (_, fold) => c * count + fold).filter((g) => g % count !== heldOut);
        const weight = kept.reduce((sum, g) => sum + plain.sums[g]![cols]!, 0);
        const anchor = anchors[kept.find((g) => plain.sums[g]![cols]! > 0) ?? c * count]!;
        const [sums, squares] = [new Float64Array(cols), new Float64Array(cols)];
        for (const g of kept) {
          const own = plain.sums[g]!;
          for (let j = 0; j < cols; j++) {
            const moved = anchors[g]![j]! - anchor[j]!;
            // Bytes were added exactly around 0, and around the anchor they are not.
            const sum = dtype === 'u8' ? own[j]! - own[cols]! * anchors[g]![j]! : around.sums[g]![j]!;
            sums[j]! += sum + own[cols]! * moved;
            squares[j]! += around.squares[g]![j]! + moved * (2 * sum + own[cols]! * moved);
          }
        }
        return { weight, anchor, sums, squares };
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
