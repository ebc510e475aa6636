// Groups of rows: those of one patient, one machine, one text. Rows of a group tell of each other, so that a model scored on a group
// that it was fitted on looks better than it is.
import { PipelineError } from '../errors/errors.ts';
import type { Rows } from '../data/dataset.ts';
import type { RandomState } from '../data/random.ts';
import { checkFolds, drawingBy, type FoldOptions } from './folds.ts';

type Grouped = Pick<Rows, 'name' | 'rows' | 'groups' | 'groupNames'>;

/**
 * Group of each row, in the order of rows, `[rows]`; undefined where rows have no groups.
 *
 * @example
 * groupsOf({ name: 'visits', rows: Uint32Array.of(2, 0), groups: Uint32Array.of(7, 7, 9) }); // 9 7
 */
export function groupsOf({ rows, groups }: Grouped): Uint32Array | undefined {
  return groups && Uint32Array.from(rows, (id) => groups[id]!);
}

/**
 * GroupKFold, as scikit-learn 1.9 has it: no group is in two folds. The largest group goes to the fold with the fewest rows, then
 * the next one; with a seed, groups are shuffled and dealt in blocks.
 *
 * @param groups of each row, `[rows]`
 * @returns the fold in which each row is held out, `[rows]`, 0 to `count - 1`
 * @throws E_PARAMS for more folds than groups
 * @example
 * groupFolds(Uint32Array.of(7, 7, 7, 9, 9), 2); // 0 0 0 1 1
 */
export function groupFolds(groups: Uint32Array, count: number, options: FoldOptions = {}): Uint8Array {
  checkFolds(count, groups.length);
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const ids = [...sizes.keys()].toSorted((a, b) => a - b);
  checkGroups(count, ids.length);
  const foldOf = options.seed === undefined ? packed(ids, sizes, count) : dealt(ids, count, options.seed);
  const folds = new Uint8Array(groups.length);
  for (let row = 0; row < folds.length; row++) folds[row] = foldOf.get(groups[row]!)!;
  return folds;
}

/** @throws E_PARAMS for more folds than groups */
export function checkGroups(count: number, groups: number): void {
  if (count <= groups) return;
  throw new PipelineError('E_PARAMS', `folds is { groups: ${count} }; the rows have ${groups === 1 ? 'one group' : `${groups} groups`}.`, {
    hint: groups < 2 ? 'Fold by rows: folds: 5.' : `Use at most ${groups} folds.`,
  });
}

/** The largest first, of equal ones that of the larger id, each into the first of the emptiest folds. */
function packed(ids: readonly number[], sizes: ReadonlyMap<number, number>, count: number): ReadonlyMap<number, number> {
  const rows = new Array<number>(count).fill(0);
  const largestFirst = ids.toSorted((a, b) => sizes.get(b)! - sizes.get(a)! || b - a);
  return new Map(
    largestFirst.map((id) => {
      const fold = rows.indexOf(rows.reduce((least, own) => Math.min(least, own)));
      rows[fold]! += sizes.get(id)!;
      return [id, fold];
    }),
  );
}

/** In blocks as numpy's `array_split` makes them, the first `ids mod count` one longer. */
function dealt(ids: readonly number[], count: number, seed: number | RandomState): ReadonlyMap<number, number> {
  const [short, longer] = [Math.floor(ids.length / count), ids.length % count];
  const foldAt = (at: number): number => (at < longer * (short + 1) ? Math.floor(at / (short + 1)) : Math.floor((at - longer) / short));
  return new Map(Array.from(drawingBy(seed).permutation(ids.length), (position, at) => [ids[position]!, foldAt(at)]));
}

/** Groups with rows in more than one fold. */
export function cutGroups(groups: Uint32Array, fold: Uint8Array): readonly number[] {
  const first = new Map<number, number>();
  const cut = new Set<number>();
  groups.forEach((group, row) => {
    if (!first.has(group)) first.set(group, fold[row]!);
    else if (first.get(group) !== fold[row]) cut.add(group);
  });
  return [...cut];
}

/** Groups with rows in both. */
export function sharedGroups(one: Grouped, other: Grouped): readonly number[] {
  const there = new Set(groupsOf(one));
  return [...new Set(groupsOf(other))].filter((group) => there.has(group));
}

/** How many groups are named. */
const NAMED = 5;

/** In a sentence: `2 groups of people (ann, bob) have`. */
export function groupsCalled(groups: readonly number[], { name, groupNames }: Grouped): string {
  const first = groups.slice(0, NAMED).map((group) => groupNames?.[group] ?? group);
  const named = `${first.join(', ')}${groups.length > NAMED ? ', ...' : ''}`;
  return groups.length === 1 ? `1 group of ${name} (${named}) has` : `${groups.length} groups of ${name} (${named}) have`;
}
