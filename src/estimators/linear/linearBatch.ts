// A batch of linear models in f32: margins and residuals stay on the device, one slot a weight column. A step along a
// direction is `margins + step * direction`, so a line search never reads x again.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { branchesOf, type Branch, type SpanRange } from '../../core/shards/spans.ts';
import { encodeWeightColumns, NO_FOLD, type WeightColumn } from '../../kernels/lib/weightColumn.ts';
import { lossLaunch } from '../../kernels/rowLoss/rowLoss.ts';
import { affinesOf, toDevice, type Affine } from '../rows/frame.ts';
import type { Batch, BatchRows, BatchState, LossSums, ModelTarget } from './batch.ts';
import { batchBytes, groupsOf, laneGroups, sizeOf } from './batchSizes.ts';
import type { LinearLoss } from './losses/loss.ts';
import { ONE_PASS_BYTES, OnePass } from './onePass.ts';
import { productsOf, type DeviceColumn, type Products } from './products.ts';
import { SoftmaxPass } from './passes/softmaxPass.ts';
import { spansOf, type PartOfRows } from '../rows/sharded/parts.ts';
import { gradientsOf, lossSums, spanRowsOf } from './sharded/parts.ts';

/** Models whose scores are read at once. */
const SCORED = 4;

export class LinearBatch implements Batch {
  readonly #compute: Compute;
  readonly #rows: BatchRows;
  readonly #models: readonly ModelTarget[];
  readonly #loss: LinearLoss;
  /** Columns a model. */
  readonly #classes: number;
  /** Of each model. */
  readonly #affines: readonly Affine[];
  /** Step of each model along its direction. */
  readonly #steps: number[];
  readonly #buffers: Record<keyof ReturnType<typeof batchBytes>, DeviceBuffer>;
  /** Of a loss of values. */
  readonly #values: { readonly values?: DeviceBuffer };
  readonly #lanes: number;
  /** Rows whose sums of losses are added in order, and which of all such these rows are. */
  readonly #spanRows: number;
  readonly #spans: SpanRange;
  readonly #products: Products;
  readonly #onePass: OnePass | SoftmaxPass | undefined;
  /** Directions that wait for the first step along them: their products are made in one pass with its loss and gradient. */
  #ahead: { readonly models: readonly number[]; readonly columns: readonly DeviceColumn[] } | undefined;
  /** Models whose gradient came with their loss, by their place in that pass. */
  readonly #passed = new Map<number, number>();
  /** Read last, for models from `from` on. */
  #scored: { readonly from: number; readonly scores: readonly Float64Array[] } | undefined;

