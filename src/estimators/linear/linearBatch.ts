// A batch of linear models over the same rows: margins and residuals stay on the device, one slot a weight column. A step
// along a direction is `margins + step * direction`, so a line search never reads x again. A model is one column (two
// classes) or one column a class (softmax).
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { confusion } from '../../kernels/confusion/confusion.ts';
import { encodeColumns, NO_FOLD, type Column } from '../../kernels/lib/column.ts';
import { logisticLoss } from '../../kernels/logisticLoss/logisticLoss.ts';
import { predictions } from '../../kernels/predictions/predictions.ts';
import { softmaxLoss } from '../../kernels/softmaxLoss/softmaxLoss.ts';
import type { Chunk, HeldRows } from './deviceRows.ts';
import { batchBytes, blocksOf, blockTilesOf, groupsOf, laneGroups, sizeOf } from './layout.ts';
import { gradientLaunch, marginsLaunch } from './shapes.ts';
import { shapesFor } from './variants.ts';

/** What one column of a model tells apart. */
export type ColumnTarget = Pick<Column, 'positive' | 'positiveWeight' | 'negativeWeight'>;

export interface ModelTarget {
  /** Fold whose rows are held out; `NO_FOLD` for none. */
  readonly heldOut: number;
  /** The same number of columns in every model of a batch. */
  readonly columns: readonly ColumnTarget[];
}

export interface BatchRows {
  /** Released with the batch. */
  readonly data: HeldRows;
  /** Class code of each row, `[rows]`. */
  readonly codes: Uint8Array;
  /** Fold of each row, `[rows]`; absent when no model holds rows out. */
  readonly folds?: Uint8Array | undefined;
  /** Weight of each row, `[rows]`; absent for 1 each. */
  readonly weights?: Float32Array | undefined;
}

export interface LossSums {
  /** Change of the weighted sum of losses since the last direction was set. */
  readonly change: number;
  readonly slope: number;
}

/** Counts `[true class][predicted class]` over rows trained on and rows held out. */
export interface Counts {
  readonly trained: number[][];
  readonly heldOut: number[][];
}

/** What a batch holds that cannot be computed again to the bit: margins are sums of many rounded steps. */
export interface BatchState {
  readonly steps: readonly number[];
  readonly margins: Float32Array;
  readonly direction: Float32Array;
}

export class LinearBatch {
  readonly #compute: Compute;
  readonly #rows: BatchRows;
  readonly #models: readonly ModelTarget[];
  readonly #classes: number;
  /** Step of each model along its direction. */
  readonly #steps: number[];
  readonly #buffers: Record<keyof ReturnType<typeof batchBytes>, DeviceBuffer>;
  readonly #lanes: number;
  /** Tiles a gradient block. */
  readonly #blockTiles: number;
  readonly #blocks: number;

  constructor(compute: Compute, rows: BatchRows, models: readonly ModelTarget[]) {
    const { shape } = rows.data;
    this.#compute = compute;
    this.#rows = rows;
    this.#models = models;
    this.#classes = models[0]!.columns.length;
    this.#steps = models.map(() => 0);
    this.#lanes = laneGroups(shape.rows) * logisticLoss.sizes.WORKGROUP;
    this.#blockTiles = blockTilesOf(shape, models.length * this.#classes);
    this.#blocks = rows.data.chunks.reduce((sum, chunk) => sum + blocksOf(chunk, this.#blockTiles), 0);
    const bytes = batchBytes(shape, models.length, this.#classes, this.#blocks);
    this.#buffers = {
      rows: compute.upload('rows', bytes.rows, (target) => {
        const words = new Uint32Array(target);
        for (let i = 0; i < shape.rows; i++) words[i] = rows.codes[i]! | ((rows.folds?.[i] ?? 0) << 8);
      }),
      rowWeights: compute.upload('row weights', bytes.rowWeights, (target) => {
        if (rows.weights) new Float32Array(target).set(rows.weights);
        else new Float32Array(target).fill(1);
      }),
      columns: compute.create('columns', bytes.columns),
      weights: compute.create('weights', bytes.weights),
      direction: compute.create('direction', bytes.direction),
      margins: compute.create('margins', bytes.margins),
      residuals: compute.create('residuals', bytes.residuals),
      sums: compute.create('sums', bytes.sums),
      partials: compute.create('partials', bytes.partials),
      counts: compute.create('counts', bytes.counts),
    };
  }

