// Trains models of one batch, all of them in step, where they are placed.
import type { Compute } from '../../../core/compute.ts';
import type { ModelProgress } from '../../../core/events.ts';
import type { RowsOf } from '../../../dsl/estimator.ts';
import { throwIfCancelled, type Checkpoint, type StageContext } from '../../../dsl/stage/context.ts';
import { tilesOnDevice } from '../../rows/tilesOnDevice.ts';
import { largest, lbfgsb, type LbfgsbResult, type LbfgsbState } from '../../solver/lbfgsb.ts';
import { proximal, steepest } from '../../solver/proximal.ts';
import { solveTogether } from '../../solver/together.ts';
import type { BatchRows, ModelTarget } from '../batch.ts';
import { LinearBatch } from '../linearBatch.ts';
import type { LinearLoss } from '../losses/loss.ts';
import { fitOnDevice } from '../onDevice/fitOnDevice.ts';
import { PreciseBatch } from '../precise/preciseBatch.ts';
import { ShardedBatch } from '../sharded/shardedBatch.ts';
import { isFitState, type FitState } from './checkpoint.ts';
import { linearObjective, objectiveOf, widthOf, type Losses, type ParameterShape, type Weighing } from './objective.ts';
import type { Place } from './places.ts';
import { inCoordinates, levelled, standardised } from './recondition.ts';

/** A model to train. */
export interface LinearProblem extends Weighing {
  readonly name: string;
  readonly target: ModelTarget;
  /** Parameters to start from. */
  readonly start: Float64Array;
  /** Stop when no entry of the mean gradient is larger: of that by features in units of their spread, where the search goes by these. */
  readonly tol: number;
  readonly maxIter: number;
}

/** Models that are trained together. */
export interface LinearProblems {
  readonly loss: LinearLoss;
  readonly shape: ParameterShape;
  readonly problems: readonly LinearProblem[];
}

export interface FittedBatch {
  /** Which of all models these are. */
  readonly members: readonly number[];
  /** Whether it was trained in float64. */
  readonly precise: boolean;
  /** Set where the search stayed on the device. */
  readonly solver?: 'device' | undefined;
  readonly results: readonly LbfgsbResult[];
  /** The objective of each model at its start and after each iteration. */
  readonly history: readonly (readonly number[])[];
  /** Scores of a model on the rows, `[columns][rows]`. */
  readonly scoresOf: (model: number) => Promise<readonly Float64Array[]>;
}

/**
 * @param rows on the device, of `data`; elsewhere, where the context has shards: what needs float64 is trained here all the same
 * @param saved what a checkpoint had of the same fit
 * @param use is lent the batch as it stands at the end
 */
