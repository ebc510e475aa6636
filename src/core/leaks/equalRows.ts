// Rows of two parts that hold the same: copies that were made before the rows were divided. Ids do not tell them, contents do.
import type { Rows } from '../data/dataset.ts';
import type { CsrMatrix } from '../data/csr.ts';
import type { FeatureArray, Matrix } from '../data/matrix.ts';

/** Columns that are compared first: rows that differ mostly differ in one of them. */
const FIRST_COLUMNS = 64;
/** Fewer equal rows, as a share of the rows that are scored on, change no score that anybody reads. */
const LEAST_SHARE = 0.01;
const LEAST_ROWS = 2;
/** In fewer rows to train on, equal ones tell little. */
const LEAST_TRAIN = 20;
/** Rows that values are counted in, to tell how likely rows are equal by chance. */
const COUNTED_ROWS = 1000;
/** How many of the rows scored on may have an equal one by chance, as a share, where equal rows are still taken for copies. */
const MOST_BY_CHANCE = 1e-3;

/**
 * How many rows of `other`, with ids that `one` has not, have the features and the target of a row of `one`. Where rows hold so
 * little that different cases are equal by chance, equal rows are no copies, and none are counted. Of rows in memory.
 */
export function equalRows(one: Rows, other: Rows): number {
  const { x } = one;
  if (x !== other.x || 'readRows' in x) return 0;
  const there = new Set(one.rows);
  const asked = other.rows.filter((id) => !there.has(id));
  const least = Math.max(LEAST_ROWS, LEAST_SHARE * asked.length);
  if (asked.length < least || one.rows.length < LEAST_TRAIN) return 0;
  const target = targetOf(one);
  const shared = (columns?: number): { readonly count: number; readonly distinct: Uint32Array } => {
    const keyOf = 'indptr' in x ? keysOfSparse(x, target) : keysOfDense(x, target, columns);
    const known = new Set<number>();
    // The first of equal ones: copies say nothing of how alike rows are by chance.
    const distinct = one.rows.filter((id) => {
      const before = known.size;
      return known.add(keyOf(id)).size > before;
    });
    let count = 0;
    for (const id of asked) if (known.has(keyOf(id))) count++;
    return { count, distinct };
  };
  if ('data' in x && x.cols > FIRST_COLUMNS && shared(FIRST_COLUMNS).count < least) return 0;
  const { count, distinct } = shared();
  // Rows that are mostly equal among themselves hold little, whatever the columns say.
  if (count < least || 2 * distinct.length < one.rows.length) return 0;
  return equalByChance(x, distinct) * one.rows.length < MOST_BY_CHANCE ? count : 0;
}

type Words = { readonly data: ArrayLike<number>; readonly width: number };

/** Values as whole numbers, `width` a row. */
function wordsOf(data: FeatureArray, cols: number): Words {
  if (data instanceof Uint8Array || data instanceof Uint16Array) return { data, width: cols };
  const words = new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  return { data: words, width: (cols * data.BYTES_PER_ELEMENT) / 4 };
}

/** What rows are to teach, where that is in memory. */
function targetOf(data: Rows & { readonly labels?: ArrayLike<number>; readonly values?: Matrix; readonly indicators?: Matrix }): Words | undefined {
  const target = data.values ?? data.indicators;
  return data.labels ? { data: data.labels, width: 1 } : target && wordsOf(target.data, target.cols);
}

/** A number that differs where the words do, but for a chance of one in 2^53. */
class Key {
  #high = 0;
  #low = 0;

  add(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x9e3779b1);
    this.#low ^= this.#low >>> 15;
    this.#high = Math.imul(this.#high ^ word, 0x85ebca77) + 0x165667b1;
    this.#high ^= this.#high >>> 13;
  }

  addRow({ data, width }: Words, row: number, step = 1): void {
    const end = (row + 1) * width;
    for (let at = row * width; at < end; at += step) this.add(data[at]!);
  }

  take(): number {
    const key = (this.#high >>> 11) * 2 ** 32 + (this.#low >>> 0);
    this.#high = this.#low = 0;
    return key;
  }
}

function keysOfDense({ data, cols }: Matrix, target: Words | undefined, columns: number | undefined): (row: number) => number {
  const words = wordsOf(data, cols);
  const step = columns === undefined ? 1 : Math.max(1, Math.floor(words.width / columns));
  const key = new Key();
  return (row) => {
    key.addRow(words, row, step);
    if (target) key.addRow(target, row);
    return key.take();
  };
}

function keysOfSparse({ indptr, indices, values }: CsrMatrix, target: Words | undefined): (row: number) => number {
  const words = wordsOf(values, 1);
  const key = new Key();
  return (row) => {
    for (let at = indptr[row]!; at < indptr[row + 1]!; at++) {
      key.add(indices[at]!);
      key.addRow(words, at);
    }
    if (target) key.addRow(target, row);
    return key.take();
  };
}

/** How likely two rows are equal, if columns had nothing to do with each other. */
function equalByChance(x: Matrix | CsrMatrix, rows: Uint32Array): number {
  const step = Math.max(1, Math.floor(rows.length / COUNTED_ROWS));
  const some = rows.filter((_, i) => i % step === 0);
  let chance = 1;
  for (const counts of 'indptr' in x ? countsOfSparse(x, some) : countsOfDense(x, some)) {
    let pairs = 1; // where none of these are equal, others may be
    for (const count of counts) pairs += (count * (count - 1)) / 2;
    chance *= Math.min(1, pairs / ((some.length * (some.length - 1)) / 2));
    if (chance < Number.MIN_VALUE) break;
  }
  return chance;
}

/** How often each value is there, by column. */
function* countsOfDense({ data, cols }: Matrix, rows: Uint32Array): Generator<Iterable<number>> {
  for (let column = 0; column < cols; column++) {
    const counts = new Map<number, number>();
    for (const row of rows) {
      const value = data[row * cols + column]!;
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    yield counts.values();
  }
}

function* countsOfSparse({ indptr, indices, values }: CsrMatrix, rows: Uint32Array): Generator<Iterable<number>> {
  const columns = new Map<number, Map<number, number>>();
  for (const row of rows) {
    for (let at = indptr[row]!; at < indptr[row + 1]!; at++) {
      const counts = columns.get(indices[at]!) ?? new Map<number, number>();
      columns.set(indices[at]!, counts.set(values[at]!, (counts.get(values[at]!) ?? 0) + 1));
    }
  }
  for (const counts of columns.values()) {
    const held = [...counts.values()].reduce((sum, count) => sum + count, 0);
    yield [...counts.values(), rows.length - held];
  }
}
