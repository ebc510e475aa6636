// Values as whole numbers: sums of those are the same in any order, and on every adapter.
import { PipelineError } from '../../core/errors/errors.ts';
import { targetWords } from '../../kernels/valueSplits/valueSplits.ts';

/** Sums stay below 2^52, rounding included: float64 holds them exactly. */
const BITS = 51;

export interface Targets {
  /** As value_splits.wgsl has them, `[row][2 + 2 outputs]`. */
  readonly words: Uint32Array;
  /** Weight * (value - least value of the output) in units, `[rows][outputs]`. */
  readonly numbers: Float64Array;
  /** What a whole number counts for. */
  readonly unit: number;
}

/**
 * Rounds to multiples of a power of two, 2^-51 of the largest sum or less, which float64 does to sums of so many rows too.
 *
 * @param values `[rows][outputs]`
 * @param weights whole numbers, `[rows]`
 * @param repeats how often each tree draws each row, `[tree][rows]`
 * @throws E_DATA for values so far apart that float64 does not hold their sum
 */
export function targetsOf(
  { name, dataset }: { readonly name: string; readonly dataset: string },
  values: Float64Array,
  outputs: number,
  weights: Uint32Array,
  repeats: readonly (Uint32Array | undefined)[],
): Targets {
  const rows = weights.length;
  const least = new Float64Array(outputs).fill(Infinity);
  for (let at = 0; at < values.length; at++) if (weights[Math.floor(at / outputs)]! > 0) least[at % outputs] = Math.min(least[at % outputs]!, values[at]!);
  const above = values.map((value, at) => weights[Math.floor(at / outputs)]! * (value - least[at % outputs]!));
  let most = 0;
  for (const own of repeats) {
    const sums = new Float64Array(outputs);
    for (let at = 0; at < above.length; at++) sums[at % outputs]! += above[at]! * (own?.[Math.floor(at / outputs)] ?? 1);
    most = Math.max(most, ...sums);
  }
  if (!(most < Infinity)) {
    throw new PipelineError('E_DATA', `${name}: values of ${dataset} are so large that their sum is no number.`, { hint: 'Divide the values by their size.' });
  }
  const unit = most > 0 ? 2 ** Math.max(-1022, Math.ceil(Math.log2(most)) - BITS) : 1;
  const numbers = above.map((value) => Math.round(value / unit));
  const each = targetWords(outputs);
  const words = new Uint32Array(rows * each);
  const kinds = new Map<number | string, number>();
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * outputs, (row + 1) * outputs);
    const kind = outputs === 1 ? own[0]! : own.join();
    if (!kinds.has(kind)) kinds.set(kind, kinds.size);
    words[row * each] = kinds.get(kind)!;
    words[row * each + 1] = weights[row]!;
    for (let o = 0; o < outputs; o++) {
      const number = numbers[row * outputs + o]!;
      const high = Math.floor(number / 2 ** 32);
      words[row * each + 2 + 2 * o] = number - high * 2 ** 32;
      words[row * each + 3 + 2 * o] = high;
    }
  }
  return { words, numbers, unit };
}
