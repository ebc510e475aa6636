// Rows most of whose features are 0, on a scale that makes something else of their zeros, which are never written out. Of rows (x - m) f
// the weights that steps have made are w = f (sum(c x) - m sum(c)) f, and two rows multiply to sum(x f^2 y) - h(x) - h(y) with
// h(x) = sum(x m f^2) - sum(m^2 f^2) / 2, which each row has once and for all. So B = f^2 sum(c x), behind it sum(c h) and sum(c), say all
// that w says of a row; they are shrunk, added to and averaged as weights are, and a step looks at what is not 0 alone.
import type { Scaling } from '../../core/data/dataset.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { rowsOnHost, type HostRows } from '../rows/rowsOnHost.ts';
import { EVEN_STEPS } from './losses.ts';
import type { SgdParams } from './params.ts';

export interface Shifted {
  readonly scaling: Scaling;
  /** f^2 of each column. */
  readonly squares: Float64Array;
  /** h of each row. */
  readonly halves: Float64Array;
}

export interface SgdRows extends HostRows {
  /** What the features of `sparse` are to go through. */
  readonly shifted?: Shifted | undefined;
}

/** Where squares of `shift * factor` are larger by their mean, what cancels is too large. */
const FAR = 10;
/** Factors have a square, and one to divide by. */
const LARGEST = 1e100;

/**
 * Whether a model may learn of shifted rows. Their sums are added up in another order than scikit-learn's, which some losses make much of;
 * and an L1 penalty takes from weights one by one.
 */
export function mayShift({ loss, penalty }: SgdParams & { readonly loss: string }): boolean {
  return EVEN_STEPS.has(loss) && penalty !== 'l1' && penalty !== 'elasticNet';
}

/** @param options.shifted whether those who ask may learn of shifted rows @throws E_DATA for a feature that is not a finite number */
export async function rowsToStepOn(rows: RowsOf, options: { readonly shifted: boolean }): Promise<SgdRows> {
  const { scaling } = rows;
  if (!scaling || !options.shifted || !suits(scaling)) return rowsOnHost(rows);
  const held = await rowsOnHost({ ...rows, scaling: undefined });
  if (!held.sparse) return { ...held, dense: { ...held.dense!, scaling } };
  const { values, columns, starts } = held.sparse;
  const squares = scaling.factor.map((factor) => factor * factor);
  const slopes = scaling.shift.map((shift, j) => shift * squares[j]!);
  const half = scaling.shift.reduce((sum, shift, j) => sum + shift * slopes[j]!, 0) / 2;
  const halves = new Float64Array(held.count);
  for (let row = 0; row < held.count; row++) {
    let sum = 0;
    for (let at = starts[row]!; at < starts[row + 1]!; at++) sum += values[at]! * slopes[columns[at]!]!;
    halves[row] = sum - half;
  }
  return { ...held, shifted: { scaling, squares, halves } };
}

function suits({ shift, factor }: Scaling): boolean {
  if (shift.every((value) => value === 0)) return false; // zeros stay zeros
  const mean = shift.reduce((sum, value, j) => sum + (value * factor[j]!) ** 2, 0) / shift.length;
  return mean <= FAR && factor.every((value) => Math.abs(value) < LARGEST && Math.abs(value) > 1 / LARGEST);
}

/** Weights of features as they are meant. */
export function asMeant({ cols, shifted }: SgdRows, own: Float64Array): Float64Array {
  if (!shifted) return own;
  const { shift, factor } = shifted.scaling;
  const steps = own[cols + 1]!;
  return factor.map((by, j) => own[j]! / by - steps * shift[j]! * by);
}
