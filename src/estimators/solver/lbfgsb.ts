// L-BFGS-B without bounds, in float64, with the rules and the order of tests of SciPy 1.17 (optimize/src/lbfgsb.c): memory
// 10, More-Thuente search, stop on the gradient's largest entry. It is a coroutine: it yields what it wants evaluated
// and is resumed with the answer, so that many columns can advance in step and share one pass over the data.
import { advance, startSearch, type Sample } from '../../kernels/lbfgsStep/search/lineSearch.reference.ts';
import { addScaled, dot } from './vectors.ts';

/** What the solver asks for. */
export type Ask =
  /**
   * The last step tried becomes the origin, and a new direction is chosen; nothing is answered. A solver given `state` in
   * place of a start asks this again and goes on alike; there is none before value and gradient of the start are known.
   */
  | { readonly kind: 'direction'; readonly origin: Float64Array; readonly direction: Float64Array; readonly state?: LbfgsbState }
  /** Answer: value and slope at origin + step * direction. */
  | { readonly kind: 'trial'; readonly step: number }
  /** Answer: the gradient at the last step tried, which is `point`. */
  | { readonly kind: 'gradient'; readonly point: Float64Array };

export type Answer = Sample | Float64Array | undefined;

export interface LbfgsbOptions {
  /** Stop when no gradient entry is larger. */
  readonly gradientTolerance: number;
  /** Most iterations. */
  readonly maxIter: number;
  /** Called at the start and after every iteration. */
  readonly onIteration?: ((iteration: number, value: number, largestGradient: number) => void) | undefined;
}

export interface LbfgsbResult {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  readonly iterations: number;
  readonly largestGradient: number;
  /**
   * `converged`: no entry of the gradient is above the tolerance; `max-iter`; `flat`: the value falls no further, SciPy's other
   * success; `stalled`: no step helped, even along the gradient.
   */
  readonly status: 'converged' | 'max-iter' | 'flat' | 'stalled';
}

const MEMORY = 10;
const MAX_TRIALS = 50;
/** SciPy's maxfun. */
const MAX_EVALUATIONS = 15000;
const MAX_STEP = 1e10;
const EPSILON = 2.220446049250313e-16;
/** scikit-learn passes ftol = 64 machine epsilons. */
export const VALUE_TOLERANCE = 64 * EPSILON;

/** A step, and how the gradient changed along it. */
export interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly sy: number;
}

/** Where a solver stands between two iterations, as plain data. Nothing in it is written to later. */
export interface LbfgsbState {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  readonly memory: readonly Pair[];
  readonly iterations: number;
  readonly evaluations: number;
  /** No step was taken yet. */
  readonly first: boolean;
}

/**
 * Minimises from `start`. The caller's point is zero before the first ask. In every iteration the solver asks
 * `direction`, then `trial`s, then `gradient`; before the first it asks for value and gradient of the start.
 *
 * @param start a point, or the state or the result of a solver that was interrupted: its caller stands where it stood
 */
export function* lbfgsb(start: Float64Array | LbfgsbState | LbfgsbResult, options: LbfgsbOptions): Generator<Ask, LbfgsbResult, Answer> {
  if ('status' in start) return start;
  if ('memory' in start) return yield* iterate(start, options);
  const x = Float64Array.from(start);
  // The caller stands at zero; a start elsewhere is one whole step along itself.
  const elsewhere = largest(start) > 0;
  if (elsewhere) yield { kind: 'direction', origin: new Float64Array(start.length), direction: start };
  const { value } = (yield { kind: 'trial', step: elsewhere ? 1 : 0 }) as Sample;
  const gradient = (yield { kind: 'gradient', point: x }) as Float64Array;
  const converged = largest(gradient) <= options.gradientTolerance;
  options.onIteration?.(0, value, largest(gradient));
  if (converged || options.maxIter === 0)
    return { x, value, gradient, iterations: 0, largestGradient: largest(gradient), status: converged ? 'converged' : 'max-iter' };
  return yield* iterate({ x, value, gradient, memory: [], iterations: 0, evaluations: 1, first: true }, options);
}

