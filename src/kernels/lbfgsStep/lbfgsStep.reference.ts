// lbfgs_step.wgsl in float64, one model at a time. Rounded to f32 is what the kernel keeps so: directions, steps, changes of the
// gradient.
import { advance, startSearch, type Search } from './search/lineSearch.reference.ts';
import { ENDS, PHASES, RING, type LbfgsState } from './lbfgsState.ts';

export interface StepInput {
  /** Changed in place, as all vectors: `[classes * width]` each. */
  readonly state: LbfgsState;
  readonly x: Float64Array;
  readonly gradient: Float64Array;
  readonly direction: Float64Array;
  /** By place of the ring. */
  readonly steps: readonly Float64Array[];
  readonly changes: readonly Float64Array[];
  /** Whether entry `at` is an intercept. */
  readonly isIntercept: (at: number) => boolean;
  /** What is there to be taken in: change and slope of the loss, and sums of feature * residual, of features as they are meant. */
  readonly evaluated: { readonly change: number; readonly slope: number; readonly sums: Float64Array | undefined } | undefined;
}

const MEMORY = 10;
const MOST_TRIALS = 50;
const MOST_EVALUATIONS = 15000;
const MOST_STEP = 1e10;
const EPSILON = 2.220446049250313e-16;
const [START, SEARCH, TURN, DONE] = [0, 1, 2, 3] as const satisfies readonly (keyof typeof PHASES)[];

export function lbfgsStepReference(input: StepInput): void {
  const { state, evaluated } = input;
  const { phase } = state;
  if (evaluated && !evaluated.sums) {
    const before = { ...state };
    // Without its gradient a step is judged again.
    if (phase === SEARCH && isAccepted(state, evaluated)) Object.assign(state, before);
    return;
  }
  if (evaluated && phase === DONE) state.taken = 0;
  if (evaluated?.sums && phase <= SEARCH && isAccepted(state, evaluated)) accept(input, evaluated.sums);
  for (let attempt = 0; attempt < 2 && state.phase === TURN; attempt++) turn(input);
}

function isAccepted(state: LbfgsState, { change, slope }: { readonly change: number; readonly slope: number }): boolean {
  const { step, inverseWeight, pull, bend } = state;
  const value = change * inverseWeight + step * (pull + 0.5 * step * bend);
  const search = searchOf(state);
  const accepted = state.phase === START || advance(search, { value, slope: slope * inverseWeight + pull + step * bend });
  if (state.phase === SEARCH) keepSearch(state, search);
  state.evaluations++;
  state.taken = accepted ? step : 0;
  if (accepted) {
    state.fell = -value;
    state.value += value;
    return true;
  }
  state.trials++;
  if (state.trials >= MOST_TRIALS) forget(state);
  return false;
}

function accept({ state, x, gradient, direction, steps, changes, isIntercept }: StepInput, sums: Float64Array): void {
  const { phase, step, inverseWeight, penalty, share } = state;
  const place = (state.newest + 1) % RING;
  const [s, y] = [steps[place]!, changes[place]!];
  let [largest, curvature] = [0, 0];
  for (let at = 0; at < x.length; at++) {
    s[at] = Math.fround(step * direction[at]!);
    x[at]! += s[at]!;
    const next = sums[at]! * inverseWeight + penalty * (isIntercept(at) ? share : 1) * x[at]!;
    y[at] = Math.fround(next - gradient[at]!);
    gradient[at] = next;
    direction[at] = 0; // a model that is done goes nowhere
    curvature += s[at]! * y[at]!;
    largest = Math.max(largest, Math.abs(next));
  }
  state.largest = largest;
  state.phase = TURN;
  const converged = largest <= state.tolerance;
  if (phase === START) {
    if (converged || state.maxIter === 0) finish(state, converged ? 'converged' : 'max-iter');
    return;
  }
  state.first = 0;
  state.iterations++;
  if (state.iterations >= state.maxIter || state.evaluations > MOST_EVALUATIONS) finish(state, 'max-iter');
  else if (converged) finish(state, 'converged');
  else if (state.fell <= 64 * EPSILON * Math.max(Math.abs(state.value), Math.abs(state.value + state.fell), 1)) finish(state, 'flat');
  else if (curvature > EPSILON * step * Math.abs(state.slope)) {
    state.curvatures[place] = curvature;
    state.shrink = curvature / dot(y, y);
    state.newest = place;
    state.pairs = Math.min(state.pairs + 1, MEMORY);
  }
}

