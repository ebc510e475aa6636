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

/** Sums of spans as they come, one after the other: only branches that wait for others are kept. */
export class SpanTree {
  readonly #width: number;
  readonly #branches: Branch[] = [];
  #at = -1;
  #sums: Float64Array | undefined;

  /** @param width numbers that are summed */
  constructor(width: number) {
    this.#width = width;
  }

  /** What a span's numbers are added to, zeros at first. No span comes after a later one. */
  sumsOf(span: number): Float64Array {
    if (this.#sums && this.#at === span) return this.#sums;
    this.#close();
    this.#at = span;
    return (this.#sums = new Float64Array(this.#width));
  }

  /** The largest branches that the spans fill, once all were added. */
  branches(): readonly Branch[] {
    this.#close();
    return this.#branches;
  }

  #close(): void {
    if (this.#sums) join(this.#branches, { level: 0, index: this.#at, sums: this.#sums });
    this.#sums = undefined;
  }
}

/**
 * The largest branches that some spans fill.
 *
 * @param width numbers that are summed
 * @param add adds what a span has to its sums, which are zeros
 */
export function branchesOf({ first, end }: SpanRange, width: number, add: (span: number, sums: Float64Array) => void): readonly Branch[] {
  const tree = new SpanTree(width);
  for (let span = first; span < end; span++) add(span, tree.sumsOf(span));
  return tree.branches();
}

/** @param branches of all spans, in order; their sums are written to */
export function totalOf(branches: readonly Branch[]): Float64Array {
  const left: Branch[] = [];
  for (const branch of branches) join(left, branch);
  return left.map(({ sums }) => sums).reduceRight((later, sums) => addedTo(sums, later));
}

/** Puts a branch behind those before it, and adds up those that are now two halves of one. */
function join(left: Branch[], branch: Branch): void {
  for (let before = left.at(-1); before && before.level === branch.level && before.index + 1 === branch.index && branch.index % 2 === 1; before = left.at(-1)) {
    left.pop();
    branch = { level: branch.level + 1, index: before.index / 2, sums: addedTo(before.sums, branch.sums) };
  }
  left.push(branch);
}

/** Sums of several things side by side, each by itself. */
export function cutUp(sums: Float64Array, width: number): readonly Float64Array[] {
  return Array.from({ length: sums.length / width }, (_, i) => sums.subarray(i * width, (i + 1) * width));
}

function addedTo(sums: Float64Array, more: Float64Array): Float64Array {
  for (let i = 0; i < sums.length; i++) sums[i]! += more[i]!;
  return sums;
}
