// Mean and variance of a column.

export interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** Mean and variance, from the first value on: a constant column has a variance of exactly 0. @param values at least one */
export function momentsOf(values: Float64Array): Moments {
  const first = values[0]!;
  const mean = first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

/** Whether a variance is no more than the rounding of its mean, as scikit-learn 1.9 decides it. */
export function isConstant({ mean, variance }: Moments, rows: number): boolean {
  return variance <= rows * Number.EPSILON * variance + (rows * mean * Number.EPSILON) ** 2;
}
