// The device layout of rows. A word is four features of one row, a quad is four rows, a block is one word of a quad. The
// blocks of a tile of TILE_ROWS rows stand feature-major, so that neighbouring rows are neighbours in memory for the
// margins and one word of many rows is one short stretch for the gradient. Behind the last feature stands a constant 1,
// whose weight is the intercept. Rows are padded to whole tiles and features to whole words, with zeros.
import { notFinite, type Dtype, type Matrix } from '../../core/matrix.ts';

export const TILE_ROWS = 512;
export const TILE_QUADS = TILE_ROWS / 4;

export interface TileShape {
  readonly rows: number;
  /** Features, without the constant. */
  readonly cols: number;
  readonly dtype: Dtype;
  /** Four-feature words a row, the constant included. */
  readonly words: number;
  /** Four-row quads, whole tiles. */
  readonly quads: number;
  readonly sizeBytes: number;
}

const BYTES = { u8: 1, f32: 4 } as const;

/** WGSL that declares `x` at binding 1 and reads one block of it. */
export const rowsPrelude = { u8: new URL('./rows_u8.wgsl', import.meta.url), f32: new URL('./rows_f32.wgsl', import.meta.url) } as const;

export function tileShape(rows: number, cols: number, dtype: Dtype): TileShape {
  const words = Math.ceil((cols + 1) / 4);
  const tiles = Math.ceil(rows / TILE_ROWS);
  return { rows, cols, dtype, words, quads: tiles * TILE_QUADS, sizeBytes: tiles * TILE_ROWS * words * 4 * BYTES[dtype] };
}

/** Writes rows `ids` of `x` as tiles into zeroed `target`, from byte `offset` on. @throws E_DATA for NaN and Infinity */
export function packTiles(x: Matrix, ids: Uint32Array, target: ArrayBuffer, offset = 0): void {
  const { words } = tileShape(ids.length, x.cols, x.dtype);
  if (x.dtype === 'u8') packBytes(x as Matrix<'u8'>, ids, words, new Uint32Array(target, offset));
  else packFloats(x as Matrix<'f32'>, ids, words, new Float32Array(target, offset));
}

/** Rows packed at a time, a divisor of TILE_ROWS: their words fill whole cache lines of the tile. */
const PACKED_ROWS = 64;

/** `[tile][word][row of the tile]`, four bytes each. */
function packBytes({ data, cols }: Matrix<'u8'>, ids: Uint32Array, words: number, out: Uint32Array): void {
  const rows = new Uint8Array(PACKED_ROWS * words * 4);
  const rowWords = new Uint32Array(rows.buffer);
  for (let from = 0; from < ids.length; from += PACKED_ROWS) {
    const count = Math.min(PACKED_ROWS, ids.length - from);
    if (count < PACKED_ROWS) rows.fill(0); // what stands behind the last row is padding
    for (let r = 0; r < count; r++) {
      const row = ids[from + r]! * cols;
      rows.set(data.subarray(row, row + cols), r * words * 4);
      rows[r * words * 4 + cols] = 1;
    }
    let at = Math.floor(from / TILE_ROWS) * words * TILE_ROWS + (from % TILE_ROWS);
    for (let k = 0; k < words; k++, at += TILE_ROWS) {
      for (let r = 0; r < PACKED_ROWS; r += 4) {
        // Four written out take less than half the time of a loop over one.
        const word = r * words + k;
        out[at + r] = rowWords[word]!;
        out[at + r + 1] = rowWords[word + words]!;
        out[at + r + 2] = rowWords[word + 2 * words]!;
        out[at + r + 3] = rowWords[word + 3 * words]!;
      }
    }
  }
}

/** `[tile][word][row of the tile][feature of the word]`. */
function packFloats({ data, cols }: Matrix<'f32'>, ids: Uint32Array, words: number, out: Float32Array): void {
  for (let i = 0; i < ids.length; i++) {
    const tile = Math.floor(i / TILE_ROWS) * words * TILE_ROWS + (i % TILE_ROWS);
    for (let j = 0; j < cols; j++) {
      const value = data[ids[i]! * cols + j]!;
      if (!Number.isFinite(value)) throw notFinite(value, ids[i]!, j);
      out[(tile + (j >> 2) * TILE_ROWS) * 4 + (j & 3)] = value;
    }
    out[(tile + (cols >> 2) * TILE_ROWS) * 4 + (cols & 3)] = 1;
  }
}
