// A batch of linear models over rows that are elsewhere. Weights of a direction go out; change and slope of the losses, two numbers a
// model, and sums of gradients come back, as branches of the tree that one machine adds by (core/shards/spans.ts), so that a fit is
// the same to the bit over any number of shards. Margins stay where the rows are: a line search moves scalars alone.
import type { Scaling } from '../../../core/data/dataset.ts';
import type { JsonRecord } from '../../../core/events.ts';
import { branchesIn } from '../../../core/shards/messages.ts';
import type { Message, Numbers, Shards, Spread } from '../../../core/shards/shards.ts';
import type { RowsOf } from '../../../dsl/estimator.ts';
import { affinesOf, type Affine } from '../../rows/frame.ts';
import { spanRowsBy } from '../../rows/sharded/parts.ts';
import { spreadRows, type Cut } from '../../rows/sharded/sent.ts';
import type { TiledRows } from '../../rows/tilesOnDevice.ts';
import type { Batch, BatchRows, BatchState, LossSums, ModelTarget } from '../batch.ts';
import { blockTilesOf } from '../batchSizes.ts';
import type { LinearLoss } from '../losses/loss.ts';
import type { LinearSetUp } from './linearShard.ts';
import { gradientsOf, lossSums } from './parts.ts';

type Rows = BatchRows & { readonly data: TiledRows };

export class ShardedBatch implements Batch {
  readonly #spread: Spread;
  readonly #rows: Rows;
  readonly #models: readonly ModelTarget[];
  readonly #loss: LinearLoss;
  readonly #cuts: readonly Cut[];
  readonly #affines: readonly Affine[];
  readonly #classes: number;

  /** @param rows as `rowsElsewhere` has those of `data` */
  static async over(shards: Shards, data: RowsOf, rows: Rows, models: readonly ModelTarget[], loss: LinearLoss): Promise<ShardedBatch> {
    const { shape } = rows.data;
    const spanRows = spanRowsBy(shape, blockTilesOf(shape, models[0]!.columns.length));
    const { spread, cuts } = await spreadRows(shards, 'linear', data, rows.data, spanRows, (cut) => setUpOf(rows, models, loss, cut));
    return new ShardedBatch(spread, rows, models, loss, cuts);
  }

  private constructor(spread: Spread, rows: Rows, models: readonly ModelTarget[], loss: LinearLoss, cuts: readonly Cut[]) {
    this.#spread = spread;
    this.#rows = rows;
    this.#models = models;
    this.#loss = loss;
    this.#cuts = cuts;
    this.#affines = affinesOf(rows.data.frame, models);
    this.#classes = models[0]!.columns.length;
  }

  async setDirections(models: readonly number[], directions: readonly Float64Array[]): Promise<void> {
    await this.#ask({ ask: 'directions', models }, directions, { changes: true, answered: false });
  }

  async losses(models: readonly number[], steps: readonly number[]): Promise<readonly LossSums[]> {
    return lossSums(branchesIn(await this.#ask({ ask: 'losses', models }, [Float64Array.from(steps)], { changes: true }))[0]!);
  }

  async gradients(models: readonly number[]): Promise<readonly Float64Array[]> {
    return gradientsOf(
      branchesIn(await this.#ask({ ask: 'gradients', models }))[0]!,
      models.map((model) => this.#affines[model]!),
      this.#classes,
      this.#loss,
    );
  }

  async scores(model: number): Promise<readonly Float64Array[]> {
    const found = await this.#ask({ ask: 'scores', models: [model] }, [], { changes: true });
    return Array.from({ length: this.#classes }, (_, c) => {
      const all = new Float64Array(this.#rows.data.shape.rows);
      found.forEach(({ arrays }, i) => all.set(arrays[c]!, this.#cuts[i]!.from));
      return all;
    });
  }

  async state(): Promise<BatchState> {
    const found = await this.#ask({ ask: 'state' }, [], { changes: true });
    const [margins, direction] = [new Float32Array(this.#slots * this.#stride), new Float32Array(this.#slots * this.#stride)];
    found.forEach(({ arrays }, i) => {
      const own = arrays[0]!.length / this.#slots;
      for (let slot = 0; slot < this.#slots; slot++) {
        const to = slot * this.#stride + this.#cuts[i]!.from;
        margins.set(arrays[0]!.subarray(slot * own, (slot + 1) * own), to);
        direction.set(arrays[1]!.subarray(slot * own, (slot + 1) * own), to);
      }
    });
    const state = { steps: found[0]!.json['steps'] as readonly number[], margins, direction };
    // A shard that is lost goes on from here.
    this.#spread.standAt((shard) => this.#restoring(state, shard));
    return state;
  }

  fits({ steps, margins, direction }: BatchState): boolean {
    const isOf = (values: BatchState['margins']): boolean => values instanceof Float32Array && values.length === this.#slots * this.#stride;
    return steps.length === this.#models.length && isOf(margins) && isOf(direction);
  }

  restore(state: BatchState): void {
    this.#spread.standAt((shard) => this.#restoring(state, shard));
    this.#spread.ask((shard) => this.#restoring(state, shard), { answered: false }).catch(() => {}); // what is asked next fails alike
  }

  release(): void {
    this.#spread.close();
  }

  /** Slots of margins, and one more (LinearBatch). */
  get #slots(): number {
    return this.#models.length * this.#classes + 1;
  }

  /** Rows of a slot. */
  get #stride(): number {
    return this.#rows.data.shape.quads * 4;
  }

  #restoring({ steps, margins, direction }: BatchState, shard: number): Message {
    const { from } = this.#cuts[shard]!;
    const end = this.#cuts[shard + 1]?.from ?? this.#stride;
    const part = (values: BatchState['margins']): Float32Array => {
      const own = new Float32Array(this.#slots * (end - from));
      for (let slot = 0; slot < this.#slots; slot++) own.set(values.subarray(slot * this.#stride + from, slot * this.#stride + end), slot * (end - from));
      return own;
    };
    return { json: { ask: 'restore', steps: [...steps] }, arrays: [part(margins), part(direction)] };
  }

  #ask(json: JsonRecord, arrays: readonly Numbers[] = [], options: Parameters<Spread['ask']>[1] = {}): Promise<readonly Message[]> {
    const question = { json, arrays };
    return this.#spread.ask(() => question, options);
  }
}

function setUpOf({ truth, folds, weights }: Rows, models: readonly ModelTarget[], loss: LinearLoss, { from, end }: Cut): Message {
  const scalings = [...new Set(models.flatMap(({ scaling }) => scaling ?? []))];
  const json: LinearSetUp = {
    loss: loss.kernel.name,
    models: models.map(({ heldOut, columns, scaling }) => ({ heldOut, columns, ...(scaling ? { scaling: scalings.indexOf(scaling) } : {}) })),
    scalings: scalings.length,
    folds: folds !== undefined,
    weights: weights !== undefined,
  };
  const arrays: Numbers[] = scalings.flatMap(({ shift, factor }: Scaling) => [Float64Array.from(shift), Float64Array.from(factor)]);
  arrays.push(truth.slice(from, end));
  if (folds) arrays.push(folds.slice(from, end));
  if (weights) arrays.push(weights.slice(from, end));
  return { json: json as unknown as JsonRecord, arrays };
}
