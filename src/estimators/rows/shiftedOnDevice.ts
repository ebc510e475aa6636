// Shifted pictures, made on the device of the pictures that they are of: these are uploaded once, and no copy is ever on the host.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { isStored, takeBlocks } from '../../core/data/features.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { Frame, TileShape } from '../../kernels/lib/tiles.ts';
import { maskOf, shiftRows } from '../../kernels/shiftRows/shiftRows.ts';
import { BLOCK_BYTES, eachBlock, hold, type Layout } from './held.ts';

/** Of pictures that are uploaded at a time. */
const STEP_BYTES = 2e6;

/**
 * How the device makes rows that are shifted pictures of bytes, as tiles.
 *
 * @returns undefined for rows that the host has to bring: all others, and those of which the device is to have something else
 */
export function shiftedOnDevice(
  compute: Compute,
  { x, name }: Pick<RowsOf, 'x' | 'name'>,
  { dtype, cols, words, tileQuads }: TileShape,
  { center }: Frame,
): Layout['make'] {
  const shifted = isStored(x) && x.dtype === 'u8' ? x.shifted : undefined;
  if (!shifted || dtype !== 'u8' || center.some((value) => value !== 0)) return undefined;
  const { width, height, shifts, ids } = shifted;
  const pictures = { x: shifted.x, rows: ids, name };
  const bytesPerPixel = cols / (width * height);
  const lineBytes = width * bytesPerPixel;
  const steps = Int32Array.from(shifts, ([right, down]) => right * bytesPerPixel + down * lineBytes);
  const masks = new Uint8Array(shifts.length * words * 4);
  shifts.forEach(([right, down], i) => masks.set(maskOf(cols, lineBytes, right * bytesPerPixel, down), i * words * 4));
  return async (rows, target) => {
    const held = await hold(compute, pictures, 'bytes', () => bytesOf(compute, pictures));
    const uploaded: DeviceBuffer[] = [];
    const upload = (label: string, { buffer: bytes, byteOffset, byteLength }: Uint8Array | Uint32Array | Int32Array): DeviceBuffer => {
      const buffer = compute.upload(label, byteLength, (memory) => new Uint8Array(memory).set(new Uint8Array(bytes, byteOffset, byteLength)));
      uploaded.push(buffer);
      return buffer;
    };
    try {
      const bindings = { asked: upload('asked', rows), steps: upload('steps', steps), masks: upload('masks', masks), x: target };
      await eachBlock(compute, [held], async ([source], at) => {
        const { from, rows: here } = held.blocks[at]!;
        await compute.launch(shiftRows, {
          params: { rows: rows.length, words, cols, pictures: ids.length, first: from, end: from + here },
          bindings: { ...bindings, source: source! },
          sizes: { TILE_QUADS: tileQuads },
          grid: [Math.ceil(rows.length / shiftRows.sizes.WORKGROUP), Math.ceil(words / shiftRows.sizes.WORDS)],
        });
      });
    } finally {
      compute.release(...uploaded);
      held.release();
    }
  };
}

/** Pictures one after the other, padded to whole words. */
function bytesOf({ limits }: Compute, { x }: Pick<RowsOf, 'x'>): Layout {
  const rowBytes = Math.ceil(x.cols / 4) * 4;
  const fit = (bytes: number): number => Math.max(1, Math.floor(bytes / rowBytes));
  return {
    blockRows: fit(Math.min(BLOCK_BYTES, limits.maxBindingBytes)),
    stepRows: fit(STEP_BYTES),
    bytesOf: (rows) => rows * rowBytes,
    async fill(ids, target) {
      const bytes = new Uint8Array(target);
      for await (const { data, rows, cols, from } of takeBlocks(x, ids))
        for (let i = 0; i < rows; i++) bytes.set(data.subarray(i * cols, (i + 1) * cols), (from + i) * rowBytes);
    },
  };
}
