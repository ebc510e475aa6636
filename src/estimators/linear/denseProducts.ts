// Products with rows that are on the device as tiles.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import type { Branch } from '../../core/shards/spans.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';
import { allBlocksOf, blockBytes, blocksOf, groupsOf, launchTilesOf, sizeOf, type Groups } from './batchSizes.ts';
import type { DeviceColumn, Products } from './products.ts';
import type { PartOfRows } from '../rows/sharded/parts.ts';
import { blockTilesOn, sumsOfBlocks } from './sharded/parts.ts';
import { fastest } from './tuning/fastest.ts';
import { gradientLaunch, marginsLaunch } from './tuning/launches.ts';

export class DenseProducts implements Products {
  readonly #compute: Compute;
  readonly #rows: TiledRows;
  readonly #weights: DeviceBuffer;
  /** Once a gradient is asked for. */
  #partials: DeviceBuffer | undefined;
  /** Tiles a gradient block, and a workgroup. */
  readonly #blockTiles: number;
  readonly #launchTiles: number;
  readonly #launched: number;
  readonly #partialsBytes: number;
  readonly #part: PartOfRows | undefined;

  /**
   * @param most columns at once
   * @param options.classes columns a model, by default one
   * @param options.mostTiles tiles whose sums are added in f32
   */
  constructor(
    compute: Compute,
    rows: TiledRows,
    most: number,
    { classes = 1, mostTiles = Infinity, part }: { readonly classes?: number; readonly mostTiles?: number; readonly part?: PartOfRows | undefined } = {},
  ) {
    const { shape } = rows;
    this.#compute = compute;
    this.#rows = rows;
    this.#part = part;
    this.#blockTiles = Math.min(mostTiles, blockTilesOn(rows, classes, part));
    this.#launchTiles = launchTilesOf(shape, this.#blockTiles, most, compute);
    this.#launched = allBlocksOf(rows, this.#launchTiles);
    this.#partialsBytes = this.#launched * blockBytes(shape.words, most);
    this.#weights = compute.create('weights', sizeOf(groupsOf(most)) * shape.words * 16);
  }

  async margins(columns: readonly DeviceColumn[], buffers: Readonly<Record<'columns' | 'direction' | 'margins', DeviceBuffer>>): Promise<void> {
    this.#compute.write(this.#weights, packWeights(this.#rows.shape, columns, groupsOf(columns.length)));
    await this.launchMargins(columns.length, buffers);
  }

  /** Of weights that are on the device. */
  async launchMargins(count: number, buffers: Readonly<Record<'columns' | 'direction' | 'margins', DeviceBuffer>>): Promise<void> {
    const { shape } = this.#rows;
    const parts = groupsOf(count);
    const kernels = await Promise.all(parts.map(({ size }) => fastest(this.#compute, 'margins', shape.dtype, size)));
    await this.#rows.each(async ({ x, quads, offset }) => {
      for (const [i, { first, size, count }] of parts.entries()) {
        const kernel = kernels[i]!;
        const { sizes, across } = marginsLaunch(shape, size, kernel, quads);
        await this.#compute.launch(kernel, {
          params: { words: shape.words, quads, offset, stride: shape.quads, first },
          bindings: { x, weights: this.#weights, columns: buffers.columns, direction: buffers.direction, margins: buffers.margins },
          sizes,
          grid: [across, count],
        });
      }
    });
  }

  async gradients(count: number, buffers: Readonly<Record<'columns' | 'residuals', DeviceBuffer>>): Promise<readonly Branch[]> {
    await this.launchGradients(count, buffers);
    const { partials, words } = this.sums;
    const columns = sizeOf(groupsOf(count));
    const of = {
      count: this.#launched,
      blockTiles: this.#blockTiles,
      launchTiles: this.#launchTiles,
      columns,
      words,
      shape: this.#rows.shape,
      part: this.#part,
    };
    const places = Array.from({ length: count }, (_, i) => i);
    return this.#compute.lend(partials, { sizeBytes: this.#launched * columns * words * 16 }, (bytes) => sumsOfBlocks(bytes, of, places));
  }

  /** Where weights are read, and where sums are left on the device, `[piece][columns of all groups][word]`, some pieces a block. */
  get sums() {
    this.#partials ??= this.#compute.create('partials', this.#partialsBytes);
    const pieces = this.#blockTiles / this.#launchTiles;
    return { weights: this.#weights, partials: this.#partials, launched: this.#launched, pieces, words: this.#rows.shape.words };
  }

  /** Sums that stay on the device. */
  async launchGradients(count: number, { columns, residuals }: Readonly<Record<'columns' | 'residuals', DeviceBuffer>>): Promise<void> {
    const { shape } = this.#rows;
    const { words, quads: stride } = shape;
    const { partials } = this.sums;
    const parts = groupsOf(count);
    const kernels = await Promise.all(parts.map(({ size }) => fastest(this.#compute, 'gradient', shape.dtype, size)));
    const padded = sizeOf(parts);
    let block = 0;
    await this.#rows.each(async ({ x, quads, offset }) => {
      const blocks = blocksOf(quads, shape, this.#launchTiles);
      for (const [i, { first, size, count }] of parts.entries()) {
        const kernel = kernels[i]!;
        const { sizes, across } = gradientLaunch(shape, size, kernel, this.#compute.subgroupLanes);
        await this.#compute.launch(kernel, {
          params: { words, quads, offset, stride, first, columns: padded, block, tiles: this.#launchTiles },
          bindings: { x, columns, residuals, partials },
          sizes,
          grid: [across, count, blocks],
        });
      }
      block += blocks;
    });
  }

  release(): void {
    this.#compute.release(this.#weights, ...(this.#partials ? [this.#partials] : []));
  }
}

/** Weights as margins.wgsl reads them, `[group][word][column of the group][feature of the word]`. */
export function packWeights(
  { words, cols }: { readonly words: number; readonly cols: number },
  columns: readonly DeviceColumn[],
  parts: readonly Groups<number>[],
): Float32Array {
  const packed = new Float32Array(sizeOf(parts) * words * 4);
  for (const { first, size, count } of parts) {
    for (let column = first; column < Math.min(first + size * count, columns.length); column++) {
      const { weights, bias } = columns[column]!;
      const m = (column - first) % size;
      for (let j = 0; j <= cols; j++) packed[((column - m) * words + (j >> 2) * size + m) * 4 + (j & 3)] = j < cols ? weights[j]! : bias;
    }
  }
  return packed;
}
