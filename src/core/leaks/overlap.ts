// Rows that are fitted on and scored on as well: found by their ids, whichever stage or source put them on both sides.
import type { Role, Rows } from '../data/dataset.ts';
import { takeRows } from '../data/features.ts';
import { largestOf } from '../data/labels.ts';

export interface Overlap {
  /** Each once, in the order of the rows scored on. */
  readonly ids: Uint32Array;
  /** For a warning: how many, the first few ids, and what follows from it. */
  readonly message: string;
}

/** How many ids are named. */
const NAMED = 5;
/** Rows compared where two matrices may be one: restored from a cache, or copied. */
const COMPARED = 16;
/** Overlaps that were told, by the rows scored on: with which rows, and how many. */
const told = new WeakMap<Uint32Array, Set<string>>();

/** Rows of `test` that are rows of `train`, or whatever a model was made with, and were not told of yet; undefined where there are none. */
export async function newOverlap(train: Rows, test: Rows): Promise<Overlap | undefined> {
  const ids = sharedIds(train.rows, test.rows);
  const before = told.get(test.rows) ?? new Set();
  const found = `${train.role} ${ids.length}`;
  if (ids.length === 0 || before.has(found) || !(await sameRows(train, test, ids))) return undefined;
  told.set(test.rows, before.add(found));
  const one = ids.length === 1;
  const what = `${ids.length} ${one ? 'row' : 'rows'} of ${test.name} (${namedIds(ids)}) ${one ? 'is' : 'are'} in both ${train.role} and ${test.role}`;
  return { ids, message: `${what}. ${leakOf(train.role)}` };
}

/** What follows from scoring on rows, or groups of them, that a model was made with. */
export function leakOf(role: Role, of: 'rows' | 'groups' = 'rows'): string {
  return `A model scored on ${of} it was ${role === 'train' ? 'fitted on' : 'chosen by'} looks better than it is.`;
}

/** `ids 3, 5, 8, ...` */
export function namedIds(ids: ArrayLike<number>): string {
  const first = Array.from(ids).slice(0, NAMED).join(', ');
  return `${ids.length === 1 ? 'id' : 'ids'} ${first}${ids.length > NAMED ? ', ...' : ''}`;
}

function sharedIds(train: Uint32Array, test: Uint32Array): Uint32Array {
  const left = new Uint8Array(Math.max(largestOf(train), largestOf(test)) + 1); // a set of so many takes longer than a small stage
  for (const id of train) left[id] = 1;
  return test.filter((id) => left[id] === 1 && (left[id] = 0) === 0);
}

/** Ids name the same rows where the features do. */
async function sameRows(train: Rows, test: Rows, ids: Uint32Array): Promise<boolean> {
  if (train.x === test.x) return true;
  if (train.x.cols !== test.x.cols || train.x.rows !== test.x.rows) return false;
  const some = ids.subarray(0, COMPARED);
  const [a, b] = [await takeRows(train.x, some), await takeRows(test.x, some)];
  return a.dtype === b.dtype && a.data.every((value, i) => Object.is(value, b.data[i]));
}
