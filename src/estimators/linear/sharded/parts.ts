// Sums of linear models, where rows may be part of all that are learned from (rows/sharded/parts.ts).
import { cutUp, totalOf, type Branch } from '../../../core/shards/spans.ts';
import { fromDevice, type Affine } from '../../rows/frame.ts';
import { SPAN_ROWS, spanRowsBy, spanSums, tilesHeld, type Blocked, type PartOfRows } from '../../rows/sharded/parts.ts';
import type { TiledRows } from '../../rows/tilesOnDevice.ts';
import type { LossSums } from '../batch.ts';
import { blockTilesOf } from '../batchSizes.ts';
import type { LinearLoss } from '../losses/loss.ts';
import type { LinearRows } from '../products.ts';

/** Rows whose sums are added in order. @param classes columns a model */
export function spanRowsOf(rows: LinearRows, classes: number, part?: PartOfRows): number {
  return 'further' in rows ? SPAN_ROWS : spanRowsBy(rows.shape, blockTilesOn(rows, classes, part));
}

/** Tiles a gradient block. @param classes columns a model @throws E_DEVICE where a device holds too few of them at once for the sums of the whole */
export function blockTilesOn(rows: TiledRows, classes: number, part?: PartOfRows): number {
  return tilesHeld(rows, blockTilesOf(part?.whole ?? rows.shape, classes), part);
}

export interface Partials extends Blocked {
  /** Tiles of each of the sums that are there: of a block, or of a piece of it. */
  readonly launchTiles?: number;
  readonly count: number;
  readonly columns: number;
  readonly words: number;
}

/** Partial sums of a gradient, `[block or piece of one][column][word]`, added up for columns at some places, `[places][cols + 1]`. */
export function sumsOfBlocks(
  bytes: ArrayBuffer,
  { count, blockTiles, launchTiles = blockTiles, columns, words, shape, part }: Partials,
  places: readonly number[],
): readonly Branch[] {
  const sums = new Float32Array(bytes);
  const width = shape.cols + 1;
  const each = blockTiles / launchTiles;
  const stride = columns * words * 4;
  return spanSums({ shape, blockTiles, part }, { count, tiles: launchTiles }, places.length * width, (from, end, total) => {
    for (let at = from; at < end; at += each) {
      const pieces = { stride, count: Math.min(each, end - at) };
      places.forEach((place, i) => addBlock(sums, at * stride + place * words * 4, pieces, total.subarray(i * width, (i + 1) * width)));
    }
  });
}

/** Pieces of a block are added as the device adds tiles. A function of its own, so that it is compiled after a few blocks. */
function addBlock(sums: Float32Array, first: number, { stride, count }: { readonly stride: number; readonly count: number }, total: Float64Array): void {
  for (let j = 0; j < total.length; j++) {
    let sum = sums[first + j]!;
    for (let at = first + stride + j; at < first + count * stride; at += stride) sum = Math.fround(sum + sums[at]!);
    total[j]! += sum;
  }
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
