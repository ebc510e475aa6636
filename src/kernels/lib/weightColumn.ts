// The columns of a batch of models, as bytes for weight_column.wgsl.

/** A fold id that no row has. */
export const NO_FOLD = 0xffffffff;

export interface WeightColumn {
  readonly slot: number;
  /** Class code that counts as 1; in a softmax model, the class whose score this column is. */
  readonly positive: number;
  /** Fold whose rows are not trained on; {@link NO_FOLD} for none. */
  readonly heldOut: number;
  readonly step: number;
  readonly positiveWeight: number;
  readonly negativeWeight: number;
  /** Step along the next direction, where it is made and tried in one pass; by default 0. */
  readonly trial?: number;
}

export const WEIGHT_COLUMN_WORDS = 8;
export const weightColumnPrelude = new URL('./weight_column.wgsl', import.meta.url);

/** `[columns, 8]` words. */
export function encodeWeightColumns(columns: readonly WeightColumn[]): Uint32Array {
  const words = new Uint32Array(columns.length * WEIGHT_COLUMN_WORDS);
  const floats = new Float32Array(words.buffer);
  columns.forEach(({ slot, positive, heldOut, step, positiveWeight, negativeWeight, trial = 0 }, i) => {
    words.set([slot, positive, heldOut], i * WEIGHT_COLUMN_WORDS);
    floats.set([step, positiveWeight, negativeWeight, trial], i * WEIGHT_COLUMN_WORDS + 3);
  });
  return words;
}
