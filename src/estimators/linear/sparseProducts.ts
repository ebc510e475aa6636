// Products with rows that are on the device without their zeros.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import type { Branch } from '../../core/shards/spans.ts';
import { sparseProduct } from '../../kernels/sparseProduct/sparseProduct.ts';
import { takeStep } from '../../kernels/takeStep/takeStep.ts';
import type { SparseRows } from '../rows/sparseOnDevice.ts';
import { groupsOf, sizeOf } from './batchSizes.ts';
import type { DeviceColumn, Products } from './products.ts';

/** Of a launch: a software adapter spends more on starting an invocation than on a run of no entries. */
const MOST_INVOCATIONS = 2 ** 15;

/** Columns whose weights or sums are on the device at once. */
interface Part {
  readonly begin: number;
  readonly count: number;
}

export class SparseProducts implements Products {
  readonly #compute: Compute;
  readonly #rows: SparseRows;
  /** Numbers a column: of each feature, of the constant, and what is added to those. */
  readonly #width: number;
  /** Most columns of a part, whole groups. */
  readonly #most: number;
  readonly #biases: DeviceBuffer;
  /** Weights of a part, or its sums. */
  readonly #numbers: DeviceBuffer;
  /** Weights on their way there; new memory for each would cost as much as filling it. */
  readonly #packed: Float32Array;

  constructor(compute: Compute, rows: SparseRows, most: number) {
    const columns = sizeOf(groupsOf(most));
    this.#compute = compute;
    this.#rows = rows;
    this.#width = rows.shape.cols + 1 + rows.further.length;
    const fitting = Math.floor(compute.limits.maxBindingBytes / (this.#width * 4));
    this.#most = columns <= fitting ? columns : fitting >= 8 ? fitting - (fitting % 8) : 1;
    this.#biases = compute.create('biases', columns * 4);
    this.#numbers = compute.create('weights and sums', this.#most * this.#width * 4);
    this.#packed = new Float32Array(Math.min(this.#most, most) * this.#width);
  }

  async margins(columns: readonly DeviceColumn[], buffers: Readonly<Record<'columns' | 'direction' | 'margins', DeviceBuffer>>): Promise<void> {
    const { quads } = this.#rows.shape;
    const padded = sizeOf(groupsOf(columns.length));
    this.#compute.write(
      this.#biases,
      Float32Array.from({ length: padded }, (_, i) => columns[i]?.bias ?? 0),
    );
    await this.#compute.launch(takeStep, {
      params: { quads },
      bindings: { biases: this.#biases, columns: buffers.columns, direction: buffers.direction, margins: buffers.margins },
      grid: [Math.ceil(quads / takeStep.sizes.WORKGROUP), padded],
    });
    for (const part of this.#parts(columns.length)) {
      columns.slice(part.begin, part.begin + part.count).forEach((column, i) => this.#packed.set(column.weights, i * this.#width));
      this.#compute.write(this.#numbers, this.#packed.subarray(0, part.count * this.#width));
      await this.#launch('rows', part, { columns: buffers.columns, factors: this.#numbers, sums: buffers.direction });
    }
  }

  async gradients(count: number, { columns, residuals }: Readonly<Record<'columns' | 'residuals', DeviceBuffer>>): Promise<readonly Branch[]> {
    const { shape, further } = this.#rows;
    const totals = new Float64Array(count * (shape.cols + 1));
    for (const part of this.#parts(count)) {
      await this.#launch('columns', part, { columns, factors: residuals, sums: this.#numbers });
      await this.#compute.lend(this.#numbers, { sizeBytes: part.count * this.#width * 4 }, (bytes) => {
        for (let i = 0; i < part.count; i++) {
          const sums = new Float32Array(bytes, i * this.#width * 4, this.#width);
          const total = totals.subarray((part.begin + i) * (shape.cols + 1), (part.begin + i + 1) * (shape.cols + 1));
          total.set(sums.subarray(0, shape.cols + 1));
          further.forEach((column, at) => (total[column]! += sums[shape.cols + 1 + at]!));
        }
      });
    }
    return [{ level: 0, index: 0, sums: totals }];
  }

  release(): void {
    this.#compute.release(this.#biases, this.#numbers);
  }

  #parts(count: number): readonly Part[] {
    return Array.from({ length: Math.ceil(count / this.#most) }, (_, i) => ({ begin: i * this.#most, count: Math.min(this.#most, count - i * this.#most) }));
  }

  async #launch(side: 'rows' | 'columns', part: Part, bindings: Readonly<Record<'columns' | 'factors' | 'sums', DeviceBuffer>>): Promise<void> {
    const { begin } = part;
    const stride = this.#rows.shape.quads * 4;
    const { WORKGROUP } = sparseProduct.sizes;
    await this.#rows.each(side, async ({ x, launches, offset }) => {
      for (const { at, runs } of launches) {
        const each = Math.ceil(runs / MOST_INVOCATIONS);
        for (const { first, size, count } of groupsOf(part.count)) {
          await this.#compute.launch(sparseProduct, {
            params: { at, runs, first: begin + first, stride, offset, width: this.#width, begin, each },
            bindings: { x, ...bindings },
            sizes: { MODELS: size, ...(side === 'columns' ? { TRANSPOSED: 1, KEEP: offset === 0 ? 0 : 1 } : {}) },
            grid: [Math.ceil(runs / each / WORKGROUP), count],
          });
        }
      }
    });
  }
}
