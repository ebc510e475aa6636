// The sparse twin of a matrix.
import { csr, type CsrMatrix } from '../../src/core/data/csr.ts';
import { DTYPES, type Matrix } from '../../src/core/data/matrix.ts';

export function sparseOf({ rows, cols, dtype, data }: Matrix): CsrMatrix {
  const kept = [...data.keys()].filter((at) => data[at] !== 0);
  const indptr = new Uint32Array(rows + 1);
  for (const at of kept) indptr[Math.floor(at / cols) + 1]!++;
  for (let row = 0; row < rows; row++) indptr[row + 1]! += indptr[row]!;
  const indices = Uint32Array.from(kept, (at) => at % cols);
  return csr(rows, cols, { indptr, indices, data: new DTYPES[dtype](kept.map((at) => data[at]!)) });
}
