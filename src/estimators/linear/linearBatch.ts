// A batch of linear models over the same rows: one weight column each, margins and residuals kept on the device. A step
// along a direction is `margins + step * direction`, so a line search never reads x again.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import type { Confusion } from '../../dsl/estimator.ts';
import { confusion } from '../../kernels/confusion/confusion.ts';
import { gradient } from '../../kernels/gradient/gradient.ts';
import { COLUMN_WORDS, encodeColumns, type Column } from '../../kernels/lib/column.ts';
import { logisticLoss } from '../../kernels/logisticLoss/logisticLoss.ts';
import { margins } from '../../kernels/margins/margins.ts';
import { blocksOf, type DeviceRows } from './deviceRows.ts';

/** Columns that one kernel unrolls; more are cut into groups. */
const MAX_GROUP = 8;

/** What tells the columns of a batch apart. */
export interface Target {
  /** Class code that counts as 1. */
  readonly positive: number;
  /** Fold whose rows are held out; `NO_FOLD` for none. */
  readonly heldOut: number;
}

export interface LossSums {
  readonly loss: number;
  readonly slope: number;
  readonly residualSum: number;
}

/** Two disjoint sets of counts: rows trained on, rows held out. */
export interface Counts {
  readonly trained: Confusion;
  readonly heldOut: Confusion;
}

export class LinearBatch {
  readonly #compute: Compute;
  readonly #data: DeviceRows;
  readonly #targets: readonly Target[];
  /** Step of each column along its direction, and its direction's intercept. */
  readonly #steps: number[];
  readonly #buffers: Record<'rows' | 'columns' | 'weights' | 'direction' | 'margins' | 'residuals' | 'sums' | 'partials' | 'counts', DeviceBuffer>;
  readonly #lanes: number;
  readonly #blocks: number;

  /**
   * @param codes class code of each row, `[rows]`
   * @param folds fold of each row, `[rows]`, or undefined when no column holds rows out
   */
  constructor(compute: Compute, data: DeviceRows, codes: Uint8Array, folds: Uint8Array | undefined, targets: readonly Target[]) {
    const { rows, words, quads } = data.shape;
    const count = targets.length;
    this.#compute = compute;
    this.#data = data;
    this.#targets = targets;
    this.#steps = targets.map(() => 0);
    this.#lanes = laneGroups(rows) * logisticLoss.sizes.WORKGROUP;
    this.#blocks = data.chunks.reduce((sum, chunk) => sum + blocksOf(chunk.quads), 0);
    const perRow = quads * 16 * count;
    this.#buffers = {
      rows: compute.upload('rows', rows * 4, (target) => {
        const words = new Uint32Array(target);
        for (let i = 0; i < rows; i++) words[i] = codes[i]! | ((folds?.[i] ?? 0) << 8);
      }),
      columns: compute.create('columns', count * COLUMN_WORDS * 4),
      weights: compute.create('weights', count * words * 16),
      direction: compute.create('direction', perRow),
      margins: compute.create('margins', perRow),
      residuals: compute.create('residuals', perRow),
      sums: compute.create('sums', count * this.#lanes * 16),
      partials: compute.create('partials', this.#blocks * count * words * 16),
      counts: compute.create('counts', count * this.#lanes * 32),
    };
  }

  /** Takes the last step of each column and sets its next direction: `[cols]` weights and an intercept. */
  async setDirections(columns: readonly number[], directions: readonly { readonly weights: Float64Array; readonly bias: number }[]): Promise<void> {
    const { words, quads: stride, cols } = this.#data.shape;
    const buffers = this.#buffers;
    this.#writeColumns(columns, (i) => directions[i]!.bias);
    const packed = new Float32Array(columns.length * words * 4);
    for (const { first, models } of groups(columns.length)) {
      for (let m = 0; m < models; m++) {
        const { weights } = directions[first + m]!;
        for (let j = 0; j < cols; j++) packed[(first * words + (j >> 2) * models + m) * 4 + (j & 3)] = weights[j]!;
      }
    }
    this.#compute.write(buffers.weights, packed);
    for (const { first, models } of groups(columns.length)) {
      for (const { x, quads, offset } of this.#data.chunks) {
        await this.#compute.launch(margins, {
          params: { words, quads, offset, stride, first, weight: first * words },
          bindings: { x, weights: buffers.weights, columns: buffers.columns, direction: buffers.direction, margins: buffers.margins },
          sizes: { MODELS: models },
          grid: [Math.ceil(quads / margins.sizes.WORKGROUP)],
        });
      }
    }
    for (const column of columns) this.#steps[column] = 0;
  }

