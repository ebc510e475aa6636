// Support vector regression: the flattest function that most values are near. As scikit-learn 1.9's SVR, which is libsvm's epsilon-SVR.
import { valuesOf, weightsOf } from '../../core/data/dataset.ts';
import type { CsrMatrix } from '../../core/data/csr.ts';
import type { Matrix } from '../../core/data/matrix.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { eachInTurn } from '../../dsl/stage/progress.ts';
import { defineEstimator } from '../define/define.ts';
import { kernelsGiven, vectorsOf } from '../supportVectors/given.ts';
import { rememberHeldOut } from '../supportVectors/heldOut.ts';
import { hasGamma, kernelParams, type Kernel, type KernelOptions } from '../supportVectors/kernel.ts';
import { measure } from '../supportVectors/measure.ts';
import { inTurns, kernelsOf, keyOf } from '../supportVectors/planned.ts';
import { kernelRows } from '../supportVectors/rows.ts';
import { checkOneValue, searchParams, warnOfConvergence, type SearchOptions } from '../supportVectors/search.ts';
import { solve, type KernelRows } from '../supportVectors/solve.ts';
import { squaresOf } from '../supportVectors/squares.ts';
import { kernelSums, type Counted } from '../supportVectors/sums.ts';

export interface SvrOptions extends KernelOptions, SearchOptions {
  /** How far off a prediction may be without a loss, from 0 up, in the unit of the values. Default 0.1. */
  readonly epsilon?: number | undefined;
}

const params = z.strictObject({
  epsilon: z.number().min(0).default(0.1).describe('how far off a prediction may be without a loss'),
  ...kernelParams,
  ...searchParams,
} satisfies ShapeOf<SvrOptions>);

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
 * `sklearn.svm.SVR`: a function of rows, as flat as can be in the space of a kernel, that is no farther than `epsilon` from most values;
 * each unit that it is farther off costs `C`, times the weight of the row. Rows whose value is at least `epsilon` away, the support
 * vectors, are the model. Scale features first, and the values, too, where they are far from 1.
 *
 * Rows `[rows, cols]` with one value each. What `svc` says of distances and of the search applies here too.
 *
 * @throws E_PARAMS for invalid parameters; when training, E_DATA for several values a row, and for rows that weigh nothing
 * @example
 * pipeline('p', fetch(cars), split({ train: [0, 300], test: [300, 400] }), fit(chain(standardize(), svr({ C: 10 }))), score({ on: 'test' }));
 */
export const svr = defineEstimator<SvrOptions>()({
  name: 'svr',
  kind: 'regressor',
  params,
  async trainTogether(rows, models, folds, context) {
    checkOneValue('svr', rows);
    const values = valuesOf(rows);
    const weights = weightsOf(rows);
    const given = kernelsGiven('svr', rows, models);
    const measured = await measure(rows, given);
    const left = (row: number, { heldOut }: (typeof models)[number]): boolean => heldOut === undefined || folds!.fold[row] !== heldOut;
    const kernels = kernelsOf(models, measured, left);
    const all = Uint32Array.from(rows.rows.keys());
    const squares = await squaresOf(await context.compute(), rows, [all], { given });
    const fields: Fields[] = [];
    const late: string[] = [];
    try {
      let known: { readonly key: string; readonly within: Uint32Array; readonly rows: KernelRows } | undefined;
      await eachInTurn(inTurns(models, kernels), 'models', context, async (m, here) => {
        const model = models[m]!;
        const { name, heldOut, params: own } = model;
        const key = keyOf(heldOut, kernels[m]!);
        if (known?.key !== key) {
          const within = all.filter((row) => left(row, model) && (weights?.[row] ?? 1) > 0);
          if (within.length === 0)
            throw new PipelineError('E_DATA', `svr: the rows of ${rows.name} that ${name} trains on have a total weight of 0.`, {
              hint: 'Give rows in every fold a weight above 0.',
            });
          const share = { group: 0, positions: all, within };
          known = { key, within, rows: kernelRows(squares, kernels[m]!, [share, share], measured.lengths) };
        }
        // Each row twice: how far the function has to rise for it, and how far to fall.
        const { within } = known;
        const twice = <T>(each: (row: number, sign: 1 | -1) => T): T[] => ([1, -1] as const).flatMap((sign) => Array.from(within, (row) => each(row, sign)));
        const { alpha, rho, nIter, converged } = await solve(
          {
            signs: Int8Array.from(twice((_, sign) => sign)),
            linear: Float64Array.from(twice((row, sign) => own.epsilon - sign * values[row]!)),
            upper: Float64Array.from(twice((row) => own.C * (weights?.[row] ?? 1))),
            tol: own.tol,
            maxIter: own.maxIter,
          },
          known.rows,
          here,
        );
        if (!converged) late.push(name);
        const coef = Float64Array.from(within, (_, t) => alpha[t]! - alpha[t + within.length]!);
        const support = within.filter((_, t) => coef[t] !== 0);
        fields[m] = {
          ...kernels[m]!,
          supportVectors: await vectorsOf(rows, support, kernels[m]!),
          support,
          dualCoef: coef.filter((value) => value !== 0),
          intercept: -rho,
          nIter,
        };
      });
      if (folds) {
        const own = models.map(({ heldOut }, m) => {
          const { supportVectors: vectors, support, dualCoef } = fields[m]!;
          return { vectors, support, counted: countedOf(dualCoef), outputs: 1, kernel: kernels[m]!, heldOut };
        });
        await rememberHeldOut(rows, { squares, groups: [all], lengths: measured.lengths, fold: folds.fold }, own, context.signal);
      }
    } finally {
      squares.release();
    }
    warnOfConvergence('svr', rows.name, late, models.length, context);
    return fields;
  },
  outputs: () => 1,
  async scores({ supportVectors, dualCoef, intercept, ...model }, rows, context) {
    const { kernel, gamma, degree, coef0, scaling } = model;
    const out = new Float64Array(rows.rows.length).fill(intercept);
    if (dualCoef.length === 0 || out.length === 0) return out;
    const machine = { kernel, gamma, degree, coef0, scaling, vectors: supportVectors };
    await kernelSums(context, machine, countedOf(dualCoef), 1, rows, (from, [sums]) => sums!.forEach((sum, i) => (out[from + i]! += sum)));
    return out;
  },
  summary: ({ support, nIter, gamma, kernel }) => ({ vectors: support.length, nIter, ...(hasGamma(kernel) ? { gamma } : {}) }),
});

const countedOf = (dualCoef: Float64Array): readonly Counted[] => Array.from(dualCoef, (weight) => ({ outputs: [0], weights: [weight] }));
