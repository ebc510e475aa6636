// Rows for the host to count: what is not in the first bin of its column, where most rows are if features are mostly zeros.
import type { Binned } from '../columns/bins.ts';
import type { Layout } from './histograms.ts';

/** Bins of a tile, at most, unless one column has more: their sums stay in a processor's cache while all rows go by. */
const TILE_BINS = 2 ** 15;

/** The rows of some neighbouring columns. */
export interface Tile {
  /** Its columns, and their bins: the first one, and the one behind the last. */
  readonly columns: readonly [number, number];
  readonly first: number;
  readonly end: number;
  /** Where the bins of each row begin, and behind the last one, `[rows + 1]`. */
  readonly starts: Uint32Array;
  /** From `first` on. */
  readonly bins: Uint16Array;
}

/** All columns, some after the other. */
export type Entries = readonly Tile[];

/** @param rows the first ones */
export function entriesOf(bins: Binned, { offsets }: Layout, rows: number): Entries {
  const tiles: Tile[] = [];
  for (let from = 0, to = 0; from < bins.columns.length; from = to) {
    do to++;
    while (to < bins.columns.length && offsets[to + 1]! - offsets[from]! <= TILE_BINS);
    tiles.push(tileOf(bins, offsets, rows, from, to));
  }
  return tiles;
}

function tileOf({ data, rows: stride }: Binned, offsets: Uint32Array, rows: number, from: number, to: number): Tile {
  const starts = new Uint32Array(rows + 1);
  for (let j = from; j < to; j++) for (let row = 0, at = j * stride; row < rows; row++, at++) starts[row + 1]! += Number(data[at] !== 0);
  for (let row = 0; row < rows; row++) starts[row + 1]! += starts[row]!;
  const [first, end] = [offsets[from]!, offsets[to]!];
  const [bins, puts] = [new Uint16Array(starts[rows]!), starts.slice()];
  for (let j = from; j < to; j++) {
    const own = offsets[j]! - first;
    for (let row = 0, at = j * stride; row < rows; row++, at++) {
      const bin = data[at]!;
      if (bin === 0) continue;
      bins[puts[row]!] = own + bin;
      puts[row]!++;
    }
  }
  return { columns: [from, to], first, end, starts, bins };
}
