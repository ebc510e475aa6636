// Parameters of multi-layer perceptrons: scikit-learn's names and defaults, in camelCase.
import { seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import type { Drawn } from '../define/define.ts';

/** Options of mlpClassifier and mlpRegressor. */
export interface MlpOptions {
  /** Units of each hidden layer, from the features on. Default [100]. */
  readonly hiddenLayerSizes?: readonly number[] | undefined;
  /** What hidden units make of their sums: 'relu' (default), 'tanh', 'logistic' or 'identity'. */
  readonly activation?: 'identity' | 'logistic' | 'tanh' | 'relu' | undefined;
  /** How weights are moved: 'adam' (default), or 'sgd', descent with momentum. */
  readonly solver?: 'adam' | 'sgd' | undefined;
  /** Weight of the L2 penalty. Default 1e-4. */
  readonly alpha?: number | undefined;
  /** Rows of a batch. Default 200, or all rows where there are fewer. */
  readonly batchSize?: number | undefined;
  /** Of 'sgd': steps of one length ('constant', default), shorter with each row ('invscaling'), or a fifth whenever passes are no better ('adaptive'). */
  readonly learningRate?: 'constant' | 'invscaling' | 'adaptive' | undefined;
  /** Length of the first steps. Default 0.001. */
  readonly learningRateInit?: number | undefined;
  /** Exponent of 'invscaling'. Default 0.5. */
  readonly powerT?: number | undefined;
  /** Maximum number of passes over the rows. Default 200. */
  readonly maxIter?: number | undefined;
  /** How much a pass must be better than the best one to count. Default 1e-4. */
  readonly tol?: number | undefined;
  /** Of 'sgd': share of the step before that a step has. Default 0.9. */
  readonly momentum?: number | undefined;
  /** Of 'sgd': take Nesterov's momentum. Default true. */
  readonly nesterovsMomentum?: boolean | undefined;
  /** Hold rows back, stop when they are predicted no better, and keep the weights that predicted them best. Default false: the loss of the rows trained on decides. */
  readonly earlyStopping?: boolean | undefined;
  /** Share of the rows held back. Default 0.1. */
  readonly validationFraction?: number | undefined;
  /** Of 'adam': how slowly the mean of gradients forgets. Default 0.9. */
  readonly beta1?: number | undefined;
  /** Of 'adam': how slowly the mean of their squares forgets. Default 0.999. */
  readonly beta2?: number | undefined;
  /** Of 'adam': keeps divisors above 0. Default 1e-8. */
  readonly epsilon?: number | undefined;
  /** Stop after more than so many passes that were no better. Default 10. */
  readonly nIterNoChange?: number | undefined;
  /** Seed of the first weights and of the order of rows, as scikit-learn's `random_state`. Default: the seed of the run (`--seed`). */
  readonly seed?: number | undefined;
}

export const mlpParams = z.strictObject({
  hiddenLayerSizes: z.array(z.int().min(1)).readonly().default([100]).describe('units of each hidden layer'),
  activation: z.enum(['identity', 'logistic', 'tanh', 'relu']).default('relu').describe('what hidden units make of their sums'),
  solver: z.enum(['adam', 'sgd']).default('adam').describe('how weights are moved'),
  alpha: z.number().min(0).default(1e-4).describe('weight of the L2 penalty'),
  batchSize: z.int().min(1).optional().describe('rows of a batch; 200 by default'),
  learningRate: z.enum(['constant', 'invscaling', 'adaptive']).default('constant').describe('how long steps of sgd are'),
  learningRateInit: z.number().positive().default(0.001).describe('length of the first steps'),
  powerT: z.number().min(0).default(0.5).describe('exponent of invscaling'),
  maxIter: z.int().min(1).default(200).describe('most passes over the rows'),
  tol: z.number().min(0).default(1e-4).describe('how much better a pass has to be'),
  momentum: z.number().min(0).max(1).default(0.9).describe('share of the step before that a step of sgd has'),
  nesterovsMomentum: z.boolean().default(true).describe("take Nesterov's momentum"),
  earlyStopping: z.boolean().default(false).describe('stop when rows held back are predicted no better'),
  validationFraction: z.number().gt(0).lt(1).default(0.1).describe('share of the rows held back'),
  beta1: z.number().min(0).lt(1).default(0.9).describe('how slowly the mean of gradients forgets'),
  beta2: z.number().min(0).lt(1).default(0.999).describe('how slowly the mean of their squares forgets'),
  epsilon: z.number().positive().default(1e-8).describe('keeps divisors above 0'),
  nIterNoChange: z.int().min(1).default(10).describe('passes without a better one before training stops'),
  seed: seedParam,
} satisfies ShapeOf<MlpOptions>);

export type MlpParams = Drawn<z.output<typeof mlpParams>>;

/** How a network is trained: steps of 'falling' become shorter pass by pass, in a line that would end at 0 behind the last. */
export type Training = Omit<MlpParams, 'hiddenLayerSizes' | 'learningRate'> & { readonly learningRate: MlpParams['learningRate'] | 'falling' };
