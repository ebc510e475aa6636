// What a batch of linear models has on the device, in bytes: what it allocates, and what `pipeline check` compares with the
// device's limits before anything runs; and where its sums end.
import type { Compute } from '../../core/compute.ts';
import { WEIGHT_COLUMN_WORDS } from '../../kernels/lib/weightColumn.ts';
import { tileShape, type TileShape } from '../../kernels/lib/tiles.ts';
import { lossLaunch } from '../../kernels/rowLoss/rowLoss.ts';
import type { DatasetFact } from '../../dsl/graph/facts.ts';
import { BLOCK_BYTES, tilesIn } from '../rows/held.ts';
import type { SparseRows } from '../rows/sparseOnDevice.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';
import type { GroupSize } from './tuning/launches.ts';

/** Workgroups that cover the rows, in every kernel that goes by rows. */
export function laneGroups(rows: number): number {
  return Math.ceil(rows / (lossLaunch.sizes.WORKGROUP * lossLaunch.sizes.RUN));
}

/** Groups of one size, side by side: one launch. */
export interface Groups<Size extends number = GroupSize> {
  readonly first: number;
  /** Columns the kernel unrolls. */
  readonly size: Size;
  readonly count: number;
}

/** Cuts columns into groups of 8 (or 4) and a last one of 8, 4, 2 or 1, filled up: each size is another shader to compile. */
export function groupsOf(columns: number, most: 4 | 8 = 8): readonly Groups[] {
  const left = columns % most;
  const whole = Math.floor(columns / most) + (left > most / 2 ? 1 : 0);
  const parts: Groups[] = whole > 0 ? [{ first: 0, size: most, count: whole }] : [];
  if (left > 0 && left <= most / 2) parts.push({ first: whole * most, size: left > 2 ? 4 : (left as 1 | 2), count: 1 });
  return parts;
}

export function sizeOf(parts: readonly Groups<number>[]): number {
  return parts.reduce((sum, { size, count }) => sum + size * count, 0);
}

/** Rows of a gradient block at the least, where there are many: what is read back of fewer would cost as much as a share of their products. */
const BLOCK_ROWS = 2048;
/** Most gradient blocks, unless rows are too many for blocks of so few; words of a row whose sums keep as many workgroups busy. */
const [MOST_BLOCKS, FEW_BLOCKS, MANY_WORDS] = [128, 32, 256];
/** About the most bytes of the sums of a model, and of those of all columns where they are read back tile by tile. */
const [MODEL_BYTES, TILES_BYTES] = [64e6, 4e6];
/** Lanes of a processor's subgroups at most. */
const PROCESSOR_LANES = 8;

/**
 * Tiles a gradient block, a power of two. Its sum is rounded at each tile, so it follows from the rows and from the columns of one model
 * alone: a model is the same to the bit, however many others are trained beside it. No more than a block of rows on the device has, so
 * that sums do not depend on what else is there.
 *
 * @param classes columns a model
 */
export function blockTilesOf({ quads, tileQuads, words, sizeBytes }: TileShape, classes = 1): number {
  const tiles = quads / tileQuads;
  const few = Math.max(1, FEW_BLOCKS / Math.ceil(words / MANY_WORDS));
  const most = Math.max(1, Math.min(MOST_BLOCKS, Math.floor(MODEL_BYTES / blockBytes(words, classes))));
  const wanted = Math.max(tiles / most, Math.min(tiles / few, BLOCK_ROWS / (tileQuads * 4)));
  return Math.min(2 ** Math.max(0, Math.ceil(Math.log2(wanted))), tilesIn(BLOCK_BYTES, (sizeBytes / quads) * tileQuads));
}

/**
 * Tiles that a workgroup of the gradient adds up, all of a block or one: the host then adds those as the workgroup would. A GPU has work
 * for many, and few columns leave it little else to do at once.
 */
export function launchTilesOf(
  { quads, tileQuads, words }: TileShape,
  blockTiles: number,
  columns: number,
  { subgroupLanes }: Pick<Compute, 'subgroupLanes'>,
): number {
  return subgroupLanes > PROCESSOR_LANES && (quads / tileQuads) * blockBytes(words, columns) <= TILES_BYTES ? 1 : blockTiles;
}

/** Of the sums of one gradient block. */
export function blockBytes(words: number, columns: number): number {
  return sizeOf(groupsOf(columns)) * words * 16;
}

/** Gradient blocks of so many quads of rows. */
export function blocksOf(quads: number, { tileQuads }: Pick<TileShape, 'tileQuads'>, blockTiles: number): number {
  return Math.ceil(quads / (tileQuads * blockTiles));
}

/** The same of all rows on a device, which may hold them in several buffers. */
export function allBlocksOf({ shape, blocks }: Pick<TiledRows, 'shape' | 'blocks'>, blockTiles: number): number {
  return blocks.reduce((sum, { quads }) => sum + blocksOf(quads, shape, blockTiles), 0);
}

/**
 * Models that are trained in one go at the most: so many that each of their buffers can be bound.
 *
 * @param classes columns a model
 */
export function mostModels(rows: TiledRows | SparseRows, classes: number, { maxBindingBytes }: Compute['limits']): number {
  const sums = 'further' in rows ? 0 : allBlocksOf(rows, blockTilesOf(rows.shape, classes)) * rows.shape.words * 16;
  // Margins have one slot more, and groups of sums are filled up.
  const columns = Math.min(Math.floor(maxBindingBytes / (rows.shape.quads * 16)) - 1, Math.floor(maxBindingBytes / sums / 8) * 8);
  return Math.max(1, Math.floor(columns / classes));
}

/**
 * Bytes of each buffer of a batch, beside the rows themselves and what their products need.
 *
 * @param classes weight columns a model
 */
export function batchBytes(shape: Pick<TileShape, 'rows' | 'quads'>, models: number, classes: number) {
  const columns = models * classes;
  const padded = sizeOf(groupsOf(columns));
  const lanes = laneGroups(shape.rows) * lossLaunch.sizes.WORKGROUP;
  // Groups are filled up with columns that count nothing; they all write to one slot more.
  const perRow = shape.quads * 16 * (columns + 1);
  return {
    rows: shape.rows * 4,
    rowWeights: shape.rows * 4,
    columns: padded * WEIGHT_COLUMN_WORDS * 4,
    direction: perRow,
    margins: perRow,
    residuals: perRow,
    sums: models * lanes * 8,
  };
}

/** The same for a training that is only planned, and `x`: as many rows as must be on the device at once. */
export function plannedBytes({ rows, cols, dtype }: DatasetFact, models: number, classes: number | undefined): Readonly<Record<string, number>> | undefined {
  if (rows === undefined || cols === undefined || dtype === undefined || classes === undefined) return undefined;
  const shape = tileShape(rows, cols, dtype);
  const columns = models * classes;
  return {
    x: (shape.sizeBytes / shape.quads) * shape.tileQuads,
    weights: sizeOf(groupsOf(columns)) * shape.words * 16,
    partials: blocksOf(shape.quads, shape, blockTilesOf(shape, classes)) * blockBytes(shape.words, columns),
    ...batchBytes(shape, models, classes),
  };
}
