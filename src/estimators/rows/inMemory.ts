// Rows that a model remembers, as a matrix of its own.
import { csr, type CsrMatrix } from '../../core/data/csr.ts';
import { takeBlocks, takeRows, type Features } from '../../core/data/features.ts';
import type { Matrix } from '../../core/data/matrix.ts';
import { notFinite } from '../../core/data/notFinite.ts';
import type { RowsOf } from '../../dsl/estimator.ts';

/** Rows of a dataset as a matrix of its own, sparse where they are. @throws E_DATA for a feature that is not finite */
export async function rowsInMemory({ x, rows, columns }: RowsOf): Promise<Matrix | CsrMatrix> {
  if (x.dtype === 'f32' || x.dtype === 'f64') {
    for await (const block of takeBlocks(x, rows)) checkFinite(block, rows.subarray(block.from), columns);
  }
  // An object of its own even where the rows are all there: models are known by it.
  if (!('readRows' in x) && rows.length === x.rows && rows.every((id, i) => id === i)) return { ...x };
  return 'indptr' in x ? rowsOfSparse(x, rows) : takeRows(x as Features, rows);
}

function rowsOfSparse({ cols, indptr, indices, values }: CsrMatrix, ids: Uint32Array): CsrMatrix {
  const starts = new Uint32Array(ids.length + 1);
  ids.forEach((id, i) => (starts[i + 1] = starts[i]! + indptr[id + 1]! - indptr[id]!));
  const columns = new Uint32Array(starts.at(-1)!);
  const data = new (values.constructor as Float64ArrayConstructor)(columns.length);
  ids.forEach((id, i) => {
    columns.set(indices.subarray(indptr[id], indptr[id + 1]), starts[i]);
    data.set(values.subarray(indptr[id], indptr[id + 1]) as Float64Array, starts[i]);
  });
  return csr(ids.length, cols, { indptr: starts, indices: columns, data });
}

/** @param ids what errors call the rows @param columns what they call the columns @throws E_DATA for a feature that is not finite */
export function checkFinite({ data, cols }: Matrix, ids: Uint32Array, columns: readonly string[] | undefined): void {
  const wrong = (data as Float64Array).findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw notFinite(data[wrong]!, ids[Math.floor(wrong / cols)]!, wrong % cols, columns);
}
