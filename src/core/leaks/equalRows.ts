// Rows of two parts that hold the same: copies that were made before the rows were divided. Ids do not tell them, contents do.
import type { Rows } from '../data/dataset.ts';
import type { CsrMatrix } from '../data/csr.ts';
import type { FeatureArray, Matrix } from '../data/matrix.ts';

/** What is looked at first, of wide rows: some columns, for some of the rows that are scored on. Others are rarely equal there. */
const FIRST_COLUMNS = 32;
const FIRST_ROWS = 1000;
/** Rows that tell which columns change most. */
const COMPARED_ROWS = 50;
/** Fewer equal rows, as a share of the rows that are scored on, change no score that anybody reads. */
const LEAST_SHARE = 0.01;
const LEAST_ROWS = 2;
/** In fewer rows to train on, equal ones tell little. */
const LEAST_TRAIN = 20;
/** Rows that values are counted in, to tell how likely rows are equal by chance. */
const COUNTED_ROWS = 1000;
/** Copies are so many times as many as rows that are equal by chance, if columns had nothing to do with each other: mostly they have. */
const TIMES_CHANCE = 100;

/**
 * How many rows of `other`, with ids that `one` has not, have the features and the target of a row of `one`. Where rows hold so
 * little that different cases are equal by chance, equal rows are no copies, and none are counted. Of rows in memory.
 */
export function equalRows(one: Rows, other: Rows): number {
  const { x } = one;
  if (x !== other.x || 'readRows' in x) return 0;
  const there = new Uint8Array(x.rows);
  for (const id of one.rows) there[id] = 1;
  const asked = other.rows.filter((id) => there[id] === 0);
  const least = Math.max(LEAST_ROWS, LEAST_SHARE * asked.length);
  if (asked.length < least || one.rows.length < LEAST_TRAIN) return 0;
  if ('data' in x && x.cols > FIRST_COLUMNS && !mayBeEqual(x, one.rows, asked)) return 0;
  const target = targetOf(one);
  const keyOf = 'indptr' in x ? keysOfSparse(x, target) : keysOfDense(x, target);
  const known = new Set<number>();
  // The first of equal ones: copies say nothing of how alike rows are by chance.
  const distinct = one.rows.filter((id) => {
    const before = known.size;
    return known.add(keyOf(id)).size > before;
  });
  let count = 0;
  for (const id of asked) if (known.has(keyOf(id))) count++;
  // Rows that are mostly equal among themselves hold little, whatever the columns say.
  if (count < least || 2 * distinct.length < one.rows.length) return 0;
  const byChance = Math.min(1, equalByChance(x, distinct) * one.rows.length) * asked.length;
  return count >= TIMES_CHANCE * byChance ? count : 0;
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

  addRow({ data, width }: Words, row: number): void {
    const end = (row + 1) * width;
    for (let at = row * width; at < end; at++) this.add(data[at]!);
  }

  take(): number {
    const key = (this.#high >>> 11) * 2 ** 32 + (this.#low >>> 0);
    this.#high = this.#low = 0;
    return key;
  }
}

/** Whether about as many rows are equal, in some of their columns, as are told of. */
function mayBeEqual({ data, cols }: Matrix, rows: Uint32Array, asked: Uint32Array): boolean {
  const { data: words, width } = wordsOf(data, cols);
  const every = Math.ceil(asked.length / FIRST_ROWS);
  const some = asked.filter((_, i) => i % every === 0);
  const columns = changing(words, width, some);
  const keyOf = (row: number): number => {
    const from = row * width;
    let key = 0;
    for (let c = 0; c < columns.length; c++) {
      key = Math.imul(key ^ words[from + columns[c]!]!, 0x9e3779b1);
      key ^= key >>> 15;
    }
    return key;
  };
  const wanted = new Set<number>();
  const mayBe = new Uint8Array(1 << 16); // a set is slow to ask
  for (const row of some) {
    const key = keyOf(row);
    wanted.add(key);
    mayBe[key & 0xffff] = 1;
  }
  const found = new Set<number>();
  for (const row of rows) {
    const key = keyOf(row);
    if (mayBe[key & 0xffff] === 1 && wanted.has(key)) found.add(key);
  }
  return found.size >= Math.max(1, (LEAST_SHARE / 2) * some.length);
}

/** The words that differ most often from one row to the next, ascending. */
function changing(words: ArrayLike<number>, width: number, rows: Uint32Array): Uint32Array {
  const changes = new Uint32Array(width);
  for (let i = 1; i < Math.min(rows.length, COMPARED_ROWS); i++) {
    for (let at = 0; at < width; at++) if (words[rows[i]! * width + at] !== words[rows[i - 1]! * width + at]) changes[at]!++;
  }
  const most = Uint32Array.from(changes.keys()).sort((a, b) => changes[b]! - changes[a]! || a - b);
  return most.slice(0, FIRST_COLUMNS).sort();
}

function keysOfDense({ data, cols }: Matrix, target: Words | undefined): (row: number) => number {
  const words = wordsOf(data, cols);
  const key = new Key();
  return (row) => {
    key.addRow(words, row);
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
