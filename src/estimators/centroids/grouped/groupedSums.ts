// Sums of rows by group, on this device or over shards: the same to the bit. Rows that f32 does not tell apart are summed here, in float64.
import type { Compute } from '../../../core/compute.ts';
import type { JsonRecord } from '../../../core/events.ts';
import { branchesIn } from '../../../core/shards/messages.ts';
import type { Message, Numbers, Shards } from '../../../core/shards/shards.ts';
import type { Branch } from '../../../core/shards/spans.ts';
import type { RowsOf } from '../../../dsl/estimator.ts';
import type { StageContext } from '../../../dsl/stage/context.ts';
import { featureBlocks } from '../../rows/featureBlocks.ts';
import type { MeasuredFrame } from '../../rows/frame.ts';
import { spanRowsBy } from '../../rows/sharded/parts.ts';
import { spreadRows } from '../../rows/sharded/sent.ts';
import { rowsElsewhere, rowsUnframed } from '../../rows/sharded/whole.ts';
import { tilesOnDevice, type TiledRows } from '../../rows/tilesOnDevice.ts';
import { MOST_TILES, momentsOf, sumsByGroup, uploadCodes, uploadWeights, type Moments } from '../sumsByGroup.ts';
import type { GroupSetUp } from './groupShard.ts';

export interface Groups {
  /** Of each row, `[rows]`. */
  readonly groupOf: Uint32Array;
  readonly groups: number;
  /** `[rows]` */
  readonly weights?: Float32Array | undefined;
}

export interface GroupedSums {
  readonly frame: MeasuredFrame;
  /** Of each group around 0, or around its center, and of squares then. */
  readonly sums: (centers?: readonly Float64Array[]) => Promise<Moments>;
  readonly release: () => void;
}

type Context = Pick<StageContext, 'compute' | 'shards'>;

/** @throws E_USAGE for sparse rows where rows are spread */
export async function groupedSums({ compute, shards }: Context, data: RowsOf, groups: Groups): Promise<GroupedSums> {
  const rows = shards ? await rowsElsewhere(data) : await tilesOnDevice(await compute(), data);
  if (rows.frame.coarse.includes(1)) return { ...onHost(data, rows, groups), frame: rows.frame, release: () => rows.release() };
  try {
    return { ...(shards ? await inShards(shards, data, rows, groups) : onDevice(await compute(), rows, groups)), frame: rows.frame };
  } catch (error) {
    rows.release();
    throw error;
  }
}

type Summing = Pick<GroupedSums, 'sums' | 'release'>;

function onDevice(compute: Compute, rows: TiledRows, { groupOf, groups, weights }: Groups): Summing {
  const buffers = { codes: uploadCodes(compute, [groupOf], rows), weights: uploadWeights(compute, weights, rows) };
  return {
    sums: async (centers) => (await sumsByGroup(compute, rows, { ...buffers, sets: 1, groups, centers }))[0]!,
    release() {
      compute.release(...Object.values(buffers));
      rows.release();
    },
  };
}

async function inShards(shards: Shards, data: RowsOf, whole: Pick<TiledRows, 'shape' | 'frame'>, groups: Groups): Promise<Summing> {
  const spread = await spreadGroups(shards, data, whole, groups);
  return {
    async sums(centers) {
      const arrays = centers ? [Float64Array.from(centers.flatMap((own) => Array.from(own)))] : [];
      const answers = await spread.ask(() => ({ json: { ask: 'sums' }, arrays }));
      return momentsOf(branchesIn(answers)[0]!, { sets: 1, groups: groups.groups, centers }, data.x.cols)[0]!;
    },
    release: () => spread.close(),
  };
}

async function spreadGroups(
  shards: Shards,
  data: RowsOf,
  whole: Pick<TiledRows, 'shape' | 'frame'>,
  { groupOf, groups, weights }: Groups,
): Promise<Awaited<ReturnType<typeof spreadRows>>['spread']> {
  const { scaling } = data;
  const json: GroupSetUp = { groups, weights: weights !== undefined, scaling: scaling !== undefined };
  const { spread } = await spreadRows(shards, 'groups', data, whole, spanRowsBy(whole.shape, MOST_TILES), ({ from, end }): Message => {
    const arrays: Numbers[] = [groupOf.slice(from, end)];
    if (weights) arrays.push(weights.slice(from, end));
    if (scaling) arrays.push(Float64Array.from(scaling.shift), Float64Array.from(scaling.factor));
    return { json: json as unknown as JsonRecord, arrays };
  });
  return spread;
}

/** What counts of features is found by shards. @param counting as `countBranches` has it */
export async function countsInShards(shards: Shards, data: RowsOf, groups: Groups, counting: JsonRecord): Promise<readonly Branch[]> {
  const spread = await spreadGroups(shards, data, rowsUnframed(data), groups);
  try {
    return branchesIn(await spread.ask(() => ({ json: { ask: 'counts', counting }, arrays: [] })))[0]!;
  } finally {
    spread.close();
  }
}

function onHost(data: RowsOf, { frame: { center, unit } }: TiledRows, { groupOf, groups, weights }: Groups): Pick<Summing, 'sums'> {
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
  };
}
