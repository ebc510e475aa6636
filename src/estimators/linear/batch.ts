// What a solver asks of a batch of linear models over the same rows. A model is one column, or one column a class (softmax). Two batches answer: in f32 (LinearBatch), and in about float64 where f32 cannot see the gradient that is asked
// for (PreciseBatch). Weights, directions and gradients are over features as they are meant, `[classes][cols + 1]` with the
// intercept last: where the device's rows stand is the batch's business.
import type { Scaling } from '../../core/data/dataset.ts';
import type { Labels } from '../../core/data/labels.ts';
import type { WeightColumn } from '../../kernels/lib/weightColumn.ts';
import type { LinearRows } from './products.ts';

/** What one column of a model tells apart. */
export type ColumnTarget = Pick<WeightColumn, 'positive' | 'positiveWeight' | 'negativeWeight'>;

export interface ModelTarget {
  /** Features of this model are rows scaled by this; each fold may have its own. */
  readonly scaling?: Scaling | undefined;
  /** Fold whose rows are held out; `NO_FOLD` for none. */
  readonly heldOut: number;
  /** The same number of columns in every model of a batch. */
  readonly columns: readonly ColumnTarget[];
}

export interface BatchRows {
  /** Stays its owner's. */
  readonly data: LinearRows;
  /** Class code of each row, or its value, as the loss asks, `[rows]`. */
  readonly truth: Labels | Float64Array;
  /** Fold of each row, `[rows]`; absent when no model holds rows out. */
  readonly folds?: Uint8Array | undefined;
  /** Weight of each row, `[rows]`; absent for 1 each. */
  readonly weights?: Float32Array | undefined;
}

export interface LossSums {
  /** Change of the weighted sum of losses since the last direction was set. */
  readonly change: number;
  readonly slope: number;
}

/** What a batch holds that cannot be computed again to the bit: margins are sums of many rounded steps. */
export interface BatchState {
  readonly steps: readonly number[];
  readonly margins: Float32Array | Float64Array;
  readonly direction: Float32Array | Float64Array;
}

export interface Batch {
  /** Takes the last step of each model and sets its next direction. */
  setDirections(models: readonly number[], directions: readonly Float64Array[]): Promise<void>;
  /** Loss sums at a step of each model along its direction. */
  losses(models: readonly number[], steps: readonly number[]): Promise<readonly LossSums[]>;
  /** Sums of feature * residual of each model, at the step last given to {@link losses}. */
  gradients(models: readonly number[]): Promise<readonly Float64Array[]>;
  /** Scores of a model where it stands, `[classes][rows]`. */
  scores(model: number): Promise<readonly Float64Array[]>;
  state(): Promise<BatchState>;
  /** Whether the state is one of a batch like this. */
  fits(state: BatchState): boolean;
  /** Stands where another batch of the same rows and models stood. */
  restore(state: BatchState): void;
  release(): void;
}
