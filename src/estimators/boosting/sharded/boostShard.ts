// A shard of boosting: rows as bytes, the scores of them, and the nodes of trees that they are in.
import { amountsOf } from '../columns/thresholds.ts';
import { binner, type Column } from '../columns/bins.ts';
import { takeBlocks } from '../../../core/data/features.ts';
import { notFinite } from '../../../core/data/notFinite.ts';
import { branchMessage, NOTHING, otherVersion } from '../../../core/shards/messages.ts';
import type { Message, Numbers, ShardWork } from '../../../core/shards/shards.ts';
import { arrivedRows, type ArrivedRows } from '../../rows/sharded/sent.ts';
import type { BoostedRows, Units } from '../growth/rows.ts';
import { RowsHere, type BoostedTarget, type PlacedRows } from '../growth/rowsHere.ts';

/** What a shard is made of, beside its rows, what is said before any tree, truths and weights. */
export interface BoostSetUp extends Pick<BoostedTarget, 'loss' | 'learningRate'> {
  /** So many of its rows, the first ones. */
  readonly trained: number;
  readonly categorical: readonly boolean[];
  /** Of columns whose values are codes. */
  readonly names: readonly (readonly string[] | null)[];
}

/** What happened to a tree, as rows are told. */
export type Told = { [What in 'split' | 'end']: readonly [What, ...Parameters<BoostedRows[What]>] }['split' | 'end'];

interface SentColumn extends Omit<Column, 'thresholds'> {
  readonly thresholds: readonly number[];
}

export type Question =
  | { readonly ask: 'look' | 'sizes' | 'losses' | 'tell' }
  | { readonly ask: 'begin'; readonly columns: readonly SentColumn[] }
  | { readonly ask: 'round'; readonly units: readonly Units[] }
  | { readonly ask: 'histograms'; readonly nodes: readonly (readonly [tree: number, node: number])[] };

export const boostShard: ShardWork = async (compute, setUp) => {
  const arrived = await arrivedRows(setUp);
  const own = arrived.json as unknown as BoostSetUp;
  let rows: RowsHere | undefined;
  return {
    async answer({ json }) {
      const { told, ...question } = json as unknown as Question & { readonly told: readonly Told[] };
      if (question.ask === 'look') return looked(arrived, own);
      if (question.ask === 'begin') {
        rows?.release();
        rows = new RowsHere(await placed(arrived, own, question.columns), { compute: async () => compute });
      }
      for (const one of told) {
        if (one[0] === 'split') rows!.split(one[1], one[2], one[3], one[4]);
        else rows!.end(one[1], one[2]);
      }
      switch (question.ask) {
        case 'begin':
        case 'tell':
          return NOTHING;
        case 'sizes':
        case 'losses':
          return branchMessage(...(await rows![question.ask]()));
        case 'round': {
          const sums = await rows!.round(question.units);
          return { json: {}, arrays: [Float64Array.from(sums.flatMap(({ count, gradient, hessian }) => [count, gradient, hessian]))] };
        }
        case 'histograms':
          return { json: {}, arrays: await Promise.all(question.nodes.map(([tree, node]) => rows!.histogram(tree, node))) };
        default:
          throw otherVersion(`A shard of boosting was asked for '${String((question as { readonly ask: unknown }).ask)}'.`);
      }
    },
    release: () => rows?.release(),
  };
};

/** Which columns have gaps in rows trained on, and the values of those of categories. @throws E_DATA for an infinite feature */
async function looked({ data: { x, rows, columns }, as }: ArrivedRows, { trained, categorical }: BoostSetUp): Promise<Message> {
  const gaps = new Uint8Array(x.cols);
  const values = categorical.map((is) => new Float64Array(is ? rows.length : 0));
  for await (const { data, rows: count, from } of takeBlocks(x, rows)) {
    for (let at = 0; at < count * x.cols; at++) {
      const [value, row, j] = [data[at]!, from + Math.floor(at / x.cols), at % x.cols];
      if (Math.abs(value) === Infinity) throw notFinite(value, (as.named ?? rows)[row]!, j, columns);
      if (row < trained && value !== value) gaps[j] = 1;
      if (categorical[j]) values[j]![row] = value;
    }
  }
  return { json: {}, arrays: [gaps, ...values.map((own): Numbers => amountsOf(own).values)] };
}

async function placed(
  { data: { x, rows }, part: { from }, arrays }: ArrivedRows,
  { loss, learningRate, trained, names }: BoostSetUp,
  sent: readonly SentColumn[],
): Promise<PlacedRows> {
  const [baseline, truth, weights] = arrays as readonly Float64Array[];
  const columns = sent.map((column) => ({ ...column, thresholds: Float64Array.from(column.thresholds) }));
  const bins = columns.map((column, j) => binner(names[j], column));
  const data = new Uint8Array(rows.length * x.cols);
  for await (const { data: block, rows: count, from: first } of takeBlocks(x, rows)) {
    for (const [j, bin] of bins.entries()) {
      for (let row = 0; row < count; row++) data[j * rows.length + first + row] = bin(block[row * x.cols + j]!);
    }
  }
  return { loss, learningRate, truth: truth!, weights, baseline: baseline!, bins: { data, rows: rows.length, columns }, trained, from };
}
