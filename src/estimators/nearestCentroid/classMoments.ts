// Sums of the rows by class and fold, two passes over the rows however many models: a model's are those of all folds but its own.
import type { Labels } from '../../core/data/labels.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { groupedSums } from '../centroids/grouped/groupedSums.ts';
import type { MeasuredFrame } from '../rows/frame.ts';

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

/** @returns what tells sums by class, and the frame that they are in */
export async function classMoments(
  context: Pick<StageContext, 'compute' | 'shards'>,
  data: RowsOf,
  { codes, classes, folds, weights }: Grouping,
): Promise<{ readonly momentsOf: MomentsOf; readonly frame: MeasuredFrame }> {
  const count = folds?.count ?? 1;
  const { cols, dtype } = data.x;
  const groups = classes * count;
  const groupOf = Uint32Array.from(codes, (code, row) => code * count + (folds?.fold[row] ?? 0));
  const { sums: sumsAround, frame, release } = await groupedSums(context, data, { groupOf, groups, weights });
  try {
    const coarse = frame.coarse.includes(1);
    const plain = await sumsAround();
    // Each group around its own mean: a row far away, which a fold holds out, takes nothing from the others of its class.
    const anchors = plain.sums.map((own) =>
      own.subarray(0, cols).map((sum) => {
        const mean = sum / (own[cols]! || 1);
        return coarse ? mean : Math.fround(mean);
      }),
    );
    const around = await sumsAround(anchors);
    const momentsOf: MomentsOf = (heldOut) =>
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
    return { momentsOf, frame };
  } finally {
    release();
  }
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
