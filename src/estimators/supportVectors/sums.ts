// What a model of support vectors says of rows: sums over the vectors, of how alike they are to a row times their coefficients.
import type { Compute } from '../../core/compute.ts';
import type { Scaling } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { eachPair } from '../pairs/eachPair.ts';
import { place } from '../pairs/place.ts';
import { kernelOf, type Kernel } from './kernel.ts';
import { measure } from './measure.ts';
import { denseRows, FEW_PRODUCTS, squareOf, standingOf } from './squares.ts';

/** Rows asked of at once. */
const MOST_ASKED = 4096;

export interface Machine extends Kernel {
  /** As stored: bytes stay bytes. */
  readonly vectors: Features;
  readonly scaling?: Scaling | undefined;
}

/** Of a vector: which sums it counts in, and how much. */
export interface Counted {
  readonly outputs: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

/**
 * @param counted by vector
 * @param use is given the sums of some rows, from position `from` on, `[outputs][rows]`
 */
export async function kernelSums(
  compute: Compute,
  machine: Machine,
  counted: readonly Counted[],
  outputs: number,
  asked: RowsOf,
  use: (from: number, sums: readonly Float64Array[]) => void,
): Promise<void> {
  const { vectors, scaling, ...kernel } = machine;
  const { rows: count, cols } = vectors;
  const among: RowsOf = { name: 'support vectors', x: vectors, rows: Uint32Array.from({ length: count }, (_, i) => i), scaling };
  const few = asked.rows.length * count * cols < FEW_PRODUCTS;
  const eachColumn = await (few ? columnsOnHost(among, asked) : columnsOnDevice(compute, among, asked));
  const bare = kernel.kernel === 'rbf';
  const value = kernelOf(kernel);
  const own = bare ? undefined : (await measure(among)).lengths;
  try {
    for (let from = 0; from < asked.rows.length; from += eachColumn.askedRows) {
      const rows = { ...asked, rows: asked.rows.subarray(from, from + eachColumn.askedRows) };
      const here = rows.rows.length;
      const lengths = bare ? undefined : (await measure(rows)).lengths;
      const sums = Array.from({ length: outputs }, () => new Float64Array(here));
      const alike = new Float64Array(here);
      await eachColumn.of(rows, (vector, squares, at) => {
        const length = own?.[vector] ?? 0;
        for (let i = 0; i < here; i++) alike[i] = value(squares[at + i]! * eachColumn.unit, length, lengths?.[i] ?? 0);
        const { outputs: into, weights } = counted[vector]!;
        for (let k = 0; k < into.length; k++) addTo(sums[into[k]!]!, weights[k]!, alike);
      });
      use(from, sums);
    }
  } finally {
    eachColumn.release();
  }
}

function addTo(sum: Float64Array, by: number, values: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += by * values[i]!;
}

interface Columns {
  readonly unit: number;
  readonly askedRows: number;
  /** Squared distances of each vector to the rows, which stand in `squares` from `at` on. */
  of(rows: RowsOf, use: (vector: number, squares: ArrayLike<number>, at: number) => void): Promise<void>;
  release(): void;
}

async function columnsOnHost(among: RowsOf, asked: RowsOf): Promise<Columns> {
  const { cols } = among.x;
  const vectors = await denseRows(among);
  return {
    unit: 1,
    askedRows: Math.max(1, Math.min(MOST_ASKED, asked.rows.length)),
    async of(rows, use) {
      const x = await denseRows(rows);
      const squares = new Float64Array(rows.rows.length);
      for (let vector = 0; vector < among.rows.length; vector++) {
        for (let i = 0; i < squares.length; i++) squares[i] = squareOf(x, i * cols, vectors, vector * cols, cols);
        use(vector, squares, 0);
      }
    },
    release: () => {},
  };
}

async function columnsOnDevice(compute: Compute, among: RowsOf, asked: RowsOf): Promise<Columns> {
  const { data, standing, unit } = await standingOf(among, asked);
  const vectors = await place(compute, data, standing, { idles: false });
  const As = standing.dtype === 'u8' ? Uint32Array : Float32Array;
  return {
    unit,
    askedRows: Math.max(4, Math.min(MOST_ASKED, vectors.layout.blockRows) & ~3),
    async of(rows, use) {
      const points = await place(compute, { ...rows, scaling: data.scaling }, standing, { idles: false });
      try {
        await eachPair(compute, points, vectors, ({ distances, stride, first, rows: here }) =>
          compute.lend(distances, { sizeBytes: here * stride * 4 }, (bytes) => {
            const numbers = new As(bytes);
            for (let row = 0; row < here; row++) use(first + row, numbers, row * stride);
          }),
        );
      } finally {
        points.release();
      }
    },
    release: () => vectors.release(),
  };
}
