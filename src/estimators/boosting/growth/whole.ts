// Derivatives as whole numbers. Sums of those are exact, whatever their order and whoever adds them up; and since they have as many
// digits as float64 has for the sum of all rows, they are the sums of float64.

/** Sums stay below 2^52, rounding included. */
const BITS = 51;

/** Whole numbers, and the power of two that each of them counts for. */
export interface Whole {
  readonly numbers: Float64Array;
  readonly unit: number;
}

/** A power of two, 2^-51 of the sum of the sizes of all rows or less. */
export function unitOf(sum: number): number {
  return sum > 0 ? 2 ** (Math.ceil(Math.log2(sum)) - BITS) : 1;
}

/** Rounds `values` to multiples of their unit. Of numbers of f32 that changes those alone that are smaller than 2^-27 of the sum. */
export function wholeOf(values: Float32Array, unit: number): Whole {
  const numbers = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) numbers[i] = Math.round(values[i]! / unit);
  return { numbers, unit };
}
