// The rows that others are compared with: the inverse root of their kernel matrix, in float64.
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import { eigenOf } from '../pca/eigen.ts';
import { kernelOf, type Kernel } from '../supportVectors/kernel.ts';
import { measure } from '../supportVectors/measure.ts';
import { denseRows, squareOf } from '../supportVectors/squares.ts';

/** Eigenvalues are no smaller than this, as in scikit-learn. */
const LEAST = 1e-12;
/** Where rounding to f32 grows by more than this, it is seen in the fifth digit. */
const MOST_GROWTH = 1000;

export interface Basis {
  /** `[components][components]` */
  readonly normalization: readonly Float64Array[];
  /** Whether f32 would lose what the inverse root makes large. */
  readonly precise: boolean;
}

/**
 * Takes a while for many rows: others have their turn meanwhile, but not while eigenvectors are found.
 *
 * @throws E_DATA for values of the kernel that are not finite; E_CANCELLED
 */
export async function basisOf(rows: RowsOf, kernel: Kernel, signal: AbortSignal): Promise<Basis> {
  const count = rows.rows.length;
  const { cols } = rows.x;
  const x = await denseRows(rows);
  const { lengths } = await measure(rows);
  const value = kernelOf(kernel);
  const alike = new Float64Array(count * count);
  const turn = async (): Promise<void> => {
    await letOthersIn();
    throwIfCancelled(signal);
  };
  for (let i = 0; i < count; i++) {
    await turn();
    for (let j = 0; j <= i; j++) {
      const own = value(squareOf(x, i * cols, x, j * cols, cols), lengths[i]!, lengths[j]!);
      if (!Number.isFinite(own)) {
        throw new PipelineError('E_DATA', `nystroem: a '${kernel.kernel}' kernel of rows of ${rows.name} is ${own}; a finite number is needed.`, {
          hint: "Scale the features with standardize() or minMax(), or give 'poly' a lower degree or gamma.",
        });
      }
      alike[i * count + j] = alike[j * count + i] = own;
    }
  }
  const { values, vectors } = eigenOf(alike, count);
  const normalization = Array.from({ length: count }, () => new Float64Array(count));
  await turn();
  for (const [v, vector] of vectors.entries()) {
    await turn();
    // As singular values have it: those below 0, which kernels that are no products have, count by their size.
    const factor = Math.sign(values[v]!) / Math.sqrt(Math.max(Math.abs(values[v]!), LEAST));
    for (const [i, own] of normalization.entries()) {
      const by = factor * vector[i]!;
      if (by !== 0) for (let j = 0; j <= i; j++) own[j]! += by * vector[j]!;
    }
  }
  for (const [i, own] of normalization.entries()) for (let j = 0; j < i; j++) normalization[j]![i] = own[j]!;
  const most = lengths.reduce((largest, length) => Math.max(largest, Math.abs(value(0, length, length))), 0);
  const growth = normalization.reduce((largest, own) => Math.max(largest, Math.sqrt(own.reduce((sum, value) => sum + value * value, 0))), 0);
  return { normalization, precise: growth * Math.sqrt(most * count) > MOST_GROWTH };
}
