// Models of one column of weights each, as estimators ask for them that are a loss and a penalty: what they count, where they
// start, how many are trained at once, and what is kept of them.
import { PipelineError } from '../../../core/errors/errors.ts';
import type { JsonRecord } from '../../../core/events.ts';
import type { Scaling } from '../../../core/data/dataset.ts';
import type { RowsOf } from '../../../dsl/estimator.ts';
import type { StageContext } from '../../../dsl/stage/context.ts';
import { NO_FOLD } from '../../../kernels/lib/weightColumn.ts';
import { truthIn, weightIn } from '../../../kernels/rowLoss/rowLoss.reference.ts';
import type { ColumnTarget, ModelTarget } from '../batch.ts';
import type { LinearFields } from '../linearValues.ts';
import type { ColumnLoss } from '../losses/loss.ts';
import type { LinearProblem } from './fitBatch.ts';
import { fitLinear, statusOf, warnOfConvergence, type LearnedRows } from './fitLinear.ts';
import { columnsOf, objectiveOf, type ParameterShape } from './objective.ts';

/** A column to train. */
export interface PlannedColumn {
  readonly name: string;
  readonly heldOut?: number | undefined;
  readonly scaling?: Scaling | undefined;
  /** Of a loss of classes: which it tells from the others, and what rows of either count. */
  readonly tells?: ColumnTarget;
  /** Of the squares of the weights, beside the mean loss; from the sum of the weights of the rows trained on. */
  readonly penalty: (weightSum: number) => number;
  readonly interceptShare?: number;
  readonly fitIntercept: boolean;
  readonly tol: number;
  readonly maxIter: number;
}

export interface FittedColumn {
  /** Over features as they are meant, `[cols]`. */
  readonly coef: Float64Array;
  readonly intercept: number;
  readonly nIter: number;
  readonly objective: number;
  readonly largestGradient: number;
  readonly status: string;
  /** Set where the search stayed on the device. */
  readonly solver?: 'device' | undefined;
}

/** A model of one column, or one a class. */
export interface FittedFields extends LinearFields {
  /** Iterations, objective, largest gradient entry and end of the search of each column. */
  readonly searches: readonly Omit<FittedColumn, 'coef' | 'intercept'>[];
}

const NOTHING_TOLD: ColumnTarget = { positive: 0, positiveWeight: 1, negativeWeight: 1 };

/**
 * @param owner the estimator, for errors
 * @returns in the order of `columns`
 * @throws E_DATA where the rows of a column weigh nothing, or average a value that the loss has no margin for
 */
export async function fitColumns(
  owner: string,
  data: RowsOf,
  loss: ColumnLoss,
  rows: LearnedRows,
  columns: readonly PlannedColumn[],
  context: StageContext,
): Promise<readonly FittedColumn[]> {
  const fitted: FittedColumn[] = [];
  for (const fitIntercept of new Set(columns.map((column) => column.fitIntercept))) {
    const shape: ParameterShape = { cols: data.x.cols, columns: 1, fitIntercept };
    const members = [...columns.keys()].filter((i) => columns[i]!.fitIntercept === fitIntercept);
    const problems = members.map((i) => problemOf(owner, loss, rows, columns[i]!, shape));
    const found = await fitLinear(data, rows, { loss, shape, problems }, context, isFitted, async (batch) => {
      const each: FittedColumn[] = [];
      for (const [at, result] of batch.results.entries()) {
        const problem = problems[batch.members[at]!]!;
        const [scores] = (await batch.scoresOf(at)) as [Float64Array];
        const [column] = columnsOf(result.x, shape) as [Float64Array];
        each.push({
          coef: column.slice(0, shape.cols),
          intercept: column[shape.cols]!,
          nIter: result.iterations,
          objective: objectiveOf(lossOf(loss, rows, problem.target, scores), result.x, problem, shape),
          largestGradient: result.largestGradient,
          status: statusOf(result, batch),
          ...(batch.solver ? { solver: batch.solver } : {}),
        });
      }
      return each;
    });
    members.forEach((i, at) => (fitted[i] = found[at]!));
  }
  warnOfConvergence(
    fitted.map((own, i) => ({ ...own, name: columns[i]!.name, tol: columns[i]!.tol, scaled: columns[i]!.scaling !== undefined })),
    context,
  );
  return fitted;
}

