// A smooth function plus an L1 penalty, made small by proximal quasi-Newton steps (Lee, Sun and Saunders, "Proximal Newton-type
// methods for minimizing composite functions", 2014): each goes towards the minimum of the penalty and a parabola with the
// curvature that L-BFGS knows, which coordinate descent finds. Entries become exactly 0. It asks as lbfgsb does, so that both
// share passes over the rows: rows are read for a direction and for a gradient, and not for the steps tried along it.
import { curvatureOf, type Curvature } from './curvature.ts';
import { largest, remember, VALUE_TOLERANCE, type Answer, type Ask, type LbfgsbOptions, type LbfgsbResult, type LbfgsbState, type Pair } from './lbfgsb.ts';
import type { Sample } from '../../kernels/lbfgsStep/search/lineSearch.reference.ts';
import { addScaled, dot } from './vectors.ts';

export interface ProximalOptions extends LbfgsbOptions {
  /** Of the absolute value of each entry, `[entries]`. */
  readonly l1: Float64Array;
}

const MAX_TRIALS = 40;
const MAX_STEP = 1e10;
const SUFFICIENT_DECREASE = 1e-3;
/** Share of the slope at the start that a step must keep to be doubled. */
const HOLDS = 0.9;
const EPSILON = 2.220446049250313e-16;
/** A parabola's minimum is found to this share of the steepest slope, or in so many sweeps. */
const NEAR = 0.01;
const MAX_SWEEPS = 200;

/**
 * As {@link lbfgsb}, `value` being that of the sum, and `largestGradient` of its steepest descent: the slope that is left where
 * an entry may move.
 */
export function* proximal(
  start: Float64Array | LbfgsbState | LbfgsbResult,
  { l1, gradientTolerance, maxIter, onIteration }: ProximalOptions,
): Generator<Ask, LbfgsbResult, Answer> {
  if ('status' in start) return start;
  const penalty = (x: Float64Array): number => x.reduce((sum, entry, j) => sum + l1[j]! * Math.abs(entry), 0);
  let state: LbfgsbState;
  const done = (status: LbfgsbResult['status']): LbfgsbResult => {
    const { x, value, gradient, iterations } = state;
    return { x, value, gradient, iterations, largestGradient: largest(steepest(x, gradient, l1)), status };
  };
  if ('memory' in start) state = start;
  else {
    const x = Float64Array.from(start);
    const elsewhere = largest(start) > 0;
    if (elsewhere) yield { kind: 'direction', origin: new Float64Array(start.length), direction: start };
    const { value } = (yield { kind: 'trial', step: elsewhere ? 1 : 0 }) as Sample;
    const gradient = (yield { kind: 'gradient', point: x }) as Float64Array;
    state = { x, value: value + penalty(x), gradient, memory: [], iterations: 0, evaluations: 1, first: true };
    const slope = largest(steepest(x, gradient, l1));
    onIteration?.(0, state.value, slope);
    if (slope <= gradientTolerance || maxIter === 0) return done(slope <= gradientTolerance ? 'converged' : 'max-iter');
  }
  for (;;) {
    const { x, value, gradient, memory } = state;
    const direction = towards(x, gradient, l1, memory);
    const slope = dot(gradient, direction);
    const penalised = penalty(x);
    const promised = slope + penalty(moved(x, 1, direction)) - penalised;
    // Curvature that is singular or beyond all numbers points nowhere. The caller is not told: no step undoes what is not finite.
    if (!(promised < 0 && direction.every(Number.isFinite))) {
      if (memory.length === 0) return done('stalled');
      state = { ...state, memory: [] };
      continue;
    }
    yield { kind: 'direction', origin: x, direction, state };
    let step = 1;
    let after: number | undefined;
    let evaluations = state.evaluations;
    for (let trials = 0; trials < MAX_TRIALS; trials++) {
      const there = ((yield { kind: 'trial', step }) as Sample).value + penalty(moved(x, step, direction));
      evaluations++;
      // Less than rounding hides is allowed for: the slope tells whether it was worth it.
      if (there <= value + SUFFICIENT_DECREASE * step * promised + 4 * EPSILON * Math.abs(value)) {
        after = there;
        break;
      }
      const parabola = Number.isFinite(there) ? (-promised * step) / (2 * ((there - value) / step - promised)) : 0;
      step = Math.min(step / 2, Math.max(step / 10, parabola));
    }
    if (after === undefined) {
      yield { kind: 'trial', step: 0 };
      if (memory.length === 0) return done('stalled');
      state = { ...state, memory: [], evaluations };
      continue;
    }
    // Far out, where a loss is straight, what is known of its curvature is from elsewhere: on, as long as the slope holds.
    while (step >= 1 && step < MAX_STEP && after <= value + HOLDS * step * promised) {
      const there = ((yield { kind: 'trial', step: 2 * step }) as Sample).value + penalty(moved(x, 2 * step, direction));
      evaluations++;
      if (!(there < after)) {
        yield { kind: 'trial', step };
        break;
      }
      [step, after] = [2 * step, there];
    }
    const point = moved(x, step, direction);
    const next = (yield { kind: 'gradient', point }) as Float64Array;
    const kept = [...memory];
    remember(kept, direction, step, slope, gradient, next);
    state = { x: point, value: after, gradient: next, memory: kept, iterations: state.iterations + 1, evaluations, first: false };
    const left = largest(steepest(point, next, l1));
    onIteration?.(state.iterations, after, left);
    if (left <= gradientTolerance) return done('converged');
    if (state.iterations >= maxIter) return done('max-iter');
    if (value - after > VALUE_TOLERANCE * Math.max(Math.abs(value), Math.abs(after), 1)) continue;
    // A step cut short tells of the direction, not of the value.
    if (step >= 1 || memory.length === 0) return done('flat');
    state = { ...state, memory: [] };
  }
}