  /** Takes the last step of each model and sets its next direction, `[classes][cols + 1]` weights, intercepts last. */
  async setDirections(models: readonly number[], directions: readonly Float64Array[]): Promise<void> {
    const { words, quads: stride, cols, dtype } = this.#rows.data.shape;
    const shapes = await shapesFor(this.#compute, dtype);
    const columnCount = this.#writeColumns(models);
    const parts = groupsOf(columnCount);
    const packed = new Float32Array(sizeOf(parts) * words * 4);
    for (const { first, size, count } of parts) {
      for (let column = first; column < Math.min(first + size * count, columnCount); column++) {
        const direction = directions[Math.floor(column / this.#classes)]!;
        const begin = (column % this.#classes) * (cols + 1);
        const m = (column - first) % size;
        for (let j = 0; j <= cols; j++) packed[((column - m) * words + (j >> 2) * size + m) * 4 + (j & 3)] = direction[begin + j]!;
      }
    }
    const { weights, columns, direction, margins } = this.#buffers;
    this.#compute.write(weights, packed);
    await this.#eachChunk(async (x, { quads, offset }) => {
      for (const { first, size, count } of parts) {
        const { kernel, sizes, across } = marginsLaunch(dtype, size, shapes.margins[size], quads);
        await this.#compute.launch(kernel, {
          params: { words, quads, offset, stride, first },
          bindings: { x, weights, columns, direction, margins },
          sizes,
          grid: [across, count],
        });
      }
    });
    for (const model of models) this.#steps[model] = 0;
  }

