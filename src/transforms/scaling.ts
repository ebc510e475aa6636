// Scalings: a shift and a factor for each column, given as numbers or learned from the rows that a model is trained on.
import type { Dataset, Scaling } from '../core/data/dataset.ts';
import { PipelineError } from '../core/errors/errors.ts';
import { isSparse, type CsrMatrix } from '../core/data/csr.ts';
import { takeBlocks } from '../core/data/features.ts';
import { checkNoNames } from '../core/data/categories.ts';
import type { FeatureArray } from '../core/data/matrix.ts';
import { notFinite } from '../core/data/notFinite.ts';
import type { Folds } from '../dsl/estimator.ts';
import { isConstant } from './levels/moments.ts';

type Rows = Pick<Dataset, 'x' | 'rows'> & Partial<Pick<Dataset, 'name' | 'columns'>>;

/** One scaling after another, as one. @throws E_PARAMS where no scaling of x is the two */
export function inTurn(first: Scaling | undefined, then: Scaling): Scaling {
  if (!first) return then;
  // A factor of 0 leaves nothing but zeros, which a shift of 0 keeps and no other can.
  const shift = first.shift.map((value, j) => (then.shift[j] === 0 ? value : value + then.shift[j]! / first.factor[j]!));
  const factor = first.factor.map((value, j) => value * then.factor[j]!);
  const lost = shift.findIndex((value, j) => !Number.isFinite(value) || !Number.isFinite(factor[j]) || (factor[j] === 0 && first.factor[j] !== 0));
  if (lost < 0) return { ...first, shift, factor };
  throw new PipelineError(
    'E_PARAMS',
    `Column ${lost} was scaled by ${first.factor[lost]} before: a shift of ${then.shift[lost]} and a factor of ${then.factor[lost]} cannot follow.`,
    { hint: 'Scale once, by factors of ordinary size that are not 0.' },
  );
}

/** Means of the columns over some rows, and sums of squares around them. */
interface Moments {
  readonly rows: number;
  readonly mean: Float64Array;
  readonly squares: Float64Array;
}

/**
 * Column means, and 1 / standard deviations, of the rows outside a fold: rows are read twice, and bytes once, however many folds there are.
 * The result replaces any earlier scaling, of which only the signs of the factors remain, and the factors of constant columns.
 *
 * @throws E_DATA for a feature that is not a finite number
 */
export async function standardScalings(data: Rows, folds: Folds | undefined): Promise<(before: Scaling | undefined, heldOut: number | undefined) => Scaling> {
  checkNoNames('standardize', { name: 'the rows', ...data });
  const momentsWithout = await momentsByFold(data, folds);
  return (before, heldOut) => {
    const { rows: count, mean, squares } = momentsWithout(heldOut);
    const factor = squares.map((sum, j) => {
      const given = before?.factor[j] ?? 1;
      const variance = sum / count;
      return isConstant({ variance, mean: mean[j]! }, count) ? given : Math.sign(given) / Math.sqrt(variance);
    });
    return { shift: mean, factor, fromRows: true };
  };
}

type MomentsWithout = (heldOut: number | undefined) => Moments;

/** In place of a fold: all rows, which folds add up to but for the last digits. */
const ALL = -1;

async function momentsByFold(data: Rows, folds: Folds | undefined): Promise<MomentsWithout> {
  const { x, rows, columns } = data;
  const groupsOf = (at: number): readonly number[] => (folds ? [folds.fold[at]!, ALL] : [ALL]);
  if (x.dtype === 'u8' && !isSparse(data)) return byteMoments(data, folds);
  if (isSparse(data)) return without(sparseMoments(data, groupsOf));
  const sums = new Map<number, { rows: number; readonly first: Float64Array; readonly sums: Float64Array }>();
  await eachRow(x, rows, (row, at) => {
    for (const group of groupsOf(at)) {
      let own = sums.get(group);
      if (!own) sums.set(group, (own = { rows: 0, first: Float64Array.from(row), sums: new Float64Array(x.cols) }));
      own.rows++;
      // From the first row on: a constant column has a sum of exactly 0, and its own value as its mean.
      for (let j = 0; j < row.length; j++) {
        if (!Number.isFinite(row[j])) throw notFinite(row[j]!, rows[at]!, j, columns);
        own.sums[j]! += row[j]! - own.first[j]!;
      }
    }
  });
  const moments = new Map<number, Moments>();
  for (const [group, own] of sums) {
    moments.set(group, { rows: own.rows, mean: own.first.map((value, j) => value + own.sums[j]! / own.rows), squares: new Float64Array(x.cols) });
  }
  await eachRow(x, rows, (row, at) => {
    for (const group of groupsOf(at)) {
      const { mean, squares } = moments.get(group)!;
      for (let j = 0; j < row.length; j++) squares[j]! += (row[j]! - mean[j]!) ** 2;
    }
  });
  return without(moments);
}

