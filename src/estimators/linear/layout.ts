// What a batch of linear models has on the device, in bytes: what it allocates, and what `pipeline check` compares with the
// device's limits before anything runs.
import { logisticLoss } from '../../kernels/logisticLoss/logisticLoss.ts';
import { COLUMN_WORDS } from '../../kernels/lib/column.ts';
import { TILE_QUADS, tileShape, type TileShape } from '../../kernels/lib/tiles.ts';
import type { DatasetFact } from '../../dsl/facts.ts';
import { blocksOf, blockTilesOf } from './deviceRows.ts';

/** Workgroups that cover the rows, in every kernel that goes by rows. */
export function laneGroups(rows: number): number {
  return Math.ceil(rows / (logisticLoss.sizes.WORKGROUP * logisticLoss.sizes.RUN));
}

export interface Group {
  readonly first: number;
  /** Columns the kernel unrolls, and how many of them are used. */
  readonly size: number;
  readonly used: number;
}

/** Cuts columns into groups of 8, 4, 2 and 1, the last one filled up: each size is another shader to compile. */
export function groups(count: number): readonly Group[] {
  const parts: Group[] = [];
  for (let first = 0; first < count;) {
    const left = count - first;
    const size = left > 4 ? 8 : left > 2 ? 4 : left;
    parts.push({ first, size, used: Math.min(size, left) });
    first += size;
  }
  return parts;
}

export function sizeOf(parts: readonly Group[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Bytes of each buffer of a batch, beside the rows themselves.
 *
 * @param classes weight columns a model
 */
export function batchBytes(shape: TileShape, models: number, classes: number) {
  const columns = models * classes;
  const padded = sizeOf(groups(columns));
  const lanes = laneGroups(shape.rows) * logisticLoss.sizes.WORKGROUP;
  // Groups are filled up with columns that count nothing; they all write to one slot more.
  const perRow = shape.quads * 16 * (columns + 1);
  return {
    rows: shape.rows * 4,
    rowWeights: shape.rows * 4,
    columns: padded * COLUMN_WORDS * 4,
    weights: padded * shape.words * 16,
    direction: perRow,
    margins: perRow,
    residuals: perRow,
    sums: models * lanes * 8,
    partials: blocksOf({ blockTiles: blockTilesOf(shape) }, shape) * padded * shape.words * 16,
    counts: classes === 1 ? models * lanes * 32 : models * shape.rows * 4,
  };
}

/** The same for a training that is only planned, and `x`: as many rows as must be on the device at once. */
export function plannedBytes({ rows, cols, dtype }: DatasetFact, models: number, classes: number | undefined): Readonly<Record<string, number>> | undefined {
  if (rows === undefined || cols === undefined || dtype === undefined || classes === undefined) return undefined;
  const shape = tileShape(rows, cols, dtype);
  return { x: (shape.sizeBytes / shape.quads) * TILE_QUADS * blockTilesOf(shape), ...batchBytes(shape, models, classes) };
}
