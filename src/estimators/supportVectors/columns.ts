// Squared distances of the vectors of a model to rows that are asked of, vector by vector: in float64 on the host where there are few,
// else on the device, where those of bytes are exact.
import type { Compute } from '../../core/compute.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { eachPair } from '../pairs/eachPair.ts';
import { place } from '../pairs/place.ts';
import { denseRows, FEW_PRODUCTS, squareOf, standingOf, type Stood } from './squares.ts';

/** Rows asked of at once. */
const MOST_ASKED = 4096;

export interface Columns {
  readonly unit: number;
  readonly askedRows: number;
  /** Squared distances of each vector to the rows, which stand in `squares` from `at` on. */
  of(rows: RowsOf, use: (vector: number, squares: ArrayLike<number>, at: number) => void): Promise<void>;
  release(): void;
}

/** @param exact in float64 or as whole numbers, however long it takes */
export async function columnsOf(compute: Compute, among: RowsOf, asked: RowsOf, exact: boolean): Promise<Columns> {
  const few = compute.onHost || asked.rows.length * among.rows.length * among.x.cols < FEW_PRODUCTS;
  if (few) return columnsOnHost(among, asked);
  const stood = await standingOf(among, asked);
  return stood.standing.coarse || (exact && stood.standing.dtype !== 'u8') ? columnsOnHost(among, asked) : columnsOnDevice(compute, stood);
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

async function columnsOnDevice(compute: Compute, { data, standing, unit }: Stood): Promise<Columns> {
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
