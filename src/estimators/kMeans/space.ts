// Where rows and centers of clusters are: on the device in f32, or on the host in float64, where f32 does not tell rows apart.
import type { Compute } from '../../core/compute.ts';
import { takeRows } from '../../core/data/features.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import { codesOf, nearestCodes } from '../centroids/assigned.ts';
import { distancesTo, nearestOf } from '../centroids/distancesTo.ts';
import { sumsByGroup, uploadCodes, uploadWeights } from '../centroids/sumsByGroup.ts';
import { featureBlocks, type FeatureBlock } from '../rows/featureBlocks.ts';
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

/** Rows come a block at a time, and others have their turn in between: there may be more of them than memory has room for. */
function onHost(data: RowsOf, { frame: { center, unit } }: TiledRows, scale: Float64Array, weights: Float64Array): Space {
  const { cols } = data.x;
  const count = data.rows.length;
  async function* blocks(): AsyncGenerator<FeatureBlock, void> {
    for await (const block of featureBlocks({ ...data, scaling: undefined })) {
      await letOthersIn();
      const { x } = block;
      for (let at = 0; at < x.length;) for (let j = 0; j < cols; j++, at++) x[at] = (x[at]! - center[j]!) / unit[j]!;
      yield block;
    }
  }
  const squareOf = (x: Float64Array, row: number, point: Float64Array): number => {
    let sum = 0;
    for (let j = 0; j < cols; j++) sum += ((x[row * cols + j]! - point[j]!) * scale[j]!) ** 2;
    return sum;
  };
  const nearest = async (sets: readonly Points[]): Promise<readonly Nearest[]> => {
    const found = sets.map(() => ({ codes: new Uint32Array(count), squares: new Float64Array(count).fill(Infinity) }));
    for await (const { x, from, rows } of blocks()) {
      for (const [s, { codes, squares }] of found.entries()) {
        await letOthersIn();
        for (let i = 0; i < rows; i++) {
          for (const [k, point] of sets[s]!.entries()) {
            const square = squareOf(x, i, point);
            if (square < squares[from + i]!) [codes[from + i], squares[from + i]] = [k, square];
          }
        }
      }
    }
    return found;
  };
  return {
    async points(positions) {
      const { data: own } = await takeRows(
        data.x,
        Uint32Array.from(positions, (position) => data.rows[position]!),
      );
      return positions.map((_, i) => center.map((value, j) => (own[i * cols + j]! - value) / unit[j]!));
    },
    async distances(points) {
      const found = points.map(() => new Float64Array(count));
      for await (const { x, from, rows } of blocks())
        for (const [k, own] of found.entries()) for (let i = 0; i < rows; i++) own[from + i] = squareOf(x, i, points[k]!);
      return found;
    },
    codes: async (sets) => (await nearest(sets)).map(({ codes }) => codes),
    nearest,
    async sums(codes, groups) {
      const found = codes.map(() => Array.from({ length: groups }, () => new Float64Array(cols + 1)));
      for await (const { x, from, rows } of blocks()) {
        for (const [s, sums] of found.entries()) {
          for (let i = 0; i < rows; i++) {
            const own = sums[codes[s]![from + i]!]!;
            const weight = weights[from + i]!;
            for (let j = 0; j < cols; j++) own[j]! += weight * x[i * cols + j]!;
            own[cols]! += weight;
          }
        }
      }
      return found;
    },
    release: () => {},
  };
}
