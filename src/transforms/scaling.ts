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
 * Column means, and 1 / standard deviations, of the rows outside a fold: rows are read twice, however many folds there are. The result
 * replaces any earlier scaling, of which only the signs of the factors remain, and the factors of constant columns.
 *
 * @throws E_DATA for a feature that is not a finite number
 */
export async function standardScalings(data: Rows, folds: Folds | undefined): Promise<(before: Scaling | undefined, heldOut: number | undefined) => Scaling> {
  checkNoNames('standardize', { name: 'the rows', ...data });
  const moments = await momentsByFold(data, folds);
  return (before, heldOut) => {
    const {
      rows: count,
      mean,
      squares,
    } = [...moments]
      .filter(([fold]) => fold !== heldOut)
      .map(([, own]) => own)
      .reduce(merged);
    const factor = squares.map((sum, j) => {
      const given = before?.factor[j] ?? 1;
      const variance = sum / count;
      return isConstant({ variance, mean: mean[j]! }, count) ? given : Math.sign(given) / Math.sqrt(variance);
    });
    return { shift: mean, factor, fromRows: true };
  };
}

async function momentsByFold(data: Rows, folds: Folds | undefined): Promise<ReadonlyMap<number, Moments>> {
  const { x, rows, columns } = data;
  const foldOf = (at: number): number => folds?.fold[at] ?? 0;
  if (isSparse(data)) return sparseMoments(data, foldOf);
  const sums = new Map<number, { rows: number; readonly first: Float64Array; readonly sums: Float64Array }>();
  await eachRow(x, rows, (row, at) => {
    let own = sums.get(foldOf(at));
    if (!own) sums.set(foldOf(at), (own = { rows: 0, first: Float64Array.from(row), sums: new Float64Array(x.cols) }));
    own.rows++;
    // From the first row on: a constant column has a sum of exactly 0, and its own value as its mean.
    for (let j = 0; j < row.length; j++) {
      if (!Number.isFinite(row[j])) throw notFinite(row[j]!, rows[at]!, j, columns);
      own.sums[j]! += row[j]! - own.first[j]!;
    }
  });
  const moments = new Map<number, Moments>();
  for (const [fold, own] of sums) {
    moments.set(fold, { rows: own.rows, mean: own.first.map((value, j) => value + own.sums[j]! / own.rows), squares: new Float64Array(x.cols) });
  }
  await eachRow(x, rows, (row, at) => {
    const { mean, squares } = moments.get(foldOf(at))!;
    for (let j = 0; j < row.length; j++) squares[j]! += (row[j]! - mean[j]!) ** 2;
  });
  return moments;
}

/** By the entries alone; the zeros are counted. */
function sparseMoments(
  { x: { cols, indptr, indices, values }, rows }: Rows & { readonly x: CsrMatrix },
  foldOf: (at: number) => number,
): ReadonlyMap<number, Moments> {
  const sums = new Map<number, { rows: number; readonly entries: Uint32Array; readonly mean: Float64Array; readonly squares: Float64Array }>();
  const eachEntry = (use: (own: NonNullable<ReturnType<typeof sums.get>>, column: number, value: number) => void): void =>
    rows.forEach((id, row) => {
      const own = sums.get(foldOf(row))!;
      for (let at = indptr[id]!; at < indptr[id + 1]!; at++) use(own, indices[at]!, values[at]!);
    });
  for (let row = 0; row < rows.length; row++) {
    const own = sums.get(foldOf(row)) ?? { rows: 0, entries: new Uint32Array(cols), mean: new Float64Array(cols), squares: new Float64Array(cols) };
    own.rows++;
    sums.set(foldOf(row), own);
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
