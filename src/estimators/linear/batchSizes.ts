// What a batch of linear models has on the device, in bytes: what it allocates, and what `pipeline check` compares with the
// device's limits before anything runs.
import { WEIGHT_COLUMN_WORDS } from '../../kernels/lib/weightColumn.ts';
import { tileShape, type TileShape } from '../../kernels/lib/tiles.ts';
import { lossLaunch } from '../../kernels/rowLoss/rowLoss.ts';
import type { DatasetFact } from '../../dsl/graph/facts.ts';
import { BLOCK_BYTES, tilesIn } from '../rows/held.ts';
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

/** Most gradient blocks, and about the most bytes of their sums: they are read back and finished on the host. */
const MAX_BLOCKS = 128;
const PARTIALS_BYTES = 4e6;

/**
 * Tiles a gradient block, a power of two: more for more columns, so that what is read back stays small, and no more than a block of
 * rows on the device has, so that sums do not depend on what else is there.
 */
export function blockTilesOf({ quads, tileQuads, words, sizeBytes }: TileShape, columns: number): number {
  const maxBlocks = Math.min(MAX_BLOCKS, Math.ceil(PARTIALS_BYTES / blockBytes(words, columns)));
  return Math.min(2 ** Math.max(0, Math.ceil(Math.log2(quads / tileQuads / maxBlocks))), tilesIn(BLOCK_BYTES, (sizeBytes / quads) * tileQuads));
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
    partials: blocksOf(shape.quads, shape, blockTilesOf(shape, columns)) * blockBytes(shape.words, columns),
    ...batchBytes(shape, models, classes),
  };
}
