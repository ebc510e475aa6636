// Rows of a kernel matrix for one problem, made of distances as the search for its least asks for them.
import { PipelineError } from '../../core/errors/errors.ts';
import { kernelOf, type Kernel } from './kernel.ts';
import { Recent } from './recent.ts';
import type { KernelRows } from './solve.ts';
import type { Squares } from './squares.ts';

/** Of kernel values kept. */
const KEPT_BYTES = 256e6;

/** Rows of one group that a problem is about. */
export interface Share {
  readonly group: number;
  /** Positions of the group's rows among all. */
  readonly positions: Uint32Array;
  /** Which of them the problem is about, ascending. */
  readonly within: Uint32Array;
}

/**
 * The variables are the rows of one share after the other.
 *
 * @param lengths squared lengths of all rows
 * @throws E_DATA for a kernel of larger values than f32 has
 */
export function kernelRows(squares: Squares, kernel: Kernel, shares: readonly Share[], lengths: Float64Array): KernelRows {
  const value = kernelOf(kernel);
  const rows = Uint32Array.from(shares.flatMap(({ positions, within }) => Array.from(within, (at) => positions[at]!)));
  const groups = shares.map(({ group }) => group);
  const own = Float64Array.from(rows, (row) => lengths[row]!);
  const diagonal = own.map((length) => (kernel.kernel === 'precomputed' ? length : value(0, length, length)));
  // No value is larger than the largest of a row with itself.
  const far = diagonal.findIndex((size) => !Number.isFinite(Math.fround(size)));
  if (far >= 0 || !(kernel.gamma > 0)) throw beyond(kernel, far >= 0 ? diagonal[far]! : Infinity);
  const kept = new Recent<Float32Array>(KEPT_BYTES);
  const made = (variable: number): Float32Array | undefined => {
    const row = rows[variable]!;
    const parts = groups.map((group) => squares.get(row, group));
    if (parts.includes(undefined)) return undefined;
    const out = new Float32Array(rows.length);
    let at = 0;
    for (const [s, { within }] of shares.entries()) {
      const { numbers, at: from, step } = parts[s]!;
      for (let k = 0; k < within.length; k++, at++) out[at] = value(numbers[from + within[k]! * step]! * squares.unit, own[variable]!, own[at]!);
    }
    kept.set(variable, out);
    return out;
  };
  const get = (variable: number): Float32Array | undefined => kept.get(variable) ?? made(variable);
  return {
    diagonal,
    batch: squares.batch,
    get,
    has: (variable) => kept.has(variable) || groups.every((group) => squares.has(rows[variable]!, group)),
    async bring(variables) {
      await squares.bring(
        variables.map((variable) => rows[variable]!),
        groups,
      );
    },
  };
}

function beyond({ kernel }: Kernel, size: number): PipelineError {
  return new PipelineError('E_DATA', `A '${kernel}' kernel of these features has values of ${size}; at most 3e38 fits.`, {
    hint: "Scale the features with standardize() or minMax(), or give 'poly' a lower degree or gamma.",
  });
}
