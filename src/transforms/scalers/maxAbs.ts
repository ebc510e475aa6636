// Scales features by their largest size, and leaves 0 where it is.
import { checkNoNames } from '../../core/data/categories.ts';
import { parseParams, z } from '../../dsl/params.ts';
import type { ScalingTransform, Transform } from '../../dsl/transform.ts';
import { extentsByFold } from './extents.ts';
import { rescaled } from './rescaled.ts';

/**
 * `sklearn.preprocessing.MaxAbsScaler`, for `chain`: features divided by the largest size that their column has in the training rows, so
 * that those are from -1 to 1 and a 0 stays 0. A column of zeros stays.
 *
 * @throws E_DATA when it is trained, for a gap or a column of names
 * @example
 * fit(chain(maxAbs(), logisticRegression()));
 */
export function maxAbs(options: Readonly<Record<string, never>> = {}): Transform {
  parseParams('maxAbs', z.strictObject({}), options);
  const learn: ScalingTransform['learn'] = async (train, folds) => {
    checkNoNames('maxAbs', train);
    const extentsWithout = await extentsByFold(train, folds);
    return (before, heldOut) => {
      const { least, most } = extentsWithout(heldOut);
      return rescaled('maxAbs', before, least, (column) => {
        // What was shifted before is 0 there.
        const center = before?.shift[column] ?? 0;
        return { center, unit: Math.max(Math.abs(least[column]! - center), Math.abs(most[column]! - center)), low: 0, size: 1 };
      });
    };
  };
  return { transform: { name: 'maxAbs', params: {}, learn } };
}
