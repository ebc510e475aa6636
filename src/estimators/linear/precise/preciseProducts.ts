// Products with x in about float64: two f32 numbers for each sum, on the device (twofold.wgsl).
import type { Compute, Kernel } from '../../../core/compute.ts';
import type { Branch } from '../../../core/shards/spans.ts';
import type { TileShape } from '../../../kernels/lib/tiles.ts';
import { piecesOf } from '../../../kernels/lib/twofold.ts';
import { preciseGradient } from '../../../kernels/preciseGradient/preciseGradient.ts';
import { preciseMargins } from '../../../kernels/preciseMargins/preciseMargins.ts';
import { allBlocksOf, blocksOf } from '../batchSizes.ts';
import { BLOCK_BYTES, tilesIn } from '../../rows/held.ts';
import { SPAN_ROWS, spanSums, tilesHeld, type PartOfRows } from '../../rows/sharded/parts.ts';
import type { TiledRows } from '../../rows/tilesOnDevice.ts';

/** Bytes of one buffer for some columns at a time. */
const BUFFER_BYTES = 64e6;
/** Values of x times columns up to which such a product takes a few milliseconds. */
const CHEAP_VALUES = 2e5;
/** Blocks of rows whose sums the host adds, unless there are more spans. */
const FEW_BLOCKS = 64;

export function isCheap({ rows, cols }: Pick<TileShape, 'rows' | 'cols'>, columns: number): boolean {
  return rows * cols * columns <= CHEAP_VALUES;
}

/** x times each column of device weights, `[rows]` each. @param rows with their low parts, where they have any */
export async function products(compute: Compute, rows: TiledRows, weights: readonly Float64Array[]): Promise<readonly Float64Array[]> {
  const { shape } = rows;
  const { words, quads: stride, cols } = shape;
  return inParts(compute, weights, Math.max(stride * 32, words * 64), async (columns) => {
    const units = columns.map(unitOf);
    const pieces = compute.upload('weight pieces', columns.length * words * 64, (target) => {
      const out = new Float32Array(target);
      columns.forEach((column, c) => {
        for (let j = 0; j < cols; j++) piecesOf(column[j]! / units[c]!, out, (c * words * 4 + j) * 4);
      });
    });
    const margins = compute.create('precise margins', columns.length * stride * 32);
    try {
      const { WORKGROUP } = preciseMargins.f32.sizes;
      await rows.each(({ x, xLow, quads, offset }) =>
        compute.launch(preciseMargins[shape.dtype] as Kernel, {
          params: { zero: 0, words, quads, offset, stride },
          bindings: { x, weights: pieces, margins, ...(xLow ? { xLow } : {}) },
          sizes: { TILE_QUADS: shape.tileQuads },
          grid: [Math.ceil(quads / WORKGROUP), columns.length],
        }),
      );
      const read = new Float32Array(await compute.read(margins));
      return columns.map((_, c) => {
        const base = c * stride * 8;
        const product = new Float64Array(shape.rows);
        for (let row = 0; row < product.length; row++) {
          const at = base + (row >> 2) * 8 + (row & 3);
          product[row] = (read[at]! + read[at + 4]!) * units[c]!;
        }
        return product;
      });
    } finally {
      compute.release(pieces, margins);
    }
  });
}

/**
 * Sums of x * residual over the rows, `[residuals][cols + 1]`.
 *
 * @param options.units powers of two near the largest of each residual of all rows; by default, of these
 * @param options.part where these rows stand among all; by default they are all
 */
export async function residualBranches(
  compute: Compute,
  rows: TiledRows,
  residuals: readonly Float64Array[],
  { units = residuals.map(unitOf), part }: { readonly units?: readonly number[]; readonly part?: PartOfRows | undefined } = {},
): Promise<readonly Branch[]> {
  const { shape } = rows;
  const { words, quads: stride, cols, tileQuads } = shape;
  const tiles = blockTilesOn(rows, part);
  const blocks = allBlocksOf(rows, tiles);
  const found = await inParts(compute, residuals, Math.max(stride * 64, blocks * words * 32), async (columns, first) => {
    const pieces = compute.upload('residual pieces', columns.length * stride * 64, (target) => {
      const out = new Float32Array(target);
      columns.forEach((column, c) => {
        for (let row = 0; row < shape.rows; row++) piecesOf(column[row]! / units[first + c]!, out, (c * stride * 4 + row) * 4);
      });
    });
    const partials = compute.create('precise partials', columns.length * blocks * words * 32);
    try {
      const { WORKGROUP } = preciseGradient.f32.sizes;
      let block = 0;
      await rows.each(async ({ x, xLow, quads, offset }) => {
        const own = blocksOf(quads, shape, tiles);
        await compute.launch(preciseGradient[shape.dtype] as Kernel, {
          params: { zero: 0, words, quads, offset, stride, block, blocks, tiles },
          bindings: { x, residuals: pieces, partials, ...(xLow ? { xLow } : {}) },
          sizes: { TILE_QUADS: tileQuads },
          grid: [Math.ceil(words / WORKGROUP), own, columns.length],
        });
        block += own;
      });
      const read = new Float32Array(await compute.read(partials));
      const width = cols + 1;
      return [
        spanSums({ shape, blockTiles: tiles, part }, { count: blocks, tiles }, columns.length * width, (from, end, total) => {
          for (let c = 0; c < columns.length; c++) {
            const unit = units[first + c]!;
            for (let at = (c * blocks + from) * words; at < (c * blocks + end) * words; at += words) {
              for (let j = 0; j < width; j++) {
                const own = (at + (j >> 2)) * 8 + (j & 3);
                total[c * width + j]! += (read[own]! + read[own + 4]!) * unit;
              }
            }
          }
        }),
      ];
    } finally {
      compute.release(pieces, partials);
    }
  });
  return sideBySide(found);
}

/** Branches of several sums, of the same spans, as those of all of them. */
function sideBySide(all: readonly (readonly Branch[])[]): readonly Branch[] {
  if (all.length === 1) return all[0]!;
  return (all[0] ?? []).map((branch, i) => {
    const own = all.map((branches) => branches[i]!.sums);
    const sums = new Float64Array(own.reduce((length, one) => length + one.length, 0));
    own.reduce((at, one) => (sums.set(one, at), at + one.length), 0);
    return { ...branch, sums };
  });
}

/** Tiles of a block of rows: whole blocks a span, and no more than a device has in one piece. */
function blockTilesOn(rows: TiledRows, part: PartOfRows | undefined): number {
  const { quads, tileQuads, sizeBytes } = part?.whole ?? rows.shape;
  const most = Math.min(Math.max(1, SPAN_ROWS / (tileQuads * 4)), tilesIn(BLOCK_BYTES, (sizeBytes / quads) * tileQuads));
  return tilesHeld(rows, Math.min(most, 2 ** Math.max(0, Math.ceil(Math.log2(quads / tileQuads / FEW_BLOCKS)))), part);
}

/** As many columns at a time as one buffer holds. */
async function inParts<T>(
  compute: Compute,
  columns: readonly Float64Array[],
  columnBytes: number,
  use: (columns: readonly Float64Array[], first: number) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const most = Math.max(1, Math.floor(Math.min(BUFFER_BYTES, compute.limits.maxBindingBytes) / columnBytes));
  const out: T[] = [];
  for (let from = 0; from < columns.length; from += most) out.push(...(await use(columns.slice(from, from + most), from)));
  return out;
}

/** A power of two near the largest value, so that none leaves the range of f32. */
export function unitOf(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest > 0 && largest < Infinity ? 2 ** Math.floor(Math.log2(largest)) : 1;
}
