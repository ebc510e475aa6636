// Passes over the rows in batches: forward, back, and a step of every layer, all queued on the device; the host brings the rows in the
// order of the pass, and reads the losses behind it.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import { byteGrid, byteStep, byteStride, paysByteStep } from '../../kernels/byteStep/byteStep.ts';
import { SOLVERS, stepGroups, weightStep } from '../../kernels/weightStep/weightStep.ts';
import type { RowsToCopy } from '../rows/rowsOnHost.ts';
import { backward, backRoomFor, type BackRoom } from './layers/backward.ts';
import { chunkOf, type Chunk } from './chunk.ts';
import { featuresOf, forward, keeping, pad, roomFor, rowsAtOnce, weightsOf, type Layer, type LayerRoom, type Weights } from './layers/network.ts';
import type { Training } from './params.ts';
import type { Reached } from './progress.ts';

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
/** Rows of a batch whose gradient is one sum in f32; a first layer of more rows gets floats. */
const MOST_BYTES = 2048;

/** How the solver moves weights in a step. */
interface Moving {
  readonly solver: number;
  readonly rate: number;
  readonly first: number;
  readonly second: number;
  readonly epsilon: number;
}

/** A batch in the chunk. */
interface Batch {
  readonly firstRow: number;
  readonly rows: number;
  readonly weightSum: number;
  /** Its number in the pass. */
  readonly batch: number;
  readonly moving: Moving;
}

