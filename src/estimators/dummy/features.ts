// Baselines learn nothing of the features, and still refuse those that what is compared with them would refuse.
import type { RowsOf } from '../../dsl/estimator.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';

/** @throws E_DATA for a feature that is neither a finite number nor absent */
export async function checkFeatures(rows: RowsOf): Promise<void> {
  for await (const _block of featureBlocks(rows, { gaps: true }));
}
