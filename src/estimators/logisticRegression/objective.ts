// The penalised logistic loss of a batch of models, as scikit-learn 1.9 writes it: weighted mean loss over the rows trained
// on plus (lambda / 2) * ||w||^2 with lambda = 1 / (C * weight sum). Intercepts are not penalised. Sums over rows come from
// the batch as changes since the last direction; the penalty, which needs no rows, is exact float64 here.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Batch } from '../linear/batch.ts';
import type { BatchObjective } from '../solver/together.ts';

export interface ModelSettings {
  /** Sum of the weights of the rows this model is trained on. */
  readonly weightSum: number;
  readonly C: number;
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
  /** Columns a model: 1 for two classes. */
  readonly columns: number;
  readonly fitIntercept: boolean;
}

/** Loss sums of each model at its origin, and how much they changed at its last step. */
export interface Losses {
  readonly origin: readonly number[];
  readonly changes: readonly number[];
}

export interface LogisticObjective extends BatchObjective {
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
export function logisticObjective(batch: Batch, shape: ParameterShape, settings: readonly ModelSettings[], losses?: Losses): LogisticObjective {
  const { cols, columns } = shape;
  const width = widthOf(shape);
  const squares: Squares[] = settings.map(() => ({ ww: 0, wd: 0, dd: 0 }));
  // At zero every class is equally likely.
  const origin = losses ? [...losses.origin] : settings.map(({ weightSum }) => weightSum * Math.log(columns === 1 ? 2 : columns));
  const changes = losses ? [...losses.changes] : settings.map(() => 0);

  return {
    losses: () => ({ origin: [...origin], changes: [...changes] }),
    async direction(models, asks) {
      models.forEach((model, i) => {
        const { origin: at, direction } = asks[i]!;
        squares[model] = { ww: dot(at, at, shape), wd: dot(at, direction, shape), dd: dot(direction, direction, shape) };
        origin[model]! += changes[model]!;
        changes[model] = 0;
      });
      const directions = asks.map(({ direction }) => {
        const out = new Float64Array(columns * (cols + 1));
        columnsOf(direction, shape).forEach((column, c) => out.set(column, c * (cols + 1)));
        return out;
      });
      await batch.setDirections(models, directions);
    },
    async trial(models, asks) {
      const sums = await batch.losses(
        models,
        asks.map(({ step }) => step),
      );
      return sums.map(({ change, slope }, i) => {
        const model = models[i]!;
        const t = asks[i]!.step;
        const { ww, wd, dd } = squares[model]!;
        const { weightSum } = settings[model]!;
        changes[model] = change;
        return {
          value: (origin[model]! + change) / weightSum + 0.5 * penaltyOf(settings[model]!) * (ww + 2 * t * wd + t * t * dd),
          slope: slope / weightSum + penaltyOf(settings[model]!) * (wd + t * dd),
        };
      });
    },
    async gradient(models, asks) {
      const sums = await batch.gradients(models);
      return sums.map((sum, i) => {
        const model = models[i]!;
        const { point } = asks[i]!;
        const { weightSum } = settings[model]!;
        const penalty = penaltyOf(settings[model]!);
        const gradient = new Float64Array(columns * width);
        for (let c = 0; c < columns; c++) {
          for (let j = 0; j < width; j++) gradient[c * width + j] = sum[c * (cols + 1) + j]! / weightSum + (j < cols ? penalty * point[c * width + j]! : 0);
        }
        if (!Number.isFinite(gradient.reduce((squares, g) => squares + g * g, 0))) throw overflowed();
        return gradient;
      });
    },
  };
}

/** The objective in float64. @param loss weighted sum of the losses of the rows */
export function objectiveOf(loss: number, parameters: Float64Array, settings: ModelSettings, shape: ParameterShape): number {
  return loss / settings.weightSum + 0.5 * penaltyOf(settings) * dot(parameters, parameters, shape);
}

function penaltyOf({ C, weightSum }: ModelSettings): number {
  return 1 / (C * weightSum);
}

/** Over the penalised entries. */
function dot(a: Float64Array, b: Float64Array, shape: ParameterShape): number {
  const width = widthOf(shape);
  let sum = 0;
  for (let c = 0; c < shape.columns; c++) for (let i = c * width; i < c * width + shape.cols; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Rows that are not finite were refused before, so only their sums can have left the range of float64. */
function overflowed(): PipelineError {
  return new PipelineError('E_DATA', 'The gradient of the loss is not finite: the features are too large to be squared.', {
    hint: 'Bring the features to a smaller range, for example with standardize().',
  });
}
