// What shift_rows.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { shiftRowsReference } from './shiftRows.reference.ts';

type ShiftRows = HostLaunch<
  'rows' | 'words' | 'cols' | 'pictures' | 'first' | 'end',
  'asked' | 'steps' | 'masks' | 'source' | 'x',
  'WORDS' | 'WORKGROUP' | 'TILE_QUADS'
>;

export function shiftRowsOnHost({ params, buffers, sizes, grid }: ShiftRows): void {
  const { words, cols, pictures, first, end } = params;
  const [asked, steps] = [new Uint32Array(buffers.asked), new Int32Array(buffers.steps)];
  const [source, masks, x] = [new Uint8Array(buffers.source), new Uint8Array(buffers.masks), new Uint8Array(buffers.x)];
  const [tileRows, pictureBytes] = [sizes.TILE_QUADS * 4, Math.ceil(cols / 4) * 4];
  for (let row = 0; row < Math.min(params.rows, grid[0] * sizes.WORKGROUP); row++) {
    const [picture, shift] = [asked[row]! % pictures, Math.floor(asked[row]! / pictures)];
    if (picture < first || picture >= end) continue;
    const begin = (picture - first) * pictureBytes;
    const moved = shiftRowsReference(source.subarray(begin, begin + cols), masks.subarray(shift * words * 4), steps[shift]!);
    const tile = Math.floor(row / tileRows) * words * tileRows + (row % tileRows);
    for (let j = 0; j < Math.min(words, grid[1] * sizes.WORDS) * 4; j++) x[(tile + (j >> 2) * tileRows) * 4 + (j & 3)] = moved[j] ?? Number(j === cols);
  }
}
