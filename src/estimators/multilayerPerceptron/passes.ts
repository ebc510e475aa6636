// Passes over the rows in batches: forward, back, and a step of every layer, all queued on the device; the host brings the rows in the
// order of the pass, and reads the losses behind it.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { layerBack } from '../../kernels/layerBack/layerBack.ts';
import { layerStepFor, SOLVERS } from '../../kernels/layerStep/layerStep.ts';
import { outputDelta } from '../../kernels/outputDelta/outputDelta.ts';
import { copyRow, type HostRows } from '../rows/rowsOnHost.ts';
import { forward, roomFor, type Layer } from './network.ts';
import type { MlpParams } from './params.ts';

/** What each row of training is to say. */
export interface Targets {
  /** One of `LOSS_KINDS`. */
  readonly kind: number;
  /** Numbers of a row: its class, or its values. */
  readonly width: number;
  /** `[rows][width]` */
  readonly values: Float32Array;
  /** `[rows]` */
  readonly weights: Float32Array;
}

/** Features that are on the device at once. */
const CHUNK_BYTES = 16e6;

export class Passes {
  readonly #compute: Compute;
  readonly #layers: readonly Layer[];
  readonly #rows: HostRows;
  readonly #targets: Targets;
  readonly #params: MlpParams;
  readonly #batch: number;
  readonly #chunk: number;
  /** Features of a chunk, on the host. */
  readonly #features: Float32Array;
  readonly #made: readonly DeviceBuffer[];
  readonly #deltas: readonly DeviceBuffer[];
  readonly #moments: readonly DeviceBuffer[];
  readonly #own: {
    readonly x: DeviceBuffer;
    readonly targets: DeviceBuffer;
    readonly weights: DeviceBuffer;
    readonly losses: DeviceBuffer;
    readonly squares: DeviceBuffer;
  };
  /** Of the squares of each layer, in those of a batch. */
  readonly #squaresAt: readonly number[];
  readonly #squaresEach: number;
  #steps = 0;

  /** @param count rows of a pass */
  constructor(compute: Compute, layers: readonly Layer[], rows: HostRows, targets: Targets, params: MlpParams, count: number) {
    [this.#compute, this.#layers, this.#rows, this.#targets, this.#params] = [compute, layers, rows, targets, params];
    const width = layers[0]!.inQuads * 4;
    this.#batch = Math.min(params.batchSize ?? 200, count);
    this.#chunk = Math.min(count, Math.max(1, Math.floor(CHUNK_BYTES / (width * 4 * this.#batch))) * this.#batch);
    this.#features = new Float32Array(this.#chunk * width);
    this.#made = roomFor(compute, layers, this.#batch, 'made');
    this.#deltas = roomFor(compute, layers, this.#batch, 'deltas');
    this.#moments = layers.map(({ weights }, i) => compute.create(`moments ${i}`, 2 * weights.sizeBytes));
    const groups = layers.map(({ inQuads, outQuads }) => layerStepFor(compute, inQuads, outQuads).grid.reduce((a, b) => a * b));
    this.#squaresAt = groups.map((_, i) => groups.slice(0, i).reduce((a, b) => a + b, 0));
    this.#squaresEach = groups.reduce((a, b) => a + b, 0);
    this.#own = {
      x: compute.create('rows', this.#features.byteLength),
      targets: compute.create('targets', count * targets.width * 4),
      weights: compute.create('weights', count * 4),
      losses: compute.create('losses', count * 4),
      squares: compute.create('squares', Math.ceil(count / this.#batch) * this.#squaresEach * 4),
    };
  }

  /** Steps of every batch. @param order positions of the rows @param rate of sgd @returns mean loss, with the penalty */
  async run(order: Uint32Array, rate: number, signal: AbortSignal): Promise<number> {
    const { x, targets, weights, losses, squares } = this.#own;
    const { width, values, weights: counts } = this.#targets;
    const own = new Float32Array(order.length * width);
    for (const [i, row] of order.entries()) for (let k = 0; k < width; k++) own[i * width + k] = values[row * width + k]!;
    const ownCounts = Float32Array.from(order, (row) => counts[row]!);
    this.#compute.write(targets, own);
    this.#compute.write(weights, ownCounts);
    const cols = this.#layers[0]!.inQuads * 4;
    const weightSums: number[] = [];
    for (let chunk = 0; chunk < order.length; chunk += this.#chunk) {
      const many = Math.min(this.#chunk, order.length - chunk);
      this.#features.fill(0);
      for (let i = 0; i < many; i++) copyRow(this.#rows, order[chunk + i]!, this.#features, i * cols);
      if (chunk > 0) {
        // Else all rows would wait in line at once.
        await this.#compute.settle();
        throwIfCancelled(signal);
      }
      this.#compute.write(x, this.#features.subarray(0, many * cols));
      for (let from = chunk; from < chunk + many; from += this.#batch) {
        const rows = Math.min(this.#batch, chunk + many - from);
        const weightSum = ownCounts.subarray(from, from + rows).reduce((a, b) => a + b, 0);
        weightSums.push(weightSum);
        // Rows that weigh nothing are no reason for a step.
        if (weightSum > 0) await this.#step({ firstRow: from - chunk, position: from, rows, weightSum, batch: weightSums.length - 1, rate });
      }
    }
    const [each, all] = [new Float32Array(await this.#compute.read(losses)), new Float32Array(await this.#compute.read(squares))];
    let sum = 0;
    for (const [batch, weightSum] of weightSums.entries()) {
      if (weightSum === 0) continue;
      const [begin, end] = [batch * this.#batch, Math.min((batch + 1) * this.#batch, order.length)];
      let loss = 0;
      for (let i = begin; i < end; i++) loss += ownCounts[i]! * each[i]!;
      for (let i = batch * this.#squaresEach; i < (batch + 1) * this.#squaresEach; i++) loss += (this.#params.alpha / 2) * all[i]!;
      sum += (loss / weightSum) * (end - begin);
    }
    return sum / order.length;
  }

  async #step({
    firstRow,
    position,
    rows,
    weightSum,
    batch,
    rate,
  }: {
    firstRow: number;
    position: number;
    rows: number;
    weightSum: number;
    batch: number;
    rate: number;
  }): Promise<void> {
    const compute = this.#compute;
    const { x, targets, weights, losses, squares } = this.#own;
    const last = this.#layers.length - 1;
    await forward(compute, this.#layers, x, firstRow, rows, this.#made);
    await compute.launch(outputDelta, {
      params: { rows, firstRow: position, outputs: this.#layers[last]!.units, outQuads: this.#layers[last]!.outQuads, kind: this.#targets.kind },
      bindings: { sums: this.#made[last]!, targets, weights, deltas: this.#deltas[last]!, losses },
      grid: [Math.ceil(rows / outputDelta.sizes.WORKGROUP)],
    });
    for (let i = last; i > 0; i--) {
      const { inQuads, outQuads } = this.#layers[i]!;
      await compute.launch(layerBack, {
        params: { rows, inQuads, outQuads, activation: this.#layers[i - 1]!.activation },
        bindings: { deltas: this.#deltas[i]!, weights: this.#layers[i]!.weights, inputs: this.#made[i - 1]!, before: this.#deltas[i - 1]! },
        grid: [Math.ceil((Math.ceil(rows / 4) * inQuads) / layerBack.sizes.WORKGROUP)],
      });
    }
    const moving = this.#moving(rate);
    for (const [i, { inQuads, outQuads, weights: own }] of this.#layers.entries()) {
      const { kernel, ...launch } = layerStepFor(compute, inQuads, outQuads);
      await compute.launch(kernel, {
        params: {
          rows,
          firstRow: i === 0 ? firstRow : 0,
          inQuads,
          outQuads,
          squaresAt: batch * this.#squaresEach + this.#squaresAt[i]!,
          alpha: this.#params.alpha,
          weightSum,
          ...moving,
        },
        bindings: { inputs: i === 0 ? x : this.#made[i - 1]!, deltas: this.#deltas[i]!, weights: own, moments: this.#moments[i]!, squares },
        ...launch,
      });
    }
  }

  /** How the solver moves weights in the next step. */
  #moving(rate: number) {
    const { solver, learningRateInit, momentum, nesterovsMomentum, beta1, beta2, epsilon } = this.#params;
    this.#steps++;
    if (solver === 'sgd') return { solver: nesterovsMomentum ? SOLVERS.nesterov : SOLVERS.momentum, rate, first: momentum, second: 0, epsilon: 0 };
    const corrected = (learningRateInit * Math.sqrt(1 - beta2 ** this.#steps)) / (1 - beta1 ** this.#steps);
    return { solver: SOLVERS.adam, rate: corrected, first: beta1, second: beta2, epsilon };
  }

  release(): void {
    this.#compute.release(...this.#made, ...this.#deltas, ...this.#moments, ...Object.values(this.#own));
  }
}
