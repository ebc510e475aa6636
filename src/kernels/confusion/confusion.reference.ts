// confusion.wgsl on the host.
import type { LossInput } from '../logisticLoss/logisticLoss.reference.ts';

/** For each column: [true negative, false positive, false negative, true positive] of trained rows, then of held-out rows. */
export function confusionReference({ codes, folds, columns, margins, direction }: LossInput): number[][] {
  return columns.map((column, m) => {
    const counts = new Array<number>(8).fill(0);
    for (let row = 0; row < codes.length; row++) {
      const truth = codes[row] === column.positive ? 2 : 0;
      const predicted = margins[m]![row]! + column.step * direction[m]![row]! > 0 ? 1 : 0;
      counts[(folds[row] === column.heldOut ? 4 : 0) + truth + predicted]!++;
    }
    return counts;
  });
}
