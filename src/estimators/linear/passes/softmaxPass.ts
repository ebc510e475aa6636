// Products, losses and gradients of models of a column a class in one pass over rows of bytes, where that pays.
import type { Compute, DeviceBuffer } from '../../../core/compute.ts';
import type { Branch } from '../../../core/shards/spans.ts';
import { paysOnePass } from '../../../kernels/onePass/onePass.ts';
import { isShort, softmaxOnePassSizes, type OnePassOfColumns } from '../../../kernels/softmaxOnePass/softmaxOnePass.ts';
import type { TiledRows } from '../../rows/tilesOnDevice.ts';
import { allBlocksOf, blocksOf } from '../batchSizes.ts';
import { packWeights } from '../denseProducts.ts';
import type { DeviceColumn, LinearRows } from '../products.ts';
import { spanSums, type PartOfRows } from '../../rows/sharded/parts.ts';
import { blockTilesOn, sumsOfBlocks } from '../sharded/parts.ts';
import { uploadOrder } from './order.ts';

/** Tiles a gradient block at the least: each begins with its weights and ends with its sums. */
const LEAST_TILES = 2;
/** How much longer it takes to compile than that of models of one column. */
const COMPILES = 2;

export class SoftmaxPass {
  readonly #compute: Compute;
  readonly #rows: TiledRows;
  readonly #kernel: OnePassOfColumns;
  readonly #classes: number;
  readonly #own: Record<'weights' | 'order' | 'losses' | 'partials' | 'filled', DeviceBuffer>;
  readonly #blockTiles: number;
  readonly #blocks: number;
  readonly #part: PartOfRows | undefined;
  /** Whether `filled` is. */
  #known = false;
  /** Of the last pass. */
  #models = 0;

  /**
   * @param most models at once
   * @param classes columns a model
   * @returns none where it does not pay, or the loss has no such kernel
   */
  static of(
    compute: Compute,
    rows: LinearRows,
    kernel: OnePassOfColumns | undefined,
    most: number,
    classes: number,
    leastBytes: number,
    part?: PartOfRows,
  ): SoftmaxPass | undefined {
    if (!kernel || 'further' in rows || (part?.whole ?? rows.shape).sizeBytes < COMPILES * leastBytes) return undefined;
    return paysOnePass(rows.shape, compute) && isShort(rows.shape, classes) ? new SoftmaxPass(compute, rows, kernel, most, classes, part) : undefined;
  }

  private constructor(compute: Compute, rows: TiledRows, kernel: OnePassOfColumns, most: number, classes: number, part: PartOfRows | undefined) {
    const { shape } = rows;
    const { words, quads, tileQuads } = shape;
    this.#compute = compute;
    this.#rows = rows;
    this.#kernel = kernel;
    this.#classes = classes;
    this.#part = part;
    this.#blockTiles = Math.max(LEAST_TILES, blockTilesOn(rows, classes, part));
    this.#blocks = allBlocksOf(rows, this.#blockTiles);
    this.#own = {
      weights: compute.create('weights of one pass', words * most * classes * 16),
      order: uploadOrder(compute, rows),
      losses: compute.create('losses of one pass', most * (quads / tileQuads) * 4 * 8),
      partials: compute.create('partials of one pass', this.#blocks * most * classes * words * 16),
      filled: compute.create('filled blocks', quads * 4),
    };
  }

  /**
   * Margins take the last step of their model, direction becomes x weights, and the loss is taken at the trial step along it.
   *
   * @param columns of each model, as the buffer `columns` lists them
   * @returns change and slope of each model
   */
  async losses(
    columns: readonly DeviceColumn[],
    buffers: Readonly<Record<'rows' | 'rowWeights' | 'columns' | 'margins' | 'direction' | 'residuals', DeviceBuffer>>,
  ): Promise<readonly Branch[]> {
    const { shape } = this.#rows;
    const { words, quads: stride, tileQuads } = shape;
    const allTiles = stride / tileQuads;
    const models = (this.#models = columns.length / this.#classes);
    const { rows, rowWeights, columns: encoded, margins, direction, residuals } = buffers;
    this.#compute.write(this.#own.weights, packWeights(shape, columns, [{ first: 0, size: this.#classes, count: models }]));
    let block = 0;
    await this.#rows.each(async ({ x, quads, offset }) => {
      const blocks = blocksOf(quads, shape, this.#blockTiles);
      const known = this.#known ? 1 : 0;
      await this.#compute.launch(this.#kernel, {
        params: { words, quads, offset, stride, rows: shape.rows, block, tiles: this.#blockTiles, known, columns: columns.length, allTiles },
        bindings: { x, rows, rowWeights, columns: encoded, margins, direction, residuals, ...this.#own },
        sizes: softmaxOnePassSizes(shape, this.#classes),
        grid: [models, blocks],
      });
      block += blocks;
    });
    this.#known = true;
    return this.#compute.lend(this.#own.losses, { sizeBytes: models * allTiles * 4 * 8 }, (bytes) => {
      const found = new Float32Array(bytes);
      const place = { shape, blockTiles: this.#blockTiles, part: this.#part };
      return spanSums(place, { count: allTiles, tiles: 1 }, models * 2, (from, end, total) => {
        for (let model = 0; model < models; model++) {
          for (let at = (model * allTiles + from) * 4; at < (model * allTiles + end) * 4; at++) {
            total[model * 2]! += found[at * 2]!;
            total[model * 2 + 1]! += found[at * 2 + 1]!;
          }
        }
      });
    });
  }

  /** Sums of z * residual, as those of products, of each column of models by their place in the last pass. */
  gradients(places: readonly number[]): Promise<readonly Branch[]> {
    const { shape } = this.#rows;
    const { words } = shape;
    const columns = this.#models * this.#classes;
    const ofPlaces = places.flatMap((place) => Array.from({ length: this.#classes }, (_, c) => place * this.#classes + c));
    return this.#compute.lend(this.#own.partials, { sizeBytes: this.#blocks * columns * words * 16 }, (bytes) =>
      sumsOfBlocks(bytes, { count: this.#blocks, blockTiles: this.#blockTiles, columns, words, shape, part: this.#part }, ofPlaces),
    );
  }

  release(): void {
    this.#compute.release(...Object.values(this.#own));
  }
}
