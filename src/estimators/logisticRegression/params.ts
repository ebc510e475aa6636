// Parameters of logistic regression: scikit-learn's names and defaults, in camelCase.
import { z, type ShapeOf } from '../../dsl/params.ts';
import { classWeightParam } from '../linear/classWeights.ts';

export interface LogisticOptions {
  /** Inverse of the penalty, above 0; Infinity for no penalty. Default 1. */
  readonly C?: number | undefined;
  /** Share of the L1 penalty, which makes weights 0: from 0 for L2 alone (default) to 1 for L1 alone. */
  readonly l1Ratio?: number | undefined;
  /** Stop when no entry of the mean gradient is larger than this; with `l1Ratio`, of that by features in units of their spread. Default 1e-4. */
  readonly tol?: number | undefined;
  /** Maximum number of iterations of the solver. Default 100. */
  readonly maxIter?: number | undefined;
  /** Fit a constant term. Default true. */
  readonly fitIntercept?: boolean | undefined;
  /** Weight of the rows of each class, by label or class name, or 'balanced' for inverse class frequencies. Default 1 each. */
  readonly classWeight?: 'balanced' | Readonly<Record<string, number>> | undefined;
}

export const logisticParams = z.strictObject({
  C: z
    .number({ error: 'C is the inverse of the penalty: a number above 0, or Infinity for no penalty' })
    .positive({ error: 'C is the inverse of the penalty: a number above 0, or Infinity for no penalty' })
    .or(z.literal(Infinity))
    .default(1)
    .describe('inverse of the penalty; Infinity for none'),
  l1Ratio: z.number().min(0).max(1).default(0).describe('share of the L1 penalty; 0 for L2 alone, 1 for L1 alone'),
  tol: z.number().positive().default(1e-4).describe('stop when no entry of the mean gradient is larger'),
  maxIter: z.int().min(0).default(100).describe('maximum number of iterations'),
  fitIntercept: z.boolean().default(true).describe('fit a constant term'),
  classWeight: classWeightParam,
} satisfies ShapeOf<LogisticOptions>);

export type LogisticParams = z.output<typeof logisticParams>;
