// Stochastic gradient descent: a step for each row, in an order that is shuffled for each pass. As scikit-learn 1.9 (_plain_sgd of
// linear_model/_sgd_fast), in float64 on the host: each step waits for the one before it, and a difference in the last place of f32
// would stop training at another pass.
import { throwIfCancelled, type StageContext } from '../../../dsl/stage/context.ts';
import { letOthersIn } from '../../../dsl/stage/turns.ts';
import { tooLarge } from '../../solver/passes.ts';
import { dot, dots, SIDE_BY_SIDE, squaresOf } from '../dots.ts';
import { shuffle } from '../draw.ts';
import { lossNamed, type LossName, type RowLoss } from '../losses.ts';
import type { SgdParams } from '../params.ts';
import type { SgdRows } from '../shifted.ts';
import { WeightVector } from './weightVector.ts';

/** Steps are no longer than this makes them. */
const STEEPEST = 1e12;
/** Features of the rows between looks at whether others want their turn. */
const SLICE = 1e6;
/** 'adaptive' shortens steps down to this length. */
const SHORTEST = 1e-6;

export interface Held {
  /** Positions among all rows. */
  readonly rows: Uint32Array;
  /** How right it is what weights say of them, the higher the better. */
  score(said: Float64Array): number;
}

type Params = Omit<SgdParams, 'average'> & { readonly average: number };

/** What is learned of some of the rows. */
export interface Problem {
  /** Shown in errors. */
  readonly name: string;
  readonly params: Params;
  readonly loss: LossName;
  /** Positions of its rows among all, ascending; those held back too. */
  readonly rows: Uint32Array;
  /** Of all rows. */
  readonly targets: Float64Array;
  /** How much a step counts, of all rows. */
  readonly weights: Float64Array;
  /** Rows held back; absent where the loss of all its rows decides when to stop. */
  readonly held?: Held | undefined;
  /** Of the order of rows. */
  readonly seed: number;
  /** Where it goes on; from zeros where absent. */
  readonly start?: Reached | undefined;
}

/** Where steps have come to. */
export interface Reached {
  /** As scikit-learn counts: every pass over all rows, those held back too. */
  readonly steps: number;
  readonly weights: Float64Array;
  readonly intercept: number;
  /** Means over the steps that count, where there are such. */
  readonly average?: { readonly weights: Float64Array; readonly intercept: number } | undefined;
}

export interface Learned extends Reached {
  /** Passes over the rows. */
  readonly nIter: number;
}

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
  readonly loss: RowLoss;
  readonly vector: WeightVector;
  /** Of its rows, as the last pass left it. */
  readonly order: Uint32Array;
  /** Rows of this pass, in their order. */
  walk: Uint32Array;
  /** How many steps of this pass are made. */
  made: number;
  readonly isHeld: Uint8Array | undefined;
  /** Steps that 'optimal' has as if made before. */
  readonly before: number;
  best: number;
  /** Passes without a better one. */
  worse: number;
  nIter: number;
}

/**
 * Several problems of rows, some of them side by side: each walks over its own in an order of its own, and what one says of its row
 * does not wait for another.
 *
 * @param problems made as they are begun
 * @param epochs the most that all problems may take
 * @throws E_DATA where numbers become too large
 */
export async function descend(
  rows: SgdRows,
  problems: readonly (() => Problem)[],
  epochs: number,
  { signal, progress }: Pick<StageContext, 'progress' | 'signal'>,
): Promise<readonly Learned[]> {
  const learned: Learned[] = [];
  let [ended, most] = [0, epochs];
  let squares: Float64Array | undefined;
  const slice = Math.max(1, Math.floor(SLICE / (rows.cols * SIDE_BY_SIDE)));
  let lanes: readonly Lane[] = [];
  for (let next = 0; lanes.length > 0 || next < problems.length;) {
    const begun = problems.slice(next, next + SIDE_BY_SIDE - lanes.length).map((make, i) => begin(rows, make(), next + i));
    if (begun.some(({ problem }) => asksNorms(problem))) squares ??= squaresOf(rows);
    next += begun.length;
    begun.forEach(beginPass);
    lanes = [...lanes, ...begun];
    await letOthersIn();
    throwIfCancelled(signal);
    steps(rows, squares, lanes, Math.min(slice, ...lanes.map(({ walk, made }) => walk.length - made)));
    lanes = lanes.filter((lane) => {
      if (lane.made < lane.walk.length) return true;
      if (goesOn(rows, lane)) {
        beginPass(lane);
        return true;
      }
      learned[lane.at] = learnedBy(lane);
      ended += lane.nIter;
      most -= lane.problem.params.maxIter - lane.nIter;
      return false;
    });
    progress?.(
      lanes.reduce((sum, lane) => sum + lane.nIter - 1, ended),
      most,
      'epochs',
    );
  }
  return learned;
}

