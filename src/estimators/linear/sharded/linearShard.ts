// A shard of a batch of linear models: a LinearBatch of its rows, made of what a ShardedBatch sends and asked what that is asked.
import { matrix, type FeatureArray, type Matrix } from '../../../core/data/matrix.ts';
import type { Features } from '../../../core/data/features.ts';
import { decode } from '../../../core/encoding/encoding.ts';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { Message, Numbers, Shard, ShardWork } from '../../../core/shards/shards.ts';
import type { Branch } from '../../../core/shards/spans.ts';
import type { RowDtype, TileShape } from '../../../kernels/lib/tiles.ts';
import type { MeasuredFrame } from '../../rows/frame.ts';
import { tilesOnDevice } from '../../rows/tilesOnDevice.ts';
import type { ColumnTarget } from '../batch.ts';
import { LinearBatch } from '../linearBatch.ts';
import type { LinearLoss } from '../losses/loss.ts';
import { logistic } from '../losses/logistic.ts';
import { poisson } from '../losses/poisson.ts';
import { softmax } from '../losses/softmax.ts';
import { squaredHinge } from '../losses/squaredHinge.ts';

const LOSSES: readonly LinearLoss[] = [logistic, softmax, squaredHinge, poisson];

/** What a shard is made of, beside its numbers. */
export interface LinearSetUp {
  readonly name: string;
  /** The kernel of the loss names it. */
  readonly loss: string;
  readonly whole: Omit<TileShape, 'dtype'> & { readonly dtype: RowDtype };
  readonly from: number;
  readonly columns?: readonly string[];
  /** Rows that stay where they are stored, as they are encoded. */
  readonly stored?: string;
  /** Of each model; `scaling` says which of them. */
  readonly models: readonly { readonly heldOut: number; readonly columns: readonly ColumnTarget[]; readonly scaling?: number }[];
  readonly scalings: number;
  readonly folds: boolean;
  readonly weights: boolean;
}

export const linearShard: ShardWork = async (compute, { json, arrays }) => {
  const { name, columns, loss: kernel, whole, from, stored, models, scalings, folds, weights } = json as unknown as LinearSetUp;
  const loss = LOSSES.find((one) => one.kernel.name === kernel);
  if (!loss) throw new PipelineError('E_USAGE', `Nothing here learns by '${kernel}'.`, { hint: 'Give all workers the same version of the package.' });
  const left = [...arrays];
  const next = <A extends Numbers>(): A => left.shift() as A;
  const [center, unit, rms, mean] = [next<Float64Array>(), next<Float64Array>(), next<Float64Array>(), next<Float64Array>()];
  const frame = { center, unit, rms, mean, coarse: next<Uint8Array>() };
  const scaled = Array.from({ length: scalings }, () => ({ shift: next<Float64Array>(), factor: next<Float64Array>() }));
  const [truth, ids] = [next<Uint8Array | Float64Array>(), next<Uint32Array>()];
  const own = stored === undefined ? rowsOf(next<FeatureArray>(), whole.cols, frame) : undefined;
  const x = own?.x ?? ((await decode(stored!, noBlob)) as Features);
  const rows = own?.rows ?? ids;
  const as = { frame, tileQuads: whole.tileQuads, named: own && ids };
  const data = await tilesOnDevice(compute, { x, rows, name, columns }, { as });
  const targets = models.map(({ scaling, ...model }) => ({ ...model, scaling: scaling === undefined ? undefined : scaled[scaling] }));
  const learned = { data, truth, ...(folds ? { folds: next<Uint8Array>() } : {}), ...(weights ? { weights: next<Float32Array>() } : {}) };
  const batch = new LinearBatch(compute, learned, targets, loss, { part: { whole, from } });
  const release = (): void => {
    batch.release();
    data.release();
  };
  return { answer: (question) => answered(batch, question), release } satisfies Shard;
};

interface OwnRows {
  readonly frame: MeasuredFrame;
  readonly x: Matrix;
  readonly rows: Uint32Array;
}

const known = new WeakMap<FeatureArray, OwnRows>();

/** The same rows in the same frame are the same matrix, which is on the device already where the fit before had it. */
function rowsOf(data: FeatureArray, cols: number, frame: MeasuredFrame): OwnRows {
  const had = known.get(data);
  if (had && (Object.keys(frame) as (keyof MeasuredFrame)[]).every((key) => had.frame[key].join() === frame[key].join())) return had;
  const count = data.length / cols;
  const own = { frame, x: matrix(count, cols, data), rows: Uint32Array.from({ length: count }, (_, i) => i) };
  known.set(data, own);
  return own;
}

async function answered(batch: LinearBatch, { json, arrays }: Message): Promise<Message> {
  const models = (json['models'] ?? []) as readonly number[];
  switch (json['ask']) {
    case 'directions':
      await batch.setDirections(models, arrays as readonly Float64Array[]);
      return NOTHING;
    case 'losses':
      return branches(await batch.lossBranches(models, Array.from(arrays[0]!)));
    case 'gradients':
      return branches(await batch.gradientBranches(models));
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
      throw new PipelineError('E_USAGE', `A shard of linear models was asked for '${String(json['ask'])}'.`, {
        hint: 'Give all workers the same version of the package.',
      });
  }
}

const NOTHING: Message = { json: {}, arrays: [] };

function branches(found: readonly Branch[]): Message {
  return { json: { branches: found.map(({ level, index }) => [level, index]) }, arrays: found.map(({ sums }) => sums) };
}

function noBlob(digest: string): Promise<Uint8Array> {
  return Promise.reject(new PipelineError('E_DATA', `Stored rows refer to bytes ${digest} that were not sent.`));
}
