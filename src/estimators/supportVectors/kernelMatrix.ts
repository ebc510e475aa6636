// Kernels of one's own, each found once: what 'precomputed' takes as features.
import { matrix, type Matrix } from '../../core/data/matrix.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import { denseRows } from './squares.ts';

/**
 * The rows of a dataset with new features: how alike each is to every row of the table, by a function of yours, which gives the same
 * for two rows whichever comes first and changes neither. It is what `kernel: 'precomputed'` of `svc`, `svr` and `oneClassSVM` takes, `[rows, rows]` in
 * float64, so it suits thousands of rows. Make it before a split, in a stage of your own: its result is kept until the code changes.
 * Folds and splits cut rows and columns as one.
 *
 * @throws E_DATA for a feature or a kernel that is not a finite number
 * @example
 * const alike = stage({
 *   id: 'alike',
 *   needs: ['data'],
 *   provides: ['data'],
 *   run: async ({ data }: Fetched) => ({
 *     data: await kernelMatrix(data, (a, b) => Math.exp(-0.1 * a.reduce((sum, own, j) => sum + Math.abs(own - b[j]!), 0))),
 *   }),
 * });
 * pipeline('p', fetch(iris()), alike, split({ test: 0.25, seed: 1 }), fit(svc({ kernel: 'precomputed' })), score({ on: 'test' }));
 */
export async function kernelMatrix<D extends RowsOf>(
  data: D,
  kernel: (a: Float64Array, b: Float64Array) => number,
): Promise<Omit<D, 'x' | 'columns' | 'scaling' | 'picture'> & { readonly x: Matrix<'f64'> }> {
  const { x: _, columns: __, scaling: ___, picture: ____, ...rest } = data as D & { readonly picture?: unknown };
  const { rows: count, cols } = data.x;
  const dense = await denseRows({ ...data, rows: Uint32Array.from({ length: count }, (_, row) => row) });
  const rows = Array.from({ length: count }, (_, row) => dense.subarray(row * cols, (row + 1) * cols));
  const alike = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    await letOthersIn();
    for (let j = 0; j <= i; j++) {
      const own = kernel(rows[i]!, rows[j]!);
      if (!Number.isFinite(own)) {
        throw new PipelineError('E_DATA', `kernelMatrix: the kernel of rows ${i} and ${j} of ${data.name} is ${own}; a finite number is needed.`, {
          hint: 'Look for a division by zero, or a root or logarithm of a number below 0.',
        });
      }
      alike[i * count + j] = alike[j * count + i] = own;
    }
  }
  return { ...rest, x: matrix(count, count, alike) };
}
