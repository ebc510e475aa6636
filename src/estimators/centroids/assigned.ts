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
  const found = runsNearestOfBytes(compute) ? await byWholeNumbers(compute, data, rows, sets, scale) : undefined;
  if (found) return found;
  const { codes, release } = await nearestOf(compute, rows, sets, { scale });
  try {
    const found: Uint32Array[] = [];
    for (const set of sets.keys()) found.push(await codesOf(compute, rows, codes, set));
    return found;
  } finally {
    release();
  }
}

/** Undefined where whole numbers do not tell: of other rows and metrics, and where too many rows are about as near to two points. */
async function byWholeNumbers(
  compute: Compute,
  data: RowsOf,
  rows: TiledRows,
  sets: readonly Points[],
  scale: Float64Array,
): Promise<readonly Uint32Array[] | undefined> {
  const { shape } = rows;
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
    const found: Uint32Array[] = [];
    for (const [set, points] of sets.entries()) {
      const codes = await codesOf(compute, rows, buffers.nearest, set);
      const unsure = positionsOf(codes, (code) => code >= UNSURE);
      if (unsure.length * centers * shape.cols > MOST_PRODUCTS) return undefined;
      await tell(data, rows, points, unsure, codes);
      found.push(codes);
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