  /** Where each model stands along its direction. */
  setSteps(models: readonly number[], steps: readonly number[]): void {
    models.forEach((model, i) => (this.#steps[model] = steps[i]!));
  }

  /** Loss sums at a step of each model, residuals kept for {@link gradients}. */
  async losses(models: readonly number[], steps: readonly number[]): Promise<readonly LossSums[]> {
    this.setSteps(models, steps);
    this.#writeColumns(models);
    const { rows, rowWeights, columns, margins: marginBuffer, direction, residuals, sums } = this.#buffers;
    const launch = {
      params: this.#rowParams(),
      bindings: { rows, rowWeights, columns, margins: marginBuffer, direction, residuals, partials: sums },
      grid: [laneGroups(this.#rows.data.shape.rows), models.length],
    } as const;
    if (this.#classes === 1) await this.#compute.launch(logisticLoss, launch);
    else await this.#compute.launch(softmaxLoss, { ...launch, sizes: { CLASSES: this.#classes } });
    const partials = new Float32Array(await this.#compute.read(sums, models.length * this.#lanes * 8));
    return models.map((_, i) => {
      let change = 0;
      let slope = 0;
      for (let at = i * this.#lanes * 2; at < (i + 1) * this.#lanes * 2; at += 2) {
        change += partials[at]!;
        slope += partials[at + 1]!;
      }
      return { change, slope };
    });
  }

  /** X^T residuals of each model, `[classes][cols + 1]`, at the step last given to {@link losses}. */
  async gradients(models: readonly number[]): Promise<readonly Float64Array[]> {
    const { words, quads: stride, cols, dtype } = this.#rows.data.shape;
    const { columns: columnBuffer, residuals, partials } = this.#buffers;
    const shapes = await shapesFor(this.#compute, dtype);
    const parts = groupsOf(this.#writeColumns(models));
    const columns = sizeOf(parts);
    let block = 0;
    await this.#eachChunk(async (x, chunk) => {
      const { quads, offset } = chunk;
      const blocks = blocksOf(chunk, this.#blockTiles);
      for (const { first, size, count } of parts) {
        const { kernel, sizes, across } = gradientLaunch(dtype, size, shapes.gradient[size], words, this.#compute.subgroupLanes);
        await this.#compute.launch(kernel, {
          params: { words, quads, offset, stride, first, columns, block, tiles: this.#blockTiles },
          bindings: { x, columns: columnBuffer, residuals, partials },
          sizes,
          grid: [across, count, blocks],
        });
      }
      block += blocks;
    });
    const sums = new Float32Array(await this.#compute.read(partials, this.#blocks * columns * words * 16));
    return models.map((_, i) => {
      const total = new Float64Array(this.#classes * (cols + 1));
      for (let block = 0; block < this.#blocks; block++) {
        for (let c = 0; c < this.#classes; c++) {
          const at = (block * columns + i * this.#classes + c) * words * 4;
          for (let j = 0; j <= cols; j++) total[c * (cols + 1) + j]! += sums[at + j]!;
        }
      }
      return total;
    });
  }

  /** Counts of predictions of each model at its last step. */
  async counts(models: readonly number[]): Promise<readonly Counts[]> {
    this.#writeColumns(models);
    const { rows, columns, margins: marginBuffer, direction, counts } = this.#buffers;
    const bindings = { columns, margins: marginBuffer, direction };
    const { rows: rowCount } = this.#rows.data.shape;
    if (this.#classes > 1) {
      await this.#compute.launch(predictions, {
        params: { rows: rowCount, stride: this.#rowParams().stride },
        bindings: { ...bindings, codes: counts },
        sizes: { CLASSES: this.#classes },
        grid: [Math.ceil(rowCount / predictions.sizes.WORKGROUP), models.length],
      });
      const codes = new Uint32Array(await this.#compute.read(counts, models.length * rowCount * 4));
      return models.map((model, i) => this.#tally(codes.subarray(i * rowCount, (i + 1) * rowCount), this.#models[model]!.heldOut));
    }
    await this.#compute.launch(confusion, {
      params: this.#rowParams(),
      bindings: { ...bindings, rows, counts },
      grid: [laneGroups(rowCount), models.length],
    });
    const cells = new Uint32Array(await this.#compute.read(counts, models.length * this.#lanes * 32));
    return models.map((_, i) => {
      const total = new Array<number>(8).fill(0);
      for (let at = i * this.#lanes * 8; at < (i + 1) * this.#lanes * 8; at++) total[at % 8]! += cells[at]!;
      return { trained: [total.slice(0, 2), total.slice(2, 4)], heldOut: [total.slice(4, 6), total.slice(6)] };
    });
  }

  /** Margins of each model at its last step, `[rows][classes]` f32. */
  async decisions(models: readonly number[]): Promise<readonly Float32Array[]> {
    const stride = this.#rowParams().stride;
    const margin = new Float32Array(await this.#compute.read(this.#buffers.margins));
    const direction = new Float32Array(await this.#compute.read(this.#buffers.direction));
    return models.map((model) => {
      const out = new Float32Array(this.#rows.data.shape.rows * this.#classes);
      for (let c = 0; c < this.#classes; c++) {
        const base = (model * this.#classes + c) * stride;
        for (let row = 0; row < this.#rows.data.shape.rows; row++)
          out[row * this.#classes + c] = margin[base + row]! + this.#steps[model]! * direction[base + row]!;
      }
      return out;
    });
  }

  async state(): Promise<BatchState> {
    const { margins, direction } = this.#buffers;
    return {
      steps: [...this.#steps],
      margins: new Float32Array(await this.#compute.read(margins)),
      direction: new Float32Array(await this.#compute.read(direction)),
    };
  }

  /** Whether the state is one of a batch like this. */
  fits({ steps, margins, direction }: BatchState): boolean {
    const { margins: m, direction: d } = this.#buffers;
    return steps.length === this.#steps.length && margins.byteLength === m.sizeBytes && direction.byteLength === d.sizeBytes;
  }

  /** Stands where another batch of the same rows and models stood. */
  restore({ steps, margins, direction }: BatchState): void {
    steps.forEach((step, model) => (this.#steps[model] = step));
    this.#compute.write(this.#buffers.margins, margins);
    this.#compute.write(this.#buffers.direction, direction);
  }

  release(): void {
    this.#compute.release(...Object.values(this.#buffers));
    this.#rows.data.release();
  }

  /** One pass over the rows. A chunk that is not kept on the device comes, is used, and goes before the next one. */
  async #eachChunk(use: (x: DeviceBuffer, chunk: Chunk) => Promise<void>): Promise<void> {
    for (const chunk of this.#rows.data.chunks) {
      if (chunk.resident) {
        await use(chunk.resident, chunk);
        continue;
      }
      const x = await chunk.load();
      await use(x, chunk);
      await this.#compute.settle();
      this.#compute.release(x);
    }
  }

  #rowParams(): { rows: number; stride: number; lanes: number } {
    return { rows: this.#rows.data.shape.rows, stride: this.#rows.data.shape.quads * 4, lanes: this.#lanes };
  }

  /** @returns how many columns the models have */
  #writeColumns(models: readonly number[]): number {
    const columns: Column[] = models.flatMap((model) => {
      const { heldOut, columns: targets } = this.#models[model]!;
      return targets.map((target, c) => ({ ...target, heldOut, slot: model * this.#classes + c, step: this.#steps[model]! }));
    });
    const spare = { slot: this.#models.length * this.#classes, positive: 0, heldOut: NO_FOLD, step: 0, positiveWeight: 0, negativeWeight: 0 };
    const filled = sizeOf(groupsOf(columns.length)) - columns.length;
    this.#compute.write(this.#buffers.columns, encodeColumns([...columns, ...Array.from({ length: filled }, () => spare)]));
    return columns.length;
  }

  #tally(predicted: Uint32Array, heldOut: number): Counts {
    const table = (): number[][] => Array.from({ length: this.#classes }, () => new Array<number>(this.#classes).fill(0));
    const counts = { trained: table(), heldOut: table() };
    predicted.forEach((code, row) => counts[this.#rows.folds?.[row] === heldOut ? 'heldOut' : 'trained'][this.#rows.codes[row]!]![code]!++);
    return counts;
  }
}
