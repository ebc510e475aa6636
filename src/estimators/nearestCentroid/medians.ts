// Medians of each class by column, on the host: they are read off sorted values, which a device has no use for.
import type { RowsOf } from '../../dsl/estimator.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';

/** Columns are gathered so many bytes at a time; more take another pass over the rows. */
const GATHERED_BYTES = 128e6;

/**
 * Medians of features as they are meant.
 *
 * @param groups positions of rows, for each median
 * @param weights of each row, `[rows]`; a row of weight 2 counts as two rows
 * @returns `[groups][cols]`
 */
export async function medians(data: RowsOf, groups: readonly Uint32Array[], weights: Float32Array | undefined): Promise<readonly Float64Array[]> {
  const { cols } = data.x;
  const count = data.rows.length;
  const out = groups.map(() => new Float64Array(cols));
  const width = Math.max(1, Math.min(cols, Math.floor(GATHERED_BYTES / (8 * count))));
  for (let first = 0; first < cols; first += width) {
    const end = Math.min(cols, first + width);
    const columns = Array.from({ length: end - first }, () => new Float64Array(count));
    for await (const { x, from, rows } of featureBlocks(data)) {
      for (let i = 0; i < rows; i++) for (let j = first; j < end; j++) columns[j - first]![from + i] = x[i * cols + j]!;
    }
    for (const [g, members] of groups.entries()) for (let j = first; j < end; j++) out[g]![j] = median(columns[j - first]!, members, weights);
  }
  return out;
}

/** The middle of the values; of the two in the middle, what lies between them. */
function median(column: Float64Array, members: Uint32Array, weights: Float32Array | undefined): number {
  if (!weights) {
    const values = Float64Array.from(members, (row) => column[row]!).sort();
    const upper = values.length >> 1;
    return values.length % 2 === 1 ? values[upper]! : (values[upper - 1]! + values[upper]!) / 2;
  }
  const ordered = [...members].filter((row) => weights[row]! > 0).toSorted((a, b) => column[a]! - column[b]!);
  const half = ordered.reduce((sum, row) => sum + weights[row]!, 0) / 2;
  let before = 0;
  const at = ordered.findIndex((row) => (before += weights[row]!) >= half);
  const value = column[ordered[at]!]!;
  return before > half ? value : (value + column[ordered[at + 1] ?? ordered[at]!]!) / 2;
}
