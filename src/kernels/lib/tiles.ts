// The device layout of u8 rows. A word is four features of one row, a quad is four rows. Words of a tile of TILE_ROWS rows
// stand feature-major, so that neighbouring rows are neighbours in memory for the margins and one word of many rows is
// one short stretch for the gradient. Rows are padded to whole tiles and features to whole words, with zeros.
import type { Matrix } from '../../core/matrix.ts';

export const TILE_ROWS = 64;
export const TILE_QUADS = TILE_ROWS / 4;

export interface TileShape {
  readonly rows: number;
  readonly cols: number;
  /** Four-feature words a row. */
  readonly words: number;
  /** Four-row quads, whole tiles. */
  readonly quads: number;
  readonly sizeBytes: number;
}

export function tileShape(rows: number, cols: number): TileShape {
  const words = Math.ceil(cols / 4);
  const tiles = Math.ceil(rows / TILE_ROWS);
  return { rows, cols, words, quads: tiles * TILE_QUADS, sizeBytes: tiles * TILE_ROWS * words * 4 };
}

/** Writes rows `ids` of `x` as tiles into zeroed `target`, `[tile][word][row of the tile]` u32. */
export function packTiles(x: Matrix<'u8'>, ids: Uint32Array, target: ArrayBuffer): void {
  const { words } = tileShape(ids.length, x.cols);
  const out = new Uint32Array(target);
  const row = new Uint8Array(words * 4);
  const rowWords = new Uint32Array(row.buffer);
  for (let i = 0; i < ids.length; i++) {
    row.set(x.data.subarray(ids[i]! * x.cols, (ids[i]! + 1) * x.cols));
    let at = Math.floor(i / TILE_ROWS) * words * TILE_ROWS + (i % TILE_ROWS);
    for (let k = 0; k < words; k++, at += TILE_ROWS) out[at] = rowWords[k]!;
  }
}
