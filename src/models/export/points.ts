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

/** The least squared distance above 0 between some of them and others. */
export function nearestOf(points: readonly Float64Array[]): number {
  const some = (count: number) => points.filter((_, i) => i % Math.ceil(points.length / count) === 0);
  const squares = some(50).flatMap((one) => some(1000).map((other) => one.reduce((sum, value, j) => sum + (value - other[j]!) ** 2, 0)));
  return squares.reduce((least, own) => (own > 0 && own < least ? own : least), Infinity);
}
