// Stochastic gradient descent: a step for each row, in an order that is shuffled for each pass. As scikit-learn 1.9 (_plain_sgd of
// linear_model/_sgd_fast), in float64 on the host: each step waits for the one before it, and a difference in the last place of f32
// would stop training at another pass.
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import { tooLarge } from '../solver/passes.ts';
import { dot, dots, SIDE_BY_SIDE, squaresOf } from './dots.ts';
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

/** A problem that is being learned. */
interface Lane extends State {
  /** Place among the problems. */
  readonly at: number;
  readonly problem: Problem;
  readonly vector: WeightVector;
  /** Of all rows, as the last pass left it. */
  readonly order: Uint32Array;
  /** Rows of this pass, in their order. */
  walk: Uint32Array;
  readonly isHeld: Uint8Array | undefined;
  /** Steps that 'optimal' has as if made before. */
  readonly before: number;
  best: number;
  /** Passes without a better one. */
  worse: number;
  nIter: number;
}

/**
 * Several problems of the same rows, some of them side by side: each walks in an order of its own, and what one says of its row does
 * not wait for another. All hold back as many rows.
 *
 * @param problems made as they are begun
 * @throws E_DATA where numbers become too large
 */
export async function descend(rows: HostRows, problems: readonly (() => Problem)[], params: Params, signal: AbortSignal): Promise<readonly Learned[]> {
  const learned: Learned[] = [];
  // The loss is added up only where it decides when to stop.
  const squares = params.tol !== null && params.penalty !== null && !params.earlyStopping ? squaresOf(rows) : undefined;
  const slice = Math.max(1, Math.floor(SLICE / (rows.cols * SIDE_BY_SIDE)));
  let lanes: readonly Lane[] = [];
  for (let next = 0; lanes.length > 0 || next < problems.length;) {
    const begun = problems.slice(next, next + SIDE_BY_SIDE - lanes.length).map((make, i) => begin(rows, make(), next + i, params));
    next += begun.length;
    lanes = [...lanes, ...begun];
    for (const lane of lanes) {
      shuffle(lane.order, lane.problem.seed);
      lane.walk = lane.isHeld ? lane.order.filter((row) => lane.isHeld![row] === 0) : lane.order;
      lane.objective = 0;
      lane.nIter++;
    }
    for (let from = 0; from < lanes[0]!.walk.length; from += slice) {
      await letOthersIn();
      throwIfCancelled(signal);
      steps(rows, squares, lanes, from, Math.min(from + slice, lanes[0]!.walk.length), params);
    }
    lanes = lanes.filter((lane) => {
      if (goesOn(rows, lane, params)) return true;
      learned[lane.at] = learnedBy(lane, params);
      return false;
    });
  }
  return learned;
}

function begin(rows: HostRows, problem: Problem, at: number, { penalty, alpha, learningRate, eta0, average }: Params): Lane {
  const { held, loss } = problem;
  const isHeld = held && new Uint8Array(rows.count);
  for (const row of held?.rows ?? []) isHeld![row] = 1;
  const order = Uint32Array.from({ length: rows.count }, (_, row) => row);
  return {
    at,
    problem,
    vector: new WeightVector(rows, { averages: average > 0, l1: penalty === 'l1' || penalty === 'elasticNet' }),
    order,
    walk: order,
    isHeld,
    before: learningRate === 'optimal' ? stepsBefore(loss, alpha) : 0,
    intercept: 0,
    meanIntercept: 0,
    eta: eta0,
    step: 1,
    l1SoFar: 0,
    objective: 0,
    best: -Infinity,
    worse: 0,
    nIter: 0,
  };
}

/** Whether another pass is to be made. */
function goesOn(rows: HostRows, lane: Lane, { learningRate, maxIter, tol, nIterNoChange }: Params): boolean {
  const { problem, vector, intercept, nIter } = lane;
  const { held, name } = problem;
  if (!Number.isFinite(intercept) || !vector.finite) throw tooLarge(name, nIter, 'make steps shorter: lower eta0, raise alpha');
  if (tol !== null) {
    const score = held
      ? held.score(Float64Array.from(held.rows, (row) => dot(rows, vector.own, row) * vector.factor + intercept))
      : -lane.objective / rows.count;
    lane.worse = score < lane.best + tol ? lane.worse + 1 : 0;
    lane.best = Math.max(lane.best, score);
  }
  if (lane.worse >= nIterNoChange) {
    if (learningRate !== 'adaptive' || lane.eta <= SHORTEST) return false;
    lane.eta /= 5;
    lane.worse = 0;
  }
  return nIter < maxIter;
}

