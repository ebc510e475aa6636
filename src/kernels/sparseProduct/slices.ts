// The device layout of sparse rows: sliced ELLPACK. A run is a sum to be made: a target, and the entries that are multiplied and
// added up. Runs of about equal length stand side by side in slices of LANES, entry by entry, so that neighbouring invocations read
// neighbouring memory and end together. All is pairs of u32: for each slice of a launch where it begins, and of each slice first the
// target and the length of every run, then their entries: an index, and the bits of an f32.

import type { FeatureArray } from '../../core/data/matrix.ts';

/** Runs of a slice. */
export const LANES = 32;
/** Runs that are sorted by length together: their targets stay close. */
const WINDOW = 4096;

/** The runs of one launch. */
export interface Runs {
  /** Where each adds its sum to, all of them different. */
  readonly targets: Uint32Array;
  /** Entries of each. */
  readonly lengths: Uint32Array;
  /** Where they begin among all entries. */
  readonly begins: Uint32Array;
}

export interface Entries {
  readonly indices: Uint32Array;
  readonly values: FeatureArray;
}

/** Runs that are in slices one after the other. */
export interface SparseLaunch {
  /** Where those are listed, in pairs. */
  readonly at: number;
  readonly runs: number;
}

/** Where the runs of some launches stand, one launch after the other. */
export function launchesOf(all: readonly Runs[]): { readonly launches: readonly SparseLaunch[]; readonly bytes: number } {
  let pairs = 0;
  const launches = all.map(({ lengths }) => {
    const { end } = slicesOf(lengths, pairs);
    const launch = { at: pairs, runs: lengths.length };
    pairs = end;
    return launch;
  });
  return { launches, bytes: pairs * 8 };
}

/** Writes them into zeroed `target`. */
export function writeLaunches(all: readonly Runs[], { indices, values }: Entries, target: ArrayBuffer): void {
  const words = new Uint32Array(target);
  const numbers = new Float32Array(target);
  let at = 0;
  for (const { targets, lengths, begins } of all) {
    const { order, starts, end } = slicesOf(lengths, at);
    for (let slice = 0; slice < starts.length; slice++) words[(at + slice) * 2] = starts[slice]!;
    for (let lane = 0; lane < order.length; lane++) {
      const run = order[lane]!;
      let place = (starts[Math.floor(lane / LANES)]! + (lane % LANES)) * 2;
      words[place] = targets[run]!;
      words[place + 1] = lengths[run]!;
      for (let entry = begins[run]!; entry < begins[run]! + lengths[run]!; entry++) {
        place += 2 * LANES;
        words[place] = indices[entry]!;
        numbers[place + 1] = values[entry]!;
      }
    }
    at = end;
  }
}

/** Runs in the order of their lanes, and where their slices begin, listed from `at` on. */
function slicesOf(lengths: Uint32Array, at: number): { readonly order: Uint32Array; readonly starts: Uint32Array; readonly end: number } {
  const order = longestFirst(lengths);
  const starts = new Uint32Array(Math.ceil(order.length / LANES));
  let end = at + starts.length;
  for (let slice = 0; slice < starts.length; slice++) {
    starts[slice] = end;
    let most = 0;
    for (let lane = slice * LANES; lane < Math.min(order.length, (slice + 1) * LANES); lane++) most = Math.max(most, lengths[order[lane]!]!);
    end += (1 + most) * LANES;
  }
  return { order, starts, end };
}

/** Within each window; a counting sort. */
function longestFirst(lengths: Uint32Array): Uint32Array {
  const order = new Uint32Array(lengths.length);
  for (let from = 0; from < lengths.length; from += WINDOW) {
    const own = lengths.subarray(from, from + WINDOW);
    let most = 0;
    for (const length of own) most = Math.max(most, length);
    const ends = new Uint32Array(most + 2);
    for (const length of own) ends[most - length + 1]!++;
    for (let i = 1; i < ends.length; i++) ends[i]! += ends[i - 1]!;
    own.forEach((length, i) => (order[from + ends[most - length]!++] = from + i));
  }
  return order;
}
