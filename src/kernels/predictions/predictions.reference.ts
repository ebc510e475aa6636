// predictions.wgsl on the host.
import type { LossInput } from '../logisticLoss/logisticLoss.reference.ts';

/** `[models][rows]` class codes; `columns` holds `classes` columns a model. */
export function predictionsReference({ columns, margins, direction }: Pick<LossInput, 'columns' | 'margins' | 'direction'>, classes: number): number[][] {
  return Array.from({ length: columns.length / classes }, (_, model) =>
    Array.from({ length: margins[0]!.length }, (__, row) => {
      const scores = Array.from({ length: classes }, (___, c) => {
        const column = model * classes + c;
        return margins[column]![row]! + columns[column]!.step * direction[column]![row]!;
      });
      return scores.indexOf(Math.max(...scores));
    }),
  );
}