function learnedBy({ vector, intercept, meanIntercept, step, nIter }: Lane, { average }: Params): Learned {
  const finished = vector.finished();
  return {
    weights: finished.weights,
    intercept,
    // Too few steps may have been made for one that begins late.
    average: finished.average && average < step ? { weights: finished.average, intercept: meanIntercept } : undefined,
    nIter,
  };
}

/** A step of every lane for each place in their walks. */
function steps(rows: HostRows, squares: Float64Array | undefined, lanes: readonly Lane[], from: number, to: number, params: Params): void {
  if (lanes.length === 1) {
    const [lane] = lanes as readonly [Lane];
    for (let at = from; at < to; at++) step(lane, lane.walk[at]!, dot(rows, lane.vector.own, lane.walk[at]!), squares, params);
    return;
  }
  // Where there are fewer than four, some are asked twice.
  const four = Array.from({ length: SIDE_BY_SIDE }, (_, i) => lanes[i % lanes.length]!);
  const [a, b, c, d] = four.map(({ vector }) => vector.own) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const own = new Uint32Array(SIDE_BY_SIDE);
  const said = new Float64Array(SIDE_BY_SIDE);
  for (let at = from; at < to; at++) {
    for (let i = 0; i < SIDE_BY_SIDE; i++) own[i] = four[i]!.walk[at]!;
    dots(rows, a, b, c, d, own, said);
    for (let i = 0; i < lanes.length; i++) step(lanes[i]!, own[i]!, said[i]!, squares, params);
  }
}

/** @param sum of the products of the row and the weights, before what these are multiplied by */
function step(lane: Lane, row: number, sum: number, squares: Float64Array | undefined, params: Params): void {
  const { vector, problem } = lane;
  const { loss } = problem;
  const { penalty, alpha, learningRate, average } = params;
  const l1 = penalty === 'l1' ? 1 : penalty === 'elasticNet' ? params.l1Ratio : 0;
  const product = sum * vector.factor;
  const said = product + lane.intercept;
  const target = problem.targets[row]!;
  if (learningRate === 'optimal') lane.eta = 1 / (alpha * (lane.before + lane.step - 1));
  else if (learningRate === 'invscaling') lane.eta = params.eta0 / lane.step ** params.powerT;
  const { eta } = lane;
  if (params.tol !== null && problem.held === undefined) {
    lane.objective += loss.value(target, said);
    if (penalty) lane.objective += alpha * ((1 - l1) * 0.5 * vector.squares + l1 * vector.absolutes);
  }
  const slope = Math.min(STEEPEST, Math.max(-STEEPEST, loss.gradient(target, said)));
  const update = -eta * slope * problem.weights[row]!;
  const decay = penalty === 'l2' || penalty === 'elasticNet' ? Math.max(0, 1 - (1 - l1) * eta * alpha) : 1;
  if (decay !== 1) vector.scale(decay);
  if (update !== 0) {
    vector.add(row, update, product * decay, squares?.[row]);
    if (params.fitIntercept) lane.intercept += update;
  }
  if (average > 0 && average <= lane.step) {
    vector.average(row, update, lane.step - average + 1);
    lane.meanIntercept += (lane.intercept - lane.meanIntercept) / (lane.step - average + 1);
  }
  if (l1 > 0) {
    lane.l1SoFar += l1 * eta * alpha;
    vector.shrink(lane.l1SoFar);
  }
  lane.step++;
}

/** Steps that 'optimal' has as if made before the first one, so that it is not too long. */
function stepsBefore(loss: RowLoss, alpha: number): number {
  const typical = Math.sqrt(1 / Math.sqrt(alpha));
  return 1 / ((typical / Math.max(1, loss.gradient(1, -typical))) * alpha);
}