export async function fitBatch<T>(
  compute: Compute,
  data: RowsOf,
  rows: BatchRows,
  given: LinearProblems,
  {
    place,
    context,
    checkpoint,
    saved,
  }: { readonly place: Place; readonly context: StageContext; readonly checkpoint: Checkpoint | undefined; readonly saved: unknown },
  use: (fitted: Omit<FittedBatch, 'members'>) => Promise<T>,
): Promise<T> {
  const { loss, shape, problems } = given;
  const history: number[][] = problems.map(() => []);
  const progress = problems.map(({ name }): ModelProgress => ({ model: name, iteration: 0, loss: NaN, gradient: NaN, done: false }));
  const maxIter = Math.max(...problems.map(({ maxIter }) => maxIter));
  const tol = Math.min(...problems.map(({ tol }) => tol));

  const precise = place === 'float64';
  const whole = precise ? await tilesOnDevice(compute, data, { low: true }) : undefined;
  const targets = problems.map(({ target }) => target);
  const batch = whole
    ? new PreciseBatch(compute, { ...rows, data: whole }, targets, loss)
    : context.shards && !('further' in rows.data)
      ? await ShardedBatch.over(context.shards, data, { ...rows, data: rows.data }, targets, loss)
      : new LinearBatch(compute, rows, targets, loss);
  try {
    const others = problems.map(({ target }) => standardised(rows.data.frame, target.scaling, shape));
    const own = problems.map(({ l1 = 0, penalty, target }) =>
      l1 > 0 || loss.standardised ? levelled(standardised(rows.data.frame, target.scaling, shape, 'mean', penalty), shape) : undefined,
    );
    /** The steepest slope that is left, also under an L1 penalty. */
    const leftOf = (solver: LbfgsbState | LbfgsbResult, i: number): number => {
      if ('status' in solver) return solver.largestGradient;
      const { l1 = 0 } = problems[i]!;
      return largest(l1 > 0 ? steepest(solver.x, solver.gradient, own[i]!.l1FromUser(l1)) : solver.gradient);
    };
    const resume = (past: FitState['history'], iterations: number): void => {
      past.forEach((losses, i) => (history[i] = [...losses]));
      context.emit({ type: 'fit-resumed', stage: context.stage, iterations });
    };
    const onIteration = (i: number, { iteration, loss, gradient, done }: Omit<ModelProgress, 'model'>): void => {
      history[i]![iteration] = loss;
      progress[i] = { model: problems[i]!.name, iteration, loss, gradient, done };
    };
    const show = (): void => {
      throwIfCancelled(context.signal);
      context.emit({ type: 'fit-progress', stage: context.stage, models: [...progress], maxIter, tol });
    };
    const solverOf = (from: Float64Array | LbfgsbState | LbfgsbResult, i: number): Solver => {
      const { tol, maxIter, l1 = 0 } = problems[i]!;
      const options = {
        gradientTolerance: tol,
        maxIter,
        onIteration: (iteration: number, loss: number, gradient: number): void =>
          onIteration(i, { iteration, loss, gradient, done: gradient <= tol || iteration >= maxIter }),
      };
      return l1 > 0 ? proximal(from, { ...options, l1: own[i]!.l1FromUser(l1) }) : lbfgsb(from, options);
    };
    /** Sums of the losses where models ended on the device. */
    const lossesAt = (results: readonly LbfgsbResult[]): Losses => ({
      origin: results.map(({ x, value }, i) => (value - objectiveOf(0, x, problems[i]!, shape)) * problems[i]!.weightSum),
      changes: results.map(() => 0),
    });
    // What was saved of a search in the other place is of no use: that one rounds otherwise.
    const found =
      place === 'device' ? await fitOnDevice(compute, rows, batch as LinearBatch, given, { checkpoint, saved, history, resume, show, onIteration }) : undefined;
    const stood = !found && isFitState(saved, batch, problems.length, widthOf(shape) * shape.columns) ? saved : undefined;
    if (stood) {
      batch.restore(stood.batch);
      resume(stood.history, Math.max(...stood.solvers.map(({ iterations }) => iterations)));
      stood.solvers.forEach((solver, i) => {
        progress[i] = { ...progress[i]!, iteration: solver.iterations, loss: solver.value, gradient: leftOf(solver, i), done: 'status' in solver };
      });
    }
    const objective = linearObjective(batch, loss, shape, problems, found ? lossesAt(found) : stood?.losses);
    const ended =
      found ??
      (await solveTogether(
        problems.map(({ start }, i) => solverOf(stood?.solvers[i] ?? own[i]?.fromUser(start) ?? start, i)),
        inCoordinates(own, objective),
        async (standing) => {
          const states = checkpoint?.due() ? standing() : undefined;
          if (states) checkpoint!.save({ solvers: states, losses: objective.losses(), history, batch: await batch.state() } satisfies FitState);
          show();
        },
      ));
    let results = ended.map((result, i): LbfgsbResult => (own[i] ? { ...result, x: own[i].toUser(result.x) } : result));
    const further = results.map((result, i) => (own[i] ? undefined : others[i]!.further(result)));
    if (further.some((state) => state !== undefined)) {
      const gone = await solveTogether(
        results.map((result, i) => solverOf(further[i] ?? result, i)),
        inCoordinates(others, objective),
        async () => show(),
      );
      results = gone.map((result, i) => (further[i] ? others[i]!.ended(result, problems[i]!.tol) : result));
    }
    return await use({ results, precise, ...(found ? { solver: 'device' } : {}), history, scoresOf: (model) => batch.scores(model) });
  } finally {
    batch.release();
    whole?.release();
  }
}

type Solver = ReturnType<typeof lbfgsb>;