function* iterate(state: LbfgsbState, { gradientTolerance, maxIter, onIteration }: LbfgsbOptions): Generator<Ask, LbfgsbResult, Answer> {
  let { x, value, gradient, iterations, evaluations, first } = state;
  const memory = [...state.memory];
  const done = (status: LbfgsbResult['status']): LbfgsbResult => ({ x, value, gradient, iterations, largestGradient: largest(gradient), status });
  for (;;) {
    const direction = descend(gradient, memory);
    const slope = dot(gradient, direction);
    let step = 0;
    let sample: Sample | undefined;
    if (slope < 0) {
      yield { kind: 'direction', origin: x, direction, state: { x, value, gradient, memory: [...memory], iterations, evaluations, first } };
      const search = startSearch({ value, slope }, first ? Math.min(1 / Math.sqrt(dot(direction, direction)), MAX_STEP) : 1, MAX_STEP);
      let accepted = false;
      for (let trials = 0; !accepted && trials < MAX_TRIALS; trials++) {
        step = search.step;
        sample = (yield { kind: 'trial', step }) as Sample;
        evaluations++;
        accepted = advance(search, sample);
      }
      if (!accepted) sample = undefined;
    }
    if (!sample) {
      // Ascent or too many trials: back to the origin, forget the curvature and go down the gradient; without any to
      // forget, give up.
      yield { kind: 'trial', step: 0 };
      if (memory.length === 0) return done('stalled');
      memory.length = 0;
      continue;
    }
    first = false;
    const before = value;
    const oldGradient = gradient;
    x = x.slice();
    addScaled(x, step, direction);
    gradient = (yield { kind: 'gradient', point: x }) as Float64Array;
    value = sample.value;
    iterations++;
    onIteration?.(iterations, value, largest(gradient));
    if (iterations >= maxIter || evaluations > MAX_EVALUATIONS) return done('max-iter');
    if (largest(gradient) <= gradientTolerance) return done('converged');
    if (before - value <= VALUE_TOLERANCE * Math.max(Math.abs(before), Math.abs(value), 1)) return done('flat');
    remember(memory, direction, step, slope, oldGradient, gradient);
  }
}

/** -H g by the two-loop recursion, H0 = s'y / y'y of the newest pair. */
function descend(gradient: Float64Array, memory: readonly Pair[]): Float64Array {
  const d = gradient.map((g) => -g);
  const alphas = new Array<number>(memory.length);
  for (let i = memory.length - 1; i >= 0; i--) {
    const { s, y, sy } = memory[i]!;
    alphas[i] = dot(s, d) / sy;
    addScaled(d, -alphas[i]!, y);
  }
  const newest = memory.at(-1);
  if (newest) {
    const scale = newest.sy / dot(newest.y, newest.y);
    for (let i = 0; i < d.length; i++) d[i]! *= scale;
  }
  memory.forEach(({ s, y, sy }, i) => addScaled(d, alphas[i]! - dot(y, d) / sy, s));
  return d;
}

/**
 * Stores s = step * direction, y = change of gradient, unless the curvature is too small to divide by.
 *
 * @param slope of the gradient along the direction; downhill, except where a penalty makes up for it
 */
export function remember(memory: Pair[], direction: Float64Array, step: number, slope: number, before: Float64Array, after: Float64Array): void {
  const s = direction.map((d) => step * d);
  const y = after.map((g, i) => g - before[i]!);
  const sy = dot(s, y);
  if (!(sy > EPSILON * step * Math.abs(slope))) return;
  memory.push({ s, y, sy });
  if (memory.length > MEMORY) memory.shift();
}

/** The largest magnitude. */
export function largest(values: Float64Array): number {
  let max = 0;
  for (const value of values) max = Math.max(max, Math.abs(value));
  return max;
}
