// The features that groups of columns make of the same rows, as one table.
import { categoriesOf } from '../../core/data/categories.ts';
import type { CsrMatrix } from '../../core/data/csr.ts';
import { takeBlocks, type Features } from '../../core/data/features.ts';
import { matrix, type Matrix } from '../../core/data/matrix.ts';

/** @param outputs columns of all parts */
export async function besideEachOther(parts: AsyncIterable<Features>, rows: number, outputs: number): Promise<Matrix<'f64'>> {
  const out = new Float64Array(rows * outputs);
  const categories: (readonly string[] | null)[] = [];
  let start = 0;
  for await (const x of parts) {
    for await (const { from, rows: here, cols, data } of takeBlocks(x, allOf(rows))) {
      for (let row = 0; row < here; row++) for (let j = 0; j < cols; j++) out[(from + row) * outputs + start + j] = data[row * cols + j]!;
    }
    const own = categoriesOf(x);
    for (let j = 0; j < x.cols; j++) categories.push(own?.[j] ?? null);
    start += x.cols;
  }
  const made = matrix(rows, outputs, out);
  return categories.some((one) => one) ? { ...made, categories } : made;
}

/** The same without zeros. @param parts of numbers alone */
export async function withoutZeros(parts: AsyncIterable<Features>, rows: number, outputs: number): Promise<CsrMatrix<'f64'>> {
  const columns = Array.from({ length: rows }, (): number[] => []);
  const values = Array.from({ length: rows }, (): number[] => []);
  let start = 0;
  for await (const x of parts) {
    const put = (row: number, column: number, value: number): void => {
      if (value === 0) return;
      columns[row]!.push(start + column);
      values[row]!.push(value);
    };
    if ('indptr' in x) {
      for (let row = 0; row < rows; row++) for (let at = x.indptr[row]!; at < x.indptr[row + 1]!; at++) put(row, x.indices[at]!, x.values[at]!);
    } else {
      for await (const { from, rows: here, cols, data } of takeBlocks(x, allOf(rows))) {
        for (let row = 0; row < here; row++) for (let j = 0; j < cols; j++) put(from + row, j, data[row * cols + j]!);
      }
    }
    start += x.cols;
  }
  const indptr = new Uint32Array(rows + 1);
  columns.forEach((own, row) => (indptr[row + 1] = indptr[row]! + own.length));
  return { rows, cols: outputs, dtype: 'f64', indptr, indices: Uint32Array.from(columns.flat()), values: Float64Array.from(values.flat()) };
}

function allOf(rows: number): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, row) => row);
}
