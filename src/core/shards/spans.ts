// Sums over many rows that are the same to the bit however the rows are cut into parts. Rows fall into spans of one size; within a
// span they are added in order, and spans by twos, as a tree: 0 and 1, 2 and 3, then those two sums, and so on. A part that ends
// at spans has whole branches of that tree, few of them, and whoever has the branches of all parts can finish it.

/** What was summed over `2 ** level` spans, the first of them `index * 2 ** level`; fewer at the end of the rows. */
export interface Branch {
  readonly level: number;
  readonly index: number;
  readonly sums: Float64Array;
}

/** Spans of some rows among all. */
export interface SpanRange {
  readonly first: number;
  /** Behind the last. */
  readonly end: number;
}

/**
 * The largest branches that some spans fill.
 *
 * @param width numbers that are summed
 * @param add adds what a span has to its sums, which are zeros
 */
export function branchesOf({ first, end }: SpanRange, width: number, add: (span: number, sums: Float64Array) => void): readonly Branch[] {
  const sumOf = (level: number, from: number): Float64Array => {
    if (level === 0) {
      const sums = new Float64Array(width);
      add(from, sums);
      return sums;
    }
    return addedTo(sumOf(level - 1, from), sumOf(level - 1, from + 2 ** (level - 1)));
  };
  const branches: Branch[] = [];
  for (let at = first; at < end;) {
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= end) level++;
    branches.push({ level, index: at / 2 ** level, sums: sumOf(level, at) });
    at += 2 ** level;
  }
  return branches;
}

/** @param branches of all spans, in order; their sums are written to */
export function totalOf(branches: readonly Branch[]): Float64Array {
  const left: Branch[] = [];
  for (let branch of branches) {
    for (let before = left.at(-1); before && before.level === branch.level && branch.index % 2 === 1; before = left.at(-1)) {
      left.pop();
      branch = { level: branch.level + 1, index: before.index / 2, sums: addedTo(before.sums, branch.sums) };
    }
    left.push(branch);
  }
  return left.map(({ sums }) => sums).reduceRight((later, sums) => addedTo(sums, later));
}

/** Sums of several things side by side, each by itself. */
export function cutUp(sums: Float64Array, width: number): readonly Float64Array[] {
  return Array.from({ length: sums.length / width }, (_, i) => sums.subarray(i * width, (i + 1) * width));
}

function addedTo(sums: Float64Array, more: Float64Array): Float64Array {
  for (let i = 0; i < sums.length; i++) sums[i]! += more[i]!;
  return sums;
}
