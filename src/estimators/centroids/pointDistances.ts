// How far rows are from points that a model has: found in f32 on the device, and told again in float64 where f32 does not tell which
// point is the nearest, or how near it is. On the host in float64 throughout: what f32 makes of a row goes by the rows that it comes with,
// since they stand around the middle of all of them.
import type { Device, RowsOf } from '../../dsl/estimator.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import { affineOf } from '../rows/frame.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import { tilesOnDevice } from '../rows/tilesOnDevice.ts';
import { distancesTo } from './distancesTo.ts';
import { framed } from './points.ts';

/** Half a step of f32 near 1. */
const ROUNDING = 2 ** -24;
/** A distance so many times smaller than the point is far from where f32 is finest has twelve binary digits left. */
const FARTHEST = 2 ** 11;

export interface PointMetric {
  /** By which differences of each column are multiplied, `[cols]`; 1 each by default. */
  readonly by?: Float64Array | undefined;
  readonly manhattan?: boolean | undefined;
}

/**
 * @param points of features as they are meant, `[cols]` each
 * @returns `[points][rows]`, not squared
 */
export async function pointDistances(
  points: readonly Float64Array[],
  rows: RowsOf,
  context: Device,
  { by, manhattan = false }: PointMetric = {},
): Promise<readonly Float64Array[]> {
  if (rows.rows.length === 0) return points.map(() => new Float64Array(0));
  const compute = await context.compute();
  if (compute.onHost) {
    const distances = points.map(() => new Float64Array(rows.rows.length));
    await inFloat64(rows, points, { by, manhattan }, distances);
    return distances;
  }
  const held = await tilesOnDevice(compute, rows);
  try {
    const affine = affineOf(held.frame, rows.scaling);
    const scale = by ? affine.scale.map((value, j) => value * by[j]!) : affine.scale;
    const places = points.map((point) => framed(point, affine));
    const found = await distancesTo(compute, held, places, { scale, manhattan });
    const distances = manhattan ? found : found.map((own) => own.map(Math.sqrt));
    const reach = places.reduce((most, place) => Math.max(most, lengthOf(place, scale, manhattan)), 0);
    const unsure = unsureOf(distances, reach, rows.x.cols);
    if (unsure.length > 0) await inFloat64(rows, points, { by, manhattan }, distances, unsure);
    return distances;
  } finally {
    held.release();
  }
}

function lengthOf(place: Float64Array, scale: Float64Array, manhattan: boolean): number {
  let sum = 0;
  for (let j = 0; j < place.length; j++) sum += manhattan ? Math.abs(place[j]! * scale[j]!) : (place[j]! * scale[j]!) ** 2;
  return manhattan ? sum : Math.sqrt(sum);
}

/** Positions of rows that stand too near to a point, or about as near to two. @param reach how far the points are from the middle */
function unsureOf(distances: readonly Float64Array[], reach: number, cols: number): Uint32Array {
  const unsure: number[] = [];
  for (let row = 0; row < distances[0]!.length; row++) {
    let [least, next] = [Infinity, Infinity];
    for (const own of distances) {
      const distance = own[row]!;
      if (distance < least) [least, next] = [distance, least];
      else if (distance < next) next = distance;
    }
    // Of coordinates, each of which is rounded, and of their sum.
    const error = ROUNDING * (4 * (least + reach) + (cols / 4 + 8) * least);
    if (!(least * FARTHEST >= reach && next - least > error && least < Infinity)) unsure.push(row);
  }
  return Uint32Array.from(unsure);
}

/** In float64, in place. @param positions ascending; all rows by default */
async function inFloat64(
  rows: RowsOf,
  points: readonly Float64Array[],
  { by, manhattan }: PointMetric,
  distances: readonly Float64Array[],
  positions?: Uint32Array,
): Promise<void> {
  const ids = positions?.map((position) => rows.rows[position]!) ?? rows.rows;
  for await (const { x, from, rows: count, cols } of featureBlocks({ ...rows, rows: ids })) {
    await letOthersIn();
    for (let i = 0; i < count; i++) {
      for (const [k, point] of points.entries()) {
        let sum = 0;
        for (let j = 0; j < cols; j++) {
          const away = (x[i * cols + j]! - point[j]!) * (by?.[j] ?? 1);
          sum += manhattan ? Math.abs(away) : away * away;
        }
        distances[k]![positions?.[from + i] ?? from + i] = manhattan ? sum : Math.sqrt(sum);
      }
    }
  }
}
