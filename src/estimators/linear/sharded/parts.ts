// Sums of linear models, where rows may be part of all that are learned from (rows/sharded/parts.ts).
import { cutUp, totalOf, type Branch } from '../../../core/shards/spans.ts';
import { fromDevice, type Affine } from '../../rows/frame.ts';
import { SPAN_ROWS, spanRowsBy, spanSums, tilesHeld, type Blocked, type PartOfRows } from '../../rows/sharded/parts.ts';
import type { TiledRows } from '../../rows/tilesOnDevice.ts';
import type { LossSums } from '../batch.ts';
import { blockTilesOf } from '../batchSizes.ts';
import type { LinearLoss } from '../losses/loss.ts';
import type { LinearRows } from '../products.ts';

/** Rows whose sums are added in order. @param columns of the batch */
export function spanRowsOf(rows: LinearRows, columns: number, part?: PartOfRows): number {
  return 'further' in rows ? SPAN_ROWS : spanRowsBy(rows.shape, blockTilesOn(rows, columns, part));
}

/** Tiles a gradient block. @throws E_DEVICE where a device holds too few of them at once for the sums of the whole */
export function blockTilesOn(rows: TiledRows, columns: number, part?: PartOfRows): number {
  return tilesHeld(rows, blockTilesOf(part?.whole ?? rows.shape, columns), part);
}

export interface Partials extends Blocked {
  readonly blocks: number;
  readonly columns: number;
  readonly words: number;
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
