// Products, losses and gradients of models of one column in one pass over rows of bytes, where that pays.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import type { Branch } from '../../core/shards/spans.ts';
import { MOST_MODELS, onePassSizes, paysOnePass, type OnePass as OnePassKernel } from '../../kernels/onePass/onePass.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';
import { allBlocksOf, blocksOf, groupsOf, sizeOf } from './batchSizes.ts';
import { packWeights } from './denseProducts.ts';
import { uploadOrder } from './passes/order.ts';
import type { DeviceColumn, LinearRows } from './products.ts';
import { spanSums, type PartOfRows } from '../rows/sharded/parts.ts';
import { blockTilesOn, sumsOfBlocks } from './sharded/parts.ts';

/** Bytes of rows from which on it pays: its shaders take seconds to compile, once a machine. */
export const ONE_PASS_BYTES = 16e6;

export class OnePass {
  readonly #compute: Compute;
  readonly #rows: TiledRows;
  readonly #kernel: OnePassKernel;
  readonly #own: Record<'weights' | 'order' | 'losses' | 'partials' | 'filled', DeviceBuffer>;
  readonly #blockTiles: number;
  readonly #blocks: number;
  readonly #part: PartOfRows | undefined;
  /** Whether `filled` is. */
  #known = false;
  /** Sums of z * residual of the last pass, `[columns][cols + 1]`. */
  #sums: Promise<readonly Branch[]> | undefined;

  /**
   * @param most columns at once
   * @returns none where it does not pay, or the loss has no such kernel
   */
  static of(compute: Compute, rows: LinearRows, kernel: OnePassKernel | undefined, most: number, leastBytes: number, part?: PartOfRows): OnePass | undefined {
    if (!kernel || 'further' in rows || (part?.whole ?? rows.shape).sizeBytes < leastBytes || !paysOnePass(rows.shape, compute)) return undefined;
    return new OnePass(compute, rows, kernel, most, part);
  }

  private constructor(compute: Compute, rows: TiledRows, kernel: OnePassKernel, most: number, part: PartOfRows | undefined) {
    const { shape } = rows;
    const { words, quads, tileQuads } = shape;
    this.#compute = compute;
    this.#rows = rows;
    this.#kernel = kernel;
    this.#part = part;
    this.#blockTiles = blockTilesOn(rows, 1, part);
    this.#blocks = allBlocksOf(rows, this.#blockTiles);
    const columns = sizeOf(groupsOf(most, MOST_MODELS));
    const { WORKGROUP } = onePassSizes(shape, MOST_MODELS);
    this.#own = {
      weights: compute.create('weights of one pass', words * columns * 16),
      order: uploadOrder(compute, rows),
      losses: compute.create('losses of one pass', (quads / tileQuads) * columns * WORKGROUP * 8),
      partials: compute.create('partials of one pass', this.#blocks * columns * words * 16),
      filled: compute.create('filled blocks', quads * 4),
    };
  }

  /**
   * Margins take the last step of their column, direction becomes x weights, and the loss is taken at the trial step along it.
   *
   * @param columns as the buffer `columns` lists them, filled up
   * @returns change and slope of each column
   */
  async losses(
    columns: readonly DeviceColumn[],
    buffers: Readonly<Record<'rows' | 'rowWeights' | 'columns' | 'margins' | 'direction' | 'residuals', DeviceBuffer>>,
  ): Promise<readonly Branch[]> {
    const { shape } = this.#rows;
    const { words, quads: stride, tileQuads } = shape;
    const parts = groupsOf(columns.length, MOST_MODELS);
    const allTiles = stride / tileQuads;
    const sizes = parts.map(({ size }) => onePassSizes(shape, size));
    const lanes = sizes.map(({ VECTORS, WORKGROUP }) => VECTORS * WORKGROUP);
    /** Losses before each part. */
    const begins = parts.map((_, i) => parts.slice(0, i).reduce((sum, { count }, j) => sum + count * allTiles * lanes[j]!, 0));
    const size = sizeOf(parts);
    const { rows, rowWeights, columns: encoded, margins, direction, residuals } = buffers;
    this.#compute.write(this.#own.weights, packWeights(shape, columns, parts));
    let block = 0;
    await this.#rows.each(async ({ x, quads, offset }) => {
      const blocks = blocksOf(quads, shape, this.#blockTiles);
      const fixed = { words, quads, offset, stride, rows: shape.rows, block, tiles: this.#blockTiles, known: this.#known ? 1 : 0 };
      for (const [i, { first, count }] of parts.entries()) {
        await this.#compute.launch(this.#kernel, {
          params: { ...fixed, first, columns: size, allTiles, losses: begins[i]! },
          bindings: { x, rows, rowWeights, columns: encoded, margins, direction, residuals, ...this.#own },
          sizes: sizes[i]!,
          grid: [count, blocks],
        });
      }
      block += blocks;
    });
    this.#known = true;
    const sizeBytes = (begins.at(-1)! + parts.at(-1)!.count * allTiles * lanes.at(-1)!) * 8;
    const losses = this.#compute.lend(this.#own.losses, { sizeBytes }, (bytes) => {
      const found = new Float32Array(bytes);
      const place = { shape, blockTiles: this.#blockTiles, part: this.#part };
      return spanSums(place, { count: allTiles, tiles: 1 }, columns.length * 2, (from, end, total) => {
        for (const column of columns.keys()) {
          const part = parts.findLastIndex(({ first }) => column >= first);
          const { first, size } = parts[part]!;
          const begin = begins[part]! + Math.floor((column - first) / size) * allTiles * lanes[part]! + ((column - first) % size) * 4;
          for (let tile = from; tile < end; tile++) {
            for (let row = 0; row < 4; row++) {
              const at = (begin + tile * lanes[part]! + row) * 2;
              total[column * 2]! += found[at]!;
              total[column * 2 + 1]! += found[at + 1]!;
            }
          }
        }
      });
    });
    // Asked for before they are wanted: nearly all are, and a wait of its own costs more than their sums.
    const places = columns.map((_, i) => i);
    const [blocks, blockTiles] = [this.#blocks, this.#blockTiles];
    this.#sums = this.#compute.lend(this.#own.partials, { sizeBytes: blocks * size * words * 16 }, (bytes) =>
      sumsOfBlocks(bytes, { count: blocks, blockTiles, columns: size, words, shape, part: this.#part }, places),
    );
    this.#sums.catch(() => {}); // told to who asks for gradients
    return losses;
  }

  /** Sums of z * residual, as those of products, of columns by their place in the last pass. */
  async gradients(places: readonly number[]): Promise<readonly Branch[]> {
    const width = this.#rows.shape.cols + 1;
    return (await this.#sums!).map((branch) => {
      const sums = new Float64Array(places.length * width);
      places.forEach((place, i) => sums.set(branch.sums.subarray(place * width, (place + 1) * width), i * width));
      return { ...branch, sums };
    });
  }

  release(): void {
    this.#compute.release(...Object.values(this.#own));
  }
}
