// Kernels that are given: a feature of a row says how alike it is to another row, whose id is the number of the column. So rows and
// columns of a fold, a split or a shuffle are cut as one.
import { matrix, type Matrix } from '../../core/data/matrix.ts';
import { isSparse, type CsrMatrix } from '../../core/data/csr.ts';
import { isStored, takeRows, type Features } from '../../core/data/features.ts';
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

/** Finds kernels in the place of distances. @throws E_DATA for kernels that are not the same both ways, or larger than f32 has */
export async function ofGiven(rows: RowsOf, groups: readonly Uint32Array[]): Promise<Finder> {
  await checkSame(rows);
  const columns = groups.map((group) => group.map((row) => rows.rows[row]!));
  return {
    unit: 1,
    async find(wanted, group) {
      const of = columns[group]!;
      const out = new Float64Array(wanted.length * of.length);
      let at = 0;
      for await (const { x, rows: here, cols } of featureBlocks({ ...rows, rows: wanted.map((row) => rows.rows[row]!) }))
        for (let i = 0; i < here; i++) for (const column of of) out[at++] = x[i * cols + column]!;
      return out;
    },
    release: () => {},
  };
}

async function checkSame({ name, x, rows, scaling }: RowsOf): Promise<void> {
  const uneven = scaling && ![scaling.shift, scaling.factor].every((own) => own.every((value) => value === own[0]));
  if (uneven) {
    throw new PipelineError('E_DATA', `The kernels of ${name} are scaled column by column, so that those of two rows are no longer the same both ways.`, {
      hint: 'Leave out standardize() and the like before a precomputed kernel, or scale the rows before kernelMatrix.',
    });
  }
  const { data, cols } =
    !isStored(x) && !isSparse({ x })
      ? (x as Matrix)
      : await takeRows(
          x,
          Uint32Array.from({ length: x.rows }, (_, id) => id),
        );
  const largest = rows.reduce((most, i) => rows.reduce((own, j) => Math.max(own, Math.abs(data[i * cols + j]!)), most), 0);
  if (!Number.isFinite(Math.fround(largest))) {
    throw new PipelineError('E_DATA', `The kernels of ${name} have values of ${largest}; at most 3e38 fits.`, { hint: 'Divide all of them by one number.' });
  }
  for (const [at, i] of rows.entries()) {
    for (const j of rows.subarray(0, at)) {
      const [one, other] = [data[i * cols + j]!, data[j * cols + i]!];
      if (Math.abs(one - other) <= ROUNDING * largest) continue;
      throw new PipelineError('E_DATA', `Row ${i} of ${name} has a kernel of ${one} with row ${j}, which has ${other} with it; both are to be the same.`, {
        hint: 'A kernel says how alike two rows are, whichever comes first; nothing may change it between kernelMatrix and the estimator.',
      });
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