  /**
   * @param options.onePassBytes of all rows from which on directions wait for a step
   * @param options.part where these rows stand among all; by default they are all
   */
  constructor(
    compute: Compute,
    rows: BatchRows,
    models: readonly ModelTarget[],
    loss: LinearLoss,
    { onePassBytes = ONE_PASS_BYTES, part }: { readonly onePassBytes?: number; readonly part?: PartOfRows } = {},
  ) {
    const { shape, frame } = rows.data;
    this.#compute = compute;
    this.#rows = rows;
    this.#models = models;
    this.#loss = loss;
    this.#classes = models[0]!.columns.length;
    this.#affines = affinesOf(frame, models);
    this.#steps = models.map(() => 0);
    this.#lanes = laneGroups(shape.rows) * lossLaunch.sizes.WORKGROUP;
    this.#spanRows = spanRowsOf(rows.data, this.#classes, part);
    this.#spans = spansOf(shape.rows, this.#spanRows, part);
    this.#products = productsOf(compute, rows.data, models.length * this.#classes, this.#classes, part);
    this.#onePass =
      OnePass.of(compute, rows.data, loss.onePass, models.length, onePassBytes, part) ??
      SoftmaxPass.of(compute, rows.data, loss.onePassOfColumns, models.length, this.#classes, onePassBytes, part);
    const bytes = batchBytes(shape, models.length, this.#classes);
    const ofValues = loss.target === 'values';
    this.#values = ofValues ? { values: compute.upload('values', shape.rows * 4, (target) => new Float32Array(target).set(rows.truth)) } : {};
    this.#buffers = {
      rows: compute.upload('rows', bytes.rows, (target) => {
        const words = new Uint32Array(target);
        for (let i = 0; i < shape.rows; i++) words[i] = (ofValues ? 0 : rows.truth[i]!) | ((rows.folds?.[i] ?? 0) << 24);
      }),
      rowWeights: compute.upload('row weights', bytes.rowWeights, (target) => {
        if (rows.weights) new Float32Array(target).set(rows.weights);
        else new Float32Array(target).fill(1);
      }),
      columns: compute.create('columns', bytes.columns),
      direction: compute.create('direction', bytes.direction),
      margins: compute.create('margins', bytes.margins),
      residuals: compute.create('residuals', bytes.residuals),
      sums: compute.create('sums', bytes.sums),
    };
  }

  async setDirections(models: readonly number[], directions: readonly Float64Array[]): Promise<void> {
    const width = this.#rows.data.shape.cols + 1;
    const columns = directions.flatMap((direction, i): DeviceColumn[] =>
      Array.from({ length: this.#classes }, (_, c) => toDevice(direction.subarray(c * width, (c + 1) * width), this.#affines[models[i]!]!)),
    );
    await this.#turn();
    this.#ahead = { models, columns };
    if (!this.#onePass) await this.#turn();
    this.#scored = undefined;
  }

  /** Makes the products of directions that wait for a step. */
  async #turn(): Promise<void> {
    if (!this.#ahead) return;
    const { models, columns } = this.#ahead;
    this.#ahead = undefined;
    this.#writeColumns(models);
    await this.#products.margins(columns, this.#buffers);
    for (const model of models) this.#steps[model] = 0;
  }

  async losses(models: readonly number[], steps: readonly number[]): Promise<readonly LossSums[]> {
    return lossSums(await this.lossBranches(models, steps));
  }

  /** Change and slope of each model. */
  async lossBranches(models: readonly number[], steps: readonly number[]): Promise<readonly Branch[]> {
    this.#scored = undefined;
    const ahead = this.#ahead;
    if (ahead && models.join() === ahead.models.join()) {
      this.#ahead = undefined;
      this.#writeColumns(models, steps);
      const sums = await this.#onePass!.losses(ahead.columns, this.#buffers);
      this.#passed.clear();
      models.forEach((model, i) => {
        this.#steps[model] = steps[i]!;
        this.#passed.set(model, i);
      });
      return sums;
    }
    await this.#turn();
    models.forEach((model, i) => {
      this.#steps[model] = steps[i]!;
      this.#passed.delete(model);
    });
    this.#writeColumns(models);
    await this.launchLosses(models.length, this.#buffers.columns);
    return this.#compute.lend(this.#buffers.sums, { sizeBytes: models.length * this.#lanes * 8 }, (bytes) => {
      const partials = new Float32Array(bytes);
      const each = this.#spanRows / lossLaunch.sizes.RUN;
      return branchesOf(this.#spans, models.length * 2, (span, total) => {
        const first = (span - this.#spans.first) * each;
        const end = Math.min(first + each, this.#lanes);
        for (const i of models.keys()) {
          for (let at = (i * this.#lanes + first) * 2; at < (i * this.#lanes + end) * 2; at += 2) {
            total[i * 2]! += partials[at]!;
            total[i * 2 + 1]! += partials[at + 1]!;
          }
        }
      });
    });
  }

  /** Residuals and sums of losses, `[model][lane]`, that stay on the device. */
  async launchLosses(models: number, columns: DeviceBuffer): Promise<void> {
    const { rows, rowWeights, margins, direction, residuals, sums } = this.#buffers;
    const { shape } = this.#rows.data;
    await this.#compute.launch(this.#loss.kernel, {
      params: { rows: shape.rows, stride: shape.quads * 4, lanes: this.#lanes },
      bindings: { rows, rowWeights, columns, margins, direction, residuals, partials: sums, ...this.#values },
      sizes: this.#loss.sizes(this.#classes),
      grid: [laneGroups(shape.rows), models],
    });
  }

  /** For a solver that launches evaluations itself. */
  get parts() {
    return { products: this.#products, buffers: this.#buffers, lanes: this.#lanes };
  }

  /** Tells what such a solver did: the step of each model along its direction. */
  standAt(steps: readonly number[]): void {
    steps.forEach((step, model) => (this.#steps[model] = step));
    this.#scored = undefined;
    this.#ahead = undefined;
    this.#passed.clear();
  }

  async gradients(models: readonly number[]): Promise<readonly Float64Array[]> {
    return gradientsOf(
      await this.gradientBranches(models),
      models.map((model) => this.#affines[model]!),
      this.#classes,
      this.#loss,
    );
  }

  /** Of what the device has, `[models][classes][cols + 1]`. */
  async gradientBranches(models: readonly number[]): Promise<readonly Branch[]> {
    const passed = models.filter((model) => this.#passed.has(model));
    const others = models.filter((model) => !this.#passed.has(model));
    const known = passed.length > 0 ? await this.#onePass!.gradients(passed.map((model) => this.#passed.get(model)!)) : [];
    if (others.length === 0) return known;
    this.#writeColumns(others);
    const sums = await this.#products.gradients(others.length * this.#classes, this.#buffers);
    if (passed.length === 0) return sums;
    const width = this.#classes * (this.#rows.data.shape.cols + 1);
    return sums.map((branch, at) => {
      const each = models.map((model): [Branch, number] => (this.#passed.has(model) ? [known[at]!, passed.indexOf(model)] : [branch, others.indexOf(model)]));
      const all = new Float64Array(models.length * width);
      each.forEach(([{ sums }, i], to) => all.set(sums.subarray(i * width, (i + 1) * width), to * width));
      return { ...branch, sums: all };
    });
  }

  async scores(model: number): Promise<readonly Float64Array[]> {
    await this.#turn();
    const from = model - (model % SCORED);
    if (this.#scored?.from !== from) this.#scored = { from, scores: await this.#scoresFrom(from, Math.min(SCORED, this.#models.length - from)) };
    const at = (model - from) * this.#classes;
    return this.#scored.scores.slice(at, at + this.#classes);
  }

  /** Of some models in a row, all of their columns. */
  async #scoresFrom(first: number, count: number): Promise<readonly Float64Array[]> {
    const { rows, quads } = this.#rows.data.shape;
    const part = { offset: first * this.#classes * quads * 16, sizeBytes: count * this.#classes * quads * 16 };
    const scores = Array.from({ length: count * this.#classes }, () => new Float64Array(rows));
    const eachColumn = (add: (score: Float64Array, values: Float32Array, step: number) => void) => (bytes: ArrayBuffer) =>
      scores.forEach((score, i) => add(score, new Float32Array(bytes, i * quads * 16, rows), this.#steps[first + Math.floor(i / this.#classes)]!));
    await this.#compute.lend(
      this.#buffers.margins,
      part,
      eachColumn((score, values) => score.set(values)),
    );
    await this.#compute.lend(
      this.#buffers.direction,
      part,
      eachColumn((score, values, step) => {
        for (let row = 0; row < score.length; row++) score[row]! += step * values[row]!;
      }),
    );
    return scores;
  }

  async state(): Promise<BatchState> {
    await this.#turn();
    const { margins, direction } = this.#buffers;
    return {
      steps: [...this.#steps],
      margins: new Float32Array(await this.#compute.read(margins)),
      direction: new Float32Array(await this.#compute.read(direction)),
    };
  }

  fits({ steps, margins, direction }: BatchState): boolean {
    const { margins: m, direction: d } = this.#buffers;
    const isOf = (values: BatchState['margins'], { sizeBytes }: DeviceBuffer): boolean => values instanceof Float32Array && values.byteLength === sizeBytes;
    return steps.length === this.#steps.length && isOf(margins, m) && isOf(direction, d);
  }

  restore({ steps, margins, direction }: BatchState): void {
    this.standAt(steps);
    this.#compute.write(this.#buffers.margins, margins as Float32Array);
    this.#compute.write(this.#buffers.direction, direction as Float32Array);
  }

  release(): void {
    this.#products.release();
    this.#onePass?.release();
    this.#compute.release(...Object.values(this.#buffers), ...Object.values(this.#values));
  }

  #writeColumns(models: readonly number[], trials: readonly number[] = []): void {
    this.#compute.write(this.#buffers.columns, this.columnsOf(models, trials));
  }

  /** @param trials step of each along the direction that it has next */
  columnsOf(models: readonly number[], trials: readonly number[] = []): Uint32Array {
    const columns: WeightColumn[] = models.flatMap((model, i) => {
      const { heldOut, columns: targets } = this.#models[model]!;
      return targets.map((target, c) => ({ ...target, heldOut, slot: model * this.#classes + c, step: this.#steps[model]!, trial: trials[i] ?? 0 }));
    });
    return encodeWeightColumns(filledUp(columns, this.#models.length * this.#classes));
  }
}

/** Columns, and as many more as their groups have: those count nothing, and all write to one slot. */
function filledUp(columns: readonly WeightColumn[], spareSlot: number): readonly WeightColumn[] {
  const spare = { slot: spareSlot, positive: 0, heldOut: NO_FOLD, step: 0, positiveWeight: 0, negativeWeight: 0 };
  return [...columns, ...Array.from({ length: sizeOf(groupsOf(columns.length)) - columns.length }, () => spare)];
}
