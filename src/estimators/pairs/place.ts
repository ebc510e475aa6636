// Rows on the device, so that those looked among and those asked of may be subtracted from each other: bytes as they are, all
// others as f32 around one middle.
import type { Compute } from '../../core/compute.ts';
import { takeBlocks, type Features } from '../../core/data/features.ts';
import { matrix } from '../../core/data/matrix.ts';
import type { Scaling } from '../../core/data/dataset.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { packTiles, tileShape, type Frame, type RowDtype, type TileShape } from '../../kernels/lib/tiles.ts';
import { frameOf } from '../rows/frame.ts';
import { BLOCK_BYTES, hold, type Held, type Layout } from '../rows/held.ts';
import { shiftedOnDevice } from '../rows/shiftedOnDevice.ts';

/** Rows to look among. */
export interface Among {
  readonly x: Features;
  /** Ids into `x`, ascending. */
  readonly rows: Uint32Array;
  readonly scaling?: Scaling | undefined;
}

/** The square of a distance of so many bytes still fits 32 bits. */
const MOST_EXACT_COLS = 2 ** 16;

/** How rows stand on the device: squared distances of bytes are whole numbers there, and exact. */
interface Place {
  readonly dtype: RowDtype;
  readonly frame: Frame;
}

export interface Standing extends Place {
  /** Whether f32 loses what tells the rows looked among apart. */
  readonly coarse: boolean;
}

export async function standingFor({ x, rows, scaling }: Among, asked: RowsOf): Promise<Standing> {
  if (x.dtype === 'u8' && asked.x.dtype === 'u8' && !scaling && x.cols <= MOST_EXACT_COLS)
    return { dtype: 'u8', frame: { center: new Float64Array(x.cols), unit: new Float64Array(x.cols).fill(1) }, coarse: false };
  const { center, unit, rms, coarse } = await frameOf({ x, rows });
  const factors = scaling?.factor.map(Math.abs) ?? new Float64Array(x.cols).fill(1);
  // Squares fit f32 from about 1e-38 to 1e38: what rows differ by is brought near 1.
  const size = factors.reduce((most, factor, j) => Math.max(most, factor * unit[j]! * rms[j]!), 0) || 1;
  return {
    dtype: 'f32',
    frame: { center, unit: factors.map((factor) => size / factor) },
    coarse: factors.some((factor, j) => factor > 0 && coarse[j] === 1),
  };
}

/** How far a row is from the middle, `[cols]` as stored, in the device's unit. */
export function normOf(row: ArrayLike<number>, { center, unit }: Frame): number {
  let sum = 0;
  for (let j = 0; j < center.length; j++) sum += ((row[j]! - center[j]!) / unit[j]!) ** 2;
  return Math.sqrt(sum);
}

export interface Tiles extends Layout {
  readonly shape: TileShape;
  /** Of bytes, as far as they were asked for: by the position of a block's first row, the sum of the squares of each row and its constant. */
  readonly squares: Map<number, Uint32Array>;
}

/**
 * Rows on the device.
 *
 * @param options.idles whether they stay for the next one who asks of them
 * @throws E_DATA for a feature that is not finite, or too far from the others for f32
 */
export function place(compute: Compute, data: RowsOf, standing: Place, options: { readonly idles: boolean }): Promise<Held<Tiles>> {
  const kind = ['pairs', standing.dtype, data.scaling?.factor].join(' ');
  return hold(compute, data, kind, () => tilesOf(compute, data, standing), options);
}

function tilesOf(compute: Compute, data: RowsOf, { dtype, frame }: Place): Tiles {
  const { x, rows, columns } = data;
  const shape = tileShape(rows.length, x.cols, dtype);
  const partOf = (count: number): TileShape => tileShape(count, x.cols, dtype, shape.tileQuads);
  const tile = partOf(1);
  return {
    shape,
    squares: new Map(),
    blockRows: Math.max(1, Math.floor(Math.min(BLOCK_BYTES, compute.limits.maxBindingBytes) / tile.sizeBytes)) * tile.quads * 4,
    bytesOf: (count) => partOf(count).sizeBytes,
    make: shiftedOnDevice(compute, data, shape, frame),
    async fill(ids, target) {
      for await (const block of takeBlocks(x, ids, shape.tileQuads * 4)) {
        const { data, from } = block;
        const all = Uint32Array.from({ length: block.rows }, (_, i) => i);
        const stood = dtype === 'f32' && data instanceof Uint8Array ? matrix(block.rows, x.cols, Float32Array.from(data)) : block;
        packTiles(stood, all, frame, partOf(ids.length), target, { offset: from, named: ids.subarray(from), columns });
      }
    },
  };
}
