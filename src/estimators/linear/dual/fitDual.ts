// Linear models of losses with corners, where a gradient says little: each column by the dual problem of its loss, on the host.
import type { Scaling } from '../../../core/data/dataset.ts';
import type { Folds, RowsOf } from '../../../dsl/estimator.ts';
import type { StageContext } from '../../../dsl/stage/context.ts';
import { within } from '../../../dsl/stage/progress.ts';
import { rowsOnHost, type HostRows } from '../../rows/rowsOnHost.ts';
import { dot, squaresOf } from '../../sgd/dots.ts';
import { checkAnyWeight } from '../../solver/passes.ts';
import type { FittedColumn } from '../fit/fitColumns.ts';
import { warnOfConvergence } from '../fit/fitLinear.ts';
import { descendDual, type DualProblem } from './descent.ts';

/** A loss of a row whose target is t and of which f is said. */
export interface DualLoss {
  /** 'hinge' max(0, 1 - t f) of a target that is 1 or -1; 'tube' max(0, |t - f| - epsilon), or its square. */
  readonly of: 'hinge' | 'tube' | 'squaredTube';
  /** Of a tube. */
  readonly epsilon: number;
}

/** A column to train: the least of `(|w|^2 + (c / interceptScaling)^2) / 2 + sum of cost * loss`. */
export interface DualColumn {
  readonly name: string;
  readonly heldOut?: number | undefined;
  readonly scaling?: Scaling | undefined;
  readonly loss: DualLoss;
  readonly fitIntercept: boolean;
  readonly interceptScaling: number;
  readonly tol: number;
  readonly maxIter: number;
  /** Of a row, by its position. */
  readonly target: (row: number) => number;
  readonly cost: (row: number) => number;
}

/**
 * @param owner the estimator, for errors
 * @returns in the order of `columns`
 * @throws E_DATA where the rows of a column cost nothing
 */
export async function fitDual(
  owner: string,
  data: RowsOf,
  folds: Folds | undefined,
  columns: readonly DualColumn[],
  context: StageContext,
): Promise<readonly FittedColumn[]> {
  const fitted: FittedColumn[] = [];
  let done = 0;
  for (const scaling of new Set(columns.map((column) => column.scaling))) {
    const held = await rowsOnHost({ ...data, scaling });
    const squares = squaresOf(held);
    for (const [i, column] of columns.entries()) {
      if (column.scaling !== scaling) continue;
      const rows = Uint32Array.from(data.rows.keys()).filter((row) => column.heldOut === undefined || folds!.fold[row] !== column.heldOut);
      fitted[i] = await fitOne(owner, held, squares, rows, column, within(context, done, columns.length, 'models'));
      done++;
      if (columns.length > 1) context.progress?.(done, columns.length, 'models');
    }
  }
  warnOfConvergence(
    fitted.map((own, i) => ({ ...own, name: columns[i]!.name, tol: columns[i]!.tol, scaled: columns[i]!.scaling !== undefined })),
    context,
  );
  return fitted;
}

async function fitOne(
  owner: string,
  held: HostRows,
  squares: Float64Array,
  of: Uint32Array,
  { name, loss, fitIntercept, interceptScaling, target, cost, tol, maxIter }: DualColumn,
  context: StageContext,
): Promise<FittedColumn> {
  const costOf = Float64Array.from({ length: held.count }, (_, row) => cost(row));
  checkAnyWeight(owner, `rows that ${name} trains on`, costOf, of);
  const rows = of.filter((row) => costOf[row]! > 0);
  const targets = Float64Array.from(rows, target);
  const costs = Float64Array.from(rows, (row) => costOf[row]!);
  const constant = fitIntercept ? interceptScaling : 0;
  const bounds: Pick<DualProblem, 'least' | 'most'> = {
    hinge: () => ({ least: costs.map((own, i) => (targets[i]! < 0 ? -own : 0)), most: costs.map((own, i) => (targets[i]! < 0 ? 0 : own)) }),
    tube: () => ({ least: costs.map((own) => -own), most: costs }),
    squaredTube: () => ({ least: costs.map(() => -Infinity), most: costs.map(() => Infinity) }),
  }[loss.of]();
  const ridges = costs.map((own) => (loss.of === 'squaredTube' ? 1 / (2 * own) : 0));
  const epsilon = loss.of === 'hinge' ? 0 : loss.epsilon;
  const problem = { rows, targets, ...bounds, ridges, epsilon, constant, tol, maxIter };
  const { weights, constantWeight, nIter, largest, converged } = await descendDual(held, squares, problem, context);
  const intercept = constantWeight * constant;
  let objective = weights.reduce((sum, weight) => sum + weight * weight, constantWeight ** 2) / 2;
  rows.forEach((row, i) => {
    const said = dot(held, weights, row) + intercept;
    const off = Math.max(0, loss.of === 'hinge' ? 1 - targets[i]! * said : Math.abs(targets[i]! - said) - epsilon);
    objective += costs[i]! * (loss.of === 'squaredTube' ? off * off : off);
  });
  return {
    coef: weights,
    intercept,
    nIter,
    objective: objective / costs.reduce((sum, own) => sum + own, 0),
    largestGradient: largest,
    status: converged ? 'converged' : 'max-iter',
  };
}
