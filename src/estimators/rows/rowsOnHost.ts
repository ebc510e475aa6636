// Rows for estimators that come back to single rows again and again: all of them on the host, without their zeros where that is less to
// look at, and bytes as bytes, since most of the time of a step is that of getting at its row.
import type { Scaling } from '../../core/data/dataset.ts';
import { isStored } from '../../core/data/features.ts';
import type { FeatureArray } from '../../core/data/matrix.ts';
import { notFinite } from '../../core/data/notFinite.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { featureBlocks, type FeatureBlock } from './featureBlocks.ts';

/** Features other than 0. */
export interface SparseRows {
  readonly cols: number;
  readonly values: Uint8Array | Float64Array;
  /** Of each value. */
  readonly columns: Uint16Array | Uint32Array;
  /** Where the values of each row begin, and where those of the last end, `[rows + 1]`. Whole numbers of 32 bits are the faster places. */
  readonly starts: Int32Array | Float64Array;
}

/** All features, as `(value - shift) * factor` where they are scaled. */
export interface DenseRows {
  readonly cols: number;
  /** `[rows][cols]` */
  readonly values: Uint8Array | Float32Array | Float64Array;
  readonly scaling: Scaling | undefined;
}

export interface HostRows {
  readonly count: number;
  readonly cols: number;
  readonly sparse?: SparseRows | undefined;
  readonly dense?: DenseRows | undefined;
}

/** A value and its column take half as long again as a value alone. */
const FEW = 0.6;

/** @throws E_DATA for a feature that is not a finite number */
export async function rowsOnHost(rows: RowsOf): Promise<HostRows> {
  const [count, { cols, dtype }] = [rows.rows.length, rows.x];
  const starts = new Float64Array(count + 1);
  for await (const { from, x, rows: many, ids } of blocks(rows)) {
    for (let i = 0; i < many; i++) {
      let there = 0;
      for (let at = (ids ? ids[i]! : i) * cols, end = at + cols; at < end; at++) if (x[at] !== 0) there++;
      starts[from + i + 1] = starts[from + i]! + there;
    }
  }
  const there = starts[count]!;
  if (there >= FEW * count * cols) {
    const values = new (dtype === 'u8' ? Uint8Array : dtype === 'f32' ? Float32Array : Float64Array)(count * cols);
    for await (const { from, x } of featureBlocks({ ...rows, scaling: undefined })) values.set(x, from * cols);
    return { count, cols, dense: { cols, values, scaling: rows.scaling } };
  }
  const values = new (dtype === 'u8' && !rows.scaling ? Uint8Array : Float64Array)(there);
  const columns = new (cols <= 2 ** 16 ? Uint16Array : Uint32Array)(there);
  let next = 0;
  for await (const { x, rows: many, ids } of blocks(rows)) {
    for (let i = 0; i < many; i++) {
      const begin = (ids ? ids[i]! : i) * cols;
      for (let j = 0; j < cols; j++) {
        const value = x[begin + j]!;
        if (value === 0) continue;
        values[next] = value;
        columns[next++] = j;
      }
    }
  }
  return { count, cols, sparse: { cols, values, columns, starts: there < 2 ** 31 ? Int32Array.from(starts) : starts } };
}

/** Features as they are meant; whole numbers in memory stay where they are, in rows `ids`. */
async function* blocks(rows: RowsOf): AsyncGenerator<Omit<FeatureBlock, 'x' | 'cols'> & { readonly x: FeatureArray; readonly ids?: Uint32Array }> {
  const { x, rows: ids, scaling } = rows;
  if ('data' in x && x.dtype !== 'f32' && x.dtype !== 'f64' && !scaling) yield { from: 0, rows: ids.length, x: x.data, ids };
  else yield* featureBlocks(rows);
}

/** Rows to copy one by one, whatever their zeros: those in memory stay where they are. */
export interface RowsToCopy {
  readonly count: number;
  readonly cols: number;
  readonly sparse?: SparseRows | undefined;
  readonly dense?: (Pick<DenseRows, 'cols' | 'scaling'> & { readonly values: FeatureArray; readonly ids?: Uint32Array | undefined }) | undefined;
}

/** @throws E_DATA for a feature that is not a finite number */
export async function rowsToCopy(rows: RowsOf): Promise<RowsToCopy> {
  const { x, rows: ids, columns, scaling } = rows;
  if (isStored(x) || 'indptr' in x) return rowsOnHost(rows);
  const { cols, data } = x;
  if (x.dtype === 'f32' || x.dtype === 'f64') {
    for (const id of ids) {
      for (let j = 0; j < cols; j++) if (!Number.isFinite(data[id * cols + j]!)) throw notFinite(data[id * cols + j]!, id, j, columns);
    }
  }
  return { count: ids.length, cols, dense: { cols, values: data, scaling, ids } };
}

/** Writes a row's features, rounded to f32, into zeros. */
export function copyRow({ sparse, dense }: RowsToCopy, row: number, into: Float32Array, at: number): void {
  if (sparse) {
    for (let i = sparse.starts[row]!; i < sparse.starts[row + 1]!; i++) into[at + sparse.columns[i]!] = sparse.values[i]!;
    return;
  }
  const { cols, values, scaling, ids } = dense!;
  const begin = (ids ? ids[row]! : row) * cols;
  if (scaling) for (let j = 0; j < cols; j++) into[at + j] = (values[begin + j]! - scaling.shift[j]!) * scaling.factor[j]!;
  else into.set(values.subarray(begin, begin + cols), at);
}
