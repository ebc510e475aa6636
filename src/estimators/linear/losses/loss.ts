// What a batch of linear models has to know of a loss: all else that they do is the same for every one.
import type { Kernel } from '../../../core/compute.ts';
import type { OnePass } from '../../../kernels/onePass/onePass.ts';
import type { OnePassOfColumns } from '../../../kernels/softmaxOnePass/softmaxOnePass.ts';
import { rowLossReference, type LossInput, type LossOutput, type RowLoss } from '../../../kernels/rowLoss/rowLoss.reference.ts';

export interface LinearLoss {
  /** What is true of a row: a class, by its code, or a value. */
  readonly target: 'classes' | 'values';
  readonly kernel: Kernel;
  /** Sizes of the kernel, by columns a model. */
  readonly sizes: (columns: number) => Readonly<Record<string, number>>;
  /** Products, loss and gradient in one kernel, for rows of bytes and models of one column. */
  readonly onePass?: OnePass;
  /** The same for models of several columns. */
  readonly onePassOfColumns?: OnePassOfColumns;
  /** What the kernel does, in float64. */
  readonly reference: (input: LossInput, columns: number) => LossOutput;
  /** Loss of a row that counts once, where all margins are 0. */
  readonly atZero: (columns: number) => number;
  /** What margins mean, `[rows][columns]`: probabilities `[rows][classes]`, or values; absent where only their order counts. */
  readonly link?: (margins: Float64Array, columns: number) => Float64Array;
  /** Takes from a gradient, `[columns][cols + 1]` in place, what is rounding and nothing else. */
  readonly cleaned?: (gradient: Float64Array, columns: number) => void;
  /** Whether models are searched for by weights of standardised features: scikit-learn's search has no path to keep to. */
  readonly standardised?: boolean;
}

/** A loss of models of one column, whose value at a margin of 0 is the same for every row. */
export interface ColumnLoss extends LinearLoss {
  readonly row: RowLoss;
  /** Margin of rows whose values average this: where an intercept starts. By default it starts at 0. */
  readonly level?: (mean: number) => number;
}

export function columnLoss(kernel: Kernel, row: RowLoss, meaning: Pick<ColumnLoss, 'link' | 'level' | 'onePass' | 'standardised'> = {}): ColumnLoss {
  return {
    target: row.of === 'code' ? 'classes' : 'values',
    kernel,
    sizes: () => ({}),
    row,
    reference: (input) => rowLossReference(row, input),
    atZero: () => row.value(1, 0),
    ...meaning,
  };
}
