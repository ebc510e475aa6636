// A shard of a batch of linear models: a LinearBatch of its rows, made of what a ShardedBatch sends and asked what that is asked.
import { branchMessage, NOTHING, otherVersion } from '../../../core/shards/messages.ts';
import type { Message, Numbers, Shard, ShardWork } from '../../../core/shards/shards.ts';
import { arrivedRows } from '../../rows/sharded/sent.ts';
import { tilesOnDevice } from '../../rows/tilesOnDevice.ts';
import type { ColumnTarget } from '../batch.ts';
import { LinearBatch } from '../linearBatch.ts';
import type { LinearLoss } from '../losses/loss.ts';
import { logistic } from '../losses/logistic.ts';
import { poisson } from '../losses/poisson.ts';
import { softmax } from '../losses/softmax.ts';
import { squaredHinge } from '../losses/squaredHinge.ts';

const LOSSES: readonly LinearLoss[] = [logistic, softmax, squaredHinge, poisson];

/** What a shard is made of, beside its rows and numbers. */
export interface LinearSetUp {
  /** The kernel of the loss names it. */
  readonly loss: string;
  /** Of each model; `scaling` says which of them. */
  readonly models: readonly { readonly heldOut: number; readonly columns: readonly ColumnTarget[]; readonly scaling?: number }[];
  readonly scalings: number;
  readonly folds: boolean;
  readonly weights: boolean;
}

export const linearShard: ShardWork = async (compute, setUp) => {
  const { data, as, part, json, arrays } = await arrivedRows(setUp);
  const { loss: kernel, models, scalings, folds, weights } = json as unknown as LinearSetUp;
  const loss = LOSSES.find((one) => one.kernel.name === kernel);
  if (!loss) throw otherVersion(`Nothing here learns by '${kernel}'.`);
  const left = [...arrays];
  const next = <A extends Numbers>(): A => left.shift() as A;
  const scaled = Array.from({ length: scalings }, () => ({ shift: next<Float64Array>(), factor: next<Float64Array>() }));
  const truth = next<Uint8Array | Float64Array>();
  const rows = await tilesOnDevice(compute, data, { as });
  const targets = models.map(({ scaling, ...model }) => ({ ...model, scaling: scaling === undefined ? undefined : scaled[scaling] }));
  const learned = { data: rows, truth, ...(folds ? { folds: next<Uint8Array>() } : {}), ...(weights ? { weights: next<Float32Array>() } : {}) };
  const batch = new LinearBatch(compute, learned, targets, loss, { part });
  const release = (): void => {
    batch.release();
    rows.release();
  };
  return { answer: (question) => answered(batch, question), release } satisfies Shard;
};

async function answered(batch: LinearBatch, { json, arrays }: Message): Promise<Message> {
  const models = (json['models'] ?? []) as readonly number[];
  switch (json['ask']) {
    case 'directions':
      await batch.setDirections(models, arrays as readonly Float64Array[]);
      return NOTHING;
    case 'losses':
      return branchMessage(await batch.lossBranches(models, Array.from(arrays[0]!)));
    case 'gradients':
      return branchMessage(await batch.gradientBranches(models));
    case 'scores':
      return { json: {}, arrays: await batch.scores(models[0]!) };
    case 'state': {
      const { steps, margins, direction } = await batch.state();
      return { json: { steps: [...steps] }, arrays: [margins, direction] };
    }
    case 'restore':
      batch.restore({ steps: json['steps'] as readonly number[], margins: arrays[0] as Float32Array, direction: arrays[1] as Float32Array });
      return NOTHING;
    default:
      throw otherVersion(`A shard of linear models was asked for '${String(json['ask'])}'.`);
  }
}
