// The columns of a batch of models, as bytes for column.wgsl.

/** A fold id that no row has. */
export const NO_FOLD = 0xffffffff;

export interface Column {
  readonly slot: number;
  /** Class code that counts as 1; in a softmax model, the class whose score this column is. */
  readonly positive: number;
  /** Fold whose rows are not trained on; {@link NO_FOLD} for none. */
  readonly heldOut: number;
  readonly step: number;
  readonly positiveWeight: number;
  readonly negativeWeight: number;
}

export const COLUMN_WORDS = 8;
export const columnPrelude = new URL('./column.wgsl', import.meta.url);

/** `[columns, 8]` words. */
export function encodeColumns(columns: readonly Column[]): Uint32Array {
  const words = new Uint32Array(columns.length * COLUMN_WORDS);
  const floats = new Float32Array(words.buffer);
  columns.forEach(({ slot, positive, heldOut, step, positiveWeight, negativeWeight }, i) => {
    words.set([slot, positive, heldOut], i * COLUMN_WORDS);
    floats.set([step, positiveWeight, negativeWeight], i * COLUMN_WORDS + 3);
  });
  return words;
}
