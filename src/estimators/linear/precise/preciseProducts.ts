// Products with x in about float64: two f32 numbers for each sum, on the device (twofold.wgsl).
import type { Compute, Kernel } from '../../../core/compute.ts';
import type { TileShape } from '../../../kernels/lib/tiles.ts';
import { piecesOf } from '../../../kernels/lib/twofold.ts';
import { preciseGradient } from '../../../kernels/preciseGradient/preciseGradient.ts';
import { preciseMargins } from '../../../kernels/preciseMargins/preciseMargins.ts';
import { allBlocksOf, blocksOf } from '../batchSizes.ts';
import type { TiledRows } from '../../rows/tilesOnDevice.ts';

/** Bytes of one buffer for some columns at a time. */
const BUFFER_BYTES = 64e6;
/** Values of x times columns up to which such a product takes a few milliseconds. */
const CHEAP_VALUES = 2e5;
/** Most blocks of rows whose sums the host adds. */
const MAX_BLOCKS = 64;

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

/** Sums of x * residual over the rows, `[cols + 1]` each. */
export async function residualSums(compute: Compute, rows: TiledRows, residuals: readonly Float64Array[]): Promise<readonly Float64Array[]> {
  const { shape } = rows;
  const { words, quads: stride, cols } = shape;
  const tiles = Math.ceil(stride / shape.tileQuads / MAX_BLOCKS);
  const blocks = allBlocksOf(rows, tiles);
  return inParts(compute, residuals, Math.max(stride * 64, blocks * words * 32), async (columns) => {
    const units = columns.map(unitOf);
    const pieces = compute.upload('residual pieces', columns.length * stride * 64, (target) => {
      const out = new Float32Array(target);
      columns.forEach((column, c) => {
        for (let row = 0; row < shape.rows; row++) piecesOf(column[row]! / units[c]!, out, (c * stride * 4 + row) * 4);
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
          sizes: { TILE_QUADS: shape.tileQuads },
          grid: [Math.ceil(words / WORKGROUP), own, columns.length],
        });
        block += own;
      });
      const read = new Float32Array(await compute.read(partials));
      return columns.map((_, c) => {
        const total = new Float64Array(cols + 1);
        for (let from = c * blocks * words; from < (c + 1) * blocks * words; from += words) {
          for (let j = 0; j <= cols; j++) {
            const at = (from + (j >> 2)) * 8 + (j & 3);
            total[j]! += (read[at]! + read[at + 4]!) * units[c]!;
          }
        }
        return total;
      });
    } finally {
      compute.release(pieces, partials);
    }
  });
}

/** As many columns at a time as one buffer holds. */
async function inParts(
  compute: Compute,
  columns: readonly Float64Array[],
  columnBytes: number,
  use: (columns: readonly Float64Array[]) => Promise<readonly Float64Array[]>,
): Promise<readonly Float64Array[]> {
  const most = Math.max(1, Math.floor(Math.min(BUFFER_BYTES, compute.limits.maxBindingBytes) / columnBytes));
  const out: Float64Array[] = [];
  for (let from = 0; from < columns.length; from += most) out.push(...(await use(columns.slice(from, from + most))));
  return out;
}

/** A power of two near the largest value, so that none leaves the range of f32. */
function unitOf(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest > 0 && largest < Infinity ? 2 ** Math.floor(Math.log2(largest)) : 1;
}
