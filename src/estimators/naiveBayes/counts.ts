// Sums of features by class, for models that count: bytes on the device, exactly; other features on the host, where each is
// looked at anyway. Rows may be in shards.
import { weightsOf } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import { cutUp, SpanTree, totalOf, type Branch } from '../../core/shards/spans.ts';
import type { Folds, RowsOf } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { countsInShards, groupedSums, type Groups } from '../centroids/grouped/groupedSums.ts';
import type { TrainingRows } from '../define/define.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import { SPAN_ROWS } from '../rows/sharded/parts.ts';

/** Of the rows of a class. */
export interface ClassCounts {
  readonly weight: number;
  /** Of weight * feature, `[cols]`. */
  readonly sums: Float64Array;
}

/** By class, of all rows but those that one fold holds out. */
export type CountsOf = (heldOut: number | undefined) => readonly ClassCounts[];

/** What counts of a feature: itself, of which none is below 0, or whether it is above a number. */
export interface Counting {
  readonly above?: number;
}

type Context = Pick<StageContext, 'compute' | 'shards'>;
type Rows = TrainingRows<'classifier'>;

export async function countsOnHost(context: Context, rows: Rows, folds: Folds | undefined, counting: Counting): Promise<CountsOf> {
  const groups = groupsOf(rows, folds);
  const branches = context.shards ? await countsInShards(context.shards, rows, groups, counting as JsonRecord) : await countBranches(rows, groups, counting);
  return leftOf(cutUp(totalOf(branches), rows.x.cols + 1), groups);
}

/**
 * Counts in spans of rows.
 *
 * @param named ids of rows, for errors, where `data` has others
 * @param first the first row's place among all
 * @returns sums of width `[groups][cols + 1]`
 * @throws E_DATA for a feature below 0 that counts by itself
 */
export async function countBranches(
  { named, ...data }: RowsOf & { readonly named?: Uint32Array | undefined },
  { groupOf, groups, weights }: Groups,
  { above }: Counting,
  first = 0,
): Promise<readonly Branch[]> {
  const ids = named ?? data.rows;
  const tree = new SpanTree(groups * (data.x.cols + 1));
  for await (const { x, rows: count, cols, from } of featureBlocks(data, { named })) {
    for (let i = 0; i < count; i++) {
      const at = from + i;
      const sums = tree.sumsOf(Math.floor((first + at) / SPAN_ROWS));
      const weight = weights?.[at] ?? 1;
      const own = groupOf[at]! * (cols + 1);
      for (let j = 0; j < cols; j++) {
        const feature = x[i * cols + j]!;
        if (above === undefined && !(feature >= 0)) throw negative(feature, ids[at]!, j);
        sums[own + j]! += weight * (above === undefined ? feature : Number(feature > above));
      }
      sums[own + cols]! += weight;
    }
  }
  return tree.branches();
}

function negative(feature: number, row: number, column: number): PipelineError {
  return new PipelineError('E_DATA', `multinomialNB: row ${row} has ${feature} in column ${column}; counts are 0 or more.`, {
    hint: 'Give counts as they are, not standardised, or take gaussianNB.',
  });
}

/** @param rows of bytes, as they are */
export async function countsOnDevice(context: Context, rows: Rows, folds: Folds | undefined): Promise<CountsOf> {
  const groups = groupsOf(rows, folds);
  const { sums: sumsAround, frame, release } = await groupedSums(context, rows, groups);
  try {
    const { sums } = await sumsAround();
    // The device has a column that is constant as its difference from that.
    const { cols } = rows.x;
    const counts = sums.map((own) => own.map((sum, j) => (j === cols ? sum : sum + frame.center[j]! * own[cols]!)));
    return leftOf(counts, groups);
  } finally {
    release();
  }
}

interface FoldGroups extends Groups {
  readonly folds: number;
}

/** The folds of the first class, then those of the second. */
function groupsOf(rows: Rows, folds: Folds | undefined): FoldGroups {
  const count = folds?.count ?? 1;
  const groupOf = Uint32Array.from(rows.codes, (code, row) => code * count + (folds?.fold[row] ?? 0));
  return { groupOf, groups: count * rows.classes.length, folds: count, weights: weightsOf(rows) };
}

function leftOf(sums: readonly Float64Array[], { folds: count }: FoldGroups): CountsOf {
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
