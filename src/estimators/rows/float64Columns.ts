// Which columns need float64: float32 has seconds since 1970 to a minute or two, and rows may differ by seconds. A model that leaves
// as a file goes without its rows, so it takes this along.
import type { Dataset } from '../../core/data/dataset.ts';
import { isCoarse } from '../../core/numbers.ts';
import { sampleOf } from './frame.ts';

/** Where float32 makes one of two neighbours, or nearly so, in steps of it. */
const STEPS = 2;

/** A column whose values stand closer to each other than to 0. */
interface Away {
  readonly column: number;
  readonly middle: number;
  /** The largest size. */
  readonly level: number;
}

/** What is known of a model of such rows beside its figures: nothing for most. */
export interface KnownFloat64 {
  /** Columns of which float32 loses what tells rows apart, or columns from each other. */
  readonly float64Columns?: readonly number[] | undefined;
}

/** Of rows in memory or stored, by some of them; those without their zeros have no such columns. */
export async function knownFloat64({ x, rows }: Pick<Dataset, 'x' | 'rows'>): Promise<KnownFloat64> {
  if (x.dtype !== 'f64' || 'indptr' in x) return {};
  const { data, cols, rows: count } = await sampleOf({ x, rows });
  // One place for the values of all columns, of which there may be many: most of the time is that of sorting.
  const values = new Float64Array(count);
  const found = new Set<number>();
  const away: Away[] = [];
  for (let column = 0; column < cols; column++) {
    let [there, isRounded, least, most] = [0, false, Infinity, -Infinity];
    for (let at = column; at < data.length; at += cols) {
      const value = data[at]!;
      if (value - value !== 0) continue;
      values[there++] = value;
      isRounded ||= Math.fround(value) !== value;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    if (!isRounded) continue;
    const level = Math.max(Math.abs(least), Math.abs(most));
    const sorted = values.subarray(0, there).sort();
    if (isCoarse(sorted, 0, STEPS) || Math.fround(level) === Infinity) found.add(column);
    if (most - least < level / 2) away.push({ column, middle: sorted[there >> 1]!, level });
  }
  // A start and an end may each be years apart, and yet it is the minutes between them that count.
  away.sort((a, b) => a.middle - b.middle);
  for (const [i, { column, level }] of away.slice(1).entries()) {
    const before = away[i]!.column;
    let there = 0;
    for (let row = 0; row < count; row++) {
      const value = level + (data[row * cols + column]! - data[row * cols + before]!);
      if (value - value === 0) values[there++] = value;
    }
    if (isCoarse(values.subarray(0, there).sort(), 0, STEPS)) found.add(before).add(column);
  }
  return found.size > 0 ? { float64Columns: [...found].toSorted((a, b) => a - b) } : {};
}
