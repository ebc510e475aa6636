// Where rows and centers of clusters are: on the device in f32, or on the host in float64, where f32 does not tell rows apart.
import type { Compute } from '../../core/compute.ts';
import { takeRows } from '../../core/data/features.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import { codesOf, nearestCodes } from '../centroids/assigned.ts';
import { distancesTo, nearestOf } from '../centroids/distancesTo.ts';
import { sumsByGroup, uploadCodes, uploadWeights } from '../centroids/sumsByGroup.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';

export type Points = readonly Float64Array[];

/** The nearest of some points. */
export interface Nearest {
  /** `[rows]` */
  readonly codes: Uint32Array;
  /** Squared distances, as features are meant, `[rows]`. */
  readonly squares: Float64Array;
}

/** Points stand in the rows' frame: `(feature - center) / unit`. */
export interface Space {
  /** Rows at some positions, as points. */
  points(positions: readonly number[]): Promise<Points>;
  /** Squared distances, as features are meant, `[points][rows]`. */
  distances(points: Points): Promise<readonly Float64Array[]>;
  /** Of several sets of points, the first of the nearest to each row, `[set][rows]`. */
  codes(sets: readonly Points[]): Promise<readonly Uint32Array[]>;
  nearest(sets: readonly Points[]): Promise<readonly Nearest[]>;
  /** Of each set, sums of rows by their codes, times their weights, and behind them the sum of these, `[set][groups][cols + 1]`. */
  sums(codes: readonly Uint32Array[], groups: number): Promise<readonly (readonly Float64Array[])[]>;
  release(): void;
}

/**
 * @param scale by which columns of the frame are multiplied to be as they are meant, `[cols]`
 * @param weights `[rows]`
 */
export async function spaceOf(compute: Compute, data: RowsOf, rows: TiledRows, scale: Float64Array, weights: Float64Array): Promise<Space> {
  const { coarse } = rows.frame;
  return scale.some((factor, j) => factor !== 0 && coarse[j] === 1) ? onHost(data, rows, scale, weights) : onDevice(compute, data, rows, scale, weights);
}

function onDevice(compute: Compute, data: RowsOf, rows: TiledRows, scale: Float64Array, weights: Float64Array): Space {
  const { center, unit } = rows.frame;
  const rowWeights = uploadWeights(compute, weights, rows);
  return {
    async points(positions) {
      const ids = Uint32Array.from(positions, (position) => data.rows[position]!);
      const { data: values, cols } = await takeRows(data.x, ids);
      return positions.map((_, i) => center.map((value, j) => Math.fround((values[i * cols + j]! - value) / unit[j]!)));
    },
    distances: (points) => distancesTo(compute, rows, points, { scale }),
    codes: (sets) => nearestCodes(compute, data, rows, sets, scale),
    async nearest(sets) {
      const { codes, distances, back, release } = await nearestOf(compute, rows, sets, { scale });
      const { quads, rows: count } = rows.shape;
      try {
        const found: Nearest[] = [];
        for (const set of sets.keys()) {
          const squares = await compute.lend(distances, { offset: set * quads * 16, sizeBytes: quads * 16 }, (bytes) =>
            Float64Array.from(new Float32Array(bytes, 0, count), (value) => value * back),
          );
          found.push({ codes: await codesOf(compute, rows, codes, set), squares });
        }
        return found;
      } finally {
        release();
      }
    },
    async sums(codes, groups) {
      const buffer = uploadCodes(compute, codes, rows);
      try {
        const found = await sumsByGroup(compute, rows, { codes: buffer, sets: codes.length, groups, weights: rowWeights });
        return found.map(({ sums }) => sums);
      } finally {
        compute.release(buffer);
      }
    },
    release: () => compute.release(rowWeights),
  };
}

async function onHost(data: RowsOf, { frame: { center, unit } }: TiledRows, scale: Float64Array, weights: Float64Array): Promise<Space> {
  const { cols } = data.x;
  const count = data.rows.length;
  const z = new Float64Array(count * cols);
  for await (const { x, from } of featureBlocks({ ...data, scaling: undefined })) {
    for (let at = 0; at < x.length; at++) z[from * cols + at] = (x[at]! - center[at % cols]!) / unit[at % cols]!;
  }
  const squareOf = (row: number, point: Float64Array): number => {
    let sum = 0;
    for (let j = 0; j < cols; j++) sum += ((z[row * cols + j]! - point[j]!) * scale[j]!) ** 2;
    return sum;
  };
  const nearestTo = (points: Points): Nearest => {
    const [codes, squares] = [new Uint32Array(count), new Float64Array(count)];
    for (let row = 0; row < count; row++) {
      squares[row] = Infinity;
      for (const [k, point] of points.entries()) {
        const square = squareOf(row, point);
        if (square < squares[row]!) [codes[row], squares[row]] = [k, square];
      }
    }
    return { codes, squares };
  };
  const sumsOf = (codes: Uint32Array, groups: number): readonly Float64Array[] => {
    const sums = Array.from({ length: groups }, () => new Float64Array(cols + 1));
    for (let row = 0; row < count; row++) {
      const own = sums[codes[row]!]!;
      for (let j = 0; j < cols; j++) own[j]! += weights[row]! * z[row * cols + j]!;
      own[cols]! += weights[row]!;
    }
    return sums;
  };
  return {
    points: async (positions) => positions.map((row) => z.slice(row * cols, (row + 1) * cols)),
    distances: (points) => eachInTurn(points, (point) => Float64Array.from({ length: count }, (_, row) => squareOf(row, point))),
    codes: async (sets) => (await eachInTurn(sets, nearestTo)).map(({ codes }) => codes),
    nearest: (sets) => eachInTurn(sets, nearestTo),
    sums: (codes, groups) => eachInTurn(codes, (own) => sumsOf(own, groups)),
    release: () => {},
  };
}

/** Others have their turn in between. */
async function eachInTurn<A, B>(all: readonly A[], make: (one: A) => B): Promise<readonly B[]> {
  const made: B[] = [];
  for (const one of all) {
    await letOthersIn();
    made.push(make(one));
  }
  return made;
}
