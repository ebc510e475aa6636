// The line search of L-BFGS-B: More-Thuente's dcsrch and dcstep (MINPACK-2), as SciPy 1.17 calls them, in float64: what
// line_search.wgsl is tested against, and what the solver on the host searches by. Where a search stands is plain data.

/** Value and derivative along the direction at one step. */
export interface Sample {
  readonly value: number;
  readonly slope: number;
}

const SUFFICIENT_DECREASE = 1e-3;
const CURVATURE = 0.9;
const INTERVAL_TOLERANCE = 0.1;
const EXPAND_LEAST = 1.1;
const EXPAND_MOST = 4;

interface Bracket {
  bestStep: number;
  best: Sample;
  otherStep: number;
  other: Sample;
  closed: boolean;
}

/** Where a search stands. */
export interface Search extends Bracket {
  /** Value and slope at step 0. */
  readonly start: Sample;
  /** The step to evaluate next, or the one that was accepted. */
  step: number;
  /** No step is longer. */
  maxStep: number;
  width: number;
  previousWidth: number;
  lower: number;
  upper: number;
  /** Stage 1: on the function less the sufficient-decrease line. */
  modified: boolean;
}

/**
 * A search for a step with sufficient decrease (1e-3) and curvature (0.9).
 *
 * @param start value and slope at step 0; the slope is negative
 */
export function startSearch(start: Sample, firstStep: number, maxStep: number): Search {
  const upper = firstStep + EXPAND_MOST * firstStep;
  const bracket = { bestStep: 0, best: start, otherStep: 0, other: start, closed: false };
  return { ...bracket, start, step: firstStep, maxStep, width: maxStep, previousWidth: 2 * maxStep, lower: 0, upper, modified: true };
}

/**
 * Takes in what was found at the step asked for.
 *
 * @returns whether that step is accepted; else there is another to evaluate. It never gives up by itself: the caller counts trials.
 */
export function advance(search: Search, sample: Sample): boolean {
  const { start, step } = search;
  const slopeTest = SUFFICIENT_DECREASE * start.slope;
  if (!Number.isFinite(sample.value)) {
    // A loss that grows as exp is beyond all numbers soon; SciPy would go on with NaN. A tenth of the way, and never as far again.
    search.maxStep = search.upper = step;
    search.step = search.bestStep + (step - search.bestStep) / 10;
    return false;
  }
  const decreaseLine = start.value + step * slopeTest;
  if (search.modified && sample.value <= decreaseLine && sample.slope >= 0) search.modified = false;
  const stuck =
    (search.closed && outOfRoom(search, step)) ||
    (step === search.maxStep && sample.value <= decreaseLine && sample.slope <= slopeTest) ||
    (step === 0 && (sample.value > decreaseLine || sample.slope >= slopeTest));
  if (stuck || (sample.value <= decreaseLine && Math.abs(sample.slope) <= CURVATURE * -start.slope)) return true;

  let next: number;
  if (search.modified && sample.value <= search.best.value && sample.value > decreaseLine) {
    // Both ends less the line, one step of the interval, and the line added back.
    const less = (at: number, s: Sample): Sample => ({ value: s.value - at * slopeTest, slope: s.slope - slopeTest });
    const more = (at: number, s: Sample): Sample => ({ value: s.value + at * slopeTest, slope: s.slope + slopeTest });
    search.best = less(search.bestStep, search.best);
    search.other = less(search.otherStep, search.other);
    next = nextStep(search, step, less(step, sample), search.lower, search.upper);
    search.best = more(search.bestStep, search.best);
    search.other = more(search.otherStep, search.other);
  } else {
    next = nextStep(search, step, sample, search.lower, search.upper);
  }
  if (search.closed) {
    const span = Math.abs(search.otherStep - search.bestStep);
    if (span >= 0.66 * search.previousWidth) next = search.bestStep + 0.5 * (search.otherStep - search.bestStep);
    search.previousWidth = search.width;
    search.width = span;
    search.lower = Math.min(search.bestStep, search.otherStep);
    search.upper = Math.max(search.bestStep, search.otherStep);
  } else {
    search.lower = next + EXPAND_LEAST * (next - search.bestStep);
    search.upper = next + EXPAND_MOST * (next - search.bestStep);
  }
  next = Math.min(Math.max(next, 0), search.maxStep);
  search.step = search.closed && outOfRoom(search, next) ? search.bestStep : next;
  return false;
}

