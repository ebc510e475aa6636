// What a search holds of one model between launches of lbfgs_step.wgsl: state.wgsl, read and written on the host. A pair is two
// f32, which together hold most of a float64 number.

/** Launches whose course a state keeps, so that many of them are read back at once. */
export const TRACE = 8;
/** Pairs of steps and changes of the gradient that may be kept, and one place more. */
export const RING = 11;
/** Vectors a model: x, gradient and direction in high and low parts, steps, changes of the gradient. */
export const VECTORS = 6 + 2 * RING;

/** What of an evaluation is there to be taken in. */
export const TAKE = { nothing: 0, loss: 1, all: 2 } as const;
export const PHASES = ['start', 'search', 'turn', 'done'] as const;
export const ENDS = ['converged', 'max-iter', 'flat', 'stalled'] as const;

const NATURALS = ['phase', 'end', 'iterations', 'evaluations', 'trials', 'pairs', 'newest', 'first', 'closed', 'modified', 'maxIter'] as const;
const NUMBERS = ['fell', 'step', 'taken', 'lower', 'upper', 'width', 'previousWidth', 'maxStep', 'bestStep', 'otherStep', 'largest'] as const;
const SEARCHED = ['value', 'slope', 'pull', 'bend', 'bestValue', 'bestSlope', 'otherValue', 'otherSlope'] as const;
const PAIRS: readonly (keyof Pairs)[] = [...SEARCHED, 'inverseWeight', 'penalty', 'share', 'tolerance', 'shrink'];

interface Pairs {
  /** The objective where the direction begins. */
  value: number;
  /** Along the direction. */
  slope: number;
  /** Of the penalty along the direction: slope, and second derivative. */
  pull: number;
  bend: number;
  /** Of the line search, less the value where the direction begins. */
  bestValue: number;
  bestSlope: number;
  otherValue: number;
  otherSlope: number;
  /** 1 / sum of the weights of the rows. */
  inverseWeight: number;
  penalty: number;
  /** Of the penalty that an intercept has. */
  share: number;
  tolerance: number;
  /** s'y / y'y of the newest pair: the inverse curvature to begin with. */
  shrink: number;
}

export type LbfgsState = Record<(typeof NATURALS)[number] | (typeof NUMBERS)[number], number> &
  Pairs & {
    /** s'y of each place of the ring. */
    readonly curvatures: Float64Array;
    /** By launch: iterations, value, largest entry of the gradient. */
    readonly trace: readonly { readonly iterations: number; readonly value: number; readonly largest: number }[];
  };

const PAIRS_AT = NATURALS.length + NUMBERS.length;
const CURVATURES_AT = PAIRS_AT + 2 * PAIRS.length;
const TRACE_AT = Math.ceil((CURVATURES_AT + 2 * RING) / 4) * 4; // a vec4f
export const STATE_WORDS = TRACE_AT + 4 * TRACE;

/** Of a model whose value and gradient at its start are to be evaluated next. */
export function startState(given: Pick<LbfgsState, 'step' | 'maxIter' | 'value' | 'bend' | 'inverseWeight' | 'penalty' | 'share' | 'tolerance'>): LbfgsState {
  const zeros = Object.fromEntries([...NATURALS, ...NUMBERS, ...PAIRS].map((name) => [name, 0])) as unknown as LbfgsState;
  const trace = Array.from({ length: TRACE }, () => ({ iterations: 0, value: 0, largest: 0 }));
  return { ...zeros, first: 1, newest: RING - 1, curvatures: new Float64Array(RING), trace, ...given };
}

export function readState(bytes: ArrayBuffer, at: number): LbfgsState {
  const words = new Uint32Array(bytes, at * STATE_WORDS * 4, STATE_WORDS);
  const floats = new Float32Array(bytes, at * STATE_WORDS * 4, STATE_WORDS);
  const pair = (place: number): number => floats[place]! + floats[place + 1]!;
  return {
    ...(Object.fromEntries([
      ...NATURALS.map((name, i) => [name, words[i]!]),
      ...NUMBERS.map((name, i) => [name, floats[NATURALS.length + i]!]),
      ...PAIRS.map((name, i) => [name, pair(PAIRS_AT + 2 * i)]),
    ]) as unknown as LbfgsState),
    curvatures: Float64Array.from({ length: RING }, (_, i) => pair(CURVATURES_AT + 2 * i)),
    trace: Array.from({ length: TRACE }, (_, i) => {
      const place = TRACE_AT + 4 * i;
      return { iterations: floats[place]!, value: pair(place + 1), largest: floats[place + 3]! };
    }),
  };
}

export function writeState(bytes: ArrayBuffer, at: number, state: LbfgsState): void {
  const words = new Uint32Array(bytes, at * STATE_WORDS * 4, STATE_WORDS);
  const floats = new Float32Array(bytes, at * STATE_WORDS * 4, STATE_WORDS);
  NATURALS.forEach((name, i) => (words[i] = state[name]));
  NUMBERS.forEach((name, i) => (floats[NATURALS.length + i] = state[name]));
  PAIRS.forEach((name, i) => floats.set(pairOf(state[name]), PAIRS_AT + 2 * i));
  state.curvatures.forEach((value, i) => floats.set(pairOf(value), CURVATURES_AT + 2 * i));
  state.trace.forEach(({ iterations, value, largest }, i) => floats.set([iterations, ...pairOf(value), largest], TRACE_AT + 4 * i));
}

/** High and low part. */
export function pairOf(value: number): readonly [number, number] {
  const high = Math.fround(value);
  return [high, Number.isFinite(high) ? value - high : 0];
}
