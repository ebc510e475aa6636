// Rows that are part of all that are learned from. Where their sums end follows from all rows and never from the part, so that a shard
// adds what one machine would add: blocks of rows on the device within a span, spans in float64 (core/shards/spans.ts).
import { PipelineError } from '../../../core/errors/errors.ts';
import { branchesOf, type Branch, type SpanRange } from '../../../core/shards/spans.ts';
import type { TileShape } from '../../../kernels/lib/tiles.ts';
import type { TiledRows } from '../tilesOnDevice.ts';

export interface PartOfRows {
  readonly whole: TileShape;
  /** Row of the whole that is the first of the part. */
  readonly from: number;
}

/** Rows of a span, unless a block has more. */
export const SPAN_ROWS = 4096;

/** Rows whose sums are added in order. @param blockTiles tiles of rows that a device sums up by itself */
export function spanRowsBy({ tileQuads }: Pick<TileShape, 'tileQuads'>, blockTiles: number): number {
  return Math.max(SPAN_ROWS, blockTiles * tileQuads * 4);
}

/** Which spans so many rows are. */
export function spansOf(rows: number, spanRows: number, { from }: Pick<PartOfRows, 'from'> = { from: 0 }): SpanRange {
  return { first: from / spanRows, end: Math.ceil((from + rows) / spanRows) };
}

/** So many tiles a block, or those that the device holds at once. @throws E_DEVICE where those are too few for the sums of the whole */
export function tilesHeld({ shape, blocks }: TiledRows, tiles: number, part?: PartOfRows): number {
  if (blocks.length === 1) return tiles;
  const held = blocks[0]!.quads / shape.tileQuads;
  if (!part || held >= tiles) return Math.min(tiles, held);
  throw new PipelineError('E_DEVICE', `A shard sums ${tiles} tiles of rows at once; this device binds ${held}.`, {
    hint: 'Leave this device out, or train on devices like it alone.',
  });
}

export interface Blocked {
  readonly shape: TileShape;
  readonly blockTiles: number;
  readonly part: PartOfRows | undefined;
}

/**
 * Adds up what pieces of rows have, each span in order.
 *
 * @param pieces how many there are, and tiles of each
 * @param add adds what pieces from one up to another have to sums
 */
export function spanSums(
  { shape, blockTiles, part }: Blocked,
  pieces: { readonly count: number; readonly tiles: number },
  width: number,
  add: (from: number, end: number, sums: Float64Array) => void,
): readonly Branch[] {
  const spanRows = spanRowsBy(shape, blockTiles);
  const range = spansOf(shape.rows, spanRows, part);
  const each = spanRows / (pieces.tiles * shape.tileQuads * 4);
  return branchesOf(range, width, (span, sums) => {
    const from = (span - range.first) * each;
    add(from, Math.min(from + each, pieces.count), sums);
  });
}