/** The loss is added up only where it decides when to stop. */
function asksNorms({ params, held }: Problem): boolean {
  return params.tol !== null && params.penalty !== null && held === undefined;
}

function begin(rows: SgdRows, problem: Problem, at: number): Lane {
  const { held, params, start } = problem;
  const loss = lossNamed(problem.loss);
  const { penalty, alpha, learningRate, eta0, average } = params;
  const isHeld = held && new Uint8Array(rows.count);
  for (const row of held?.rows ?? []) isHeld![row] = 1;
  const order = problem.rows.slice();
  return {
    at,
    problem,
    loss,
    vector: new WeightVector(
      rows,
      { averages: average > 0, l1: penalty === 'l1' || penalty === 'elasticNet' },
      start && { weights: start.weights, average: start.average?.weights },
    ),
    order,
    walk: order,
    made: 0,
    isHeld,
    before: learningRate === 'optimal' ? stepsBefore(loss, alpha) : 0,
    intercept: start?.intercept ?? 0,
    meanIntercept: start?.average?.intercept ?? 0,
    eta: eta0,
    step: 1 + (start?.steps ?? 0),
    l1SoFar: 0,
    objective: 0,
    best: -Infinity,
    worse: 0,
    nIter: 0,
  };
}

function beginPass(lane: Lane): void {
  shuffle(lane.order, lane.problem.seed);
  lane.walk = lane.isHeld ? lane.order.filter((row) => lane.isHeld![row] === 0) : lane.order;
  lane.made = 0;
  lane.objective = 0;
  lane.nIter++;
}

/** Whether another pass is to be made. */
function goesOn(rows: SgdRows, lane: Lane): boolean {
  const { problem, vector, intercept, nIter } = lane;
  const { held, name } = problem;
  const { learningRate, maxIter, tol, nIterNoChange } = problem.params;
  if (!Number.isFinite(intercept) || !vector.finite) throw tooLarge(name, nIter, 'make steps shorter: lower eta0, raise alpha');
  if (tol !== null) {
    const score = held
      ? held.score(Float64Array.from(held.rows, (row) => dot(rows, vector.own, row) * vector.factor + intercept))
      : -lane.objective / lane.order.length;
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

function learnedBy({ problem, order, vector, intercept, meanIntercept, step, nIter }: Lane): Learned {
  const finished = vector.finished();
  return {
    steps: (problem.start?.steps ?? 0) + nIter * order.length,
    weights: finished.weights,
    intercept,
    // Too few steps may have been made for one that begins late.
    average: finished.average && problem.params.average < step ? { weights: finished.average, intercept: meanIntercept } : undefined,
    nIter,
  };
}

/** So many steps of every lane. */
function steps(rows: SgdRows, squares: Float64Array | undefined, lanes: readonly Lane[], count: number): void {
  if (lanes.length === 1) {
    const [lane] = lanes as readonly [Lane];
    const { walk, vector } = lane;
    for (const end = lane.made + count; lane.made < end; lane.made++) {
      const row = walk[lane.made]!;
      step(lane, row, dot(rows, vector.own, row), squares);
    }
    return;
  }
  // Where there are fewer than four, some are asked twice.
  const four = Array.from({ length: SIDE_BY_SIDE }, (_, i) => lanes[i % lanes.length]!);
  const [a, b, c, d] = four.map(({ vector }) => vector.own) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const own = new Uint32Array(SIDE_BY_SIDE);
  const said = new Float64Array(SIDE_BY_SIDE);
  for (let made = 0; made < count; made++) {
    for (let i = 0; i < SIDE_BY_SIDE; i++) own[i] = four[i]!.walk[four[i]!.made]!;
    dots(rows, a, b, c, d, own, said);
    for (let i = 0; i < lanes.length; i++) {
      lanes[i]!.made++;
      step(lanes[i]!, own[i]!, said[i]!, squares);
    }
  }
}

/** @param sum of the products of the row and the weights, before what these are multiplied by */
function step(lane: Lane, row: number, sum: number, squares: Float64Array | undefined): void {
  const { vector, problem, loss } = lane;
  const { params } = problem;
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