export class Passes {
  readonly #compute: Compute;
  readonly #layers: readonly Layer[];
  readonly #targets: Targets;
  readonly #params: Training;
  readonly #batch: number;
  /** Rows of a batch that go through the layers at once. */
  readonly #block: number;
  /** Rows of a chunk. */
  readonly #chunkRows: number;
  readonly #chunk: Chunk;
  readonly #room: readonly LayerRoom[];
  readonly #backRoom: readonly BackRoom[];
  readonly #moments: readonly DeviceBuffer[];
  readonly #own: {
    readonly targets: DeviceBuffer;
    readonly weights: DeviceBuffer;
    readonly losses: DeviceBuffer;
    readonly squares: DeviceBuffer;
  };
  readonly #buffers: DeviceBuffer[] = [];
  /** Of the squares of each layer, in those of a batch. */
  readonly #squaresAt: readonly number[];
  readonly #squaresEach: number;
  #steps = 0;
  /** Of bytes: what the first layer has not learned of yet. */
  #behind: Batch | undefined;

  /** @param count rows of a pass @param reached by steps before */
  constructor(compute: Compute, layers: readonly Layer[], rows: RowsToCopy, targets: Targets, params: Training, count: number, reached?: Reached) {
    [this.#compute, this.#layers, this.#targets, this.#params] = [compute, layers, targets, params];
    const width = featuresOf(layers);
    this.#batch = Math.min(params.batchSize ?? 200, count);
    this.#block = rowsAtOnce(layers, this.#batch);
    this.#chunkRows = Math.min(count, Math.max(1, Math.floor(CHUNK_BYTES / (width * 4 * this.#batch))) * this.#batch);
    const create = keeping(compute, this.#buffers);
    try {
      const takesBytes = !layers[0]!.convolution && this.#batch <= Math.min(MOST_BYTES, this.#block) && paysByteStep(compute);
      this.#chunk = chunkOf(compute, create, rows, { rows: this.#chunkRows, batch: this.#batch, width, takesBytes });
      this.#room = roomFor(create, layers, this.#block, 'bytes' in this.#chunk.x);
      const groups = layers.map((layer, i) => (i === 0 && 'bytes' in this.#chunk.x ? byteGrid(layer).groups : stepGroups(quadsOf(layer))));
      this.#squaresAt = groups.map((_, i) => groups.slice(0, i).reduce((a, b) => a + b, 0));
      this.#squaresEach = groups.reduce((a, b) => a + b, 0);
      this.#backRoom = backRoomFor(compute, create, layers, this.#block, 'bytes' in this.#chunk.x);
      this.#moments = layers.map(({ weights }, i) => create(`moments ${i}`, 2 * weights.sizeBytes));
      if (reached) this.#goOn(reached);
      this.#own = {
        targets: create('targets', count * targets.width * 4),
        weights: create('weights', count * 4),
        losses: create('losses', count * 4),
        squares: create('squares', Math.ceil(count / this.#batch) * this.#squaresEach * 4),
      };
    } catch (error) {
      this.release();
      throw error;
    }
  }

  #goOn({ steps, moments }: Reached): void {
    this.#steps = steps;
    for (const [i, layer] of this.#layers.entries()) {
      const numbers = new Float32Array(layer.weights.sizeBytes / 4);
      for (const [part, { coefs, intercepts }] of moments.entries()) {
        pad(layer, coefs[i]!, intercepts[i]!, numbers);
        this.#compute.write(this.#moments[i]!, numbers, part * numbers.byteLength);
      }
    }
  }

  /** Steps made, and what the solver remembers of them. */
  async reached(): Promise<Pick<Reached, 'solver' | 'steps' | 'moments'>> {
    const { solver } = this.#params;
    const moments: Weights[] = [];
    for (const part of solver === 'adam' ? [0, 1] : [0]) moments.push(await weightsOf(this.#compute, this.#layers, this.#moments, part));
    return { solver, steps: this.#steps, moments };
  }

  /** Steps of every batch. @param order positions of the rows @param rate length of steps @returns mean loss, with the penalty */
  async run(order: Uint32Array, rate: number, { signal, progress }: Pick<StageContext, 'progress' | 'signal'>): Promise<number> {
    const { targets, weights, losses, squares } = this.#own;
    const { width, values, weights: counts } = this.#targets;
    const own = new Float32Array(order.length * width);
    const ownCounts = new Float32Array(order.length);
    for (let i = 0; i < order.length; i++) {
      const row = order[i]!;
      for (let k = 0; k < width; k++) own[i * width + k] = values[row * width + k]!;
      ownCounts[i] = counts[row]!;
    }
    this.#compute.write(targets, own);
    this.#compute.write(weights, ownCounts);
    const weightSums: number[] = [];
    let before: Promise<void> | undefined;
    for (let chunk = 0; chunk < order.length; chunk += this.#chunkRows) {
      const many = Math.min(this.#chunkRows, order.length - chunk);
      this.#chunk.fill(order.subarray(chunk, chunk + many));
      await this.#chunk.send();
      for (let from = chunk; from < chunk + many; from += this.#batch) {
        const rows = Math.min(this.#batch, chunk + many - from);
        const weightSum = ownCounts.subarray(from, from + rows).reduce((a, b) => a + b, 0);
        weightSums.push(weightSum);
        // Rows that weigh nothing are no reason for a step.
        if (weightSum === 0) continue;
        await this.#step({ firstRow: from - chunk, rows, weightSum, batch: weightSums.length - 1, moving: this.#moving(rate) }, from);
      }
      // The next chunk takes the place of these rows.
      if (this.#behind) await this.#ofBytes(undefined);
      // The device works on this chunk while the next one is made ready. More than two would be too many in line.
      const done = this.#compute.settle();
      // Whatever asks the device next tells of its loss, too.
      done.catch(() => undefined);
      await before;
      before = done;
      throwIfCancelled(signal);
      progress?.(chunk + many, order.length, 'rows');
    }
    await before;
    const [each, all] = [new Float32Array(await this.#compute.read(losses)), new Float32Array(await this.#compute.read(squares))];
    let [sum, counted] = [0, 0];
    for (const [batch, weightSum] of weightSums.entries()) {
      if (weightSum === 0) continue;
      const [begin, end] = [batch * this.#batch, Math.min((batch + 1) * this.#batch, order.length)];
      let loss = 0;
      for (let i = begin; i < end; i++) loss += ownCounts[i]! * each[i]!;
      for (let i = batch * this.#squaresEach; i < (batch + 1) * this.#squaresEach; i++) loss += (this.#params.alpha / 2) * all[i]!;
      sum += (loss / weightSum) * (end - begin);
      counted += end - begin;
    }
    return sum / counted;
  }

  /** Forward, back, and a step of all layers. @param position of its first row in the pass */
  async #step(own: Batch, position: number): Promise<void> {
    const compute = this.#compute;
    const { squares } = this.#own;
    const { x } = this.#chunk;
    const { firstRow, rows, weightSum, batch, moving } = own;
    const ofBytes = 'bytes' in x;
    if (ofBytes) await this.#ofBytes(own);
    for (let done = 0; done < rows; done += this.#block) {
      const here = {
        x,
        rows: Math.min(this.#block, rows - done),
        firstRow: firstRow + done,
        present: this.#chunk.present(firstRow / this.#batch),
        position: position + done,
        more: done > 0,
      };
      const layers = this.#backRoom.at(-1)!.atOnce ? this.#layers.slice(0, -1) : this.#layers;
      // A last layer that is done at once makes what it needs of the sums of a first one of bytes.
      if (!ofBytes || layers.length > 1 || layers === this.#layers) await forward(compute, layers, here, this.#room);
      await backward(compute, this.#layers, { ...this.#own, kind: this.#targets.kind }, here, this.#room, this.#backRoom);
    }
    for (const [i, layer] of this.#layers.entries()) {
      if (i === 0 && ofBytes) continue;
      const quads = quadsOf(layer);
      await compute.launch(weightStep, {
        params: {
          quads,
          constants: quads - layer.outQuads,
          parts: this.#backRoom[i]!.parts,
          squaresAt: batch * this.#squaresEach + this.#squaresAt[i]!,
          alpha: this.#params.alpha,
          weightSum,
          ...moving,
        },
        bindings: { parts: this.#backRoom[i]!.sums, weights: layer.weights, moments: this.#moments[i]!, squares },
        grid: [stepGroups(quads)],
      });
    }
  }

  /** The step of a first layer of bytes that is behind, and its sums of the next batch, if any: in one go, since both go over all weights. */
  async #ofBytes(ahead: Batch | undefined): Promise<void> {
    const { x } = this.#chunk;
    const first = this.#layers[0]!;
    const behind = this.#behind;
    this.#behind = ahead;
    if (!('bytes' in x)) return;
    const { solver, ...moving } = behind?.moving ?? ahead!.moving;
    const { ACROSS, grid } = byteGrid(first);
    await this.#compute.launch(byteStep, {
      params: {
        behind: behind?.rows ?? 0,
        firstBehind: behind?.firstRow ?? 0,
        ahead: ahead?.rows ?? 0,
        firstAhead: ahead?.firstRow ?? 0,
        inQuads: first.inQuads,
        outQuads: first.outQuads,
        stride: byteStride(first.inQuads),
        squaresAt: (behind?.batch ?? 0) * this.#squaresEach + this.#squaresAt[0]!,
        alpha: this.#params.alpha,
        weightSum: behind?.weightSum ?? 1,
        ...moving,
      },
      bindings: {
        ...x,
        deltas: this.#backRoom[0]!.deltas,
        weights: first.weights,
        moments: this.#moments[0]!,
        sums: this.#room[0]!.parts!,
        squares: this.#own.squares,
      },
      sizes: { ACROSS, SOLVER: solver },
      grid,
    });
  }

  /** Of the next step. */
  #moving(rate: number): Moving {
    const { solver, momentum, nesterovsMomentum, beta1, beta2, epsilon } = this.#params;
    this.#steps++;
    if (solver === 'sgd') return { solver: nesterovsMomentum ? SOLVERS.nesterov : SOLVERS.momentum, rate, first: momentum, second: 0, epsilon: 0 };
    const corrected = (rate * Math.sqrt(1 - beta2 ** this.#steps)) / (1 - beta1 ** this.#steps);
    return { solver: SOLVERS.adam, rate: corrected, first: beta1, second: beta2, epsilon };
  }

  release(): void {
    this.#compute.release(...this.#buffers);
  }
}

/** Of its weights and constant terms. */
const quadsOf = ({ inQuads, outQuads }: Layer): number => (inQuads * 4 + 1) * outQuads;
