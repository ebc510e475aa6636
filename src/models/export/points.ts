// Rows that a model keeps, as lists of numbers.
import { rowsOfCsr, type CsrMatrix } from '../../core/data/csr.ts';
import type { Scaling } from '../../core/data/dataset.ts';
import type { Matrix } from '../../core/data/matrix.ts';

/** @param ids which rows, by default all */
export function denseRows(x: Matrix | CsrMatrix, ids: Uint32Array = Uint32Array.from({ length: x.rows }, (_, row) => row)): readonly Float64Array[] {
  return Array.from(ids, (id) => {
    if (!('indptr' in x)) return Float64Array.from(x.data.subarray(id * x.cols, (id + 1) * x.cols));
    const row = new Float64Array(x.cols);
    rowsOfCsr(x, Uint32Array.of(id), row);
    return row;
  });
}

/** As they are meant. */
export function meantPoints(points: readonly Float64Array[], scaling: Scaling | undefined): readonly Float64Array[] {
  if (!scaling) return points;
  return points.map((own) => own.map((value, j) => (value - scaling.shift[j]!) * scaling.factor[j]!));
}
