// Distances of rows on the device to points: all of them, read back a range of rows at a time, or the nearest, which stay.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { distancesOn } from '../../kernels/distances/distances.ts';
import type { MeasuredFrame } from '../rows/frame.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';
import { packPoints } from './points.ts';

/** Distances on the device at once. */
const RANGE_BYTES = 32e6;

export interface Metric {
  /** Of each column, by which differences on the device are multiplied, `[cols]`. */
  readonly scale: Float64Array;
  readonly manhattan?: boolean | undefined;
}

/** f32 holds squares from about 1e-38 to 1e38: what rows differ by is brought near 1, and put back in float64. */
function sized({ scale, manhattan = false }: Metric, { rms }: MeasuredFrame): { readonly scales: Float64Array; readonly back: number } {
  // Of columns that vary: the unit of a constant says nothing.
  const typical = scale.reduce((most, value, j) => Math.max(most, Math.abs(value) * rms[j]!), 0);
  const size = typical || scale.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return { scales: scale.map((value) => value / size), back: manhattan ? size : size * size };
}

/**
 * Squared distances, or Manhattan distances, of every row to every point.
 *
 * @param points as the device has rows, `[cols]` each
 * @returns `[points][rows]`
 */
export async function distancesTo(compute: Compute, rows: TiledRows, points: readonly Float64Array[], metric: Metric): Promise<readonly Float64Array[]> {
  const { shape } = rows;
  const { scales, back } = sized(metric, rows.frame);
  const out = points.map(() => new Float64Array(shape.rows));
  const range = Math.max(1, Math.min(shape.quads, Math.floor(Math.min(RANGE_BYTES, compute.limits.maxBindingBytes) / (16 * points.length))));
  const buffers = {
    scales: uploadPoints(compute, 'scales', [scales], rows),
    centers: uploadPoints(compute, 'centers', points, rows),
    nearest: compute.create('nearest', range * 16),
    distances: compute.create('distances', range * 16 * points.length),
  };
  const kernel = distancesOn(compute, shape.dtype);
  try {
    await rows.each(async ({ x, quads, offset }) => {
      for (let first = 0; first < quads; first += range) {
        const end = Math.min(first + range, quads);
        const from = (offset + first) * 4;
        const count = Math.min(shape.rows, (offset + end) * 4) - from;
        if (count <= 0) continue; // padding
        await compute.launch(kernel, {
          params: { words: shape.words, centers: points.length, first, end, offset: 0, stride: range },
          bindings: { x, ...buffers },
          sizes: { ALL: 1, MANHATTAN: Number(metric.manhattan ?? false), TILE_QUADS: shape.tileQuads },
          grid: [Math.ceil((end - first) / kernel.sizes.WORKGROUP)],
        });
        await compute.lend(buffers.distances, {}, (bytes) => out.forEach((own, i) => own.set(new Float32Array(bytes, i * range * 16, count), from)));
      }
    });
  } finally {
    compute.release(...Object.values(buffers));
  }
  return out.map((own) => own.map((value) => value * back));
}

/** The nearest points of rows, on the device. */
export interface Nearest {
  /** Position of the first of the nearest points of each row, `[set][quad]` of four u32. */
  readonly codes: DeviceBuffer;
  /** Squared distances to it, once put back by `back`, `[set][quad]` of four f32. */
  readonly distances: DeviceBuffer;
  readonly back: number;
  release(): void;
}

/** @param sets as many points in each, side by side in one pass */
export async function nearestOf(compute: Compute, rows: TiledRows, sets: readonly (readonly Float64Array[])[], metric: Metric): Promise<Nearest> {
  const { shape } = rows;
  const { scales, back } = sized(metric, rows.frame);
  const each = sets[0]!.length;
  const buffers = {
    scales: uploadPoints(compute, 'scales', [scales], rows),
    centers: uploadPoints(compute, 'centers', sets.flat(), rows),
    nearest: compute.create('nearest', sets.length * shape.quads * 16),
    distances: compute.create('distances', sets.length * shape.quads * 16),
  };
  // All of them: launches are only queued here.
  const release = (): void => compute.release(...Object.values(buffers));
  const kernel = distancesOn(compute, shape.dtype);
  try {
    await rows.each(({ x, quads, offset }) =>
      compute.launch(kernel, {
        params: { words: shape.words, centers: each, first: 0, end: quads, offset, stride: shape.quads },
        bindings: { x, ...buffers },
        sizes: { ALL: 0, TILE_QUADS: shape.tileQuads },
        grid: [Math.ceil(quads / kernel.sizes.WORKGROUP), sets.length],
      }),
    );
    return { codes: buffers.nearest, distances: buffers.distances, back, release };
  } catch (error) {
    release();
    throw error;
  }
}

export function uploadPoints(compute: Compute, label: string, points: readonly ArrayLike<number>[], { shape }: Pick<TiledRows, 'shape'>): DeviceBuffer {
  const packed = packPoints(points, shape);
  return compute.upload(label, packed.byteLength, (target) => new Float32Array(target).set(packed));
}
