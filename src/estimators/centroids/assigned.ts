// Which center each row is nearest to. Of rows of bytes the device tells it by whole numbers, in a third of the time that distances
// take, and names the few rows of which rounding does not let it; those are told here, in float64.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { takeRows } from '../../core/data/features.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { nearestOfBytes, runsNearestOfBytes, UNSURE } from '../../kernels/nearestOfBytes/nearestOfBytes.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';
import { nearestOf } from './distancesTo.ts';
import { inSteps } from './steps.ts';

type Points = readonly Float64Array[];

/** Made here for the rows of one set: where more were needed, the device makes distances of all rows. */
const MOST_PRODUCTS = 2e7;

/**
 * Positions of the nearest points, the first of equally near ones, `[set][rows]`.
 *
 * @param sets as many points in each, as the device has rows
 * @param scale by which differences of each column are multiplied, `[cols]`
 */
export async function nearestCodes(
  compute: Compute,
  data: RowsOf,
  rows: TiledRows,
  sets: readonly Points[],
  scale: Float64Array,
): Promise<readonly Uint32Array[]> {
  const found = await byWholeNumbers(compute, data, rows, sets, scale);
  if (isTold(found, sets, data.x.cols)) return found.map(({ codes }) => codes);
  return byDistances(compute, rows, sets, scale);
}

/** What all distances make of it. */
export async function byDistances(compute: Compute, rows: TiledRows, sets: readonly Points[], scale: Float64Array): Promise<readonly Uint32Array[]> {
  const { codes, release } = await nearestOf(compute, rows, sets, { scale });
  try {
    const found: Uint32Array[] = [];
    for (const set of sets.keys()) found.push(await codesOf(compute, rows, codes, set));
    return found;
  } finally {
    release();
  }
}

export interface WholeCodes {
  readonly codes: Uint32Array;
  /** Rows that were told here. */
  readonly unsure: number;
}

/** Whether whole numbers tell the nearest of all rows: not of other rows and metrics, and not where too many rows are about as near to two points. */
export function isTold(found: readonly WholeCodes[] | undefined, sets: readonly Points[], cols: number): found is readonly WholeCodes[] {
  return found !== undefined && !found.some(({ unsure }) => isTooMany(unsure, sets, cols));
}

const isTooMany = (unsure: number, sets: readonly Points[], cols: number): boolean => unsure * sets[0]!.length * cols > MOST_PRODUCTS;

/** Rows that are not told are many; their codes are no positions then. Undefined where the kernel is not for such rows. */
export async function byWholeNumbers(
  compute: Compute,
  data: RowsOf,
  rows: TiledRows,
  sets: readonly Points[],
  scale: Float64Array,
): Promise<readonly WholeCodes[] | undefined> {
  const { shape } = rows;
  if (!runsNearestOfBytes(compute)) return undefined;
  if (shape.dtype !== 'u8' || scale[0] === 0 || scale.some((value) => value !== scale[0])) return undefined;
  const steps = sets.map((points) => inSteps(points, shape));
  if (steps.includes(undefined)) return undefined;
  const centers = sets[0]!.length;
  const buffers = {
    weights: compute.upload('steps', sets.length * centers * shape.words * 8, (target) =>
      steps.forEach((own, set) => new Int16Array(target).set(own!.weights, set * centers * shape.words * 4)),
    ),
    biases: compute.upload('biases', sets.length * centers * 4, (target) =>
      steps.forEach((own, set) => new Int32Array(target).set(own!.biases, set * centers)),
    ),
    nearest: compute.create('nearest', sets.length * shape.quads * 16),
  };
  const { WORKGROUP, QUADS } = nearestOfBytes.sizes;
  try {
    await rows.each(({ x, quads, offset }) =>
      compute.launch(nearestOfBytes, {
        params: { words: shape.words, quads, offset, stride: shape.quads, centers },
        bindings: { x, ...buffers },
        sizes: { TILE_QUADS: shape.tileQuads },
        grid: [Math.ceil(quads / (WORKGROUP * QUADS)), sets.length],
      }),
    );
    const found: WholeCodes[] = [];
    for (const [set, points] of sets.entries()) {
      const codes = await codesOf(compute, rows, buffers.nearest, set);
      const unsure = positionsOf(codes, (code) => code >= UNSURE);
      if (!isTooMany(unsure.length, sets, shape.cols)) await tell(data, rows, points, unsure, codes);
      found.push({ codes, unsure: unsure.length });
    }
    return found;
  } finally {
    compute.release(...Object.values(buffers));
  }
}

/** Writes the nearest points of rows at some positions, in float64. */
async function tell({ x, rows: ids }: RowsOf, { frame: { center } }: TiledRows, points: Points, positions: Uint32Array, codes: Uint32Array): Promise<void> {
  const { data, cols } = await takeRows(
    x,
    positions.map((position) => ids[position]!),
  );
  for (const [i, position] of positions.entries()) {
    let least = Infinity;
    for (const [k, point] of points.entries()) {
      let sum = 0;
      for (let j = 0; j < cols; j++) sum += (data[i * cols + j]! - center[j]! - point[j]!) ** 2;
      if (sum < least) [least, codes[position]] = [sum, k];
    }
  }
}

/** What was found of a set, `[rows]`. */
export function codesOf(compute: Compute, { shape }: TiledRows, codes: DeviceBuffer, set: number): Promise<Uint32Array> {
  return compute.lend(codes, { offset: set * shape.quads * 16, sizeBytes: shape.quads * 16 }, (bytes) => new Uint32Array(bytes, 0, shape.rows).slice());
}

/** Where `holds` is true. */
export function positionsOf(codes: Uint32Array, holds: (code: number, position: number) => boolean): Uint32Array {
  const found: number[] = [];
  for (let i = 0; i < codes.length; i++) if (holds(codes[i]!, i)) found.push(i);
  return Uint32Array.from(found);
}
