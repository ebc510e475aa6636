// The device layout of rows. A word is four features of one row, a quad is four rows, a block is one word of a quad. The
// blocks of a tile stand feature-major, so that neighbouring rows are neighbours in memory for the margins and one word of
// many rows is one short stretch for the gradient. Behind the last feature stands a constant 1, whose gradient is the sum of
// the residuals. Rows are padded to whole tiles and features to whole words, with zeros.
import type { Dtype, FeatureArray, Matrix } from '../../core/data/matrix.ts';
import { notFinite, tooFar } from '../../core/data/notFinite.ts';

export const TILE_ROWS = 512;
export const TILE_QUADS = TILE_ROWS / 4;

/** Quads of the tiles of few but wide rows, the smallest that holds them all: whole tiles of 512 would be mostly padding. */
const SMALL_TILES = [8, 32] as const;
/** Smaller rows take whole tiles: each size of a tile is another shader to compile. */
const SMALL_TILE_BYTES = 4e6;
/** Tiles that are larger do not fit the bindings of every device. */
const MOST_TILE_BYTES = 64e6;

/** Of f32 rows: their features, or what those have beyond f32. Bytes have no low part. */
export type Part = 'high' | 'low';

/** How features stand on the device: all but bytes as f32, behind a {@link Frame}; of u16 that loses nothing. */
export type RowDtype = 'u8' | 'f32';

export interface TileShape {
  readonly rows: number;
  /** Features, without the constant. */
  readonly cols: number;
  readonly dtype: RowDtype;
  /** Four-feature words a row, the constant included. */
  readonly words: number;
  /** Four-row quads, whole tiles. */
  readonly quads: number;
  readonly tileQuads: number;
  readonly sizeBytes: number;
}

/**
 * The device holds `(x - center) / unit`, `[cols]` each, made in float64: numbers far from zero, such as times and prices,
 * keep their digits in f32, and nothing that a kernel adds up cancels.
 */
export interface Frame {
  readonly center: Float64Array;
  /** Powers of two; 1 for bytes, which are only shifted, and only where a column is constant. */
  readonly unit: Float64Array;
}

const BYTES = { u8: 1, f32: 4 } as const;

/** WGSL that declares `x` at binding 1 and reads one block of it. */
export const rowsPrelude = { u8: new URL('./rows_u8.wgsl', import.meta.url), f32: new URL('./rows_f32.wgsl', import.meta.url) } as const;

/** @param tileQuads those of another shape, for rows that are part of its rows */
export function tileShape(rows: number, cols: number, dtype: Dtype, tileQuads?: number): TileShape {
  const words = Math.ceil((cols + 1) / 4);
  const rowDtype = dtype === 'u8' ? 'u8' : 'f32';
  const quadBytes = words * 16 * BYTES[rowDtype];
  const small = SMALL_TILES.find((quads) => rows <= quads * 4 && TILE_QUADS * quadBytes > SMALL_TILE_BYTES);
  const tile = tileQuads ?? small ?? (TILE_QUADS * quadBytes > MOST_TILE_BYTES ? SMALL_TILES[0] : TILE_QUADS);
  const quads = Math.ceil(rows / (tile * 4)) * tile;
  return { rows, cols, dtype: rowDtype, words, quads, tileQuads: tile, sizeBytes: quads * quadBytes };
}

/**
 * Writes rows `ids` of `x` as tiles into zeroed `target`.
 *
 * @param shape of all the rows that `target` gets
 * @param options.offset position of the first of `ids` among them, a whole number of tiles
 * @param options.named what errors call them, where `x` holds rows that were taken from elsewhere
 * @param options.columns what errors call the columns
 * @throws E_DATA for NaN and Infinity
 */
export function packTiles(
  x: Matrix,
  ids: Uint32Array,
  frame: Frame,
  { words, tileQuads, sizeBytes, quads }: TileShape,
  target: ArrayBuffer,
  {
    offset = 0,
    part = 'high',
    named = ids,
    columns,
  }: { readonly offset?: number; readonly part?: Part; readonly named?: Uint32Array; readonly columns?: readonly string[] | undefined } = {},
): void {
  const from = (offset / 4) * (sizeBytes / quads);
  if (x.data instanceof Uint8Array) packBytes(x.data, x.cols, ids, frame, words, tileQuads * 4, new Uint32Array(target, from));
  else packFloats(x.data, x.cols, ids, frame, words, tileQuads * 4, new Float32Array(target, from), { part, named, columns });
}

