// Which rows are held back for a test, exactly as scikit-learn 1.9's train_test_split draws them (model_selection/_split.py).
import { PipelineError } from '../errors/errors.ts';
import { RandomState } from '../data/random.ts';

/** Positions of rows, `[rows]` each. */
export interface TrainTest {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/** How many rows are held back: a share between 0 and 1, or a number of them. @throws E_PARAMS where a part would be empty */
export function testRows(rows: number, test: number): number {
  const count = test < 1 ? Math.ceil(test * rows) : test;
  if (count >= 1 && count < rows) return count;
  throw new PipelineError(
    'E_PARAMS',
    `split: test is ${test}, which leaves ${Math.max(0, rows - count)} of ${rows} ${rows === 1 ? 'row' : 'rows'} to train on.`,
    {
      hint: 'Hold back fewer rows: test: 0.25 is a quarter of them.',
    },
  );
}

/** The last rows, in their order. */
export function lastRows(rows: number, test: number): TrainTest {
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  return { train: all.slice(0, rows - test), test: all.slice(rows - test) };
}

/** @param test number of rows */
export function drawnRows(rows: number, test: number, seed: number): TrainTest {
  const order = new RandomState(seed).permutation(rows);
  return { train: order.slice(test), test: order.slice(0, test) };
}

/**
 * As many of each class on both sides as its share of the rows.
 *
 * @param labels of the rows, `[rows]`
 * @param test number of rows
 * @param called what a label is called, for errors
 * @throws E_CLASS for a class of a single row, and for a side with fewer rows than there are classes
 */
export function drawnByClass(labels: ArrayLike<number>, test: number, seed: number, called: (label: number) => string): TrainTest {
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
    throw new PipelineError('E_CLASS', `split: one row alone has ${called(single[0])}, which cannot be on both sides.`, {
      hint: 'Leave the class out, or split without stratify.',
    });
  }
  const train = labels.length - test;
  if (Math.min(train, test) < classes.length) {
    throw new PipelineError('E_CLASS', `split: ${classes.length} classes cannot all be on both sides of ${train} and ${test} rows.`, {
      hint: 'Hold back more rows, or fewer, or split without stratify.',
    });
  }
  const random = new RandomState(seed);
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
