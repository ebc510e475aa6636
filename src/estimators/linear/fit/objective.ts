// The smooth part of the penalised loss of a batch of linear models: weighted mean loss over the rows trained on plus
// (penalty / 2) * ||w||^2, as scikit-learn 1.9 writes it; solvers add what is not smooth. Sums over rows come from the batch as changes
// since the last direction; the penalty, which needs no rows, is exact float64 here.
import { PipelineError } from '../../../core/errors/errors.ts';
import type { BatchObjective } from '../../solver/together.ts';
import type { Batch } from '../batch.ts';
import type { LinearLoss } from '../losses/loss.ts';

/** What a model's objective is made of beside its loss. */
export interface Weighing {
  /** Sum of the weights of the rows this model is trained on. */
  readonly weightSum: number;
  /** Of the squares of the weights. */
  readonly penalty: number;
  /** How much of the penalty the square of an intercept has; by default nothing. */
  readonly interceptShare?: number | undefined;
  /** Of the absolute values of the weights; by default 0. */
  readonly l1?: number | undefined;
}

/** Squares along a direction: |w + t d|^2 = ww + 2 t wd + t^2 dd over the penalised entries. */
interface Squares {
  readonly ww: number;
  readonly wd: number;
  readonly dd: number;
}

/** A parameter vector is `[columns][cols]` weights, each with its intercept behind it when `fitIntercept`. */
export interface ParameterShape {
  readonly cols: number;
  /** Columns a model. */
  readonly columns: number;
  readonly fitIntercept: boolean;
}

/** Loss sums of each model at its origin, and how much they changed at its last step. */
export interface Losses {
  readonly origin: readonly number[];
  readonly changes: readonly number[];
}

export interface LinearObjective extends BatchObjective {
  losses(): Losses;
}

export function widthOf({ cols, fitIntercept }: ParameterShape): number {
  return cols + (fitIntercept ? 1 : 0);
}

/** Weights of each column, `[cols + 1]` with the intercept last, 0 where none is fitted. */
export function columnsOf(parameters: Float64Array, shape: ParameterShape): readonly Float64Array[] {
  const width = widthOf(shape);
  return Array.from({ length: shape.columns }, (_, c) => {
    const column = new Float64Array(shape.cols + 1);
    column.set(parameters.subarray(c * width, (c + 1) * width));
    return column;
  });
}

/** @param losses where an interrupted fit stood; by default every model stands at zero */
export function linearObjective(batch: Batch, loss: LinearLoss, shape: ParameterShape, models: readonly Weighing[], losses?: Losses): LinearObjective {
  const { cols, columns } = shape;
  const width = widthOf(shape);
  const squares: Squares[] = models.map(() => ({ ww: 0, wd: 0, dd: 0 }));
  const origin = losses ? [...losses.origin] : models.map(({ weightSum }) => weightSum * loss.atZero(columns));
  const changes = losses ? [...losses.changes] : models.map(() => 0);

  return {
    losses: () => ({ origin: [...origin], changes: [...changes] }),
    async direction(asking, asks) {
      asking.forEach((model, i) => {
        const { origin: at, direction } = asks[i]!;
        const share = models[model]!.interceptShare;
        squares[model] = { ww: dot(at, at, shape, share), wd: dot(at, direction, shape, share), dd: dot(direction, direction, shape, share) };
        origin[model]! += changes[model]!;
        changes[model] = 0;
      });
      const directions = asks.map(({ direction }) => {
        const out = new Float64Array(columns * (cols + 1));
        columnsOf(direction, shape).forEach((column, c) => out.set(column, c * (cols + 1)));
        return out;
      });
      await batch.setDirections(asking, directions);
    },
    async trial(asking, asks) {
      const sums = await batch.losses(
        asking,
        asks.map(({ step }) => step),
      );
      return sums.map(({ change, slope }, i) => {
        const model = asking[i]!;
        const t = asks[i]!.step;
        const { ww, wd, dd } = squares[model]!;
        const { weightSum, penalty } = models[model]!;
        changes[model] = change;
        return {
          value: (origin[model]! + change) / weightSum + 0.5 * penalty * (ww + 2 * t * wd + t * t * dd),
          slope: slope / weightSum + penalty * (wd + t * dd),
        };
      });
    },
    async gradient(asking, asks) {
      const sums = await batch.gradients(asking);
      return sums.map((sum, i) => {
        const { point } = asks[i]!;
        const { weightSum, penalty, interceptShare = 0 } = models[asking[i]!]!;
        const gradient = new Float64Array(columns * width);
        for (let c = 0; c < columns; c++) {
          for (let j = 0; j < width; j++) {
            const own = j < cols ? penalty : penalty * interceptShare;
            gradient[c * width + j] = sum[c * (cols + 1) + j]! / weightSum + own * point[c * width + j]!;
          }
        }
        if (!Number.isFinite(gradient.reduce((squares, g) => squares + g * g, 0))) throw overflowed();
        return gradient;
      });
    },
  };
}

/** The objective in float64. @param loss weighted sum of the losses of the rows */
export function objectiveOf(loss: number, parameters: Float64Array, { weightSum, penalty, interceptShare, l1 = 0 }: Weighing, shape: ParameterShape): number {
  const smooth = loss / weightSum + 0.5 * penalty * dot(parameters, parameters, shape, interceptShare);
  return l1 === 0 ? smooth : smooth + l1 * dot(parameters, parameters.map(Math.sign), shape);
}

/** Over the penalised entries. */
function dot(a: Float64Array, b: Float64Array, shape: ParameterShape, interceptShare = 0): number {
  const width = widthOf(shape);
  let sum = 0;
  for (let c = 0; c < shape.columns; c++) {
    for (let i = c * width; i < c * width + shape.cols; i++) sum += a[i]! * b[i]!;
    if (interceptShare > 0 && shape.fitIntercept) sum += interceptShare * a[c * width + shape.cols]! * b[c * width + shape.cols]!;
  }
  return sum;
}

/** Rows that are not finite were refused before, so only their sums can have left the range of float64. */
export function overflowed(): PipelineError {
  return new PipelineError('E_DATA', 'The gradient of the loss is not finite: the features are too large to be squared.', {
    hint: 'Bring the features to a smaller range, for example with standardize().',
  });
}
