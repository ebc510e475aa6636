// A shard of rows that are summed by group: what groupedSums.ts and counts.ts ask of one machine, of spans of its rows.
import { branchMessage, otherVersion } from '../../../core/shards/messages.ts';
import type { Numbers, ShardWork } from '../../../core/shards/shards.ts';
import { cutUp } from '../../../core/shards/spans.ts';
import type { Counting } from '../../naiveBayes/counts.ts';
import { countBranches } from '../../naiveBayes/counts.ts';
import { arrivedRows } from '../../rows/sharded/sent.ts';
import { tilesOnDevice, type TiledRows } from '../../rows/tilesOnDevice.ts';
import { branchesByGroup, uploadCodes, uploadWeights } from '../sumsByGroup.ts';

/** What a shard is made of, beside its rows and their groups, weights and scaling. */
export interface GroupSetUp {
  readonly groups: number;
  readonly weights: boolean;
  readonly scaling: boolean;
}

export const groupShard: ShardWork = async (compute, setUp) => {
  const { data, as, part, json, arrays } = await arrivedRows(setUp);
  const { groups, weights: weighted, scaling: scaled } = json as unknown as GroupSetUp;
  const left = [...arrays];
  const next = <A extends Numbers>(): A => left.shift() as A;
  const groupOf = next<Uint32Array>();
  const weights = weighted ? next<Float32Array>() : undefined;
  const scaling = scaled ? { shift: next<Float64Array>(), factor: next<Float64Array>() } : undefined;
  let held: TiledRows | undefined;
  return {
    async answer({ json: { ask, counting }, arrays: [centers] }) {
      if (ask === 'counts') {
        const rows = { ...data, scaling, named: as.named };
        return branchMessage(await countBranches(rows, { groupOf, groups, weights }, counting as unknown as Counting, part.from));
      }
      if (ask !== 'sums') throw otherVersion(`A shard of sums by group was asked for '${String(ask)}'.`);
      const rows = (held ??= await tilesOnDevice(compute, data, { as }));
      const buffers = { codes: uploadCodes(compute, [groupOf], rows), weights: uploadWeights(compute, weights, rows) };
      try {
        const around = centers && cutUp(centers as Float64Array, data.x.cols);
        return branchMessage(await branchesByGroup(compute, rows, { ...buffers, sets: 1, groups, centers: around }, part));
      } finally {
        compute.release(...Object.values(buffers));
      }
    },
    release: () => held?.release(),
  };
};