function moved(x: Float64Array, step: number, direction: Float64Array): Float64Array {
  const point = x.slice();
  addScaled(point, step, direction);
  return point;
}

/** Of the slopes that an entry has to either side, the one that it may move down by; 0 where both go up. */
export function steepest(x: Float64Array, gradient: Float64Array, l1: Float64Array): Float64Array {
  return gradient.map((slope, j) => {
    if (x[j] !== 0) return slope + Math.sign(x[j]!) * l1[j]!;
    return Math.sign(slope) * Math.max(0, Math.abs(slope) - l1[j]!);
  });
}

/** From x to the minimum of the penalty and a parabola. Entries that are 0 and want to stay there are left alone. */
function towards(x: Float64Array, gradient: Float64Array, l1: Float64Array, memory: readonly Pair[]): Float64Array {
  const slopes = steepest(x, gradient, l1);
  const entries = Uint32Array.from(x.keys()).filter((j) => x[j] !== 0 || slopes[j] !== 0);
  const curvature = curvatureOf(memory, entries, Math.sqrt(dot(slopes, slopes)));
  const direction = new Float64Array(x.length);
  const image = new Float64Array(curvature.rank);
  const enough = NEAR * largest(slopes);
  for (let sweep = 0; sweep < MAX_SWEEPS && sweepOver(entries, { x, gradient, l1, curvature, direction, image }) > enough; sweep++);
  return direction;
}

interface Parabola {
  readonly x: Float64Array;
  readonly gradient: Float64Array;
  readonly l1: Float64Array;
  readonly curvature: Curvature;
  /** Moved in place. */
  readonly direction: Float64Array;
  /** right' direction. */
  readonly image: Float64Array;
}

/** Every entry to its minimum, with the others where they are. @returns the steepest slope that was met */
function sweepOver(entries: Uint32Array, { x, gradient, l1, curvature, direction, image }: Parabola): number {
  const { diagonal, rank, left, right } = curvature;
  let most = 0;
  for (let a = 0; a < entries.length; a++) {
    const j = entries[a]!;
    let slope = gradient[j]! + diagonal * direction[j]!;
    let curved = diagonal;
    for (let k = 0, at = a * rank; k < rank; k++, at++) {
      slope -= left[at]! * image[k]!;
      curved -= left[at]! * right[at]!;
    }
    curved = Math.max(curved, EPSILON * diagonal);
    const from = x[j]! + direction[j]!;
    const free = from - slope / curved;
    const to = Math.sign(free) * Math.max(0, Math.abs(free) - l1[j]! / curved);
    const by = to - from;
    if (by === 0) continue;
    direction[j] = to - x[j]!;
    for (let k = 0, at = a * rank; k < rank; k++, at++) image[k]! += right[at]! * by;
    most = Math.max(most, curved * Math.abs(by));
  }
  return most;
}