/** Rows packed at a time, a divisor of the rows of any tile: their words fill a cache line of the tile. */
const PACKED_ROWS = 16;

/** `[tile][word][row of the tile]`, four bytes each. */
function packBytes(data: Uint8Array, cols: number, ids: Uint32Array, { center }: Frame, words: number, tileRows: number, out: Uint32Array): void {
  const rows = new Uint8Array(PACKED_ROWS * words * 4);
  const rowWords = new Uint32Array(rows.buffer);
  const constants = Uint32Array.from(center.keys()).filter((j) => center[j] !== 0);
  // Rows of whole words are read where they are, and their constant is a word of its own.
  const inPlace = cols % 4 === 0 && data.byteOffset % 4 === 0 && constants.length === 0;
  const dataWords = inPlace ? new Uint32Array(data.buffer, data.byteOffset, data.length / 4) : rowWords;
  for (let from = 0; from < ids.length; from += PACKED_ROWS) {
    const count = Math.min(PACKED_ROWS, ids.length - from);
    const at = Math.floor(from / tileRows) * words * tileRows + (from % tileRows);
    if (inPlace && count === PACKED_ROWS) {
      const starts = ids.subarray(from, from + PACKED_ROWS).map((id) => (id * cols) / 4);
      layAcross(dataWords, starts, words - 1, out, at, tileRows);
      out.fill(1, at + (words - 1) * tileRows, at + (words - 1) * tileRows + PACKED_ROWS);
      continue;
    }
    if (count < PACKED_ROWS) rows.fill(0); // what stands behind the last row is padding
    for (let r = 0; r < count; r++) {
      const row = ids[from + r]! * cols;
      rows.set(data.subarray(row, row + cols), r * words * 4);
      for (const j of constants) rows[r * words * 4 + j]! -= center[j]!;
      rows[r * words * 4 + cols] = 1;
    }
    const starts = Uint32Array.from({ length: PACKED_ROWS }, (_, r) => r * words);
    layAcross(rowWords, starts, words, out, at, tileRows);
  }
}

/** Words of {@link PACKED_ROWS} rows, the same of each beside each other. Written out, as a loop takes more than twice as long. */
function layAcross(source: Uint32Array, starts: Uint32Array, words: number, out: Uint32Array, at: number, stride: number): void {
  const [a, b, c, d, e, f, g, h] = [starts[0]!, starts[1]!, starts[2]!, starts[3]!, starts[4]!, starts[5]!, starts[6]!, starts[7]!];
  const [i, j, k, l, m, n, o, p] = [starts[8]!, starts[9]!, starts[10]!, starts[11]!, starts[12]!, starts[13]!, starts[14]!, starts[15]!];
  for (let word = 0, to = at; word < words; word++, to += stride) {
    out[to] = source[a + word]!;
    out[to + 1] = source[b + word]!;
    out[to + 2] = source[c + word]!;
    out[to + 3] = source[d + word]!;
    out[to + 4] = source[e + word]!;
    out[to + 5] = source[f + word]!;
    out[to + 6] = source[g + word]!;
    out[to + 7] = source[h + word]!;
    out[to + 8] = source[i + word]!;
    out[to + 9] = source[j + word]!;
    out[to + 10] = source[k + word]!;
    out[to + 11] = source[l + word]!;
    out[to + 12] = source[m + word]!;
    out[to + 13] = source[n + word]!;
    out[to + 14] = source[o + word]!;
    out[to + 15] = source[p + word]!;
  }
}

/** `[tile][word][row of the tile][feature of the word]`. */
function packFloats(
  data: FeatureArray,
  cols: number,
  ids: Uint32Array,
  { center, unit }: Frame,
  words: number,
  tileRows: number,
  out: Float32Array,
  { part, named, columns }: { readonly part: Part; readonly named: Uint32Array; readonly columns: readonly string[] | undefined },
): void {
  for (let i = 0; i < ids.length; i++) {
    const tile = Math.floor(i / tileRows) * words * tileRows + (i % tileRows);
    for (let j = 0; j < cols; j++) {
      const value = data[ids[i]! * cols + j]!;
      const framed = (value - center[j]!) / unit[j]!;
      const high = Math.fround(framed);
      if (!Number.isFinite(high)) throw (Number.isFinite(value) ? tooFar : notFinite)(value, named[i]!, j, columns);
      out[(tile + (j >> 2) * tileRows) * 4 + (j & 3)] = part === 'high' ? high : framed - high;
    }
    if (part === 'high') out[(tile + (cols >> 2) * tileRows) * 4 + (cols & 3)] = 1;
  }
}
