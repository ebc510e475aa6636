// squared_hinge.wgsl in float64: the loss of LIBLINEAR's L2-regularized L2-loss support vector classification.
import type { RowLoss } from '../rowLoss/rowLoss.reference.ts';

export const squaredHingeRowLoss: RowLoss = {
  of: 'code',
  value: (truth, margin) => Math.max(1 - truth * margin, 0) ** 2,
  change(truth, origin, moved) {
    const lack = 1 - truth * origin;
    const move = -truth * moved;
    const [before, after] = [Math.max(lack, 0), Math.max(lack + move, 0)];
    return (before > 0 && after > 0 ? move : after - before) * (after + before);
  },
  residual: (truth, margin, weight) => -2 * weight * truth * Math.max(1 - truth * margin, 0),
};
