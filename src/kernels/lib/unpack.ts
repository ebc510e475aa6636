// What is packed for kernels, read back as float64: what references on the host begin and end with.
import { matrix, type Matrix } from '../../core/data/matrix.ts';
import { WEIGHT_COLUMN_WORDS, type WeightColumn } from './weightColumn.ts';
import type { TileShape } from './tiles.ts';

/**
 * All features of the first `quads` quads, the constant and the padding with them: `[quads * 4][words * 4]`.
 *
 * @param low what the features have beyond f32
 */
export function unpackTiles(
  bytes: ArrayBuffer,
  { dtype, words, quads, tileQuads }: Pick<TileShape, 'dtype' | 'words' | 'quads' | 'tileQuads'>,
  low?: ArrayBuffer,
): Matrix<'f64'> {
  const [rows, cols, tileRows] = [quads * 4, words * 4, tileQuads * 4];
  const values = dtype === 'u8' ? new Uint8Array(bytes) : new Float32Array(bytes);
  const rest = low && new Float32Array(low);
  const data = new Float64Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    const tile = Math.floor(row / tileRows) * words * tileRows + (row % tileRows);
    for (let j = 0; j < cols; j++) {
      const at = (tile + (j >> 2) * tileRows) * 4 + (j & 3);
      data[row * cols + j] = values[at]! + (rest?.[at] ?? 0);
    }
  }
  return matrix(rows, cols, data);
}

/** As `encodeWeightColumns` of weightColumn.ts wrote them. */
export function decodeWeightColumns(bytes: ArrayBuffer): readonly WeightColumn[] {
  const words = new Uint32Array(bytes);
  const floats = new Float32Array(bytes);
  return Array.from({ length: Math.floor(words.length / WEIGHT_COLUMN_WORDS) }, (_, i) => {
    const [slot, positive, heldOut] = words.subarray(i * WEIGHT_COLUMN_WORDS) as unknown as [number, number, number];
    const [step, positiveWeight, negativeWeight, trial] = floats.subarray(i * WEIGHT_COLUMN_WORDS + 3) as unknown as [number, number, number, number];
    return { slot, positive, heldOut, step, positiveWeight, negativeWeight, trial };
  });
}

/** `count` numbers of four pieces each, as `piecesOf` of twofold.ts wrote them, from the number at `first` on. */
export function fromPieces(pieces: Float32Array, first: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    const at = (first + i) * 4;
    return pieces[at]! + pieces[at + 1]! + pieces[at + 2]! + pieces[at + 3]!;
  });
}

/** Writes numbers as twofold.wgsl does, `[four][high, low][number of the four]`, from the four at `first` on. */
export function toTwofold(values: ArrayLike<number>, target: Float32Array, first: number): void {
  for (let i = 0; i < values.length; i++) {
    const at = (first + (i >> 2)) * 8 + (i & 3);
    target[at] = values[i]!;
    target[at + 4] = values[i]! - target[at]!;
  }
}
