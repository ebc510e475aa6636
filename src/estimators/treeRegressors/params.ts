// Parameters of trees and forests of values: scikit-learn's names and defaults, in camelCase.
import { z, type ShapeOf } from '../../dsl/params.ts';
import type { Drawn } from '../define/define.ts';
import { treeParams, type TreeOptions } from '../trees/params.ts';

export interface TreeRegressorOptions extends Omit<TreeOptions, 'criterion' | 'classWeight' | 'maxFeatures'> {
  /** Features drawn for each split: 'sqrt' or 'log2' of their number, a number of them (1: one), or a share below 1. Default: all. */
  readonly maxFeatures?: 'sqrt' | 'log2' | number | undefined;
  /** What a split has to take from the mean squared error of all rows, at least. Default 0. */
  readonly minImpurityDecrease?: number | undefined;
}

/** Parameters of any tree of values. */
export const treeRegressorParams = treeParams.omit({ criterion: true, classWeight: true }).extend({
  minImpurityDecrease: z.number().min(0).default(0).describe('what a split takes from the mean squared error, at least'),
} satisfies Partial<ShapeOf<TreeRegressorOptions>>);
export type TreeRegressorParams = Drawn<z.output<typeof treeRegressorParams>>;
