// Features that are made of others as they are read: nothing is copied.
import { takeRows, type Features } from '../../core/data/features.ts';
import type { Categories, FeatureArray } from '../../core/data/matrix.ts';

/**
 * Always another object: what is on a device is known by it.
 *
 * @param ids rows of `x`; those that are returned are told by their position among them
 * @param categories of what is made @param make writes some rows, `[positions][cols]`, from those of `x`
 */
export function madeRows(
  x: Features,
  ids: Uint32Array,
  cols: number,
  categories: Categories | undefined,
  make: (from: FeatureArray, positions: Uint32Array, into: FeatureArray) => void,
): Features {
  const readRows = async (positions: Uint32Array, target: FeatureArray): Promise<void> =>
    make(
      (
        await takeRows(
          x,
          Uint32Array.from(positions, (position) => ids[position]!),
        )
      ).data,
      positions,
      target,
    );
  return { rows: ids.length, cols, dtype: x.dtype, ...(categories ? { categories } : {}), readRows };
}
