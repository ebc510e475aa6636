// poisson_loss.wgsl in float64: scikit-learn's HalfPoissonLoss.
import type { RowLoss } from '../rowLoss/rowLoss.reference.ts';

export const poissonRowLoss: RowLoss = {
  of: 'value',
  value: (truth, margin) => Math.exp(margin) - truth * margin,
  change: (truth, origin, moved) => Math.exp(origin) * Math.expm1(moved) - truth * moved,
  residual: (truth, margin, weight) => weight * (Math.exp(margin) - truth),
};
