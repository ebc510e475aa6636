// A kernel by a few of the rows: how alike a row is to each of them, turned so that products of two rows are about their kernel. As
// scikit-learn 1.9's Nystroem (Williams and Seeger 2001).
import type { CsrMatrix } from '../../core/data/csr.ts';
import { matrix, type Matrix } from '../../core/data/matrix.ts';
import { RandomState } from '../../core/data/random.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { linearValues } from '../linear/linearValues.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import { rowsInMemory } from '../rows/inMemory.ts';
import { hasGamma, type Kernel } from '../supportVectors/kernel.ts';
import { eachAlike } from '../supportVectors/sums.ts';
import { basisOf } from './basis.ts';

/** Of kernel values at once. */
const BLOCK_BYTES = 32e6;

export interface NystroemOptions {
  /** How alike two rows a and b are: 'rbf' (default) exp(-gamma |a - b|^2), 'linear' a b, 'poly' (gamma a b + coef0)^degree, 'sigmoid' tanh(gamma a b + coef0), 'cosine' a b / (|a| |b|). */
  readonly kernel?: 'rbf' | 'linear' | 'poly' | 'sigmoid' | 'cosine' | undefined;
  /** Of 'rbf', 'poly' and 'sigmoid': a number above 0. Default 1 / columns. */
  readonly gamma?: number | undefined;
  /** Of 'poly': the power, a whole number from 1 up. Default 3. */
  readonly degree?: number | undefined;
  /** Of 'poly' and 'sigmoid': what is added to the product. Default 1. */
  readonly coef0?: number | undefined;
  /** Rows that others are compared with, and features that are made; at most all rows. Default 100. */
  readonly nComponents?: number | undefined;
  /** What these rows are drawn from. Default: the seed of the run. */
  readonly seed?: number | undefined;
}

const params = z.strictObject({
  kernel: z.enum(['rbf', 'linear', 'poly', 'sigmoid', 'cosine']).default('rbf').describe('how alike two rows are'),
  gamma: z.number().positive().optional().describe('how fast the kernel falls with the distance; by default 1 / columns'),
  degree: z.int().min(1).default(3).describe("power of 'poly'"),
  coef0: z.number().default(1).describe("what 'poly' and 'sigmoid' add to the product"),
  nComponents: z.int().min(1).default(100).describe('rows that others are compared with'),
  seed: seedParam.describe('what these rows are drawn from'),
} satisfies ShapeOf<NystroemOptions>);

export interface Fields extends Kernel {
  /** The rows that others are compared with, as stored, `[components, cols]`. */
  readonly components: Matrix | CsrMatrix;
  /** Their positions among the training rows, `[components]`. */
  readonly componentIndices: Uint32Array;
  /** The inverse root of their kernel matrix, `[components][components]`. */
  readonly normalization: readonly Float64Array[];
  /** Whether f32 would lose what the inverse root makes large. */
  readonly precise: boolean;
}

/**
 * `sklearn.kernel_approximation.Nystroem`: compares each row with `nComponents` of the training rows, so that a linear model of these
 * features is nearly one with the kernel, at the cost of a linear one. A seed draws the rows of scikit-learn. Scale features first.
 *
 * Rows `[rows, cols]` become `[rows, components]`. Distances and products run on the device, in f32 or on exact bytes. Where rows
 * that others are compared with are nearly alike, small differences count much: then all is float64, and takes longer.
 *
 * @throws E_PARAMS for invalid parameters, and when training for more components than rows; E_DATA for features that are not finite
 * @example
 * fit(chain(scale({ factor: 1 / 255 }), nystroem({ gamma: 0.02, nComponents: 1000, seed: 1 }), linearSVC({ C: 10, tol: 1e-5 })));
 */
export const nystroem = defineEstimator<NystroemOptions>()({
  name: 'nystroem',
  kind: 'transformer',
  params,
  async train(rows, { nComponents, seed, gamma = 1 / rows.x.cols, ...rest }, { signal }): Promise<Fields> {
    const count = rows.rows.length;
    if (nComponents > count) {
      throw new PipelineError('E_PARAMS', `nystroem: nComponents is ${nComponents}; ${rows.name} has ${count} rows to compare others with.`, {
        hint: `Use ${count} or fewer.`,
      });
    }
    for await (const _ of featureBlocks(rows)); // refuses what is not finite, also where it was not drawn
    const kernel: Kernel = { ...rest, gamma };
    const componentIndices = new RandomState(seed).permutation(count).slice(0, nComponents);
    const drawn: RowsOf = { ...rows, rows: componentIndices.map((row) => rows.rows[row]!) };
    return { ...kernel, components: await rowsInMemory(drawn), componentIndices, ...(await basisOf(drawn, kernel, signal)) };
  },
  outputs: ({ normalization }) => normalization.length,
  async scores({ components, normalization, precise, scaling, kernel, gamma, degree, coef0 }, rows, context) {
    const width = normalization.length;
    const out = new Float64Array(rows.rows.length * width);
    const compute = await context.compute();
    const turn = { coef: normalization, intercept: new Float64Array(width) };
    const most = Math.max(64, Math.floor(BLOCK_BYTES / (8 * width)));
    for (let from = 0; from < rows.rows.length; from += most) {
      const asked = { ...rows, rows: rows.rows.subarray(from, from + most) };
      const here = asked.rows.length;
      const alike = matrix(here, width, new Float64Array(here * width));
      await eachAlike(compute, { vectors: components, scaling, kernel, gamma, degree, coef0 }, asked, precise, (first) => ({
        vector(component, values) {
          for (let i = 0, at = first * width + component; i < values.length; i++, at += width) alike.data[at] = values[i]!;
        },
      }));
      const of = { name: rows.name, x: alike, rows: Uint32Array.from({ length: here }, (_, i) => i) };
      out.set(await linearValues(turn, of, context, { precise }), from * width);
    }
    return out;
  },
  summary: ({ normalization, kernel, gamma }) => ({ components: normalization.length, ...(hasGamma(kernel) ? { gamma } : {}) }),
});
