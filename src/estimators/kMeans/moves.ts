// Sums of clusters after some rows changed theirs. Bytes of weight 1 add up to whole numbers, so what comes out is, to the bit, what
// adding all rows anew would give; after a few iterations hardly any row changes its cluster.
import { takeBlocks, type Features } from '../../core/data/features.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import type { Frame } from '../../kernels/lib/tiles.ts';

/** Bytes of so many rows add up to less than 2^32. */
export const MOST_MOVED = 2 ** 24;

/** Bytes of so many rows add up to less than 2^16. */
const MOST_PAIRED = 257;
/** Of rows in memory, before others have their turn. */
const BLOCK_ROWS = 4096;

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
  // Rows that go the same way are added up first: one sum to change a row.
  const ways = new Map<number, number[]>();
  for (const row of changed) {
    const key = before[row]! * sums.length + codes[row]!;
    const way = ways.get(key);
    if (way) way.push(row);
    else ways.set(key, [row]);
  }
  const order = Uint32Array.from([...ways.values()].flat());
  const pairs = new PairedSums(cols);
  let way = -1; // of what is in pairs
  const settle = (): void => {
    if (pairs.count === 0) return;
    pairs.settle(sums[Math.floor(way / sums.length)]!, sums[way % sums.length]!, center);
  };
  let done = 0;
  for await (const { data, at } of bytesOf(
    x,
    order.map((row) => rows[row]!),
  )) {
    await letOthersIn();
    throwIfCancelled(signal);
    for (const row of at) {
      const position = order[done++]!;
      const own = before[position]! * sums.length + codes[position]!;
      if (own !== way || pairs.count === MOST_PAIRED) settle();
      way = own;
      pairs.add(data, row * cols);
    }
  }
  settle();
}

/** Rows `ids` at `at` of `data`, a few at a time: where they are, or taken from where they are stored. */
async function* bytesOf(x: Features, ids: Uint32Array): AsyncGenerator<{ readonly data: Uint8Array; readonly at: Uint32Array }, void> {
  if ('data' in x) for (let from = 0; from < ids.length; from += BLOCK_ROWS) yield { data: x.data as Uint8Array, at: ids.subarray(from, from + BLOCK_ROWS) };
  else for await (const { data, rows } of takeBlocks(x, ids)) yield { data: data as Uint8Array, at: Uint32Array.from({ length: rows }, (_, i) => i) };
}

/** Sums of up to {@link MOST_PAIRED} rows of bytes, two in a word of 32 bits: four bytes take two additions. */
class PairedSums {
  count = 0;
  readonly #cols: number;
  readonly #even: Int32Array;
  readonly #odd: Int32Array;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(cols: number) {
    this.#cols = cols;
    this.#even = new Int32Array(Math.ceil(cols / 4));
    this.#odd = new Int32Array(Math.ceil(cols / 4));
  }

  /** @param at where the row begins */
  add(data: Uint8Array, at: number): void {
    if (this.#view.buffer !== data.buffer || this.#view.byteOffset !== data.byteOffset) this.#view = new DataView(data.buffer, data.byteOffset, data.length);
    const whole = this.#cols >> 2;
    addPairs(this.#view, at, whole, this.#even, this.#odd);
    for (let j = whole * 4; j < this.#cols; j++) (j & 1 ? this.#odd : this.#even)[whole]! += data[at + j]! << (j & 2 ? 16 : 0);
    this.count++;
  }

  /** Moves them from one sum to another, `[cols + 1]`, and begins again. */
  settle(left: Float64Array, joined: Float64Array, center: Float64Array): void {
    const cols = this.#cols;
    const [even, odd, count] = [this.#even, this.#odd, this.count];
    for (let j = 0; j < cols; j++) {
      const pair = j & 1 ? odd[j >> 2]! : even[j >> 2]!;
      const value = (j & 2 ? pair >>> 16 : pair & 0xffff) - count * center[j]!;
      left[j]! -= value;
      joined[j]! += value;
    }
    left[cols]! -= count;
    joined[cols]! += count;
    even.fill(0);
    odd.fill(0);
    this.count = 0;
  }
}

/** A function of its own, which engines compile sooner than a loop between awaits. */
function addPairs(view: DataView, at: number, words: number, even: Int32Array, odd: Int32Array): void {
  for (let k = 0; k < words; k++) {
    const word = view.getInt32(at + k * 4, true);
    even[k]! += word & 0xff00ff;
    odd[k]! += (word >>> 8) & 0xff00ff;
  }
}
