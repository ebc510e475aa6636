// Parameters of trees and forests: scikit-learn's names and defaults, in camelCase.
import { PipelineError } from '../../core/errors/errors.ts';
import { seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import type { Drawn } from '../define/define.ts';
import { classWeightParam } from '../linear/classWeights.ts';

const features = "features drawn for each split: 'sqrt' or 'log2' of their number, so many, or a share of them below 1; all by default";

export interface TreeOptions {
  /** The impurity that splits reduce: 'gini' (default) or 'entropy'. */
  readonly criterion?: 'gini' | 'entropy' | undefined;
  /** Maximum number of splits above a leaf; no limit by default. */
  readonly maxDepth?: number | undefined;
  /** Minimum number of rows in a node that is split. Default 2. */
  readonly minSamplesSplit?: number | undefined;
  /** Minimum number of rows on each side of a split. Default 1. */
  readonly minSamplesLeaf?: number | undefined;
  /**
   * Features drawn for each split: 'sqrt' or 'log2' of their number, a number of them (1: one), or a share below 1. Default: all in a
   * tree, 'sqrt' in a forest.
   */
  readonly maxFeatures?: 'sqrt' | 'log2' | number | undefined;
  /** Maximum number of leaves, grown by the best splits first; no limit by default. */
  readonly maxLeafNodes?: number | undefined;
  /** Weight of the rows of each class, by label or class name, or 'balanced' for inverse class frequencies. Default 1 each. */
  readonly classWeight?: 'balanced' | Readonly<Record<string, number>> | undefined;
  /** Seed of the draws: features, and rows in a forest. Default: the seed of the run (`--seed`). */
  readonly seed?: number | undefined;
}

/** Parameters of any classification tree. */
export const treeParams = z.strictObject({
  criterion: z.enum(['gini', 'entropy']).default('gini').describe('what splits make small'),
  maxDepth: z.int().min(1).optional().describe('most splits above a leaf'),
  minSamplesSplit: z.int().min(2).default(2).describe('fewest rows that are split'),
  minSamplesLeaf: z.int().min(1).default(1).describe('fewest rows on each side of a split'),
  maxFeatures: z
    .enum(['sqrt', 'log2'])
    .or(
      z
        .number()
        .positive()
        .refine((value) => value < 1 || Number.isInteger(value), { error: 'maxFeatures is a whole number of features, or a share of them below 1' }),
    )
    .optional()
    .describe(features),
  maxLeafNodes: z.int().min(2).optional().describe('most leaves; the best splits are made first'),
  classWeight: classWeightParam,
  seed: seedParam,
} satisfies ShapeOf<TreeOptions>);
export type TreeParams = Drawn<z.output<typeof treeParams>>;

/** Parameters of any classification forest. */
export const forestParams = treeParams.extend({
  nEstimators: z.int().min(1).default(100).describe('trees'),
  maxFeatures: treeParams.shape.maxFeatures.default('sqrt').describe(features.replace('; all by default', '; sqrt by default')),
  oobScore: z.boolean().default(false).describe('score each row by the trees that did not draw it'),
});
export type ForestParams = Drawn<z.output<typeof forestParams>>;

/** Features drawn for each split; undefined for all of them, in their order. @throws E_PARAMS for more than there are */
export function featuresDrawn(name: string, maxFeatures: TreeParams['maxFeatures'], cols: number): number | undefined {
  if (maxFeatures === undefined) return undefined;
  if (typeof maxFeatures !== 'number') return Math.max(1, Math.floor(maxFeatures === 'sqrt' ? Math.sqrt(cols) : Math.log2(cols)));
  if (maxFeatures < 1) return Math.max(1, Math.floor(maxFeatures * cols));
  if (maxFeatures <= cols) return maxFeatures;
  throw new PipelineError('E_PARAMS', `${name}: maxFeatures is ${maxFeatures}, and there are ${cols} features.`, {
    hint: `Draw ${cols} or fewer, or a share of them: maxFeatures: 0.5.`,
  });
}