/** Columns of one model as its fields. */
export function fieldsOf(columns: readonly FittedColumn[]): FittedFields {
  return {
    coef: columns.map(({ coef }) => coef),
    intercept: Float64Array.from(columns, ({ intercept }) => intercept),
    searches: columns.map(({ coef: _, intercept: __, ...search }) => search),
  };
}

/** What a run records of a model: its search, or of several the longest, the sum of their objectives and the steepest end. */
export function summaryOf({ searches }: FittedFields): JsonRecord {
  const steepest = searches.reduce((a, b) => (b.largestGradient > a.largestGradient ? b : a));
  return {
    nIter: Math.max(...searches.map(({ nIter }) => nIter)),
    objective: searches.reduce((sum, { objective }) => sum + objective, 0),
    largestGradient: steepest.largestGradient,
    status: steepest.status,
    ...(steepest.solver ? { solver: steepest.solver } : {}),
  };
}

function problemOf(owner: string, loss: ColumnLoss, rows: LearnedRows, column: PlannedColumn, { cols, fitIntercept }: ParameterShape): LinearProblem {
  const { name, heldOut = NO_FOLD, scaling, tells = NOTHING_TOLD, penalty, interceptShare, tol, maxIter } = column;
  const target = { heldOut, scaling, columns: [tells] };
  let weightSum = 0;
  let sum = 0;
  eachTrained(loss, rows, target, (truth, weight) => {
    weightSum += weight;
    sum += weight * truth;
  });
  if (!(weightSum > 0)) {
    throw new PipelineError('E_DATA', `${owner}: the rows that ${name} trains on have a total weight of 0.`, {
      hint: 'Give rows in every fold a weight above 0.',
    });
  }
  const start = new Float64Array(cols + (fitIntercept ? 1 : 0));
  if (fitIntercept && loss.level) {
    start[cols] = loss.level(sum / weightSum);
    if (!Number.isFinite(start[cols])) {
      throw new PipelineError('E_DATA', `${owner}: the values that ${name} trains on average ${sum / weightSum}; its loss has no mean like that.`, {
        hint: 'Give rows of other values in every fold.',
      });
    }
  }
  return { name, target, start, weightSum, penalty: penalty(weightSum), interceptShare, tol, maxIter };
}

/** Weighted sum of the losses of the rows trained on. */
function lossOf(loss: ColumnLoss, rows: LearnedRows, target: ModelTarget, scores: Float64Array): number {
  let sum = 0;
  eachTrained(loss, rows, target, (truth, weight, row) => (sum += weight * loss.row.value(truth, scores[row]!)));
  return sum;
}

function eachTrained(
  { row: loss }: ColumnLoss,
  { truth, folds, weights }: LearnedRows,
  { heldOut, columns }: ModelTarget,
  use: (truth: number, weight: number, row: number) => void,
): void {
  const [tells] = columns as readonly [ColumnTarget];
  for (let row = 0; row < truth.length; row++) {
    if (folds !== undefined && folds[row] === heldOut) continue;
    const weight = (weights ? weights[row]! : 1) * weightIn(loss, tells, truth[row]!);
    if (weight > 0) use(truthIn(loss, tells, truth[row]!), weight, row);
  }
}

/** Whether it is what a checkpoint kept of a column. */
function isFitted(one: unknown): boolean {
  const { coef, nIter } = (one ?? {}) as Partial<FittedColumn>;
  return coef instanceof Float64Array && typeof nIter === 'number';
}
