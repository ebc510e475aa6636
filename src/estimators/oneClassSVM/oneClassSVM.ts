// The support of most rows: where they are dense in the space of a kernel. As scikit-learn 1.9's OneClassSVM, which is libsvm's
// (Schölkopf and others 2001).
import { weightsOf } from '../../core/data/dataset.ts';
import type { CsrMatrix } from '../../core/data/csr.ts';
import type { Matrix } from '../../core/data/matrix.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { kernelsGiven, vectorsOf } from '../supportVectors/given.ts';
import { hasGamma, kernelParams, type Kernel, type KernelOptions } from '../supportVectors/kernel.ts';
import { measure } from '../supportVectors/measure.ts';
import { kernelsOf } from '../supportVectors/planned.ts';
import { kernelRows } from '../supportVectors/rows.ts';
import { searchParams, warnOfConvergence, type SearchOptions } from '../supportVectors/search.ts';
import { solve } from '../supportVectors/solve.ts';
import { squaresOf } from '../supportVectors/squares.ts';
import { kernelSums } from '../supportVectors/sums.ts';

const NU_NEEDED = 'nu is the largest share of rows that may be outliers: a number between 0 and 1';

export interface OneClassSVMOptions extends KernelOptions, Omit<SearchOptions, 'C'> {
  /** The largest share of the training rows that may be outliers, and the least that are vectors: between 0 and 1. Default 0.5. */
  readonly nu?: number | undefined;
}

const search = z.strictObject(searchParams).omit({ C: true }).shape;
const params = z.strictObject({
  nu: z.number({ error: NU_NEEDED }).positive({ error: NU_NEEDED }).lt(1, { error: NU_NEEDED }).default(0.5).describe('largest share of outliers'),
  ...kernelParams,
  ...search,
} satisfies ShapeOf<OneClassSVMOptions>);

export interface Fields extends Kernel {
  /** Support vectors as stored, `[vectors, cols]`; of 'precomputed' their columns, `[vectors, 1]`. */
  readonly supportVectors: Matrix | CsrMatrix;
  /** Their positions among the training rows, ascending, `[vectors]`. */
  readonly support: Uint32Array;
  /** What a vector counts, `[vectors]`. */
  readonly dualCoef: Float64Array;
  readonly intercept: number;
  /** Steps of the search. */
  readonly nIter: number;
}

/**
 * `sklearn.svm.OneClassSVM`: finds where most rows are, in the space of a kernel, so that others stand out. No target is needed. Scale
 * features first: a kernel adds up all columns.
 *
 * Rows `[rows, cols]`; `predict` gives 1 for a row like the others and -1 for an outlier, `decisionFunction` numbers above 0 for the
 * former, and `scoreSamples` the same plus `offset`. About `nu` of the training rows are outliers. `score` and `crossValidate` tell the share
 * of rows like the others (`inlierShare`) and their `meanDecision`. What `svc` says of distances and of the search applies here too.
 *
 * @throws E_PARAMS for invalid parameters; when training, E_DATA for rows that weigh nothing
 * @example
 * pipeline('p', fetch(iris()), split({ train: [0, 100], test: [100, 150] }), fit(chain(standardize(), oneClassSVM({ nu: 0.1 }))), score({ on: 'test' }));
 */
export const oneClassSVM = defineEstimator<OneClassSVMOptions>()({
  name: 'oneClassSVM',
  kind: 'outlierDetector',
  params,
  async train(rows, given, context): Promise<Fields> {
    const { nu, tol, maxIter } = given;
    const model = { name: 'fit', params: given };
    const kernels = kernelsGiven('oneClassSVM', rows, [model]);
    const weights = weightsOf(rows) ?? new Float32Array(rows.rows.length).fill(1);
    const measured = await measure(rows, kernels);
    const [kernel] = kernelsOf([model], measured, () => true) as [Kernel];
    const all = Uint32Array.from(rows.rows.keys());
    const within = all.filter((row) => weights[row]! > 0);
    if (within.length === 0)
      throw new PipelineError('E_DATA', `oneClassSVM: the rows of ${rows.name} have a total weight of 0.`, { hint: 'Give at least one row a weight above 0.' });
    const upper = Float64Array.from(within, (row) => weights[row]!);
    // All that is to be shared out, to the first rows as far as each may have it: so libsvm starts, rounded as it rounds.
    let left = upper.reduce((sum, own) => sum + own * nu, 0);
    const start = upper.map((most) => {
      const own = Math.min(most, left);
      left -= own;
      return own;
    });
    const squares = await squaresOf(await context.compute(), rows, [all], { given: kernels });
    try {
      const own = kernelRows(squares, kernel, [{ group: 0, positions: all, within }], measured.lengths);
      const signs = new Int8Array(within.length).fill(1);
      const { alpha, rho, nIter, converged } = await solve({ signs, linear: new Float64Array(within.length), upper, start, tol, maxIter }, own, context);
      warnOfConvergence('oneClassSVM', rows.name, converged ? [] : ['the search'], 1, context);
      const support = within.filter((_, t) => alpha[t] !== 0);
      return {
        ...kernel,
        supportVectors: await vectorsOf(rows, support, kernel),
        support,
        dualCoef: alpha.filter((value) => value !== 0),
        intercept: -rho,
        nIter,
      };
    } finally {
      squares.release();
    }
  },
  offset: ({ intercept }) => -intercept,
  async scores({ supportVectors, dualCoef, intercept, ...model }, rows, context) {
    const { kernel, gamma, degree, coef0, scaling } = model;
    const out = new Float64Array(rows.rows.length).fill(intercept);
    if (out.length === 0) return out;
    const counted = Array.from(dualCoef, (weight) => ({ outputs: [0], weights: [weight] }));
    const machine = { kernel, gamma, degree, coef0, scaling, vectors: supportVectors };
    await kernelSums(context, machine, counted, 1, rows, (from, [sums]) => sums!.forEach((sum, i) => (out[from + i]! += sum)));
    return out;
  },
  summary: ({ support, nIter, gamma, kernel }) => ({ vectors: support.length, nIter, ...(hasGamma(kernel) ? { gamma } : {}) }),
});
