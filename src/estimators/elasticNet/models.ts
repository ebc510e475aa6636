// What elasticNet and lasso share: models of many folds and penalties from one pass over the rows.
import { valuesOf, weightsOf } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Folds } from '../../dsl/estimator.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import type { PlannedModel, TrainingRows } from '../define/define.ts';
import type { LinearFields } from '../linear/linearValues.ts';
import { aroundMeans, aroundZero, sumsWithout, type Moments } from '../ridge/moments.ts';
import { sumsByFold } from '../ridge/sums.ts';
import { affinesOf } from '../rows/frame.ts';
import { descend } from './descent.ts';

export interface NetParams {
  readonly alpha: number;
  readonly l1Ratio: number;
  readonly fitIntercept: boolean;
  readonly positive: boolean;
  readonly tol: number;
  readonly maxIter: number;
}

export interface NetFields extends LinearFields {
  /** Passes over the columns, `[outputs]`. */
  readonly nIter: readonly number[];
  /** How far the objective is from the least at most, `[outputs]`. */
  readonly dualGap: readonly number[];
}

type Rows = TrainingRows<'regressor'>;

/** @param owner the estimator, for errors and warnings */
export async function netModels(
  owner: string,
  rows: Rows,
  models: readonly PlannedModel<NetParams>[],
  folds: Folds | undefined,
  context: StageContext,
): Promise<readonly NetFields[]> {
  const compute = await context.compute();
  const { cols: outputs } = rows.values;
  const values = valuesOf(rows);
  const weights = weightsOf(rows);
  const level = Float64Array.from(
    { length: outputs },
    (_, output) => rows.rows.reduce((sum, _id, row) => sum + values[row * outputs + output]!, 0) / rows.rows.length,
  );
  const targets = Array.from(level, (middle, output) => Float64Array.from(rows.rows, (_, row) => values[row * outputs + output]! - middle));
  const { frame, sums } = await sumsByFold(owner, context, rows, { weights, targets, folds });
  const affines = affinesOf(frame, models);
  const known = new Map<string, Moments>();
  const fitted: NetFields[] = [];
  const short: string[] = [];
  for (const [i, { name, heldOut, params }] of models.entries()) {
    await compute.settle(); // lets a cancel in, between models that each take a moment
    throwIfCancelled(context.signal);
    const { alpha, l1Ratio, fitIntercept, positive, tol, maxIter } = params;
    // All penalties of a grid share these.
    const key = `${heldOut} ${fitIntercept} ${affines.indexOf(affines[i]!)}`;
    const moments = known.get(key) ?? (fitIntercept ? aroundMeans : aroundZero)(sumsWithout(sums, heldOut), affines[i]!, level);
    known.set(key, moments);
    const { weight, mean, products, cross, targetMean } = moments;
    if (!(weight > 0)) {
      throw new PipelineError('E_DATA', `${owner}: the rows of ${rows.name} that ${name} trains on have a total weight of 0.`, {
        hint: 'Give rows in every fold a weight above 0.',
      });
    }
    const found = targets.map((target, output) => {
      const around = targetMean[output]! - level[output]!;
      const squares = target.reduce((sum, value, row) => {
        const counts = heldOut === undefined || folds!.fold[row] !== heldOut ? (weights?.[row] ?? 1) : 0;
        return sum + counts * (value - around) ** 2;
      }, 0);
      const penalty = alpha * weight;
      return descend({ products, cross: cross[output]!, squares, l1: penalty * l1Ratio, l2: penalty * (1 - l1Ratio), positive, tol, maxIter });
    });
    if (found.some(({ converged }) => !converged)) short.push(name);
    const coef = found.map((own) => own.weights);
    fitted.push({
      coef,
      intercept: targetMean.map((value, output) => value - coef[output]!.reduce((sum, own, j) => sum + own * mean[j]!, 0)),
      nIter: found.map(({ nIter }) => nIter),
      dualGap: found.map(({ gap }) => gap / weight),
    });
    if (models.length > 1) context.progress?.(i + 1, models.length, 'models');
  }
  if (short.length > 0) {
    context.emit({
      type: 'warning',
      stage: context.stage,
      code: 'W_CONVERGENCE',
      message: `${owner}: ${short.length === 1 ? short[0] : `${short.length} of ${models.length} models`} of ${rows.name} did not converge within maxIter passes.`,
      hint: 'Raise maxIter, tol or alpha, or give features one scale with standardize().',
    });
  }
  return fitted;
}
