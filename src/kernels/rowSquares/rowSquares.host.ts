// What row_squares.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { unpackTiles } from '../lib/unpack.ts';

type RowSquares = HostLaunch<'words' | 'quads' | 'offset', 'x' | 'squares', 'WORKGROUP' | 'TILE_QUADS'>;

export function rowSquaresOnHost({ params: { words, offset, ...params }, buffers, sizes: { WORKGROUP, TILE_QUADS }, grid }: RowSquares): void {
  const quads = Math.min(params.quads, grid[0] * WORKGROUP);
  const { data } = unpackTiles(buffers.x, { dtype: 'u8', words, quads: Math.ceil(quads / TILE_QUADS) * TILE_QUADS, tileQuads: TILE_QUADS });
  const squares = new Uint32Array(buffers.squares);
  for (let row = 0; row < quads * 4; row++) {
    squares[offset * 4 + row] = data.subarray(row * words * 4, (row + 1) * words * 4).reduce((sum, value) => sum + value * value, 0);
  }
}
