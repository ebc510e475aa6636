// A batch of linear models in about float64, for gradients that f32 cannot tell from its own rounding: those of features as
// they come, in dollars, grams or seconds. The two products with x run on the device in twofold f32, over the same rows; what
// goes by rows alone, the losses and residuals, is float64 here. Several times slower than LinearBatch.
import type { Compute, Kernel } from '../../core/compute.ts';
import { logisticLossReference } from '../../kernels/logisticLoss/logisticLoss.reference.ts';
import { piecesOf } from '../../kernels/lib/twofold.ts';
import { preciseGradient } from '../../kernels/preciseGradient/preciseGradient.ts';
import { preciseMargins } from '../../kernels/preciseMargins/preciseMargins.ts';
import { softmaxLossReference } from '../../kernels/softmaxLoss/softmaxLoss.reference.ts';
import { withoutClassMean, type Batch, type BatchRows, type BatchState, type LossSums, type ModelTarget } from './batch.ts';
import type { DeviceRows } from './deviceRows.ts';
import { affineOf, fromDevice, toDevice, type Affine } from './frame.ts';
import { blocksOf } from './layout.ts';
import { eachChunk } from './passes.ts';

/** Bytes of one buffer for some columns at a time. */
const BUFFER_BYTES = 64e6;
/** Most blocks of rows whose sums the host adds. */
const MAX_BLOCKS = 64;

export class PreciseBatch implements Batch {
  readonly #compute: Compute;
  readonly #rows: BatchRows;
  readonly #models: readonly ModelTarget[];
  readonly #classes: number;
  readonly #affine: Affine;
  readonly #folds: Uint8Array;
  readonly #weights: Float32Array;
  readonly #steps: number[];
  /** `[columns][rows]` */
  readonly #margins: Float64Array;
  readonly #direction: Float64Array;
  /** Of each model at its last step, `[classes][rows]`. */
  readonly #residuals: (readonly Float64Array[])[] = [];

