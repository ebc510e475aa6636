// What pair_distances.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { matrix, type Matrix } from '../../core/data/matrix.ts';
import type { RowDtype } from '../lib/tiles.ts';
import { unpackTiles } from '../lib/unpack.ts';
import { pairDistancesReference } from './pairDistances.reference.ts';

type PairDistances = HostLaunch<'words' | 'asked' | 'first' | 'end', 'x' | 'rows' | 'distances', 'QUADS' | 'WORKGROUP' | 'X_TILE' | 'ROW_TILE' | 'FOUR'>;
/** What only bytes have. */
type OfBytes = { readonly buffers: { readonly xSquares?: ArrayBuffer; readonly rowSquares?: ArrayBuffer } };

export const pairDistancesOnHost =
  (dtype: RowDtype) =>
  ({ params, buffers, sizes, grid }: PairDistances & OfBytes): void => {
    const { words, first } = params;
    const { QUADS, WORKGROUP, X_TILE, ROW_TILE } = sizes;
    const end = Math.min(params.end, first + grid[0] * QUADS);
    const asked = quadsOf(buffers.x, dtype, words, X_TILE, 0, Math.min(params.asked, grid[1] * WORKGROUP));
    const rows = quadsOf(buffers.rows, dtype, words, ROW_TILE, first, end);
    const found = pairDistancesReference(asked, rows);
    const distances = dtype === 'u8' ? new Uint32Array(buffers.distances) : new Float32Array(buffers.distances);
    const squares = (of: ArrayBuffer | undefined, row: number): number => (of ? new Uint32Array(of)[row]! : 0);
    for (let row = 0; row < rows.rows; row++) {
      for (let i = 0; i < asked.rows; i++) {
        // Of bytes, whatever was given as the squares counts, not what they are.
        const given = squares(buffers.xSquares, i) + squares(buffers.rowSquares, first * 4 + row);
        const own = dtype === 'u8' ? given - sumOf(asked, i) - sumOf(rows, row) : 0;
        distances[row * params.asked * 4 + i] = found[row * asked.rows + i]! + own;
      }
    }
  };

/** Rows of some quads, of whole tiles. */
function quadsOf(bytes: ArrayBuffer, dtype: RowDtype, words: number, tileQuads: number, first: number, end: number): Matrix {
  const whole = unpackTiles(bytes, { dtype, words, quads: Math.ceil(end / tileQuads) * tileQuads, tileQuads });
  return matrix((end - first) * 4, words * 4, whole.data.subarray(first * 4 * words * 4, end * 4 * words * 4));
}

function sumOf({ data, cols }: Matrix, row: number): number {
  let sum = 0;
  for (let at = row * cols; at < (row + 1) * cols; at++) sum += data[at]! * data[at]!;
  return sum;
}
