// The largest eigenvalues of a matrix that is only multiplied by vectors, by a block Krylov method (Golub and Underwood 1977; Musco and
// Musco 2015). The block is as wide as there are vectors to find, so that equal values are all found.
import { RandomState } from '../../core/data/random.ts';
import { eigenOf } from '../pca/eigen.ts';
import type { Vectors } from './products.ts';

/** Vectors beside those that are asked for: they bring the others in sooner. */
const BESIDE = 6;
/** Blocks of a basis, at most; it starts again from the best of them. */
const MOST_BLOCKS = 6;
/** What is left of a product beside the vector itself, as a share of the largest value. */
const NOTHING = 1e-12;
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
  const width = Math.min(size, count + BESIDE);
  const start = Array.from({ length: width }, () => Float64Array.from({ length: size }, () => random.uint32() / 2 ** 31 - 1));
  let basis: Float64Array[] = [];
  let block = addTo(basis, start).added;
  let rows: Float64Array[] = []; // of the matrix as the basis sees it
  for (let product = 1; ; product++) {
    const found = columnsOf(await times(sideBySide(block, size)));
    // What the basis has of the products, and what is beyond it.
    const first = basis.length - block.length;
    for (const [i, own] of found.entries()) rows[first + i] = Float64Array.from(basis, (vector) => dot(vector, own));
    const { added, factors } = addTo(basis, found);
    const seen = rows.length;
    const { values, vectors } = eigenOf(symmetric(rows), Math.min(seen, width));
    const left = (vector: Float64Array): number =>
      Math.hypot(...added.map((_, a) => factors.reduce((sum, own, i) => sum + (own[a] ?? 0) * vector[first + i]!, 0)));
    const enough = Math.min(count, vectors.length);
    const converged = enough === count && vectors.slice(0, count).every((vector) => left(vector) <= NOTHING * values[0]!);
    if (converged || added.length === 0 || product >= most) {
      const whole = basis.slice(0, seen);
      return {
        values: values.slice(0, count),
        vectors: vectors.slice(0, count).map((vector) => combined(whole, vector)),
        converged: converged || added.length === 0,
      };
    }
    if (seen < MOST_BLOCKS * width) {
      block = added;
      continue;
    }
    const whole = basis.slice(0, seen);
    const best = vectors.map((vector) => combined(whole, vector));
    basis = [];
    rows = [];
    block = addTo(basis, best).added;
  }
}

/**
 * Makes vectors perpendicular to a basis and to each other, and adds what is left of them to it.
 *
 * @returns what was added, and how much of each vector each of those has, `[vector][added]`
 */
function addTo(basis: Float64Array[], vectors: readonly Float64Array[]): { readonly added: Float64Array[]; readonly factors: readonly (readonly number[])[] } {
  const added: Float64Array[] = [];
  const before = basis.length;
  const factors = vectors.map((vector) => {
    const own = vector.slice();
    const length = Math.sqrt(dot(own, own));
    const shares = new Array<number>(added.length).fill(0);
    // Twice is enough (Kahan).
    for (let round = 0; round < 2; round++) {
      for (const [i, other] of basis.entries()) {
        const share = dot(other, own);
        for (let j = 0; j < own.length; j++) own[j]! -= share * other[j]!;
        if (i >= before) shares[i - before]! += share;
      }
    }
    const rest = Math.sqrt(dot(own, own));
    if (!(rest > DEPENDS * length)) return shares;
    for (let j = 0; j < own.length; j++) own[j]! /= rest;
    basis.push(own);
    added.push(own);
    return [...shares, rest];
  });
  return { added, factors };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!;
  return sum;
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
  for (const [i, vector] of basis.entries()) for (let j = 0; j < out.length; j++) out[j]! += shares[i]! * vector[j]!;
  return out;
}
