// Parameters of boosting: scikit-learn's names and defaults, in camelCase.
import { seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import type { Drawn } from '../define/define.ts';

export interface BoostingOptions {
  /** What leaves are multiplied by; 1 for no shrinking. Default 0.1. */
  readonly learningRate?: number | undefined;
  /** Maximum number of rounds: each adds a tree, or one for each class where there are more than two. Default 100. */
  readonly maxIter?: number | undefined;
  /** Maximum number of leaves of a tree, grown by the best splits first; null for no limit. Default 31. */
  readonly maxLeafNodes?: number | null | undefined;
  /** Maximum number of splits above a leaf; no limit by default. */
  readonly maxDepth?: number | undefined;
  /** Minimum number of rows in a leaf; with few hundred rows choose fewer. Default 20. */
  readonly minSamplesLeaf?: number | undefined;
  /** Makes leaves of few rows smaller. Default 0. */
  readonly l2Regularization?: number | undefined;
  /** Bins of a column, from 2 to 255; gaps have one more. Default 255. */
  readonly maxBins?: number | undefined;
  /** Columns of numbers that are categories, by name or position. Columns of names always are. */
  readonly categoricalFeatures?: readonly (string | number)[] | undefined;
  /** Stop when rows held back are predicted no better: 'auto' (default) does so for more than 10 000 rows. */
  readonly earlyStopping?: 'auto' | boolean | undefined;
  /** Rows held back to tell when to stop: a share below 1, a number of them, or null to look at the rows trained on. Default 0.1. */
  readonly validationFraction?: number | null | undefined;
  /** Stop after so many rounds that are no better than the one before them. Default 10. */
  readonly nIterNoChange?: number | undefined;
  /** How much less the loss has to be for a round to count as better. Default 1e-7. */
  readonly tol?: number | undefined;
  /** Seed of the draws: rows held back, and the rows by which columns of more than 200 000 are cut. Default: the seed of the run (`--seed`). */
  readonly seed?: number | undefined;
}

export const boostingParams = z.strictObject({
  learningRate: z.number().positive().default(0.1).describe('what leaves are multiplied by'),
  maxIter: z.int().min(1).default(100).describe('most rounds'),
  maxLeafNodes: z.int().min(2).nullable().default(31).describe('most leaves of a tree; the best splits are made first'),
  maxDepth: z.int().min(1).optional().describe('most splits above a leaf'),
  minSamplesLeaf: z.int().min(1).default(20).describe('fewest rows in a leaf'),
  l2Regularization: z.number().min(0).default(0).describe('makes leaves of few rows smaller'),
  maxBins: z.int().min(2).max(255).default(255).describe('bins of a column, beside that of gaps'),
  categoricalFeatures: z
    .array(z.union([z.string(), z.int().min(0)]))
    .optional()
    .describe('columns of numbers that are categories, by name or position'),
  earlyStopping: z
    .union([z.literal('auto'), z.boolean()])
    .default('auto')
    .describe("stop when rows held back are predicted no better; 'auto': for more than 10 000 rows"),
  validationFraction: z
    .number()
    .positive()
    .refine((value) => value < 1 || Number.isInteger(value), { error: 'validationFraction is a share of the rows below 1, or a whole number of them' })
    .nullable()
    .default(0.1)
    .describe('rows held back: a share, a number, or null for none'),
  nIterNoChange: z.int().min(1).default(10).describe('rounds without a better one before training stops'),
  tol: z.number().min(0).default(1e-7).describe('how much better a round has to be'),
  seed: seedParam,
} satisfies ShapeOf<BoostingOptions>);

export type BoostingParams = Drawn<z.output<typeof boostingParams>>;
