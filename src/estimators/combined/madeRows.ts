// Features that are made of others as they are read: nothing is copied, unless they hold names.
import { takeRows, type Features } from '../../core/data/features.ts';
import { DTYPES, type Categories, type FeatureArray } from '../../core/data/matrix.ts';

/**
 * Always another object: what is on a device is known by it.
 *
 * @param ids rows of `x`; those that are returned are told by their position among them
 * @param categories of what is made @param make writes some rows, `[positions][cols]`, from those of `x`
 */
export async function madeRows(
  x: Features,
  ids: Uint32Array,
  cols: number,
  categories: Categories | undefined,
  make: (from: FeatureArray, positions: Uint32Array, into: FeatureArray) => void,
): Promise<Features> {
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
  const made = { rows: ids.length, cols, dtype: x.dtype };
  if (!categories) return { ...made, readRows };
  const data = new DTYPES[x.dtype](ids.length * cols);
  await readRows(Uint32Array.from(ids.keys()), data);
  return { ...made, data, categories };
}
