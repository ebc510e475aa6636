// Sums of rows by group, of rows on the device: f32 within a few tiles, float64 over them.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { cutUp, SpanTree, totalOf, type Branch } from '../../core/shards/spans.ts';
import { groupSums as kernels, NO_GROUP } from '../../kernels/groupSums/groupSums.ts';
import { encodeWeightColumns, NO_FOLD } from '../../kernels/lib/weightColumn.ts';
import { oneHotRows } from '../../kernels/oneHotRows/oneHotRows.ts';
import { groupsOf, sizeOf } from '../linear/batchSizes.ts';
import { DenseProducts } from '../linear/denseProducts.ts';
import { BLOCK_BYTES, tilesIn } from '../rows/held.ts';
import { spanRowsBy, tilesHeld, type PartOfRows } from '../rows/sharded/parts.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';
import { uploadPoints } from './distancesTo.ts';

/** About the most bytes of sums that are read back at once. */
const PARTIALS_BYTES = 16e6;
/** Tiles that are summed in f32: bytes stay exact. */
export const MOST_TILES = 16;

/** `[groups][cols + 1]` each, the weights last. */
export interface Moments {
  /** Of weight * (z - center). */
  readonly sums: readonly Float64Array[];
  /** Of weight * (z - center)^2, where asked for. */
  readonly squares: readonly Float64Array[];
}

/** Codes of rows, a list for each set, and what is behind the last of them, which is no group. `[set][quad]` of four. */
export function uploadCodes(compute: Compute, sets: readonly ArrayLike<number>[], { shape }: TiledRows): DeviceBuffer {
  return compute.upload('codes', sets.length * shape.quads * 16, (target) => {
    const out = new Uint32Array(target).fill(NO_GROUP);
    sets.forEach((codes, set) => out.set(codes, set * shape.quads * 4));
  });
}

/** Weights of rows, `[quad]` of four; 1 each where there are none, and 0 behind the last row. */
export function uploadWeights(compute: Compute, weights: ArrayLike<number> | undefined, { shape }: TiledRows): DeviceBuffer {
  return compute.upload('weights', shape.quads * 16, (target) => {
    const out = new Float32Array(target);
    if (weights) out.set(weights);
    else out.fill(1, 0, shape.rows);
  });
}

export interface Grouped {
  /** `[set][quad]` of four u32. */
  readonly codes: DeviceBuffer;
  readonly sets: number;
  readonly groups: number;
  readonly weights: DeviceBuffer;
  /** As the device has rows, `[groups][cols]`, and sums of squares too; absent for sums around 0. */
  readonly centers?: readonly Float64Array[] | undefined;
}

/** Groups up to which a product with a column for each is sooner done than adding each row to the sum of its group. */
const FEW_GROUPS = 32;
/** Of those columns. */
const COLUMN_BYTES = 64e6;

/** One pass over the rows. Sums are of what the device has: features minus the center of their frame, in its units. */
export async function sumsByGroup(compute: Compute, rows: TiledRows, grouped: Grouped): Promise<readonly Moments[]> {
  return momentsOf(await branchesByGroup(compute, rows, grouped), grouped, rows.shape.cols);
}

/** @param branches of all rows */
export function momentsOf(
  branches: readonly Branch[],
  { sets, groups, centers }: Pick<Grouped, 'sets' | 'groups' | 'centers'>,
  cols: number,
): readonly Moments[] {
  const sums = cutUp(totalOf(branches), cols + 1);
  const moments = centers ? 2 : 1;
  return Array.from({ length: sets }, (_, set) => {
    const of = (moment: number): readonly Float64Array[] => sums.slice((set * moments + moment) * groups, (set * moments + moment + 1) * groups);
    return { sums: of(0), squares: centers ? of(1) : [] };
  });
}

