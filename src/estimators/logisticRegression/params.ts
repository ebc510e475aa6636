// Parameters of logistic regression: scikit-learn's names and defaults, in camelCase.
import { z } from '../../dsl/params.ts';
import { classWeightParam } from '../linear/classWeights.ts';

export const logisticParams = z.strictObject({
  C: z
    .number({ error: 'C is the inverse of the penalty: a number above 0, or Infinity for no penalty' })
    .positive({ error: 'C is the inverse of the penalty: a number above 0, or Infinity for no penalty' })
    .or(z.literal(Infinity))
    .default(1)
    .describe('inverse of the L2 penalty; Infinity for none'),
  tol: z.number().positive().default(1e-4).describe('stop when no entry of the mean gradient is larger'),
  maxIter: z.int().min(0).default(100).describe('maximum number of iterations'),
  fitIntercept: z.boolean().default(true).describe('fit a constant term'),
  classWeight: classWeightParam,
});

export type LogisticOptions = z.input<typeof logisticParams>;
export type LogisticParams = z.output<typeof logisticParams>;
