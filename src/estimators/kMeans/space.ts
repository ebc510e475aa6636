// Where rows and centers of clusters are: on the device in f32, or on the host in float64, where f32 does not tell rows apart.
import type { Compute } from '../../core/compute.ts';
import { takeRows } from '../../core/data/features.ts';
import type { Device, RowsOf } from '../../dsl/estimator.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import { byDistances, byWholeNumbers, codesOf, nearestCodes, type WholeCodes } from '../centroids/assigned.ts';
import { distancesTo, nearestOf } from '../centroids/distancesTo.ts';
import type { Branch } from '../../core/shards/spans.ts';
import { rowSquares } from '../../kernels/rowSquares/rowSquares.ts';
import { branchesByGroup, momentsOf, uploadCodes, uploadWeights } from '../centroids/sumsByGroup.ts';
import { featureBlocks, type FeatureBlock } from '../rows/featureBlocks.ts';
import type { MeasuredFrame } from '../rows/frame.ts';
import type { PartOfRows } from '../rows/sharded/parts.ts';
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
  /** Sum of the squares of all rows of bytes, a whole number. */
  squares(): Promise<number>;
  /** Bytes that the device binds at once. */
  readonly mostBytes: number;
  release(): void;
}

/** On a device, of rows that may be part of all. */
export interface DeviceSpace extends Space {
  /** As {@link byWholeNumbers} has it. */
  wholeCodes(sets: readonly Points[]): Promise<readonly WholeCodes[] | undefined>;
  codesByDistances(sets: readonly Points[]): Promise<readonly Uint32Array[]>;
  branches(codes: readonly Uint32Array[], groups: number): Promise<readonly Branch[]>;
}

/**
 * @param scale by which columns of the frame are multiplied to be as they are meant, `[cols]`
 * @param weights `[rows]`
 */
export async function spaceOf({ compute }: Pick<Device, 'compute'>, data: RowsOf, rows: TiledRows, scale: Float64Array, weights: Float64Array): Promise<Space> {
  return isCoarse(rows.frame, scale) ? onHost(data, rows, scale, weights) : onDevice(await compute(), data, rows, scale, weights);
}

/** Whether f32 does not tell rows apart. */
export function isCoarse({ coarse }: MeasuredFrame, scale: Float64Array): boolean {
  return scale.some((factor, j) => factor !== 0 && coarse[j] === 1);
}

/** Rows at some positions, as a device has them. */
export async function pointsOf(data: RowsOf, { center, unit }: MeasuredFrame, positions: readonly number[]): Promise<Points> {
  const ids = Uint32Array.from(positions, (position) => data.rows[position]!);
  const { data: values, cols } = await takeRows(data.x, ids);
  return positions.map((_, i) => center.map((value, j) => Math.fround((values[i * cols + j]! - value) / unit[j]!)));
}

export function onDevice(compute: Compute, data: RowsOf, rows: TiledRows, scale: Float64Array, weights: Float64Array, part?: PartOfRows): DeviceSpace {
  const rowWeights = uploadWeights(compute, weights, rows);
  const branches = async (codes: readonly Uint32Array[], groups: number): Promise<readonly Branch[]> => {
    const buffer = uploadCodes(compute, codes, rows);
    try {
      return await branchesByGroup(compute, rows, { codes: buffer, sets: codes.length, groups, weights: rowWeights }, part);
    } finally {
      compute.release(buffer);
    }
  };
  return {
    points: (positions) => pointsOf(data, rows.frame, positions),
    wholeCodes: (sets) => byWholeNumbers(compute, data, rows, sets, scale),
    codesByDistances: (sets) => byDistances(compute, rows, sets, scale),
    branches,
    squares: () => sumOfSquares(compute, rows),
    mostBytes: compute.limits.maxBindingBytes,
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
    sums: async (codes, groups) => momentsOf(await branches(codes, groups), { sets: codes.length, groups }, data.x.cols).map(({ sums }) => sums),
    release: () => compute.release(rowWeights),
  };
}

/** Over all rows of bytes, in whole numbers. */
async function sumOfSquares(compute: Compute, { shape: { words, quads, tileQuads, rows }, each }: TiledRows): Promise<number> {
  const squares = compute.create('squares', quads * 16);
  try {
    await each(({ x, quads, offset }) =>
      compute.launch(rowSquares, {
        params: { words, quads, offset },
        bindings: { x, squares },
        sizes: { TILE_QUADS: tileQuads },
        grid: [Math.ceil(quads / rowSquares.sizes.WORKGROUP)],
      }),
    );
    // Each row has the square of its constant too.
    return await compute.lend(squares, {}, (bytes) => new Uint32Array(bytes, 0, rows).reduce((sum, own) => sum + own - 1, 0));
  } finally {
    compute.release(squares);
  }
}

/** Rows come a block at a time, and others have their turn in between: there may be more of them than memory has room for. */
export function onHost(data: RowsOf, { frame: { center, unit } }: Pick<TiledRows, 'frame'>, scale: Float64Array, weights: Float64Array): Space {
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
    // Only bytes are asked for these, and f32 tells bytes apart.
    squares: () => Promise.reject(new Error('no bytes')),
    mostBytes: Infinity,
    release: () => {},
  };
}