/** The same of rows that may be part of all: `[set][sums, squares][group][cols + 1]`. */
export async function branchesByGroup(
  compute: Compute,
  rows: TiledRows,
  { codes, sets, groups, weights, centers }: Grouped,
  part?: PartOfRows,
): Promise<readonly Branch[]> {
  const { shape } = rows;
  const { words, cols, tileQuads } = shape;
  const { quads: all } = part?.whole ?? shape;
  const columnBytes = (quads: number): number => (sets * groups + 1) * quads * 16;
  if (!centers && groups <= FEW_GROUPS && columnBytes(all) <= Math.min(COLUMN_BYTES, compute.limits.maxBindingBytes)) {
    return productsByGroup(compute, rows, { codes, sets, groups, weights }, columnBytes(shape.quads), part);
  }
  const moments = centers ? 2 : 1;
  const blockBytes = sets * moments * groups * words * 16;
  const most = Math.max(1, Math.floor(Math.min(PARTIALS_BYTES, compute.limits.maxBindingBytes) / blockBytes));
  // A power of two, so that spans are whole blocks.
  const wanted = 2 ** Math.ceil(Math.log2(Math.ceil(all / tileQuads / most)));
  const tiles = tilesHeld(rows, Math.min(MOST_TILES, wanted, tilesIn(BLOCK_BYTES, (shape.sizeBytes / shape.quads) * tileQuads)), part);
  const spanRows = spanRowsBy(shape, tiles);
  const tree = new SpanTree(sets * moments * groups * (cols + 1));
  const around = uploadPoints(compute, 'centers', centers ?? Array.from({ length: groups }, () => []), rows);
  const blocksOf = (quads: number): number => Math.ceil(quads / tileQuads / tiles);
  const partials = compute.create('sums', Math.min(most, blocksOf(shape.quads)) * blockBytes);
  const kernel = kernels[shape.dtype];
  try {
    await rows.each(async ({ x, quads, offset }) => {
      for (let block = 0; block < blocksOf(quads); block += most) {
        const blocks = Math.min(most, blocksOf(quads) - block);
        await compute.launch(kernel, {
          params: { words, quads, offset, stride: shape.quads, groups, first: block * tiles, tiles },
          bindings: { x, codes, weights, centers: around, partials },
          sizes: { MOMENTS: moments, TILE_QUADS: tileQuads },
          grid: [Math.ceil(words / kernel.sizes.WORKGROUP), blocks, sets],
        });
        await compute.lend(partials, { sizeBytes: blocks * blockBytes }, (bytes) => {
          const read = new Float32Array(bytes);
          const perBlock = moments * groups;
          for (let i = 0; i < blocks; i++) {
            const row = (part?.from ?? 0) + (offset + (block + i) * tiles * tileQuads) * 4;
            const into = tree.sumsOf(Math.floor(row / spanRows));
            for (let own = 0; own < sets * perBlock; own++) {
              const at = ((Math.floor(own / perBlock) * blocks + i) * perBlock + (own % perBlock)) * words * 4;
              for (let j = 0; j <= cols; j++) into[own * (cols + 1) + j]! += read[at + j]!;
            }
          }
        });
      }
    });
  } finally {
    compute.release(around, partials);
  }
  return tree.branches();
}

/** Sums of each group of each set, as products of the rows with the weights of its rows. */
async function productsByGroup(
  compute: Compute,
  rows: TiledRows,
  { codes, sets, groups, weights }: Grouped,
  columnBytes: number,
  part: PartOfRows | undefined,
): Promise<readonly Branch[]> {
  const { quads } = rows.shape;
  const count = sets * groups;
  const products = new DenseProducts(compute, rows, count, { classes: count, mostTiles: MOST_TILES, part });
  const residuals = compute.create('weights by group', columnBytes);
  const listed = listedColumns(count);
  const columns = compute.create('columns', listed.byteLength);
  try {
    compute.write(columns, listed);
    await compute.launch(oneHotRows, {
      params: { quads },
      bindings: { codes, weights, columns: residuals },
      grid: [Math.ceil(quads / oneHotRows.sizes.WORKGROUP), groups, sets],
    });
    return await products.gradients(count, { columns, residuals });
  } finally {
    products.release();
    compute.release(residuals, columns);
  }
}

/** Each in its slot, and those that fill up the last group of columns in the slot behind them, of zeros. */
function listedColumns(count: number): Uint32Array {
  const padded = sizeOf(groupsOf(count));
  const none = { positive: 0, heldOut: NO_FOLD, step: 0, positiveWeight: 0, negativeWeight: 0 };
  return encodeWeightColumns(Array.from({ length: padded }, (_, column) => ({ ...none, slot: Math.min(column, count) })));
}
