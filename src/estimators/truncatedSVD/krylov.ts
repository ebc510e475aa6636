// The largest eigenvalues of a matrix that is only multiplied by vectors: block Lanczos with thick restarts (Golub and Underwood 1977; Wu
// and Simon 2000). What it finds is held against a second search among what is perpendicular to it, so that of more equal values than a
// block is wide none is missed.
import { RandomState } from '../../core/data/random.ts';
import { eigenOf } from '../pca/eigen.ts';
import type { Vectors } from './products.ts';
import { addScaled, dot } from '../solver/vectors.ts';

/** Vectors of a product. */
const BLOCK = 8;
/** What is left of a product beside the vector itself, as a share of the largest value, or of how far the next values are. */
const NOTHING = { ofLargest: 1e-12, ofGap: 1e-9 } as const;
/** The same of the first value that is not asked for, at the end of the second search. */
const SETTLED = 1e-3;
/** A vector of which so little is left depends on those before it. */
const DEPENDS = 1e-13;

export interface Largest {
  /** Descending, `[count]`. */
  readonly values: Float64Array;
  /** Of length 1, perpendicular, `[count][size]`. */
  readonly vectors: readonly Float64Array[];
  /** Whether what is left is nothing. */
  readonly converged: boolean;
}

/**
 * @param times the product of a symmetric matrix, `[size][size]`, without negative eigenvalues, with some vectors
 * @param most products
 */
export async function largestOf(size: number, count: number, times: (vectors: Vectors) => Promise<Vectors>, most: number): Promise<Largest> {
  const random = new RandomState(0);
  const drawn = (): Float64Array[] => Array.from({ length: BLOCK }, () => Float64Array.from({ length: size }, () => random.uint32() / 2 ** 31 - 1));
  const room = 2 * count + 6 * BLOCK;
  let basis: Float64Array[] = [];
  let rows: Float64Array[] = []; // of the matrix as the basis sees it
  let block = addTo(basis, drawn()).added;
  let before: Float64Array | undefined; // what the first search found
  for (let product = 1; ; product++) {
    const first = rows.length;
    const { added, factors, within } = addTo(basis, columnsOf(await times(sideBySide(block, size))));
    rows.push(...within);
    const seen = rows.length;
    const { values, vectors } = eigenOf(symmetric(rows), Math.min(seen, count + BLOCK));
    const left = (i: number): number => Math.hypot(...added.map((_, a) => factors.reduce((sum, own, v) => sum + (own[a] ?? 0) * vectors[i]![first + v]!, 0)));
    const best = (some: number): Float64Array[] => vectors.slice(0, some).map((shares) => combined(basis, shares));
    const said = (converged: boolean): Largest => ({ values: values.slice(0, count), vectors: best(count), converged });
    const whole = seen === size;
    const found = whole || (seen >= count && vectors.slice(0, count).every((_, i) => left(i) <= nothing(values, i)));
    if (found && (whole || (isSame(before, values) && (seen === count || left(count) <= Math.max(SETTLED * values[count]!, NOTHING.ofLargest * values[0]!)))))
      return said(true);
    if (product >= most && seen >= count) return said(false);
    if (found && !isSame(before, values)) {
      before = values.slice(0, count);
      basis = best(count);
      rows = diagonal(values, count);
      block = addTo(basis, drawn()).added;
    } else if (added.length === 0) {
      block = addTo(basis, drawn()).added; // nothing leads out of what was looked at
    } else if (seen + added.length <= room) {
      block = added;
    } else {
      basis = [...best(count + BLOCK), ...added];
      rows = diagonal(values, count + BLOCK);
      block = added;
    }
  }
}

function nothing(values: Float64Array, i: number): number {
  const gap = Math.min(...[i - 1, i + 1].map((other) => (other in values ? Math.abs(values[other]! - values[i]!) : Infinity)));
  return Math.max(NOTHING.ofLargest * values[0]!, gap < Infinity ? NOTHING.ofGap * gap : 0);
}

/** Whether the second search found nothing else. */
function isSame(before: Float64Array | undefined, values: Float64Array): boolean {
  return before !== undefined && before.every((value, i) => Math.abs(values[i]! - value) <= 1e-9 * values[0]!);
}

/** Rows of the matrix as its eigenvectors see it. */
function diagonal(values: Float64Array, count: number): Float64Array[] {
  return Array.from({ length: count }, (_, i) => Float64Array.from({ length: i + 1 }, (_, j) => (i === j ? values[i]! : 0)));
}

/**
 * Makes vectors perpendicular to a basis and to each other, and adds what is left of them to it.
 *
 * @returns what was added, how much of each vector each of those has, `[vector][added]`, and what the basis of before has of it, `[vector][basis]`
 */
function addTo(
  basis: Float64Array[],
  vectors: readonly Float64Array[],
): { readonly added: Float64Array[]; readonly factors: readonly (readonly number[])[]; readonly within: readonly Float64Array[] } {
  const added: Float64Array[] = [];
  const before = basis.length;
  const within = vectors.map(() => new Float64Array(before));
  const factors = vectors.map((vector, v) => {
    const own = vector.slice();
    const length = Math.sqrt(dot(own, own));
    const shares = new Array<number>(added.length).fill(0);
    // Twice is enough (Kahan).
    for (let round = 0; round < 2; round++) {
      for (const [i, other] of basis.entries()) {
        const share = dot(other, own);
        addScaled(own, -share, other);
        if (i < before) within[v]![i]! += share;
        else shares[i - before]! += share;
      }
    }
    const rest = Math.sqrt(dot(own, own));
    if (!(rest > DEPENDS * length)) return shares;
    for (let j = 0; j < own.length; j++) own[j]! /= rest;
    basis.push(own);
    added.push(own);
    return [...shares, rest];
  });
  return { added, factors, within };
}

function sideBySide(vectors: readonly Float64Array[], size: number): Vectors {
  const width = vectors.length;
  const data = new Float64Array(size * width);
  for (const [c, vector] of vectors.entries()) for (let j = 0; j < size; j++) data[j * width + c] = vector[j]!;
  return { width, data };
}

function columnsOf({ width, data }: Vectors): readonly Float64Array[] {
  return Array.from({ length: width }, (_, c) => Float64Array.from({ length: data.length / width }, (_, j) => data[j * width + c]!));
}

/** From rows that know the columns up to their own block. */
function symmetric(rows: readonly Float64Array[]): Float64Array {
  const n = rows.length;
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [a, b] = [Math.floor(at / n), at % n];
    return rows[Math.max(a, b)]![Math.min(a, b)]!;
  });
}

function combined(basis: readonly Float64Array[], shares: Float64Array): Float64Array {
  const out = new Float64Array(basis[0]!.length);
  for (const [i, share] of shares.entries()) for (let j = 0; j < out.length; j++) out[j]! += share * basis[i]![j]!;
  return out;
}
