// Kernels that are given: a feature of a row says how alike it is to another row, whose id is the number of the column. So rows and
// columns of a fold, a split or a shuffle are cut as one.
import { matrix, type Matrix } from '../../core/data/matrix.ts';
import type { CsrMatrix } from '../../core/data/csr.ts';
import type { Features } from '../../core/data/features.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import { rowsInMemory } from '../rows/inMemory.ts';
import type { Kernel, KernelOptions } from './kernel.ts';
import type { Finder } from './squares.ts';

/** Two kernels of the same rows, which are one, may be apart by this share of the largest. */
const ROUNDING = 1e-6;

/** Whether kernels are given. @throws E_PARAMS where only some models have theirs given; E_DATA for features that are no such kernels */
export function kernelsGiven(owner: string, { name, x }: RowsOf, models: readonly { readonly params: Pick<KernelOptions, 'kernel'> }[]): boolean {
  const given = models.filter(({ params }) => params.kernel === 'precomputed').length;
  if (given === 0) return false;
  if (given < models.length)
    throw new PipelineError('E_PARAMS', `${owner}: kernel is 'precomputed' and others; features are either kernels or coordinates.`, {
      hint: "Search for kernels of coordinates, or for other parameters of 'precomputed'.",
    });
  if (x.rows === x.cols) return true;
  throw new PipelineError('E_DATA', `${owner}: ${name} has ${x.rows} rows of ${x.cols} columns; a 'precomputed' kernel has a column for each row.`, {
    hint: 'Make them with kernelMatrix before the split: column j says how alike a row is to row j.',
  });
}

/** Finds kernels in the place of distances. @throws E_DATA for kernels that are not the same both ways */
export async function ofGiven(rows: RowsOf, groups: readonly Uint32Array[]): Promise<Finder> {
  const columns = groups.map((group) => group.map((row) => rows.rows[row]!));
  return {
    unit: 1,
    async find(wanted, group) {
      const of = columns[group]!;
      const out = new Float64Array(wanted.length * of.length);
      let at = 0;
      for await (const { x, rows: here, cols } of featureBlocks({ ...rows, rows: wanted.map((row) => rows.rows[row]!) }))
        for (let i = 0; i < here; i++) for (const column of of) out[at++] = x[i * cols + column]!;
      if (wanted === groups[group]) checkSymmetric(rows.name, out, of);
      return out;
    },
    release: () => {},
  };
}

function checkSymmetric(name: string, kernels: Float64Array, ids: Uint32Array): void {
  const count = ids.length;
  const largest = kernels.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const [one, other] = [kernels[i * count + j]!, kernels[j * count + i]!];
      if (Math.abs(one - other) <= ROUNDING * largest) continue;
      throw new PipelineError(
        'E_DATA',
        `Row ${ids[i]} of ${name} has a kernel of ${one} with row ${ids[j]}, which has ${other} with it; both are to be the same.`,
        {
          hint: 'A kernel says how alike two rows are, whichever comes first.',
        },
      );
    }
  }
}

/** What a model keeps of its vectors: the rows, or where kernels are given the columns that tell of them, `[vectors, 1]`. */
export async function vectorsOf(rows: RowsOf, support: Uint32Array, { kernel }: Kernel): Promise<Matrix | CsrMatrix> {
  const ids = support.map((row) => rows.rows[row]!);
  return kernel === 'precomputed' ? matrix(ids.length, 1, Float64Array.from(ids)) : rowsInMemory({ ...rows, rows: ids });
}

/** As `eachAlike` of sums, where kernels are given. */
export async function eachGiven(
  vectors: Features,
  asked: RowsOf,
  block: (from: number, rows: number) => { readonly vector: (vector: number, alike: Float64Array) => void; readonly done?: () => void },
): Promise<void> {
  const columns = (vectors as Matrix).data;
  for await (const { x, rows: here, cols, from } of featureBlocks(asked)) {
    const use = block(from, here);
    const alike = new Float64Array(here);
    for (const [vector, column] of columns.entries()) {
      for (let i = 0; i < here; i++) alike[i] = x[i * cols + column]!;
      use.vector(vector, alike);
    }
    use.done?.();
  }
}
