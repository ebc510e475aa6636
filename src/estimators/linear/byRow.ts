// Scores of columns, row by row. A file of its own: models are made without what computes them.

/** `[columns][rows]` as `[rows][columns]`. */
export function byRow(columns: readonly Float64Array[]): Float64Array {
  if (columns.length === 1) return columns[0]!;
  const out = new Float64Array(columns.length * columns[0]!.length);
  for (const [c, column] of columns.entries()) for (let row = 0; row < column.length; row++) out[row * columns.length + c] = column[row]!;
  return out;
}