function turn({ state, x, gradient, direction, steps, changes, isIntercept }: StepInput): void {
  const { pairs, newest, curvatures, penalty, share } = state;
  const places = Array.from({ length: pairs }, (_, i) => (newest + RING - i) % RING); // newest first
  gradient.forEach((g, at) => (direction[at] = -g));
  const alphas = places.map((place) => {
    const alpha = dot(steps[place]!, direction) / curvatures[place]!;
    changes[place]!.forEach((y, at) => (direction[at]! -= alpha * y));
    return alpha;
  });
  if (pairs > 0) direction.forEach((d, at) => (direction[at] = d * state.shrink));
  places.toReversed().forEach((place, i) => {
    const beta = dot(changes[place]!, direction) / curvatures[place]!;
    steps[place]!.forEach((s, at) => (direction[at]! += (alphas[pairs - 1 - i]! - beta) * s));
  });
  direction.forEach((d, at) => (direction[at] = Math.fround(d)));
  const penalised = (at: number): number => penalty * (isIntercept(at) ? share : 1) * direction[at]!;
  state.slope = dot(gradient, direction);
  state.pull = x.reduce((sum, value, at) => sum + penalised(at) * value, 0);
  state.bend = direction.reduce((sum, value, at) => sum + penalised(at) * value, 0);
  state.trials = 0;
  const square = dot(direction, direction);
  // What leaves the range of f32 leads nowhere.
  if (!(state.slope < 0 && Number.isFinite(Math.fround(state.slope)) && Number.isFinite(Math.fround(square)))) {
    forget(state);
    if (state.phase === DONE) direction.fill(0); // 0 steps along what is beyond all numbers would lead somewhere
    return;
  }
  state.phase = SEARCH;
  keepSearch(state, startSearch({ value: 0, slope: state.slope }, state.first ? Math.min(1 / Math.sqrt(square), MOST_STEP) : 1, MOST_STEP));
}

/** Without any memory to forget, no step helps. */
function forget(state: LbfgsState): void {
  if (state.pairs === 0) return finish(state, 'stalled');
  state.phase = TURN;
  state.end = ENDS.indexOf('stalled');
  state.pairs = 0;
  state.step = 0;
}

function finish(state: LbfgsState, end: (typeof ENDS)[number]): void {
  state.phase = DONE;
  state.end = ENDS.indexOf(end);
  state.step = 0;
}

function searchOf(state: LbfgsState): Search {
  const { slope, step, maxStep, width, previousWidth, lower, upper, bestStep, bestValue, bestSlope, otherStep, otherValue, otherSlope } = state;
  const best = { value: bestValue, slope: bestSlope };
  const other = { value: otherValue, slope: otherSlope };
  const [closed, modified] = [state.closed === 1, state.modified === 1];
  return { start: { value: 0, slope }, step, maxStep, width, previousWidth, lower, upper, bestStep, best, otherStep, other, closed, modified };
}

function keepSearch(state: LbfgsState, { start: _, best, other, closed, modified, ...steps }: Search): void {
  const [bestValue, bestSlope, otherValue, otherSlope] = [best.value, best.slope, other.value, other.slope];
  Object.assign(state, steps, { bestValue, bestSlope, otherValue, otherSlope, closed: Number(closed), modified: Number(modified) });
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, at) => sum + value * b[at]!, 0);
}
