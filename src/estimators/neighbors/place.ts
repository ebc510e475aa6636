// Rows on the device, so that those looked among and those asked of may be subtracted from each other: bytes as they are, all
// others as f32 around one middle.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { takeBlocks } from '../../core/data/features.ts';
import { matrix } from '../../core/data/matrix.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { packTiles, tileShape, type Frame, type RowDtype, type TileShape } from '../../kernels/lib/tiles.ts';
import { frameOf } from '../rows/frame.ts';
import type { Among } from './host.ts';

/** Of rows in one binding; on the way to the device they are there twice. */
const CHUNK_BYTES = 64e6;
/** The square of a distance of so many bytes still fits 32 bits. */
const MOST_EXACT_COLS = 2 ** 16;

/** Whether squared distances are whole numbers that the device has exactly. */
export function isExact({ x, scaling }: Among, asked: RowsOf): boolean {
  return x.dtype === 'u8' && asked.x.dtype === 'u8' && !scaling && x.cols <= MOST_EXACT_COLS;
}

/** How rows stand on the device. */
export interface Standing {
  readonly dtype: RowDtype;
  readonly frame: Frame;
}

export async function standingFor(among: Among, exact: boolean): Promise<Standing> {
  const { x, rows, scaling } = among;
  if (exact) return { dtype: 'u8', frame: { center: new Float64Array(x.cols), unit: new Float64Array(x.cols).fill(1) } };
  const { center, unit, rms } = await frameOf({ x, rows });
  const factors = scaling?.factor.map(Math.abs) ?? new Float64Array(x.cols).fill(1);
  // Squares fit f32 from about 1e-38 to 1e38: what rows differ by is brought near 1.
  const size = factors.reduce((most, factor, j) => Math.max(most, factor * unit[j]! * rms[j]!), 0) || 1;
  return { dtype: 'f32', frame: { center, unit: factors.map((factor) => size / factor) } };
}

/** How far a row is from the middle, `[cols]` as stored, in the device's unit. */
export function normOf(row: ArrayLike<number>, { center, unit }: Frame): number {
  let sum = 0;
  for (let j = 0; j < center.length; j++) sum += ((row[j]! - center[j]!) / unit[j]!) ** 2;
  return Math.sqrt(sum);
}

export interface Placed {
  readonly shape: TileShape;
  readonly x: DeviceBuffer;
  /** Of bytes: the sum of the squares of each row, the constant's too. */
  readonly squares: DeviceBuffer;
}

export function release(compute: Compute, { x, squares }: Placed): void {
  compute.release(x, squares);
}

/** Rows of a binding, of many as wide as these. */
export function rowsAtOnce({ limits }: Compute, rows: number, cols: number, { dtype }: Standing): number {
  const { sizeBytes, quads, tileQuads } = tileShape(rows, cols, dtype);
  const tileBytes = (sizeBytes / quads) * tileQuads;
  return Math.max(1, Math.floor(Math.min(CHUNK_BYTES, limits.maxBindingBytes) / tileBytes)) * tileQuads * 4;
}

/** @throws E_DATA for a feature that is not finite, or too far from the others for f32 */
export async function place(compute: Compute, { name, x, rows, columns }: RowsOf, { dtype, frame }: Standing): Promise<Placed> {
  const shape = tileShape(rows.length, x.cols, dtype);
  const sums = new Uint32Array(shape.quads * 4);
  const buffer = await compute.uploadFrom(name, shape.sizeBytes, async (target) => {
    for await (const block of takeBlocks(x, rows, shape.tileQuads * 4)) {
      const { data, from } = block;
      const ids = Uint32Array.from({ length: block.rows }, (_, i) => i);
      const stood = dtype === 'f32' && data instanceof Uint8Array ? matrix(block.rows, x.cols, Float32Array.from(data)) : block;
      packTiles(stood, ids, frame, shape, target, { offset: from, named: rows.subarray(from), columns });
      if (dtype === 'u8') for (let i = 0; i < block.rows; i++) sums[from + i] = 1 + sumOfSquares(data.subarray(i * x.cols, (i + 1) * x.cols));
    }
  });
  const squares = compute.upload(`${name} squares`, sums.byteLength, (target) => new Uint32Array(target).set(sums));
  await compute.settle(); // frees the host's half
  return { shape, x: buffer, squares };
}

function sumOfSquares(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}
