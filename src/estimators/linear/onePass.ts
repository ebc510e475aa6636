// Products, losses and gradients of a few columns in one pass over rows of bytes, where that pays.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { MOST_MODELS, onePassSizes, orderOfWords, paysOnePass, type OnePass as OnePassKernel } from '../../kernels/onePass/onePass.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';
import { blocksOf, blockTilesOf, groupsOf, sizeOf } from './batchSizes.ts';
import type { LossSums } from './batch.ts';
import { packWeights, sumsOfBlocks } from './denseProducts.ts';
import type { DeviceColumn, LinearRows } from './products.ts';

/** Bytes of rows from which on it pays: its shaders take seconds to compile, once a machine. */
export const ONE_PASS_BYTES = 16e6;

export class OnePass {
  readonly #compute: Compute;
  readonly #rows: TiledRows;
  readonly #kernel: OnePassKernel;
  readonly #own: Record<'weights' | 'order' | 'losses' | 'partials' | 'filled', DeviceBuffer>;
  readonly #blockTiles: number;
  readonly #blocks: number;
  /** Whether `filled` is. */
  #known = false;
  /** Of the last pass. */
  #columns = 0;

  /** @returns none where it does not pay, or the loss has no such kernel */
  static of(compute: Compute, rows: LinearRows, kernel: OnePassKernel | undefined, leastBytes: number): OnePass | undefined {
    if (!kernel || 'further' in rows || rows.shape.sizeBytes < leastBytes || !paysOnePass(rows.shape, compute.subgroupLanes)) return undefined;
    return new OnePass(compute, rows, kernel);
  }

  private constructor(compute: Compute, rows: TiledRows, kernel: OnePassKernel) {
    const { shape, blocks, frame } = rows;
    const { words, quads, tileQuads } = shape;
    this.#compute = compute;
    this.#rows = rows;
    this.#kernel = kernel;
    this.#blockTiles = blockTilesOf(shape, MOST_MODELS);
    this.#blocks = blocks.reduce((sum, { quads }) => sum + blocksOf(quads, shape, this.#blockTiles), 0);
    const order = orderOfWords(frame.rms, words);
    const { VECTORS, WORKGROUP } = onePassSizes(shape, MOST_MODELS);
    this.#own = {
      weights: compute.create('weights of one pass', words * MOST_MODELS * 16),
      order: compute.upload('order of words', order.byteLength, (target) => new Uint32Array(target).set(order)),
      losses: compute.create('losses of one pass', (quads / tileQuads) * VECTORS * WORKGROUP * 8),
      partials: compute.create('partials of one pass', this.#blocks * MOST_MODELS * words * 16),
      filled: compute.create('filled blocks', quads * 4),
    };
  }

  /** Whether it takes so many columns at once. */
  takes(columns: number): boolean {
    return columns <= MOST_MODELS;
  }

  /**
   * Margins take the last step of their column, direction becomes x weights, and the loss is taken at the trial step along it.
   *
   * @param columns as the buffer `columns` lists them, filled up
   */
  async losses(
    columns: readonly DeviceColumn[],
    buffers: Readonly<Record<'rows' | 'rowWeights' | 'columns' | 'margins' | 'direction' | 'residuals', DeviceBuffer>>,
  ): Promise<readonly LossSums[]> {
    const { shape } = this.#rows;
    const { words, quads: stride, tileQuads } = shape;
    const parts = groupsOf(columns.length);
    const sizes = onePassSizes(shape, sizeOf(parts));
    const { rows, rowWeights, columns: encoded, margins, direction, residuals } = buffers;
    this.#compute.write(this.#own.weights, packWeights(shape, columns, parts));
    let block = 0;
    await this.#rows.each(async ({ x, quads, offset }) => {
      const blocks = blocksOf(quads, shape, this.#blockTiles);
      await this.#compute.launch(this.#kernel, {
        params: { words, quads, offset, stride, rows: shape.rows, block, tiles: this.#blockTiles, known: this.#known ? 1 : 0 },
        bindings: { x, rows, rowWeights, columns: encoded, margins, direction, residuals, ...this.#own },
        sizes,
        grid: [blocks],
      });
      block += blocks;
    });
    this.#known = true;
    this.#columns = sizes.MODELS;
    const lanes = sizes.VECTORS * sizes.WORKGROUP;
    return this.#compute.lend(this.#own.losses, { sizeBytes: (stride / tileQuads) * lanes * 8 }, (bytes) => {
      const found = new Float32Array(bytes);
      return columns.map((_, m) => {
        let change = 0;
        let slope = 0;
        for (let tile = 0; tile < found.length; tile += lanes * 2) {
          for (let at = tile + m * 8; at < tile + (m + 1) * 8; at += 2) {
            change += found[at]!;
            slope += found[at + 1]!;
          }
        }
        return { change, slope };
      });
    });
  }

  /** Sums of z * residual, as those of products, of columns by their place in the last pass. */
  gradients(places: readonly number[]): Promise<readonly Float64Array[]> {
    const { words, cols } = this.#rows.shape;
    const sizeBytes = this.#blocks * this.#columns * words * 16;
    return this.#compute.lend(this.#own.partials, { sizeBytes }, (bytes) =>
      sumsOfBlocks(bytes, { blocks: this.#blocks, columns: this.#columns, words, cols }, places),
    );
  }

  release(): void {
    this.#compute.release(...Object.values(this.#own));
  }
}
