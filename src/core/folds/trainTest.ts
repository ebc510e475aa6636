// Which rows are held out by chance, exactly as scikit-learn 1.9's ShuffleSplit, StratifiedShuffleSplit and GroupShuffleSplit draw them,
// and so train_test_split (model_selection/_split.py).
import { PipelineError } from '../errors/errors.ts';
import type { RandomState } from '../data/random.ts';

/** Positions of rows. */
export interface TrainTest {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/** How many rows, or groups, are on each side. */
export interface Sides {
  readonly train: number;
  readonly test: number;
}

/**
 * How many of `count` are on each side.
 *
 * @param owner what the parameters are of, for the error
 * @param asked shares between 0 and 1, or numbers; all but the test side are trained on, unless `train` says fewer
 * @param what is counted
 * @throws E_PARAMS where a side would be empty, or both need more than there are
 */
export function sidesOf(owner: string, count: number, asked: { readonly test: number; readonly train?: number | undefined }, what = 'row'): Sides {
  const test = asked.test < 1 ? Math.ceil(asked.test * count) : asked.test;
  const train = asked.train === undefined ? count - test : asked.train < 1 ? Math.floor(asked.train * count) : asked.train;
  if (test >= 1 && train >= 1 && test + train <= count) return { train, test };
  const of = `${count} ${count === 1 ? what : `${what}s`}`;
  const wrong =
    asked.train === undefined
      ? `test is ${asked.test}, which leaves ${Math.max(0, train)} of ${of} to train on`
      : `test is ${asked.test} and train is ${asked.train}, which are ${test} and ${train} of ${of}`;
  throw new PipelineError('E_PARAMS', `${owner}: ${wrong}.`, { hint: 'Hold back fewer: test: 0.25 is a quarter.' });
}

/** The last rows, in their order. */
export function lastRows(rows: number, { test }: Pick<Sides, 'test'>): TrainTest {
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  return { train: all.slice(0, rows - test), test: all.slice(rows - test) };
}

/** ShuffleSplit, one split of it. */
export function drawnRows(rows: number, { train, test }: Sides, random: RandomState): TrainTest {
  const order = random.permutation(rows);
  return { train: order.slice(test, test + train), test: order.slice(0, test) };
}

/**
 * GroupShuffleSplit, one split of it: whole groups, their rows in order.
 *
 * @param groups of the rows, `[rows]`
 * @param sidesFor how many groups are on each side, of so many
 */
export function drawnGroups(groups: ArrayLike<number>, sidesFor: (groups: number) => Sides, random: RandomState): TrainTest {
  const ids = [...new Set(Array.from(groups))].toSorted((a, b) => a - b);
  const drawn = drawnRows(ids.length, sidesFor(ids.length), random);
  const rowsOf = (positions: Uint32Array): Uint32Array => {
    const there = new Set(Array.from(positions, (position) => ids[position]!));
    return Uint32Array.from(Array.from(groups).flatMap((group, row) => (there.has(group) ? [row] : [])));
  };
  return { train: rowsOf(drawn.train), test: rowsOf(drawn.test) };
}

/**
 * StratifiedShuffleSplit, one split of it: as many of each class on both sides as its share of the rows.
 *
 * @param owner who draws, for errors
 * @param labels of the rows, `[rows]`
 * @param called what a label is called, for errors
 * @throws E_CLASS for a class of a single row, and for a side with fewer rows than there are classes
 */
export function drawnByClass(
  owner: string,
  labels: ArrayLike<number>,
  { train, test }: Sides,
  random: RandomState,
  called: (label: number) => string,
): TrainTest {
  const members = new Map<number, number[]>();
  for (let row = 0; row < labels.length; row++) {
    const own = members.get(labels[row]!);
    if (own) own.push(row);
    else members.set(labels[row]!, [row]);
  }
  const classes = [...members].toSorted(([a], [b]) => a - b);
  const counts = classes.map(([, rows]) => rows.length);
  const single = classes.find(([, rows]) => rows.length < 2);
  if (single) {
    throw new PipelineError('E_CLASS', `${owner}: one row alone has ${called(single[0])}, which cannot be on both sides.`, {
      hint: 'Leave the class out, or do not stratify.',
    });
  }
  if (Math.min(train, test) < classes.length) {
    throw new PipelineError('E_CLASS', `${owner}: ${classes.length} classes cannot all be on both sides of ${train} and ${test} rows.`, {
      hint: 'Hold back more rows, or fewer, or do not stratify.',
    });
  }
  const trainOf = mostLikely(counts, train, random);
  const testOf = mostLikely(
    counts.map((count, i) => count - trainOf[i]!),
    test,
    random,
  );
  const sides: { readonly train: number[]; readonly test: number[] } = { train: [], test: [] };
  classes.forEach(([, rows], i) => {
    const order = random.permutation(rows.length);
    for (let k = 0; k < trainOf[i]! + testOf[i]!; k++) sides[k < trainOf[i]! ? 'train' : 'test'].push(rows[order[k]!]!);
  });
  const first = random.shuffle(Uint32Array.from(sides.train));
  return { train: first, test: random.shuffle(Uint32Array.from(sides.test)) };
}

/** How many of each class `draws` rows have most likely: `_approximate_mode`, ties broken by chance. */
function mostLikely(counts: readonly number[], draws: number, random: RandomState): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const shares = counts.map((count) => (count / total) * draws);
  const drawn = shares.map(Math.floor);
  let left = draws - drawn.reduce((sum, count) => sum + count, 0);
  const rests = shares.map((share, i) => share - drawn[i]!);
  for (const rest of [...new Set(rests)].sort((a, b) => b - a)) {
    if (left <= 0) break;
    const tied = [...rests.keys()].filter((i) => rests[i] === rest);
    const order = random.permutation(tied.length);
    const added = Math.min(tied.length, left);
    for (let k = 0; k < added; k++) drawn[tied[order[k]!]!]!++;
    left -= added;
  }
  return drawn;
}