function outOfRoom({ lower, upper }: Search, step: number): boolean {
  return step <= lower || step >= upper || upper - lower <= INTERVAL_TOLERANCE * upper;
}

/** dcstep: the next trial from the interval and the newest sample; moves the interval's ends. */
function nextStep(bracket: Bracket, step: number, sample: Sample, lower: number, upper: number): number {
  const { bestStep: x, best, otherStep: y, other } = bracket;
  const turned = sample.slope * Math.sign(best.slope) < 0;
  let next: number;
  if (sample.value > best.value) {
    // Higher: a minimum lies between. Cubic, or halfway to the quadratic when that is farther.
    const { theta, root } = cubic(x, best, step, sample);
    const gamma = step < x ? -root : root;
    const r = (gamma - best.slope + theta) / (gamma - best.slope + gamma + sample.slope);
    const byCubic = x + r * (step - x);
    const byQuadratic = x + (best.slope / ((best.value - sample.value) / (step - x) + best.slope) / 2) * (step - x);
    next = Math.abs(byCubic - x) < Math.abs(byQuadratic - x) ? byCubic : byCubic + (byQuadratic - byCubic) / 2;
    bracket.closed = true;
  } else if (turned) {
    // Lower, slopes of opposite sign: cubic or secant, whichever is farther from the trial.
    const { theta, root } = cubic(x, best, step, sample);
    const gamma = step > x ? -root : root;
    const r = (gamma - sample.slope + theta) / (gamma - sample.slope + gamma + best.slope);
    const byCubic = step + r * (x - step);
    const bySecant = step + (sample.slope / (sample.slope - best.slope)) * (x - step);
    next = Math.abs(byCubic - step) > Math.abs(bySecant - step) ? byCubic : bySecant;
    bracket.closed = true;
  } else if (Math.abs(sample.slope) < Math.abs(best.slope)) {
    // Lower, same sign, flatter: the cubic only when it points onwards.
    const { theta, root } = cubic(x, best, step, sample);
    const gamma = step > x ? -root : root;
    const r = (gamma - sample.slope + theta) / (gamma + (best.slope - sample.slope) + gamma);
    const byCubic = r < 0 && gamma !== 0 ? step + r * (x - step) : step > x ? upper : lower;
    const bySecant = step + (sample.slope / (sample.slope - best.slope)) * (x - step);
    if (bracket.closed) {
      next = Math.abs(byCubic - step) < Math.abs(bySecant - step) ? byCubic : bySecant;
      const cap = step + 0.66 * (y - step);
      next = step > x ? Math.min(cap, next) : Math.max(cap, next);
    } else {
      next = Math.abs(byCubic - step) > Math.abs(bySecant - step) ? byCubic : bySecant;
      next = Math.max(lower, Math.min(upper, next));
    }
  } else if (bracket.closed) {
    const { theta, root } = cubic(y, other, step, sample);
    const gamma = step > y ? -root : root;
    const r = (gamma - sample.slope + theta) / (gamma - sample.slope + gamma + other.slope);
    next = step + r * (y - step);
  } else {
    next = step > x ? upper : lower;
  }
  if (sample.value > best.value) {
    bracket.otherStep = step;
    bracket.other = sample;
  } else {
    if (turned) {
      bracket.otherStep = x;
      bracket.other = best;
    }
    bracket.bestStep = step;
    bracket.best = sample;
  }
  return next;
}

/** Terms of the cubic through two samples. */
function cubic(x: number, at: Sample, step: number, sample: Sample): { theta: number; root: number } {
  const theta = (3 * (at.value - sample.value)) / (step - x) + at.slope + sample.slope;
  const scale = Math.max(Math.abs(theta), Math.abs(at.slope), Math.abs(sample.slope));
  const radicand = (theta / scale) ** 2 - (at.slope / scale) * (sample.slope / scale);
  return { theta, root: scale * Math.sqrt(Math.max(0, radicand)) };
}
