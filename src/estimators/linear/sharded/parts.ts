// Rows of a batch that are part of all that are learned from. Where their sums end follows from all rows and never from the part, so
// that a shard adds what one machine would add: gradient blocks in f32 within a span, spans in float64 (core/shards/spans.ts).
import { PipelineError } from '../../../core/errors/errors.ts';
import { branchesOf, cutUp, totalOf, type Branch, type SpanRange } from '../../../core/shards/spans.ts';
import type { TileShape } from '../../../kernels/lib/tiles.ts';
import { fromDevice, type Affine } from '../../rows/frame.ts';
import type { TiledRows } from '../../rows/tilesOnDevice.ts';
import type { LossSums } from '../batch.ts';
import { blockTilesOf } from '../batchSizes.ts';
import type { LinearLoss } from '../losses/loss.ts';
import type { LinearRows } from '../products.ts';

export interface PartOfRows {
  readonly whole: TileShape;
  /** Row of the whole that is the first of the part. */
  readonly from: number;
}

/** Rows of a span, unless a gradient block has more. */
const SPAN_ROWS = 4096;

/** Rows whose sums are added in order. @param columns of the batch */
export function spanRowsOf(rows: LinearRows, columns: number, part?: PartOfRows): number {
  return 'further' in rows ? SPAN_ROWS : spanRowsBy(rows.shape, blockTilesOn(rows, columns, part));
}

export function spanRowsBy({ tileQuads }: Pick<TileShape, 'tileQuads'>, blockTiles: number): number {
  return Math.max(SPAN_ROWS, blockTiles * tileQuads * 4);
}

/** Which spans so many rows are. */
export function spansOf(rows: number, spanRows: number, { from }: Pick<PartOfRows, 'from'> = { from: 0 }): SpanRange {
  return { first: from / spanRows, end: Math.ceil((from + rows) / spanRows) };
}

/** Tiles a gradient block. @throws E_DEVICE where a device holds too few of them at once for the sums of the whole */
export function blockTilesOn({ shape, blocks }: TiledRows, columns: number, part?: PartOfRows): number {
  const tiles = blockTilesOf(part?.whole ?? shape, columns);
  if (blocks.length === 1) return tiles;
  const held = blocks[0]!.quads / shape.tileQuads;
  if (!part || held >= tiles) return Math.min(tiles, held);
  throw new PipelineError('E_DEVICE', `A shard sums ${tiles} tiles of rows at once; this device binds ${held}.`, {
    hint: 'Leave this device out, or train on devices like it alone.',
  });
}

export interface Partials {
  readonly blocks: number;
  readonly blockTiles: number;
  readonly columns: number;
  readonly words: number;
  readonly shape: TileShape;
  readonly part: PartOfRows | undefined;
}

/**
 * Adds up what pieces of rows have, each span in order.
 *
 * @param pieces how many there are, and tiles of each
 * @param add adds what pieces from one up to another have to sums
 */
export function spanSums(
  { shape, blockTiles, part }: Pick<Partials, 'shape' | 'blockTiles' | 'part'>,
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

/** Partial sums of a gradient, `[block][column][word]`, added up for columns at some places, `[places][cols + 1]`. */
export function sumsOfBlocks(bytes: ArrayBuffer, { blocks, blockTiles, columns, words, shape, part }: Partials, places: readonly number[]): readonly Branch[] {
  const sums = new Float32Array(bytes);
  const width = shape.cols + 1;
  return spanSums({ shape, blockTiles, part }, { count: blocks, tiles: blockTiles }, places.length * width, (from, end, total) => {
    for (let block = from; block < end; block++) {
      places.forEach((place, i) => addBlock(sums, (block * columns + place) * words * 4, total.subarray(i * width, (i + 1) * width)));
    }
  });
}

/** A function of its own, so that it is compiled after a few blocks. */
function addBlock(sums: Float32Array, at: number, total: Float64Array): void {
  for (let j = 0; j < total.length; j++) total[j]! += sums[at + j]!;
}

export function lossSums(branches: readonly Branch[]): readonly LossSums[] {
  return cutUp(totalOf(branches), 2).map(([change, slope]) => ({ change: change!, slope: slope! }));
}

/** Gradients over features as they are meant. */
export function gradientsOf(branches: readonly Branch[], affines: readonly Affine[], classes: number, loss: LinearLoss): readonly Float64Array[] {
  const total = totalOf(branches);
  const width = total.length / affines.length;
  return affines.map((affine, model) => {
    const own = total.slice(model * width, (model + 1) * width);
    for (const column of cutUp(own, width / classes)) fromDevice(column, affine);
    loss.cleaned?.(own, classes);
    return own;
  });
}
