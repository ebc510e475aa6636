// Products of rows with vectors, in float64 on the host: sparse rows are read without their zeros, whatever their scaling.
import { takeBlocks } from '../../core/data/features.ts';
import { notFinite } from '../../core/data/notFinite.ts';
import type { RowsOf } from '../../dsl/estimator.ts';

/** Vectors side by side, `[cols][width]`. */
export interface Vectors {
  readonly width: number;
  readonly data: Float64Array;
}

/** A row as it is stored: values of some columns, or of all of them in order. */
interface StoredRow {
  readonly values: ArrayLike<number>;
  /** Absent for all. */
  readonly columns: Uint32Array | undefined;
}

async function eachRow({ x, rows: ids, columns }: RowsOf, use: (row: StoredRow, at: number) => void): Promise<void> {
  if ('indptr' in x) {
    for (const [at, id] of ids.entries()) {
      const [from, to] = [x.indptr[id]!, x.indptr[id + 1]!];
      use({ values: x.values.subarray(from, to), columns: x.indices.subarray(from, to) }, at);
    }
    return;
  }
  for await (const { data, rows, cols, from } of takeBlocks(x, ids)) {
    for (let r = 0; r < rows; r++) {
      const values = data.subarray(r * cols, (r + 1) * cols);
      for (let j = 0; j < cols; j++) if (!Number.isFinite(values[j])) throw notFinite(values[j]!, ids[from + r]!, j, columns);
      use({ values, columns: undefined }, from + r);
    }
  }
}

/** Of each row as it is meant with each vector; `use` gets `[width]` numbers, which are overwritten, and the row as it is stored. */
async function eachProduct(rows: RowsOf, { width, data }: Vectors, use: (products: Float64Array, row: StoredRow, at: number) => void): Promise<void> {
  const { scaling } = rows;
  // (x - shift) * factor with v is x with factor * v, less what the shift has with that.
  const scaled = scaling ? data.map((value, at) => value * scaling.factor[Math.floor(at / width)]!) : data;
  const due = new Float64Array(width);
  if (scaling) for (let at = 0; at < scaled.length; at++) due[at % width]! -= scaling.shift[Math.floor(at / width)]! * scaled[at]!;
  const products = new Float64Array(width);
  await eachRow(rows, (row, at) => {
    const { values, columns } = row;
    products.set(due);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value === 0) continue;
      const first = (columns ? columns[i]! : i) * width;
      for (let c = 0; c < width; c++) products[c]! += value * scaled[first + c]!;
    }
    use(products, row, at);
  });
}

/** `[rows][width]` */
export async function productsOf(rows: RowsOf, vectors: Vectors): Promise<Float64Array> {
  const out = new Float64Array(rows.rows.length * vectors.width);
  await eachProduct(rows, vectors, (products, _, at) => out.set(products, at * vectors.width));
  return out;
}

/** The transpose of the rows times the rows times the vectors, in one pass. */
export async function gramTimes(rows: RowsOf, vectors: Vectors): Promise<Vectors> {
  const { width } = vectors;
  const { scaling } = rows;
  const [out, sums] = [new Float64Array(vectors.data.length), new Float64Array(width)];
  await eachProduct(rows, vectors, (products, { values, columns }) => {
    for (let c = 0; c < width; c++) sums[c]! += products[c]!;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value === 0) continue;
      const first = (columns ? columns[i]! : i) * width;
      for (let c = 0; c < width; c++) out[first + c]! += value * products[c]!;
    }
  });
  if (scaling)
    for (let at = 0, j = 0; at < out.length; at++, j = Math.floor(at / width))
      out[at] = (out[at]! - scaling.shift[j]! * sums[at % width]!) * scaling.factor[j]!;
  return { width, data: out };
}

/** Sum of the variances of the columns as they are meant, and how each product varies, `[width]`. */
export async function variancesOf(rows: RowsOf, vectors: Vectors): Promise<{ readonly total: number; readonly products: Float64Array }> {
  const { width } = vectors;
  const count = rows.rows.length;
  const { cols } = rows.x;
  const [means, productMeans] = [new Float64Array(cols), new Float64Array(width)];
  await eachProduct(rows, vectors, (products, { values, columns }) => {
    for (let i = 0; i < values.length; i++) means[columns ? columns[i]! : i]! += values[i]! / count;
    for (let c = 0; c < width; c++) productMeans[c]! += products[c]! / count;
  });
  const [squares, productSquares, held] = [new Float64Array(cols), new Float64Array(width), new Uint32Array(cols)];
  await eachProduct(rows, vectors, (products, { values, columns }) => {
    for (let i = 0; i < values.length; i++) {
      const j = columns ? columns[i]! : i;
      squares[j]! += (values[i]! - means[j]!) ** 2;
      held[j]!++;
    }
    for (let c = 0; c < width; c++) productSquares[c]! += (products[c]! - productMeans[c]!) ** 2;
  });
  const total = squares.reduce((sum, own, j) => sum + ((own + (count - held[j]!) * means[j]! ** 2) / count) * (rows.scaling?.factor[j] ?? 1) ** 2, 0);
  return { total, products: productSquares.map((sum) => sum / count) };
}
