// A shard of rows that are clustered: a space of its rows, asked what spreadSpace.ts asks.
import { branchMessage, otherVersion } from '../../../core/shards/messages.ts';
import type { Message, ShardWork } from '../../../core/shards/shards.ts';
import { cutUp } from '../../../core/shards/spans.ts';
import { arrivedRows } from '../../rows/sharded/sent.ts';
import { tilesOnDevice } from '../../rows/tilesOnDevice.ts';
import { onDevice, type Points } from '../space.ts';

/** Sets of points, one behind the other. */
export function packedSets(sets: readonly Points[]): Float64Array {
  return Float64Array.from(sets.flatMap((points) => points.flatMap((point) => [...point])));
}

export const spaceShard: ShardWork = async (compute, setUp) => {
  const { data, as, part, arrays } = await arrivedRows(setUp);
  const [scale, weights] = arrays as readonly [Float64Array, Float64Array];
  const rows = await tilesOnDevice(compute, data, { as });
  const space = onDevice(compute, data, rows, scale, weights, part);
  return {
    async answer({ json, arrays: own }): Promise<Message> {
      const { ask, sets = 1, groups = 0 } = json as { readonly ask: string; readonly sets?: number; readonly groups?: number };
      const setsOf = (): readonly Points[] => {
        const points = cutUp(own[0] as Float64Array, data.x.cols);
        const each = points.length / sets;
        return Array.from({ length: sets }, (_, set) => points.slice(set * each, (set + 1) * each));
      };
      switch (ask) {
        case 'limits':
          return { json: { mostBytes: space.mostBytes }, arrays: [] };
        case 'squares':
          return { json: { sum: await space.squares() }, arrays: [] };
        case 'distances':
          return { json: {}, arrays: await space.distances(setsOf()[0]!) };
        case 'whole': {
          const found = (await space.wholeCodes(setsOf())) ?? [];
          return { json: { unsure: found.map(({ unsure }) => unsure) }, arrays: found.map(({ codes }) => codes) };
        }
        case 'codes':
          return { json: {}, arrays: await space.codesByDistances(setsOf()) };
        case 'nearest':
          return { json: {}, arrays: (await space.nearest(setsOf())).flatMap(({ codes, squares }) => [codes, squares]) };
        case 'sums':
          return branchMessage(await space.branches(own as readonly Uint32Array[], groups));
        default:
          throw otherVersion(`A shard of clusters was asked for '${ask}'.`);
      }
    },
    release() {
      space.release();
      rows.release();
    },
  };
};