  /** Where each column stands along its direction. */
  setSteps(columns: readonly number[], steps: readonly number[]): void {
    columns.forEach((column, i) => (this.#steps[column] = steps[i]!));
  }

  /** Loss sums at a step of each column, residuals kept for {@link gradients}. */
  async losses(columns: readonly number[], steps: readonly number[]): Promise<readonly LossSums[]> {
    this.setSteps(columns, steps);
    this.#writeColumns(columns);
    const { rows, columns: columnBuffer, margins: marginBuffer, direction, residuals, sums } = this.#buffers;
    await this.#compute.launch(logisticLoss, {
      params: this.#rowParams(),
      bindings: { rows, columns: columnBuffer, margins: marginBuffer, direction, residuals, partials: sums },
      grid: [laneGroups(this.#data.shape.rows), columns.length],
    });
    const partials = new Float32Array(await this.#compute.read(sums, columns.length * this.#lanes * 16));
    return columns.map((_, i) => {
      const total = [0, 0, 0];
      for (let lane = 0; lane < this.#lanes; lane++) for (let k = 0; k < 3; k++) total[k]! += partials[(i * this.#lanes + lane) * 4 + k]!;
      return { loss: total[0]!, slope: total[1]!, residualSum: total[2]! };
    });
  }

  /** X^T residuals of each column, `[cols]`, at the step last given to {@link losses}. */
  async gradients(columns: readonly number[]): Promise<readonly Float64Array[]> {
    const { words, quads: stride, cols } = this.#data.shape;
    const { columns: columnBuffer, residuals, partials } = this.#buffers;
    this.#writeColumns(columns);
    for (const { first, models } of groups(columns.length)) {
      let block = 0;
      for (const { x, quads, offset } of this.#data.chunks) {
        await this.#compute.launch(gradient, {
          params: { words, quads, offset, stride, first, columns: columns.length, block },
          bindings: { x, columns: columnBuffer, residuals, partials },
          sizes: { MODELS: models },
          grid: [Math.ceil(words / gradient.sizes.WORKGROUP), blocksOf(quads)],
        });
        block += blocksOf(quads);
      }
    }
    const sums = new Float32Array(await this.#compute.read(partials, this.#blocks * columns.length * words * 16));
    return columns.map((_, i) => {
      const total = new Float64Array(cols);
      for (let block = 0; block < this.#blocks; block++) {
        const at = (block * columns.length + i) * words * 4;
        for (let j = 0; j < cols; j++) total[j]! += sums[at + j]!;
      }
      return total;
    });
  }

  /** Counts of predictions of each column at its last step. */
  async counts(columns: readonly number[]): Promise<readonly Counts[]> {
    this.#writeColumns(columns);
    const { rows, columns: columnBuffer, margins: marginBuffer, direction, counts } = this.#buffers;
    await this.#compute.launch(confusion, {
      params: this.#rowParams(),
      bindings: { rows, columns: columnBuffer, margins: marginBuffer, direction, counts },
      grid: [laneGroups(this.#data.shape.rows), columns.length],
    });
    const cells = new Uint32Array(await this.#compute.read(counts, columns.length * this.#lanes * 32));
    return columns.map((_, i) => {
      const total = new Array<number>(8).fill(0);
      for (let at = i * this.#lanes * 8; at < (i + 1) * this.#lanes * 8; at++) total[at % 8]! += cells[at]!;
      return { trained: confusionOf(total.slice(0, 4)), heldOut: confusionOf(total.slice(4)) };
    });
  }

  /** The directions themselves, `[rows]` f32 a column: decision values where margins are zero. */
  async decisions(columns: readonly number[]): Promise<readonly Float32Array[]> {
    const stride = this.#data.shape.quads * 4;
    const values = new Float32Array(await this.#compute.read(this.#buffers.direction));
    return columns.map((column) => values.slice(column * stride, column * stride + this.#data.shape.rows));
  }

  release(): void {
    this.#compute.release(...Object.values(this.#buffers));
  }

  #rowParams(): { rows: number; stride: number; lanes: number } {
    return { rows: this.#data.shape.rows, stride: this.#data.shape.quads * 4, lanes: this.#lanes };
  }

  #writeColumns(columns: readonly number[], bias: (i: number) => number = () => 0): void {
    const encoded: Column[] = columns.map((column, i) => ({ ...this.#targets[column]!, slot: column, step: this.#steps[column]!, bias: bias(i) }));
    this.#compute.write(this.#buffers.columns, encodeColumns(encoded));
  }
}

/** Workgroups that cover the rows, {@link logisticLoss} and {@link confusion} alike. */
function laneGroups(rows: number): number {
  return Math.ceil(rows / (logisticLoss.sizes.WORKGROUP * logisticLoss.sizes.RUN));
}

/** Cuts columns into groups as equal as possible, so that few sizes are compiled. */
function groups(count: number): readonly { readonly first: number; readonly models: number }[] {
  const parts = Math.ceil(count / MAX_GROUP);
  return Array.from({ length: parts }, (_, i) => {
    const first = Math.floor((i * count) / parts);
    return { first, models: Math.floor(((i + 1) * count) / parts) - first };
  });
}

function confusionOf([trueNegative, falsePositive, falseNegative, truePositive]: readonly number[]): Confusion {
  return { trueNegative: trueNegative!, falsePositive: falsePositive!, falseNegative: falseNegative!, truePositive: truePositive! };
}
