// The state record that flows through a pipeline: each stage adds keys. These are the keys of the built-in stages.
import type { Dataset } from '../../core/data/dataset.ts';
import type { Classifier } from '../estimator.ts';

/** After `fetch`. */
export interface Fetched {
  readonly data: Dataset<'all'>;
}

/** After `split`: two datasets with no row in common. */
export interface Split {
  readonly train: Dataset<'train'>;
  readonly test: Dataset<'test'>;
}

/** After `fit`. */
export interface Fitted {
  readonly model: Classifier;
}
