// logistic_loss.wgsl in float64: scikit-learn's HalfBinomialLoss.
import { lossChangeReference, softplus } from '../lib/lossChange.ts';
import type { RowLoss } from '../rowLoss/rowLoss.reference.ts';

export const logisticRowLoss: RowLoss = {
  of: 'code',
  value: (truth, margin) => softplus(-truth * margin),
  change: (truth, origin, moved) => lossChangeReference(-truth * origin, -truth * moved),
  residual: (truth, margin, weight) => (-truth * weight) / (1 + Math.exp(truth * margin)),
};
