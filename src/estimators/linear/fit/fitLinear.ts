// One training of linear models that share passes over the rows, with what every such training owes a run: checkpoints, the
// course of the losses, and a warning of models that did not converge.
import type { Compute } from '../../../core/compute.ts';
import type { RowsOf } from '../../../dsl/estimator.ts';
import type { StageContext } from '../../../dsl/stage/context.ts';
import type { BatchRows } from '../batch.ts';
import { linearRows } from '../products.ts';
import { isFinished, type FinishedFit } from './checkpoint.ts';
import { rowsElsewhere } from '../../rows/sharded/whole.ts';
import { fitBatch, type FittedBatch, type LinearProblems } from './fitBatch.ts';
import { placed, type PlacedModels } from './places.ts';
import type { LbfgsbResult } from '../../solver/lbfgsb.ts';

/** What is known of the rows, in their order. */
export type LearnedRows = Omit<BatchRows, 'data'>;

/**
 * @param isOne whether something that was kept is one of what `use` makes
 * @param use makes of each model what is kept of it: plain data, or what has an encoding
 */
export async function fitLinear<T>(
  data: RowsOf,
  rows: LearnedRows,
  given: LinearProblems,
  context: StageContext,
  isOne: (one: unknown) => boolean,
  use: (fitted: FittedBatch) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const compute = await context.compute(); // before anything is loaded: checkpoints belong to an adapter
  const onDevice = context.shards ? await rowsElsewhere(data) : await linearRows(compute, data);
  const all = { ...rows, data: onDevice };
  const trained: T[] = [];
  try {
    for (const models of placed(compute, all, given, context.shards !== undefined)) {
      const some = await fitPlaced(compute, data, all, { ...given, problems: models.members.map((i) => given.problems[i]!) }, models, context, isOne, use);
      models.members.forEach((i, at) => (trained[i] = some[at]!));
    }
  } finally {
    onDevice.release();
  }
  return trained;
}

async function fitPlaced<T>(
  compute: Compute,
  data: RowsOf,
  rows: BatchRows,
  { problems, ...rest }: LinearProblems,
  { place, members }: PlacedModels,
  context: StageContext,
  isOne: (one: unknown) => boolean,
  use: (fitted: FittedBatch) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const checkpoint = context.checkpoints?.next();
  const finish = ({ trained, history }: FinishedFit<T>): readonly T[] => {
    context.emit({ type: 'history', stage: context.stage, models: problems.map(({ name }, i) => ({ model: name, loss: history[i]! })) });
    checkpoint?.finish({ trained, history });
    return trained;
  };
  const saved = await checkpoint?.load();
  if (isFinished<T>(saved, problems.length, isOne)) {
    context.emit({ type: 'fit-resumed', stage: context.stage, iterations: Math.max(...saved.history.map((losses) => losses.length - 1)) });
    return finish(saved);
  }
  return fitBatch(compute, data, rows, { problems, ...rest }, { place, context, checkpoint, saved }, async (fitted) =>
    finish({ trained: await use({ ...fitted, members }), history: fitted.history }),
  );
}

/** How a model's search ended, and what it was asked for. */
export interface Ended {
  readonly name: string;
  readonly status: string;
  readonly nIter: number;
  readonly largestGradient: number;
  readonly tol: number;
  readonly scaled: boolean;
}

/** How it ended: in f32 rounding hides the decrease that float64 would still see. */
export function statusOf({ status }: LbfgsbResult, { precise }: FittedBatch): string {
  return !precise && (status === 'flat' || status === 'stalled') ? 'f32-limit' : status;
}

/** Ends of a search that are worth a warning; `flat` in float64 is SciPy's other success. */
const NOT_CONVERGED: ReadonlySet<string> = new Set(['max-iter', 'f32-limit', 'stalled']);

/** One warning, however many models there are. */
export function warnOfConvergence(all: readonly Ended[], { emit, stage }: StageContext): void {
  const late = all.filter(({ status }) => NOT_CONVERGED.has(status));
  if (late.length === 0) return;
  const { name, status, nIter, largestGradient, tol, scaled } = late.reduce((a, b) => (b.largestGradient > a.largestGradient ? b : a));
  const of = all.length === 1 ? '' : `${late.length} of ${all.length} models did not converge. `;
  emit({
    type: 'warning',
    stage,
    code: 'W_CONVERGENCE',
    message: `${of}${name} stopped after ${nIter} iterations (${status}) with a largest gradient of ${largestGradient.toExponential(2)}; tol is ${tol}.`,
    hint: `${scaled ? 'R' : 'Scale the features with standardize(), or r'}aise ${status === 'max-iter' ? 'maxIter or tol' : 'tol'}.`,
  });
}
