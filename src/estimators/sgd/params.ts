// Parameters of stochastic gradient descent: scikit-learn's names and defaults, in camelCase.
import { seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import type { Drawn } from '../define/define.ts';

/** Options of sgdClassifier and sgdRegressor alike. */
export interface SgdOptions {
  /** What keeps weights small: 'l2' (default), 'l1', both ('elasticNet'), or null for nothing. */
  readonly penalty?: 'l2' | 'l1' | 'elasticNet' | null | undefined;
  /** Weight of the penalty; steps of `learningRate: 'optimal'` are the shorter, the larger it is. Default 1e-4. */
  readonly alpha?: number | undefined;
  /** Share of the L1 penalty in 'elasticNet', from 0 to 1. Default 0.15. */
  readonly l1Ratio?: number | undefined;
  /** Fit a constant term. Default true. */
  readonly fitIntercept?: boolean | undefined;
  /** Maximum number of passes over the rows. Default 1000. */
  readonly maxIter?: number | undefined;
  /** How much a pass must be better than the best one to count; null to make `maxIter` passes. Default 1e-3. */
  readonly tol?: number | null | undefined;
  /** Stop, or with 'adaptive' shorten steps, after so many passes that were no better. Default 5. */
  readonly nIterNoChange?: number | undefined;
  /** How long steps are. 'optimal': 1 / (alpha * (t + t0)) in step t; 'constant': eta0; 'invscaling': eta0 / t^powerT; 'adaptive': eta0, and a fifth whenever passes are no better. Default 'optimal' of classifiers, 'invscaling' of regressors. */
  readonly learningRate?: 'optimal' | 'constant' | 'invscaling' | 'adaptive' | undefined;
  /** Length of the first step, but for 'optimal'. Default 0.01. */
  readonly eta0?: number | undefined;
  /** Exponent of 'invscaling'. Default 0.5 of classifiers, 0.25 of regressors. */
  readonly powerT?: number | undefined;
  /** Hold rows back, and stop when they are predicted no better. Default false: the loss of the rows trained on decides. */
  readonly earlyStopping?: boolean | undefined;
  /** Share of the rows held back. Default 0.1. */
  readonly validationFraction?: number | undefined;
  /** Take the mean of the weights over all steps, or from step `average` on. Default false. */
  readonly average?: boolean | number | undefined;
  /** Seed of the order of rows, as scikit-learn's `random_state`. Default: the seed of the run (`--seed`). */
  readonly seed?: number | undefined;
}

const learningRate = z.enum(['optimal', 'constant', 'invscaling', 'adaptive']).describe('how long steps are');

/** @param rate by default, and the exponent of 'invscaling' */
export const sgdParams = (rate: z.output<typeof learningRate>, powerT: number) =>
  ({
    penalty: z.enum(['l2', 'l1', 'elasticNet']).nullable().default('l2').describe('what keeps weights small'),
    alpha: z.number().min(0).default(1e-4).describe('weight of the penalty'),
    l1Ratio: z.number().min(0).max(1).default(0.15).describe('share of the L1 penalty in elasticNet'),
    fitIntercept: z.boolean().default(true).describe('fit a constant term'),
    maxIter: z.int().min(1).default(1000).describe('most passes over the rows'),
    tol: z.number().min(0).nullable().default(1e-3).describe('how much better a pass has to be; null to make maxIter passes'),
    nIterNoChange: z.int().min(1).default(5).describe('passes without a better one before training stops'),
    learningRate: learningRate.default(rate),
    eta0: z.number().positive().default(0.01).describe('length of the first step'),
    powerT: z.number().min(0).default(powerT).describe('exponent of invscaling'),
    earlyStopping: z.boolean().default(false).describe('stop when rows held back are predicted no better'),
    validationFraction: z.number().gt(0).lt(1).default(0.1).describe('share of the rows held back'),
    average: z
      .union([z.boolean(), z.int().min(1)])
      .default(false)
      .describe('take the mean of the weights over all steps, or from this step on'),
    seed: seedParam,
  }) satisfies ShapeOf<SgdOptions>;

export type SgdParams = Drawn<z.output<z.ZodObject<ReturnType<typeof sgdParams>>>>;

/** The first step of 'optimal' is made of alpha. */
export const optimalHasAlpha = ({ learningRate, alpha }: { readonly learningRate: string; readonly alpha: number }): boolean =>
  learningRate !== 'optimal' || alpha > 0;

export const ALPHA_NEEDED = { path: ['alpha'], error: "learningRate: 'optimal' divides by alpha, which must be above 0" };
