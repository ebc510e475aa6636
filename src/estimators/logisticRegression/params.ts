// Parameters of logistic regression: scikit-learn's names and defaults, in camelCase.
import { z } from '../../dsl/params.ts';

export const logisticParams = z.strictObject({
  C: z
    .number({ error: 'C is the inverse of the penalty: a number above 0, or Infinity for no penalty' })
    .positive({ error: 'C is the inverse of the penalty: a number above 0, or Infinity for no penalty' })
    .or(z.literal(Infinity))
    .default(1),
  tol: z.number().positive().default(1e-4),
  maxIter: z.int().min(0).default(100),
  fitIntercept: z.boolean().default(true),
  classWeight: z
    .literal('balanced')
    .or(z.record(z.string(), z.number().min(0)))
    .optional(),
});

export type LogisticOptions = z.input<typeof logisticParams>;
export type LogisticParams = z.output<typeof logisticParams>;
