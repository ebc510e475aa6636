// A batch of linear models in about float64, for gradients that f32 cannot tell from its own rounding: those of features as
// they come, in dollars, grams or seconds. The two products with x run on the device in twofold f32, over the same rows; what
// goes by rows alone, the losses and residuals, is float64 here. Several times slower than LinearBatch.
import type { Compute } from '../../../core/compute.ts';
import { cutUp, totalOf } from '../../../core/shards/spans.ts';
import { affinesOf, fromDevice, toDevice, type Affine } from '../../rows/frame.ts';
import type { TiledRows } from '../../rows/tilesOnDevice.ts';
import type { Batch, BatchRows, BatchState, LossSums, ModelTarget } from '../batch.ts';
import type { LinearLoss } from '../losses/loss.ts';
import { products, residualBranches } from './preciseProducts.ts';

/** With what features have beyond f32. */
export type PreciseRows = BatchRows & { readonly data: TiledRows };

export class PreciseBatch implements Batch {
  readonly #compute: Compute;
  readonly #rows: PreciseRows;
  readonly #models: readonly ModelTarget[];
  readonly #loss: LinearLoss;
  /** Columns a model. */
  readonly #classes: number;
  /** Of each model. */
  readonly #affines: readonly Affine[];
  readonly #folds: Uint8Array;
  readonly #weights: Float32Array;
  readonly #steps: number[];
  /** `[columns][rows]` */
  readonly #margins: Float64Array;
  readonly #direction: Float64Array;
  /** Of each model at its last step, `[classes][rows]`. */
  readonly #residuals: (readonly Float64Array[])[] = [];

  constructor(compute: Compute, rows: PreciseRows, models: readonly ModelTarget[], loss: LinearLoss) {
    const { shape, frame } = rows.data;
    this.#compute = compute;
    this.#rows = rows;
    this.#models = models;
    this.#loss = loss;
    this.#classes = models[0]!.columns.length;
    this.#affines = affinesOf(frame, models);
    this.#folds = rows.folds ?? new Uint8Array(shape.rows);
    this.#weights = rows.weights ?? new Float32Array(shape.rows).fill(1);
    this.#steps = models.map(() => 0);
    this.#margins = new Float64Array(models.length * this.#classes * shape.rows);
    this.#direction = new Float64Array(this.#margins.length);
  }

  async setDirections(models: readonly number[], directions: readonly Float64Array[]): Promise<void> {
    const { cols } = this.#rows.data.shape;
    const columns = models.flatMap((model, i) =>
      Array.from({ length: this.#classes }, (_, c) => ({
        model,
        slot: model * this.#classes + c,
        ...toDevice(directions[i]!.subarray(c * (cols + 1), (c + 1) * (cols + 1)), this.#affines[model]!),
      })),
    );
    const each = await products(
      this.#compute,
      this.#rows.data,
      columns.map(({ weights }) => weights),
    );
    columns.forEach(({ model, slot, bias }, i) => {
      const [margins, direction] = [this.#ofSlot(this.#margins, slot), this.#ofSlot(this.#direction, slot)];
      const step = this.#steps[model]!;
      const product = each[i]!;
      for (let row = 0; row < margins.length; row++) {
        margins[row]! += step * direction[row]!;
        direction[row] = product[row]! + bias;
      }
    });
    for (const model of models) this.#steps[model] = 0;
  }

  async losses(models: readonly number[], steps: readonly number[]): Promise<readonly LossSums[]> {
    return models.map((model, i) => {
      this.#steps[model] = steps[i]!;
      const { heldOut, columns } = this.#models[model]!;
      const slots = columns.map((_, c) => model * this.#classes + c);
      const { residuals, change, slope } = this.#loss.reference(
        {
          truth: this.#rows.truth,
          folds: this.#folds,
          weights: this.#weights,
          columns: columns.map((column, c) => ({ ...column, slot: slots[c]!, heldOut, step: steps[i]! })),
          margins: slots.map((slot) => this.#ofSlot(this.#margins, slot)),
          direction: slots.map((slot) => this.#ofSlot(this.#direction, slot)),
        },
        this.#classes,
      );
      this.#residuals[model] = residuals;
      return { change: change[0]!, slope: slope[0]! };
    });
  }

  async gradients(models: readonly number[]): Promise<readonly Float64Array[]> {
    const { cols } = this.#rows.data.shape;
    const residuals = models.flatMap((model) => this.#residuals[model]!);
    const sums = cutUp(totalOf(await residualBranches(this.#compute, this.#rows.data, residuals)), cols + 1);
    return models.map((model, i) => {
      const total = new Float64Array(this.#classes * (cols + 1));
      for (let c = 0; c < this.#classes; c++) {
        const column = sums[i * this.#classes + c]!;
        fromDevice(column, this.#affines[model]!);
        total.set(column, c * (cols + 1));
      }
      this.#loss.cleaned?.(total, this.#classes);
      return total;
    });
  }

  async scores(model: number): Promise<readonly Float64Array[]> {
    return Array.from({ length: this.#classes }, (_, c) => {
      const slot = model * this.#classes + c;
      const [margins, direction] = [this.#ofSlot(this.#margins, slot), this.#ofSlot(this.#direction, slot)];
      return margins.map((margin, row) => margin + this.#steps[model]! * direction[row]!);
    });
  }

  async state(): Promise<BatchState> {
    return { steps: [...this.#steps], margins: this.#margins.slice(), direction: this.#direction.slice() };
  }

  fits({ steps, margins, direction }: BatchState): boolean {
    const isOf = (values: BatchState['margins']): boolean => values instanceof Float64Array && values.length === this.#margins.length;
    return steps.length === this.#steps.length && isOf(margins) && isOf(direction);
  }

  restore({ steps, margins, direction }: BatchState): void {
    steps.forEach((step, model) => (this.#steps[model] = step));
    this.#margins.set(margins);
    this.#direction.set(direction);
  }

  /** Nothing stays on the device between passes but the rows. */
  release(): void {}

  #ofSlot(values: Float64Array, slot: number): Float64Array {
    const { rows } = this.#rows.data.shape;
    return values.subarray(slot * rows, (slot + 1) * rows);
  }
}
