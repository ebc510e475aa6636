// Sums of clusters after some rows changed theirs. Bytes of weight 1 add up to whole numbers, so what comes out is, to the bit, what
// adding all rows anew would give; after a few iterations hardly any row changes its cluster.
import { takeBlocks } from '../../core/data/features.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import type { Frame } from '../../kernels/lib/tiles.ts';

/** Of sums of rows that go the same way; of many clusters there are many ways. */
const MOST_WAYS_BYTES = 32e6;

/** Bytes of so many rows add up to less than 2^32. */
export const MOST_MOVED = 2 ** 24;

export interface Move {
  /** Positions of rows whose codes differ, no more than {@link MOST_MOVED}. */
  readonly changed: Uint32Array;
  /** The cluster of each row, `[rows]`. */
  readonly before: Uint32Array;
  readonly codes: Uint32Array;
}

/**
 * @param data rows of bytes
 * @param sums `[clusters][cols + 1]`, as the device has rows, and how many these are; they change in place
 */
export async function moveRows(
  { x, rows }: RowsOf,
  { center }: Frame,
  sums: readonly Float64Array[],
  { changed, before, codes }: Move,
  signal: AbortSignal,
): Promise<void> {
  const { cols } = x;
  // Rows that go the same way are added up first: one sum to change a row, and whole numbers of 32 bits.
  const ways = new Map<number, Uint32Array>();
  const ids = changed.map((row) => rows[row]!);
  const settle = (): void => {
    for (const [key, way] of ways) {
      const [left, joined] = [sums[Math.floor(key / sums.length)]!, sums[key % sums.length]!];
      const count = way[cols]!;
      for (let j = 0; j <= cols; j++) {
        const value = j < cols ? way[j]! - count * center[j]! : count;
        left[j]! -= value;
        joined[j]! += value;
      }
    }
    ways.clear();
  };
  for await (const { data, from, rows: count } of takeBlocks(x, ids)) {
    await letOthersIn();
    throwIfCancelled(signal);
    if (ways.size * (cols + 1) * 4 > MOST_WAYS_BYTES) settle();
    for (let i = 0; i < count; i++) {
      const row = changed[from + i]!;
      const key = before[row]! * sums.length + codes[row]!;
      let way = ways.get(key);
      if (!way) ways.set(key, (way = new Uint32Array(cols + 1)));
      add(way, (data as Uint8Array).subarray(i * cols, (i + 1) * cols));
      way[cols]!++;
    }
  }
  settle();
}

/** A function of its own, which engines compile sooner than a loop between awaits. */
function add(sums: Uint32Array, values: Uint8Array): void {
  for (let j = 0; j < values.length; j++) sums[j]! += values[j]!;
}
