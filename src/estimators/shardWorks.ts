// What workers of sharded fits can be asked to do. Each is loaded when the first shard of it arrives.
import type { ShardWorks } from '../core/shards/shards.ts';

export const shardWorks: ShardWorks = {
  boosting: async () => (await import('./boosting/sharded/boostShard.ts')).boostShard,
  clusters: async () => (await import('./kMeans/sharded/spaceShard.ts')).spaceShard,
  gram: async () => (await import('./ridge/gramShard.ts')).gramShard,
  groups: async () => (await import('./centroids/grouped/groupShard.ts')).groupShard,
  linear: async () => (await import('./linear/sharded/linearShard.ts')).linearShard,
};
