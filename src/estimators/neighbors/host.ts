// Distances in float64 on the host: of the rows that a device found near, whose order f32 cannot tell to the last digit, and of
// all rows where it cannot tell at all.
import { takeBlocks, takeRows } from '../../core/data/features.ts';
import type { Matrix } from '../../core/data/matrix.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import type { Among } from '../pairs/place.ts';

/** Columns between two looks at whether a row is already too far away. */
const LOOK = 64;

/** A squared distance in features as they are meant, or a part of it that is more than `most`. */
function squareOf(a: ArrayLike<number>, b: ArrayLike<number>, at: number, factor: Float64Array | undefined, most: number): number {
  let sum = 0;
  for (let j = 0; j < a.length && !(sum > most);) {
    const end = Math.min(a.length, j + LOOK);
    if (factor) for (; j < end; j++) sum += ((a[j]! - b[at + j]!) * factor[j]!) ** 2;
    else for (; j < end; j++) sum += (a[j]! - b[at + j]!) ** 2;
  }
  return sum;
}

/** The nearest found so far, in order; of equal ones those that came first. */
export class Ranking {
  readonly ids: Uint32Array;
  /** NaN where none was found yet. */
  readonly squares: Float64Array;

  constructor(count: number) {
    this.ids = new Uint32Array(count);
    this.squares = new Float64Array(count).fill(NaN);
  }

  /** Of those found the farthest, once there are enough; NaN before. */
  get most(): number {
    return this.squares.at(-1)!;
  }

  add(id: number, square: number): void {
    const { ids, squares } = this;
    let at = ids.length - 1;
    if (squares[at]! <= square) return;
    for (; at > 0 && !(squares[at - 1]! <= square); at--) {
      squares[at] = squares[at - 1]!;
      ids[at] = ids[at - 1]!;
    }
    squares[at] = square;
    ids[at] = id;
  }
}

/** Ranks some rows by their distance to a point, `[cols]` as stored. @param ids ascending */
export async function rank({ x, scaling }: Among, ids: Uint32Array, point: ArrayLike<number>, count: number): Promise<Ranking> {
  const ranking = new Ranking(count);
  const { data } = await takeRows(x, ids);
  ids.forEach((id, i) => ranking.add(id, squareOf(point, data, i * x.cols, scaling?.factor, ranking.most)));
  return ranking;
}

/** Ranks all rows by their distance to each of some points, as stored: exact and slow. */
export async function rankAll({ x, rows, scaling }: Among, points: Matrix, count: number): Promise<readonly Ranking[]> {
  const rankings = Array.from({ length: points.rows }, () => new Ranking(count));
  const each = rankings.map((_, p) => points.data.subarray(p * x.cols, (p + 1) * x.cols));
  for await (const { data, rows: here, from } of takeBlocks(x, rows)) {
    for (const [p, ranking] of rankings.entries()) {
      await letOthersIn();
      for (let i = 0; i < here; i++) ranking.add(rows[from + i]!, squareOf(each[p]!, data, i * x.cols, scaling?.factor, ranking.most));
    }
  }
  return rankings;
}