function without(moments: ReadonlyMap<number, Moments>): MomentsWithout {
  return (heldOut) => {
    if (heldOut === undefined) return moments.get(ALL)!;
    return [...moments]
      .filter(([group]) => group !== heldOut && group !== ALL)
      .map(([, own]) => own)
      .reduce(merged);
  };
}

/** Sums of bytes and of their squares are exact: from the first row on, so that those of a constant column are 0. */
async function byteMoments({ x, rows }: Rows, folds: Folds | undefined): Promise<MomentsWithout> {
  const { cols } = x;
  const first = new Uint8Array(cols);
  const sums = new Map<number, { rows: number; readonly values: Float64Array; readonly squares: Float64Array }>();
  await eachRow(x, rows, (row, at) => {
    if (at === 0) first.set(row);
    const fold = folds?.fold[at] ?? ALL;
    let own = sums.get(fold);
    if (!own) sums.set(fold, (own = { rows: 0, values: new Float64Array(cols), squares: new Float64Array(cols) }));
    own.rows++;
    addBytes(row as Uint8Array, first, own);
  });
  return (heldOut) => {
    const left = [...sums].filter(([fold]) => fold !== heldOut).map(([, own]) => own);
    const total = (of: 'values' | 'squares', j: number): number => left.reduce((sum, own) => sum + own[of][j]!, 0);
    const count = left.reduce((sum, own) => sum + own.rows, 0);
    const mean = Float64Array.from(first, (value, j) => value + total('values', j) / count);
    return { rows: count, mean, squares: mean.map((_, j) => total('squares', j) - total('values', j) ** 2 / count) };
  };
}

/** A function of its own, so that it is compiled after a few rows. */
function addBytes(row: Uint8Array, first: Uint8Array, { values, squares }: { readonly values: Float64Array; readonly squares: Float64Array }): void {
  for (let j = 0; j < row.length; j++) {
    const value = row[j]! - first[j]!;
    values[j]! += value;
    squares[j]! += value * value;
  }
}

/** By the entries alone; the zeros are counted. */
function sparseMoments(
  { x: { cols, indptr, indices, values }, rows }: Rows & { readonly x: CsrMatrix },
  groupsOf: (at: number) => readonly number[],
): ReadonlyMap<number, Moments> {
  const sums = new Map<number, { rows: number; readonly entries: Uint32Array; readonly mean: Float64Array; readonly squares: Float64Array }>();
  const eachEntry = (use: (own: NonNullable<ReturnType<typeof sums.get>>, column: number, value: number) => void): void =>
    rows.forEach((id, row) => {
      for (const group of groupsOf(row)) {
        const own = sums.get(group)!;
        for (let at = indptr[id]!; at < indptr[id + 1]!; at++) use(own, indices[at]!, values[at]!);
      }
    });
  for (let row = 0; row < rows.length; row++) {
    for (const group of groupsOf(row)) {
      const own = sums.get(group) ?? { rows: 0, entries: new Uint32Array(cols), mean: new Float64Array(cols), squares: new Float64Array(cols) };
      own.rows++;
      sums.set(group, own);
    }
  }
  eachEntry(({ entries, mean }, column, value) => {
    entries[column]!++;
    mean[column]! += value;
  });
  for (const { rows: count, entries, mean, squares } of sums.values()) {
    for (let j = 0; j < cols; j++) {
      mean[j]! /= count;
      squares[j] = (count - entries[j]!) * mean[j]! ** 2;
    }
  }
  eachEntry(({ mean, squares }, column, value) => (squares[column]! += (value - mean[column]!) ** 2));
  return sums;
}

function merged(a: Moments, b: Moments): Moments {
  const rows = a.rows + b.rows;
  const mean = a.mean.map((value, j) => value + ((b.mean[j]! - value) * b.rows) / rows);
  const squares = a.squares.map((sum, j) => sum + b.squares[j]! + ((b.mean[j]! - a.mean[j]!) ** 2 * a.rows * b.rows) / rows);
  return { rows, mean, squares };
}

async function eachRow(x: Dataset['x'], ids: Uint32Array, use: (row: FeatureArray, at: number) => void): Promise<void> {
  for await (const { from, rows, cols, data } of takeBlocks(x, ids)) {
    for (let row = 0; row < rows; row++) use(data.subarray(row * cols, (row + 1) * cols), from + row);
  }
}
