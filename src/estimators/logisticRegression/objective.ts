// The penalised logistic loss of a batch of models, as scikit-learn 1.9 writes it: weighted mean loss over the rows trained
// on plus (lambda / 2) * ||w||^2 with lambda = 1 / (C * weight sum). Intercepts are not penalised. Sums over rows come from
// the device as changes since the last direction; the penalty, which needs no rows, is exact float64 here.
import type { Scaling } from '../../core/dataset.ts';
import { PipelineError } from '../../core/errors.ts';
import type { BatchObjective } from '../solver/together.ts';
import type { LinearBatch } from '../linear/linearBatch.ts';
import { fromRaw, toRaw } from '../linear/scaling.ts';

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

export interface ObjectiveShape {
  readonly cols: number;
  /** Columns a model: 1 for two classes. */
  readonly columns: number;
  readonly fitIntercept: boolean;
  readonly scaling: Scaling | undefined;
}

/** Loss sums of each model at its origin, and how much they changed at its last step. */
export interface Losses {
  readonly origin: readonly number[];
  readonly changes: readonly number[];
}

export interface LogisticObjective extends BatchObjective {
  losses(): Losses;
}

/**
 * A parameter vector is `[columns][cols]` weights, each with its intercept behind it when `fitIntercept`.
 *
 * @param losses where an interrupted fit stood; by default every model stands at zero
 */
export function logisticObjective(batch: LinearBatch, shape: ObjectiveShape, settings: readonly ModelSettings[], losses?: Losses): LogisticObjective {
  const { cols, columns, fitIntercept, scaling } = shape;
  const width = cols + (fitIntercept ? 1 : 0);
  const squares: Squares[] = settings.map(() => ({ ww: 0, wd: 0, dd: 0 }));
  // At zero every class is equally likely.
  const origin = losses ? [...losses.origin] : settings.map(({ weightSum }) => weightSum * Math.log(columns === 1 ? 2 : columns));
  const changes = losses ? [...losses.changes] : settings.map(() => 0);
  const penalty = (model: number): number => 1 / (settings[model]!.C * settings[model]!.weightSum);

  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let c = 0; c < columns; c++) for (let i = c * width; i < c * width + cols; i++) sum += a[i]! * b[i]!;
    return sum;
  };
  const each = (parameters: Float64Array, use: (column: Float64Array, c: number) => void): void => {
    for (let c = 0; c < columns; c++) use(parameters.subarray(c * width, (c + 1) * width), c);
  };

  return {
    losses: () => ({ origin: [...origin], changes: [...changes] }),
    async direction(models, asks) {
      models.forEach((model, i) => {
        const { origin: at, direction } = asks[i]!;
        squares[model] = { ww: dot(at, at), wd: dot(at, direction), dd: dot(direction, direction) };
        origin[model]! += changes[model]!;
        changes[model] = 0;
      });
      const raw = asks.map(({ direction }) => {
        const out = new Float64Array(columns * (cols + 1));
        each(direction, (column, c) => {
          const full = new Float64Array(cols + 1);
          full.set(column);
          out.set(toRaw(full, scaling), c * (cols + 1));
        });
        return out;
      });
      await batch.setDirections(models, raw);
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
          value: (origin[model]! + change) / weightSum + 0.5 * penalty(model) * (ww + 2 * t * wd + t * t * dd),
          slope: slope / weightSum + penalty(model) * (wd + t * dd),
        };
      });
    },
    async gradient(models, asks) {
      const sums = await batch.gradients(models);
      return sums.map((sum, i) => {
        const model = models[i]!;
        const { point } = asks[i]!;
        const gradient = new Float64Array(columns * width);
        each(gradient, (column, c) => {
          const scaled = fromRaw(sum.subarray(c * (cols + 1), (c + 1) * (cols + 1)), scaling);
          for (let j = 0; j < width; j++) column[j] = scaled[j]! / settings[model]!.weightSum + (j < cols ? penalty(model) * point[c * width + j]! : 0);
        });
        if (!gradient.every(Number.isFinite)) throw overflowed();
        return gradient;
      });
    },
  };
}

/** Rows that are not finite were refused before, so only their sums can have left the range of f32. */
function overflowed(): PipelineError {
  return new PipelineError('E_DATA', 'The gradient of the loss is not finite: the features are too large to be added in 32 bits.', {
    hint: 'Bring the features to a smaller range in a stage before this one.',
  });
}
