// What a model's rows go through before it sees them, learned from the rows that the model is trained on and from no others.
import type { Rows, Scaling } from '../core/data/dataset.ts';
import type { JsonRecord } from '../core/events.ts';
import type { Folds } from './estimator.ts';

/** One column by one: `(x - shift) * factor`. */
export interface ScalingTransform {
  readonly name: string;
  readonly params: JsonRecord;
  /**
   * Learns what it has to of `train`. The result scales rows of a model that holds out one fold or none, scaled before or not; where none is
   * held out, the same to the bit whatever folds there are.
   */
  learn(train: Rows<'train'>, folds: Folds | undefined): Promise<(before: Scaling | undefined, heldOut: number | undefined) => Scaling>;
}

/** What `chain` takes before its estimator. */
export interface Transform {
  readonly transform: ScalingTransform;
}
