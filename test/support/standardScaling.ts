import type { Dataset, Scaling } from '../../src/core/data/dataset.ts';
import { standardScalings } from '../../src/transforms/scaling.ts';

/** The scaling that `standardize()` learns of all rows. */
export async function standardScaling(data: Pick<Dataset, 'x' | 'rows' | 'scaling'>): Promise<Scaling> {
  return (await standardScalings(data, undefined))(data.scaling, undefined);
}
