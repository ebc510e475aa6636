// The columns of a batch of models, as bytes for lib/column.wgsl.

/** A fold id that no row has. */
export const NO_FOLD = 0xffffffff;

export interface Column {
  readonly slot: number;
  readonly positive: number;
  readonly heldOut: number;
  readonly bias: number;
  readonly step: number;
}

export const COLUMN_WORDS = 8;
export const columnPrelude = new URL('./column.wgsl', import.meta.url);

/** `[columns, 8]` words. */
export function encodeColumns(columns: readonly Column[]): Uint32Array {
  const words = new Uint32Array(columns.length * COLUMN_WORDS);
  const floats = new Float32Array(words.buffer);
  columns.forEach((column, i) => {
    words.set([column.slot, column.positive, column.heldOut], i * COLUMN_WORDS);
    floats.set([column.bias, column.step], i * COLUMN_WORDS + 3);
  });
  return words;
}