  constructor(compute: Compute, rows: BatchRows, models: readonly ModelTarget[]) {
    const { shape, frame } = rows.data;
    this.#compute = compute;
    this.#rows = rows;
    this.#models = models;
    this.#classes = models[0]!.columns.length;
    this.#affine = affineOf(frame, rows.scaling);
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
        ...toDevice(directions[i]!.subarray(c * (cols + 1), (c + 1) * (cols + 1)), this.#affine),
      })),
    );
    const products = await this.#products(columns.map(({ weights }) => weights));
    columns.forEach(({ model, slot, bias }, i) => {
      const [margins, direction] = [this.#ofSlot(this.#margins, slot), this.#ofSlot(this.#direction, slot)];
      const step = this.#steps[model]!;
      const product = products[i]!;
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
      const { residuals, change, slope } = (this.#classes === 1 ? logisticLossReference : softmaxLossReference)(
        {
          codes: this.#rows.codes,
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
    const sums = await this.#sums(models.flatMap((model) => this.#residuals[model]!));
    const { cols } = this.#rows.data.shape;
    return models.map((_, i) => {
      const total = new Float64Array(this.#classes * (cols + 1));
      for (let c = 0; c < this.#classes; c++) {
        const column = sums[i * this.#classes + c]!;
        fromDevice(column, this.#affine);
        total.set(column, c * (cols + 1));
      }
      withoutClassMean(total, this.#classes);
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

  #parts(): readonly DeviceRows[] {
    const { data, low } = this.#rows;
    return low ? [data, low] : [data];
  }

  #ofSlot(values: Float64Array, slot: number): Float64Array {
    const { rows } = this.#rows.data.shape;
    return values.subarray(slot * rows, (slot + 1) * rows);
  }

  /** x times each column of device weights, `[rows]` each. */
  async #products(weights: readonly Float64Array[]): Promise<readonly Float64Array[]> {
    const { shape } = this.#rows.data;
    const { words, quads: stride, cols } = shape;
    return this.#inParts(weights, Math.max(stride * 32, words * 64), async (columns) => {
      const units = columns.map(unitOf);
      const pieces = this.#compute.upload('weight pieces', columns.length * words * 64, (target) => {
        const out = new Float32Array(target);
        columns.forEach((column, c) => {
          for (let j = 0; j < cols; j++) piecesOf(column[j]! / units[c]!, out, (c * words * 4 + j) * 4);
        });
      });
      const margins = this.#compute.create('precise margins', columns.length * stride * 32);
      try {
        const { WORKGROUP } = preciseMargins.f32.sizes;
        await eachChunk(this.#compute, this.#parts(), ([x, xLow], { quads, offset }) =>
          this.#compute.launch(preciseMargins[shape.dtype] as Kernel, {
            params: { zero: 0, words, quads, offset, stride },
            bindings: { x: x!, weights: pieces, margins, ...(xLow ? { xLow } : {}) },
            sizes: { TILE_QUADS: shape.tileQuads },
            grid: [Math.ceil(quads / WORKGROUP), columns.length],
          }),
        );
        const read = new Float32Array(await this.#compute.read(margins));
        return columns.map((_, c) => {
          const base = c * stride * 8;
          const product = new Float64Array(shape.rows);
          for (let row = 0; row < product.length; row++) {
            const at = base + (row >> 2) * 8 + (row & 3);
            product[row] = (read[at]! + read[at + 4]!) * units[c]!;
          }
          return product;
        });
      } finally {
        this.#compute.release(pieces, margins);
      }
    });
  }

  /** Sums of x * residual over the rows, `[cols + 1]` each. */
  async #sums(residuals: readonly Float64Array[]): Promise<readonly Float64Array[]> {
    const { data } = this.#rows;
    const { shape } = data;
    const { words, quads: stride, cols } = shape;
    const tiles = Math.ceil(stride / shape.tileQuads / MAX_BLOCKS);
    const blocks = data.chunks.reduce((sum, chunk) => sum + blocksOf(chunk, shape, tiles), 0);
    return this.#inParts(residuals, Math.max(stride * 64, blocks * words * 32), async (columns) => {
      const units = columns.map(unitOf);
      const pieces = this.#compute.upload('residual pieces', columns.length * stride * 64, (target) => {
        const out = new Float32Array(target);
        columns.forEach((column, c) => {
          for (let row = 0; row < shape.rows; row++) piecesOf(column[row]! / units[c]!, out, (c * stride * 4 + row) * 4);
        });
      });
      const partials = this.#compute.create('precise partials', columns.length * blocks * words * 32);
      try {
        const { WORKGROUP } = preciseGradient.f32.sizes;
        let block = 0;
        await eachChunk(this.#compute, this.#parts(), async ([x, xLow], chunk) => {
          const own = blocksOf(chunk, shape, tiles);
          await this.#compute.launch(preciseGradient[shape.dtype] as Kernel, {
            params: { zero: 0, words, quads: chunk.quads, offset: chunk.offset, stride, block, blocks, tiles },
            bindings: { x: x!, residuals: pieces, partials, ...(xLow ? { xLow } : {}) },
            sizes: { TILE_QUADS: shape.tileQuads },
            grid: [Math.ceil(words / WORKGROUP), own, columns.length],
          });
          block += own;
        });
        const read = new Float32Array(await this.#compute.read(partials));
        return columns.map((_, c) => {
          const total = new Float64Array(cols + 1);
          for (let from = c * blocks * words; from < (c + 1) * blocks * words; from += words) {
            for (let j = 0; j <= cols; j++) {
              const at = (from + (j >> 2)) * 8 + (j & 3);
              total[j]! += (read[at]! + read[at + 4]!) * units[c]!;
            }
          }
          return total;
        });
      } finally {
        this.#compute.release(pieces, partials);
      }
    });
  }

  /** As many columns at a time as one buffer holds. */
  async #inParts(
    columns: readonly Float64Array[],
    columnBytes: number,
    use: (columns: readonly Float64Array[]) => Promise<readonly Float64Array[]>,
  ): Promise<readonly Float64Array[]> {
    const most = Math.max(1, Math.floor(Math.min(BUFFER_BYTES, this.#compute.limits.maxBindingBytes) / columnBytes));
    const out: Float64Array[] = [];
    for (let from = 0; from < columns.length; from += most) out.push(...(await use(columns.slice(from, from + most))));
    return out;
  }
}

/** A power of two near the largest value, so that none leaves the range of f32. */
function unitOf(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest > 0 && largest < Infinity ? 2 ** Math.floor(Math.log2(largest)) : 1;
}
