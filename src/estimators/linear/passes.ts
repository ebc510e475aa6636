// Margins of rows on the device, shared by training and prediction.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';
import { sizeOf, type Groups } from './batchSizes.ts';
import { fastest } from './tuning/fastest.ts';
import { marginsLaunch } from './tuning/launches.ts';

/** What the device has of one column. */
export interface DeviceColumn {
  /** `[cols]` */
  readonly weights: Float64Array;
  /** The weight of the constant behind the features. */
  readonly bias: number;
}

/** Weights as margins.wgsl reads them, `[group][word][column of the group][feature of the word]`. */
export function packWeights(
  { words, cols }: { readonly words: number; readonly cols: number },
  columns: readonly DeviceColumn[],
  parts: readonly Groups[],
): Float32Array {
  const packed = new Float32Array(sizeOf(parts) * words * 4);
  for (const { first, size, count } of parts) {
    for (let column = first; column < Math.min(first + size * count, columns.length); column++) {
      const { weights, bias } = columns[column]!;
      const m = (column - first) % size;
      for (let j = 0; j <= cols; j++) packed[((column - m) * words + (j >> 2) * size + m) * 4 + (j & 3)] = j < cols ? weights[j]! : bias;
    }
  }
  return packed;
}

/** margins.wgsl over all rows: margins take the last step, and direction becomes x weights. */
export async function runMargins(
  compute: Compute,
  rows: TiledRows,
  parts: readonly Groups[],
  buffers: Readonly<Record<'weights' | 'columns' | 'direction' | 'margins', DeviceBuffer>>,
): Promise<void> {
  const { weights, columns, direction, margins } = buffers;
  const { shape } = rows;
  const kernels = await Promise.all(parts.map(({ size }) => fastest(compute, 'margins', shape.dtype, size)));
  await rows.each(async ({ x, quads, offset }) => {
    for (const [i, { first, size, count }] of parts.entries()) {
      const kernel = kernels[i]!;
      const { sizes, across } = marginsLaunch(shape, size, kernel, quads);
      await compute.launch(kernel, {
        params: { words: shape.words, quads, offset, stride: shape.quads, first },
        bindings: { x, weights, columns, direction, margins },
        sizes,
        grid: [across, count],
      });
    }
  });
}
