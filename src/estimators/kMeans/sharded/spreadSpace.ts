// A space whose rows are in shards: what is told of each row comes back in their order, and sums as one machine adds them.
import type { JsonRecord } from '../../../core/events.ts';
import { branchesIn } from '../../../core/shards/messages.ts';
import type { Message, Numbers, Shards } from '../../../core/shards/shards.ts';
import type { RowsOf } from '../../../dsl/estimator.ts';
import { isTold, type WholeCodes } from '../../centroids/assigned.ts';
import { MOST_TILES, momentsOf } from '../../centroids/sumsByGroup.ts';
import { spanRowsBy } from '../../rows/sharded/parts.ts';
import { spreadRows } from '../../rows/sharded/sent.ts';
import type { TiledRows } from '../../rows/tilesOnDevice.ts';
import { pointsOf, type Points, type Space } from '../space.ts';
import { packedSets } from './spaceShard.ts';

/** @param whole as `rowsElsewhere` has it of `data` */
export async function spreadSpace(
  shards: Shards,
  data: RowsOf,
  whole: Pick<TiledRows, 'shape' | 'frame'>,
  scale: Float64Array,
  weights: Float64Array,
): Promise<Space> {
  const { cols } = data.x;
  const { spread, cuts } = await spreadRows(shards, 'clusters', data, whole, spanRowsBy(whole.shape, MOST_TILES), ({ from, end }) => ({
    json: {},
    arrays: [scale, weights.slice(from, end)],
  }));
  const ask = (json: JsonRecord, arrays: readonly Numbers[] = []): Promise<readonly Message[]> => spread.ask(() => ({ json, arrays }));
  const asked = (what: string, sets: readonly Points[]): Promise<readonly Message[]> => ask({ ask: what, sets: sets.length }, [packedSets(sets)]);
  /** Numbers of all rows at one place of the answers. */
  const joined = <A extends Uint32Array | Float64Array>(answers: readonly Message[], at: number, out: A): A => {
    answers.forEach(({ arrays }, shard) => out.set(arrays[at] as A, cuts[shard]!.from));
    return out;
  };
  const count = data.rows.length;
  const codesIn = (answers: readonly Message[], at: number): Uint32Array => joined(answers, at, new Uint32Array(count));
  const squaresIn = (answers: readonly Message[], at: number): Float64Array => joined(answers, at, new Float64Array(count));
  const [limits] = await ask({ ask: 'limits' });
  return {
    points: (positions) => pointsOf(data, whole.frame, positions),
    async distances(points) {
      const answers = await asked('distances', [points]);
      return points.map((_, at) => squaresIn(answers, at));
    },
    async codes(sets) {
      const answers = await asked('whole', sets);
      const unsure = answers.map(({ json }) => json['unsure'] as readonly number[]);
      // Of other rows than bytes nobody has any.
      const told = unsure[0]!.length === 0 ? [] : sets;
      const found = told.map((_, set): WholeCodes => ({ codes: codesIn(answers, set), unsure: unsure.reduce((sum, own) => sum + own[set]!, 0) }));
      if (found.length > 0 && isTold(found, sets, cols)) return found.map(({ codes }) => codes);
      const anew = await asked('codes', sets);
      return sets.map((_, set) => codesIn(anew, set));
    },
    async nearest(sets) {
      const answers = await asked('nearest', sets);
      return sets.map((_, set) => ({ codes: codesIn(answers, 2 * set), squares: squaresIn(answers, 2 * set + 1) }));
    },
    async sums(codes, groups) {
      const answers = await spread.ask((shard) => {
        const { from, end } = cuts[shard]!;
        return { json: { ask: 'sums', groups }, arrays: codes.map((own) => own.slice(from, end)) };
      });
      return momentsOf(branchesIn(answers)[0]!, { sets: codes.length, groups }, cols).map(({ sums }) => sums);
    },
    squares: async () => (await ask({ ask: 'squares' })).reduce((sum, { json }) => sum + Number(json['sum']), 0),
    mostBytes: Number(limits!.json['mostBytes']),
    release: () => spread.close(),
  };
}
