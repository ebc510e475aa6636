// Scales features to the range between two numbers.
import { checkNoNames } from '../../core/data/categories.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import type { ScalingTransform, Transform } from '../../dsl/transform.ts';
import { extentsByFold } from './extents.ts';
import { rescaled } from './rescaled.ts';

export interface MinMaxOptions {
  /** `[smallest, largest]`, default `[0, 1]`. */
  readonly featureRange?: readonly [number, number] | undefined;
}

const params = z.strictObject({
  featureRange: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, { error: 'needs [least, most], the least below the most' })
    .default([0, 1])
    .describe('what the least and the most of a column become'),
} satisfies ShapeOf<MinMaxOptions>);

/**
 * `sklearn.preprocessing.MinMaxScaler`, for `chain`: by default the smallest value that a column has in the training rows becomes 0 and
 * the largest 1. Rows that were not trained on may fall outside. A constant column becomes the smallest number of the range.
 *
 * @throws E_DATA when it is trained, for a gap or a column of names
 * @example
 * fit(chain(minMax(), logisticRegression()));
 */
export function minMax(options: MinMaxOptions = {}): Transform {
  const parsed = parseParams('minMax', params, options);
  const [low, high] = parsed.featureRange;
  const learn: ScalingTransform['learn'] = async (train, folds) => {
    checkNoNames('minMax', train);
    const extentsWithout = await extentsByFold(train, folds);
    return (before, heldOut) => {
      const { least, most } = extentsWithout(heldOut);
      return rescaled('minMax', before, least, (column, factor) => {
        const [from, to] = factor < 0 ? [most[column]!, least[column]!] : [least[column]!, most[column]!];
        return { center: from, unit: Math.abs(to - from), low, size: high - low };
      });
    };
  };
  return { transform: { name: 'minMax', params: { featureRange: [low, high] }, learn } };
}
