// A shard of rows whose products are summed: what sums.ts asks of one machine, of spans of its rows.
import { branchMessage, otherVersion } from '../../core/shards/messages.ts';
import type { ShardWork } from '../../core/shards/shards.ts';
import { arrivedRows } from '../rows/sharded/sent.ts';
import { tilesOnDevice } from '../rows/tilesOnDevice.ts';
import { checkPairs, productBranches, targetBranches } from './products.ts';

/** What a shard is made of, beside its rows, their weights and targets. */
export interface GramSetUp {
  /** The estimator, for errors. */
  readonly owner: string;
  /** Where folds begin among its rows, and behind them where the last one ends. */
  readonly bounds: readonly number[];
  /** Of each target. */
  readonly units: readonly number[];
  readonly weights: boolean;
}

export const gramShard: ShardWork = async (compute, setUp) => {
  const { data, as, part, json, arrays } = await arrivedRows(setUp);
  const { owner, bounds, units, weights: weighted } = json as unknown as GramSetUp;
  checkPairs(owner, compute, data.name, data.x.cols);
  const rows = await tilesOnDevice(compute, data, { low: true, as });
  const weights = weighted ? (arrays[0] as Float32Array) : undefined;
  const targets = arrays.slice(weighted ? 1 : 0) as readonly Float64Array[];
  const folded = { rows, part, bounds, weights };
  return {
    async answer({ json: question }) {
      const { ask, first, end } = question as { readonly ask: string; readonly first: number; readonly end: number };
      if (ask === 'products') return branchMessage(...(await productBranches(compute, folded, { first, end })));
      if (ask === 'targets') return branchMessage(await targetBranches(compute, folded, targets, units));
      throw otherVersion(`A shard of sums of products was asked for '${ask}'.`);
    },
    release: () => rows.release(),
  };
};
