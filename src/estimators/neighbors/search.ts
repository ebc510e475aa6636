// The nearest rows: candidates from the device, the last word from the host. Distances of bytes are whole numbers, and final as
// the device has them. Of all other rows it finds some more than are asked for, in f32, and float64 decides among those.
import type { Compute } from '../../core/compute.ts';
import { takeRows } from '../../core/data/features.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { Progress } from '../../dsl/stage/context.ts';
import { candidatesOf } from './device.ts';
import { rank, rankAll, type Ranking } from './host.ts';
import { normOf, standingFor, type Among } from '../pairs/place.ts';
import { checkFinite } from '../rows/inMemory.ts';

/** Neighbours of some rows, the nearest first; of equal ones the first in the order of the rows looked among. */
export interface Nearest {
  readonly count: number;
  /** Ids into the features looked among, `[rows][count]`. */
  readonly ids: Uint32Array;
  /** Squared distances of features as they are meant, `[rows][count]`. */
  readonly squares: Float64Array;
}

/** Fewer products than these are made here before the rows are on the device. */
const FEW_PRODUCTS = 5e7;
/** Rows found in f32 beyond those asked for: float64 may have them in another order. */
const SPARE = 8;
/** F32 has twelve digits left of a distance so many times smaller than the row is far from the middle. */
const FARTHEST = 2 ** 11;
/** Rows asked of that are ranked for at once, of which each lot takes a pass over all rows looked among: as many bytes, or so many rows. */
const POINTS_BYTES = 8e6;
const FEW_POINTS = 256;

/**
 * @param asked rows whose neighbours are looked for
 * @param count no more than the rows looked among
 * @throws E_DATA for a feature that is not finite, or too far from the others for f32
 */
export async function nearestRows(compute: Compute, among: Among, asked: RowsOf, count: number, progress?: Progress): Promise<Nearest> {
  const few = compute.onHost || asked.rows.length * among.rows.length * among.x.cols < FEW_PRODUCTS;
  return few ? nearestOnHost(among, asked, count, progress) : nearestOnDevice(compute, among, asked, count, progress);
}

export async function nearestOnHost(among: Among, asked: RowsOf, count: number, progress?: Progress): Promise<Nearest> {
  const found = emptyNearest(asked.rows.length, count);
  await rankFor(found, [...asked.rows.keys()], among, asked, progress);
  return found;
}

export async function nearestOnDevice(compute: Compute, among: Among, asked: RowsOf, count: number, progress?: Progress): Promise<Nearest> {
  const all = among.rows.length;
  const standing = await standingFor(among, asked);
  if (standing.coarse) return nearestOnHost(among, asked, count, progress);
  const found = emptyNearest(asked.rows.length, count);
  const exact = standing.dtype === 'u8';
  const wanted = exact ? count : Math.min(all, count + SPARE + (count >> 3));
  const unsure: number[] = [];
  const use = async (row: number, positions: Uint32Array, squares: Float64Array): Promise<void> => {
    const ids = positions.map((position) => among.rows[position]!);
    if (exact) return keep(found, row, { ids, squares });
    const { data: point } = await takeRows(asked.x, asked.rows.subarray(row, row + 1));
    const ranking = await rank(among, ids.sort(), point, count);
    const reach = Math.sqrt(squares.at(-1)!);
    const sure = wanted === all || ranking.squares.at(-1) === 0 || (reach > 0 && reach < Infinity && normOf(point, standing.frame) <= FARTHEST * reach);
    if (sure) keep(found, row, ranking);
    else unsure.push(row);
  };
  await candidatesOf(compute, among, asked, standing, wanted, use, progress);
  await rankFor(found, unsure, among, asked);
  return found;
}

function emptyNearest(rows: number, count: number): Nearest {
  return { count, ids: new Uint32Array(rows * count), squares: new Float64Array(rows * count) };
}

function keep({ count, ids, squares }: Nearest, row: number, ranking: Pick<Ranking, 'ids' | 'squares'>): void {
  ids.set(ranking.ids, row * count);
  squares.set(ranking.squares, row * count);
}

/** Ranks all rows for some of those asked of. */
async function rankFor(found: Nearest, positions: readonly number[], among: Among, asked: RowsOf, progress?: Progress): Promise<void> {
  const most = Math.max(FEW_POINTS, Math.floor(POINTS_BYTES / (asked.x.cols * 8)));
  for (let from = 0; from < positions.length; from += most) {
    const own = positions.slice(from, from + most);
    const ids = Uint32Array.from(own, (row) => asked.rows[row]!);
    const points = await takeRows(asked.x, ids);
    checkFinite(points, ids, asked.columns);
    (await rankAll(among, points, found.count)).forEach((ranking, i) => keep(found, own[i]!, ranking));
    progress?.(from + own.length, positions.length, 'rows');
  }
}
