// Trains models of one batch, all of them in step: in f32, or in about float64 where that is cheap or f32 would be lost.
import type { Compute } from '../../core/compute.ts';
import type { Dataset } from '../../core/data/dataset.ts';
import type { ModelProgress } from '../../core/events.ts';
import { throwIfCancelled, type Checkpoint, type StageContext } from '../../dsl/stage/context.ts';
import type { BatchRows, ModelTarget } from '../linear/batch.ts';
import { LinearBatch } from '../linear/linearBatch.ts';
import { PreciseBatch } from '../linear/precise/preciseBatch.ts';
import { isCheap } from '../linear/precise/preciseProducts.ts';
import { affinesOf } from '../rows/frame.ts';
import { tilesOnDevice } from '../rows/tilesOnDevice.ts';
import { largest, lbfgsb, type LbfgsbResult, type LbfgsbState } from '../solver/lbfgsb.ts';
import { solveTogether } from '../solver/together.ts';
import { isFitState, wasPrecise, type FitState } from './checkpoint.ts';
import { logisticObjective, widthOf, type ParameterShape } from './objective.ts';
import type { LogisticParams } from './params.ts';
import { inCoordinates, standardised } from './recondition.ts';

export interface PlannedModel {
  readonly name: string;
  readonly settings: Omit<LogisticParams, 'fitIntercept'>;
  /** Parameters to start from. */
  readonly start: Float64Array;
  readonly target: ModelTarget;
  /** Sum of the weights of the rows trained on. */
  readonly weightSum: number;
}

export interface FittedBatch {
  /** Whether it was trained in float64. */
  readonly precise: boolean;
  readonly results: readonly LbfgsbResult[];
  /** The objective of each model at its start and after each iteration. */
  readonly history: readonly (readonly number[])[];
  /** Scores of a model on the rows, `[columns][rows]`. */
  readonly scoresOf: (model: number) => Promise<readonly Float64Array[]>;
}

/**
 * @param rows on the device, of `data`
 * @param saved what a checkpoint had of the same fit
 * @param use is lent the batch as it stands at the end
 */
export async function fitBatch<T>(
  compute: Compute,
  data: Dataset,
  rows: BatchRows,
  planned: readonly PlannedModel[],
  shape: ParameterShape,
  { context, checkpoint, saved }: { readonly context: StageContext; readonly checkpoint: Checkpoint | undefined; readonly saved: unknown },
  use: (fitted: FittedBatch) => Promise<T>,
): Promise<T> {
  const history: number[][] = planned.map(() => []);
  const progress = planned.map(({ name }): ModelProgress => ({ model: name, iteration: 0, loss: NaN, gradient: NaN, done: false }));
  const maxIter = Math.max(...planned.map(({ settings }) => settings.maxIter));
  const tol = Math.min(...planned.map(({ settings }) => settings.tol));

  const precise = wasPrecise(saved) || isBeyondF32(rows, planned);
  const whole = precise ? await tilesOnDevice(compute, data, { low: true }) : undefined;
  const batch = new (precise ? PreciseBatch : LinearBatch)(
    compute,
    whole ? { ...rows, data: whole } : rows,
    planned.map(({ target }) => target),
  );
  try {
    const stood = isFitState(saved, batch, planned.length, widthOf(shape) * shape.columns) ? saved : undefined;
    if (stood) {
      batch.restore(stood.batch);
      stood.history.forEach((losses, i) => (history[i] = [...losses]));
      stood.solvers.forEach((solver, i) => {
        progress[i] = { ...progress[i]!, iteration: solver.iterations, loss: solver.value, gradient: largest(solver.gradient), done: 'status' in solver };
      });
      context.emit({ type: 'fit-resumed', stage: context.stage, iterations: Math.max(...stood.solvers.map(({ iterations }) => iterations)) });
    }
    const penalties = planned.map(({ weightSum, settings: { C } }) => ({ weightSum, C }));
    const objective = logisticObjective(batch, shape, penalties, stood?.losses);
    const solverOf = (from: Float64Array | LbfgsbState | LbfgsbResult, i: number): Solver => {
      const { name, settings } = planned[i]!;
      return lbfgsb(from, {
        gradientTolerance: settings.tol,
        maxIter: settings.maxIter,
        onIteration: (iteration, loss, gradient) => {
          history[i]![iteration] = loss;
          progress[i] = { model: name, iteration, loss, gradient, done: gradient <= settings.tol || iteration >= settings.maxIter };
        },
      });
    };
    const show = (): void => {
      throwIfCancelled(context.signal);
      context.emit({ type: 'fit-progress', stage: context.stage, models: [...progress], maxIter, tol });
    };
    let results = await solveTogether(
      planned.map(({ start }, i) => solverOf(stood?.solvers[i] ?? start, i)),
      objective,
      async (standing) => {
        const states = checkpoint?.due() ? standing() : undefined;
        if (states) checkpoint!.save({ solvers: states, losses: objective.losses(), history, batch: await batch.state() } satisfies FitState);
        show();
      },
    );
    const others = planned.map(({ target }) => standardised(rows.data.frame, target.scaling, shape));
    const further = results.map((result, i) => others[i]!.further(result));
    if (further.some((state) => state !== undefined)) {
      const gone = await solveTogether(
        results.map((result, i) => solverOf(further[i] ?? result, i)),
        inCoordinates(others, objective),
        async () => show(),
      );
      results = gone.map((result, i) => (further[i] ? others[i]!.ended(result, planned[i]!.settings.tol) : result));
    }
    return await use({ results, precise, history, scoresOf: (model) => batch.scores(model) });
  } finally {
    batch.release();
    whole?.release();
  }
}

type Solver = ReturnType<typeof lbfgsb>;

/** What f32 makes of residuals and of their products with x, relative to a typical one. */
const F32_ROUNDING = 2 ** -23;
/** Rounding of the largest gradient entry, over the tolerance, from which on f32 would end far from it. */
const LOST = 100;

/** Whether models are to be trained in float64: little data, for the path that scikit-learn takes, or data that f32 cannot train on. */
function isBeyondF32({ data: { frame, shape } }: BatchRows, planned: readonly PlannedModel[]): boolean {
  if (isCheap(shape, planned[0]!.target.columns.length)) return true;
  const affines = affinesOf(
    frame,
    planned.map(({ target }) => target),
  );
  let size = 0;
  for (const { scale, offset } of new Set(affines)) {
    for (let j = 0; j < scale.length; j++) size = Math.max(size, Math.abs(scale[j]! * frame.rms[j]!) + Math.abs(offset[j]!));
  }
  const noise = (F32_ROUNDING * size) / Math.sqrt(shape.rows);
  return noise > LOST * Math.min(...planned.map(({ settings }) => settings.tol));
}
