// Stochastic gradient descent: a step for each row, in an order that is shuffled for each pass. As scikit-learn 1.9 (_plain_sgd of
// linear_model/_sgd_fast), in float64 on the host: each step waits for the one before it, and a difference in the last place of f32
// would stop training at another pass.
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import { tooLarge } from '../solver/passes.ts';
import { shuffle } from './draw.ts';
import type { HostRows } from '../rows/rowsOnHost.ts';
import type { RowLoss } from './losses.ts';
import type { SgdParams } from './params.ts';
import { WeightVector } from './weightVector.ts';

/** Steps are no longer than this makes them. */
const STEEPEST = 1e12;
/** Features of the rows between looks at whether others want their turn. */
const SLICE = 1e6;
/** 'adaptive' shortens steps down to this length. */
const SHORTEST = 1e-6;

export interface Held {
  /** Positions. */
  readonly rows: Uint32Array;
  /** How right it is what weights say of them, the higher the better. */
  score(said: Float64Array): number;
}

/** What is learned of the rows. */
export interface Problem {
  /** Shown in errors. */
  readonly name: string;
  readonly loss: RowLoss;
  /** `[rows]` */
  readonly targets: Float64Array;
  /** How much a step counts, `[rows]`. */
  readonly weights: Float64Array;
  /** Rows held back; absent where the loss of all rows decides when to stop. */
  readonly held?: Held | undefined;
  /** Of the order of rows. */
  readonly seed: number;
}

export interface Learned {
  readonly weights: Float64Array;
  readonly intercept: number;
  /** Means over the steps that count. */
  readonly average: { readonly weights: Float64Array; readonly intercept: number } | undefined;
  /** Passes over the rows. */
  readonly nIter: number;
}

type Params = Omit<SgdParams, 'average'> & { readonly average: number };

/** What changes from step to step beside the weights. */
interface State {
  intercept: number;
  meanIntercept: number;
  /** Length of a step. */
  eta: number;
  /** The next one, from 1. */
  step: number;
  /** L1 penalty that a weight may have had so far. */
  l1SoFar: number;
  /** Losses and penalties before each step of the pass, where their sum decides when to stop. */
  objective: number;
}

/** @throws E_DATA where numbers become too large */
export async function descend(rows: HostRows, problem: Problem, params: Params, signal: AbortSignal): Promise<Learned> {
  const { loss, held, seed } = problem;
  const { penalty, alpha, learningRate, eta0, average, maxIter, tol, nIterNoChange } = params;
  const vector = new WeightVector(rows, { averages: average > 0, l1: penalty === 'l1' || penalty === 'elasticNet' });
  const order = Uint32Array.from({ length: rows.count }, (_, row) => row);
  const isHeld = new Uint8Array(rows.count);
  for (const row of held?.rows ?? []) isHeld[row] = 1;
  const before = learningRate === 'optimal' ? stepsBefore(loss, alpha) : 0;
  const state: State = { intercept: 0, meanIntercept: 0, eta: eta0, step: 1, l1SoFar: 0, objective: 0 };
  const slice = Math.max(1, Math.floor(SLICE / rows.cols));
  let [best, worse, nIter] = [-Infinity, 0, 0];
  while (nIter < maxIter) {
    nIter++;
    shuffle(order, seed);
    state.objective = 0;
    for (let from = 0; from < order.length; from += slice) {
      await letOthersIn();
      throwIfCancelled(signal);
      steps(vector, order.subarray(from, from + slice), isHeld, before, problem, params, state);
    }
    if (!Number.isFinite(state.intercept) || !vector.finite) throw tooLarge(problem.name, nIter, 'make steps shorter: lower eta0, raise alpha');
    const score = held ? held.score(Float64Array.from(held.rows, (row) => vector.dot(row) + state.intercept)) : -state.objective / rows.count;
    worse = tol !== null && score < best + tol ? worse + 1 : 0;
    best = Math.max(best, score);
    if (worse < nIterNoChange) continue;
    if (learningRate !== 'adaptive' || state.eta <= SHORTEST) break;
    state.eta /= 5;
    worse = 0;
  }
  const finished = vector.finished();
  return {
    weights: finished.weights,
    intercept: state.intercept,
    // Too few steps may have been made for one that begins late.
    average: finished.average && average < state.step ? { weights: finished.average, intercept: state.meanIntercept } : undefined,
    nIter,
  };
}

/**
 * A step for each row that is not held back. A function of its own, since what is in it runs for most of the time.
 *
 * @param before steps that 'optimal' has as if made before
 */
function steps(vector: WeightVector, order: Uint32Array, isHeld: Uint8Array, before: number, problem: Problem, params: Params, state: State): void {
  const { loss, targets, weights } = problem;
  const { penalty, alpha, learningRate, eta0, powerT, fitIntercept, average } = params;
  const l1 = { l2: 0, l1: 1, elasticNet: params.l1Ratio }[penalty ?? 'l2'];
  const hasL1 = penalty === 'l1' || penalty === 'elasticNet';
  const decays = penalty === 'l2' || penalty === 'elasticNet';
  const watchesLoss = problem.held === undefined;
  let { intercept, meanIntercept, eta, step, l1SoFar, objective } = state;
  for (let at = 0; at < order.length; at++) {
    const row = order[at]!;
    if (isHeld[row] === 1) continue;
    const target = targets[row]!;
    const said = vector.dot(row) + intercept;
    if (learningRate === 'optimal') eta = 1 / (alpha * (before + step - 1));
    else if (learningRate === 'invscaling') eta = eta0 / step ** powerT;
    if (watchesLoss) {
      objective += loss.value(target, said);
      if (penalty) objective += alpha * ((1 - l1) * 0.5 * vector.squares + l1 * vector.absolutes);
    }
    const slope = Math.min(STEEPEST, Math.max(-STEEPEST, loss.gradient(target, said)));
    const update = -eta * slope * weights[row]!;
    if (decays) vector.scale(Math.max(0, 1 - (1 - l1) * eta * alpha));
    if (update !== 0) {
      vector.add(row, update);
      if (fitIntercept) intercept += update;
    }
    if (average > 0 && average <= step) {
      vector.average(row, update, step - average + 1);
      meanIntercept += (intercept - meanIntercept) / (step - average + 1);
    }
    if (hasL1) {
      l1SoFar += l1 * eta * alpha;
      vector.shrink(l1SoFar);
    }
    step++;
  }
  Object.assign(state, { intercept, meanIntercept, eta, step, l1SoFar, objective });
}

/** Steps that 'optimal' has as if made before the first one, so that it is not too long. */
function stepsBefore(loss: RowLoss, alpha: number): number {
  const typical = Math.sqrt(1 / Math.sqrt(alpha));
  return 1 / ((typical / Math.max(1, loss.gradient(1, -typical))) * alpha);
}
