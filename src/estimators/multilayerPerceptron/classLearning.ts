// What a network learns of classes: the log loss, of two or of several.
import { weightsOf } from '../../core/data/dataset.ts';
import { LOSS_KINDS } from '../../kernels/outputDelta/outputDelta.ts';
import { predictedCodes } from '../../metrics/evaluation.ts';
import type { TrainingRows } from '../define/define.ts';
import { shareRight } from '../solver/passes.ts';
import type { Learning } from './train.ts';

export function classLearning(rows: TrainingRows<'classifier'>): Learning {
  const { classes, codes } = rows;
  const two = classes.length === 2;
  const weights = weightsOf(rows) ?? new Float32Array(codes.length).fill(1);
  return {
    kind: two ? LOSS_KINDS.twoClasses : LOSS_KINDS.classes,
    outputs: two ? 1 : classes.length,
    width: 1,
    values: Float32Array.from(codes),
    weights,
    byClass: two ? rows : undefined,
    score(sums: Float64Array, held: Uint32Array): number {
      const predicted = predictedCodes(sums, classes.length);
      return shareRight(held, weights, (row, at) => predicted[at] === codes[row]);
    },
  };
}
