// Which columns need float64: float32 has seconds since 1970 to a minute or two, and rows may differ by seconds. A model that leaves
// as a file goes without its rows, so it takes this along.
import type { Dataset } from '../../core/data/dataset.ts';
import { isCoarse } from '../../core/numbers.ts';
import { sampleOf } from './frame.ts';

/** Where float32 makes one of two neighbours, or nearly so, in steps of it. */
const STEPS = 2;

interface Sampled {
  readonly column: number;
  /** By row; NaN where there is no number. */
  readonly values: Float64Array;
  readonly sorted: Float64Array;
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
  const rounded = Array.from({ length: cols }, (_, column): Sampled => {
    const values = Float64Array.from({ length: count }, (_, i) => data[i * cols + column]!);
    return { column, values, sorted: sortedOf(values) };
  }).filter(({ sorted }) => sorted.some((value) => Math.fround(value) !== value));
  const found = new Set<number>();
  for (const { column, sorted } of rounded) if (isCoarse(sorted, 0, STEPS) || Math.fround(levelOf(sorted)) === Infinity) found.add(column);
  // A start and an end may each be years apart, and yet it is the minutes between them that count.
  const away = rounded.filter(({ sorted }) => sorted.at(-1)! - sorted[0]! < levelOf(sorted) / 2).toSorted((a, b) => middleOf(a) - middleOf(b));
  for (const [i, one] of away.slice(1).entries()) {
    const before = away[i]!;
    const level = levelOf(one.sorted);
    const between = sortedOf(one.values.map((value, row) => level + (value - before.values[row]!)));
    if (isCoarse(between, 0, STEPS)) found.add(before.column).add(one.column);
  }
  return found.size > 0 ? { float64Columns: [...found].toSorted((a, b) => a - b) } : {};
}

const sortedOf = (values: Float64Array): Float64Array => values.filter(Number.isFinite).sort();
const middleOf = ({ sorted }: Sampled): number => sorted[sorted.length >> 1]!;

/** The largest size. */
const levelOf = (sorted: Float64Array): number => Math.max(Math.abs(sorted[0]!), Math.abs(sorted.at(-1)!));
