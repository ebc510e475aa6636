// The line search of L-BFGS-B: More-Thuente's dcsrch and dcstep (MINPACK-2), as SciPy 1.17 calls them. It is a coroutine:
// it yields a step and is resumed with the value and slope there, so that the caller decides how to evaluate.

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

/**
 * Finds a step with sufficient decrease (1e-3) and curvature (0.9).
 *
 * @param start value and slope at step 0; the slope is negative
 * @param firstStep the first trial
 * @param maxStep no step is longer
 * @yields a step to evaluate
 * @returns true once the last step yielded is accepted. It never gives up by itself: the caller counts trials.
 */
export function* lineSearch(start: Sample, firstStep: number, maxStep: number): Generator<number, void, Sample> {
  const slopeTest = SUFFICIENT_DECREASE * start.slope;
  const bracket: Bracket = { bestStep: 0, best: start, otherStep: 0, other: start, closed: false };
  let width = maxStep;
  let previousWidth = 2 * width;
  let lower = 0;
  let upper = firstStep + EXPAND_MOST * firstStep;
  let modified = true; // stage 1: search on the function less the sufficient-decrease line
  let step = firstStep;
  for (;;) {
    const sample = yield step;
    if (!Number.isFinite(sample.value)) {
      // A loss that grows as exp is beyond all numbers soon; SciPy would go on with NaN. A tenth of the way, and never as far again.
      maxStep = upper = step;
      step = bracket.bestStep + (step - bracket.bestStep) / 10;
      continue;
    }
    const decreaseLine = start.value + step * slopeTest;
    if (modified && sample.value <= decreaseLine && sample.slope >= 0) modified = false;
    const stuck =
      (bracket.closed && (step <= lower || step >= upper || upper - lower <= INTERVAL_TOLERANCE * upper)) ||
      (step === maxStep && sample.value <= decreaseLine && sample.slope <= slopeTest) ||
      (step === 0 && (sample.value > decreaseLine || sample.slope >= slopeTest));
    if (stuck || (sample.value <= decreaseLine && Math.abs(sample.slope) <= CURVATURE * -start.slope)) return;

    if (modified && sample.value <= bracket.best.value && sample.value > decreaseLine) {
      // Both ends less the line, one step of the interval, and the line added back.
      const less = (at: number, s: Sample): Sample => ({ value: s.value - at * slopeTest, slope: s.slope - slopeTest });
      const more = (at: number, s: Sample): Sample => ({ value: s.value + at * slopeTest, slope: s.slope + slopeTest });
      bracket.best = less(bracket.bestStep, bracket.best);
      bracket.other = less(bracket.otherStep, bracket.other);
      step = nextStep(bracket, step, less(step, sample), lower, upper);
      bracket.best = more(bracket.bestStep, bracket.best);
      bracket.other = more(bracket.otherStep, bracket.other);
    } else {
      step = nextStep(bracket, step, sample, lower, upper);
    }
    if (bracket.closed) {
      const span = Math.abs(bracket.otherStep - bracket.bestStep);
      if (span >= 0.66 * previousWidth) step = bracket.bestStep + 0.5 * (bracket.otherStep - bracket.bestStep);
      previousWidth = width;
      width = span;
      lower = Math.min(bracket.bestStep, bracket.otherStep);
      upper = Math.max(bracket.bestStep, bracket.otherStep);
    } else {
      lower = step + EXPAND_LEAST * (step - bracket.bestStep);
      upper = step + EXPAND_MOST * (step - bracket.bestStep);
    }
    step = Math.min(Math.max(step, 0), maxStep);
    if (bracket.closed && (step <= lower || step >= upper || upper - lower <= INTERVAL_TOLERANCE * upper)) step = bracket.bestStep;
  }
}

/** dcstep: the next trial from the interval and the newest sample; moves the interval's ends. */
function nextStep(bracket: Bracket, step: number, sample: Sample, lower: number, upper: number): number {
  const { bestStep: x, best, otherStep: y, other } = bracket;
  const turned = sample.slope * Math.sign(best.slope) < 0;
  let next: number;
  if (sample.value > best.value) {
    // Higher: a minimum lies between. Cubic, or halfway to the quadratic when that is farther.
    const { theta, root } = cubic(x, best, step, sample, false);
    const gamma = step < x ? -root : root;
    const r = (gamma - best.slope + theta) / (gamma - best.slope + gamma + sample.slope);
    const byCubic = x + r * (step - x);
    const byQuadratic = x + (best.slope / ((best.value - sample.value) / (step - x) + best.slope) / 2) * (step - x);
    next = Math.abs(byCubic - x) < Math.abs(byQuadratic - x) ? byCubic : byCubic + (byQuadratic - byCubic) / 2;
    bracket.closed = true;
  } else if (turned) {
    // Lower, slopes of opposite sign: cubic or secant, whichever is farther from the trial.
    const { theta, root } = cubic(x, best, step, sample, false);
    const gamma = step > x ? -root : root;
    const r = (gamma - sample.slope + theta) / (gamma - sample.slope + gamma + best.slope);
    const byCubic = step + r * (x - step);
    const bySecant = step + (sample.slope / (sample.slope - best.slope)) * (x - step);
    next = Math.abs(byCubic - step) > Math.abs(bySecant - step) ? byCubic : bySecant;
    bracket.closed = true;
  } else if (Math.abs(sample.slope) < Math.abs(best.slope)) {
    // Lower, same sign, flatter: the cubic only when it points onwards.
    const { theta, root } = cubic(x, best, step, sample, true);
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
    const { theta, root } = cubic(y, other, step, sample, false);
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
function cubic(x: number, at: Sample, step: number, sample: Sample, clamp: boolean): { theta: number; root: number } {
  const theta = (3 * (at.value - sample.value)) / (step - x) + at.slope + sample.slope;
  const scale = Math.max(Math.abs(theta), Math.abs(at.slope), Math.abs(sample.slope));
  const radicand = (theta / scale) ** 2 - (at.slope / scale) * (sample.slope / scale);
  return { theta, root: scale * Math.sqrt(clamp ? Math.max(0, radicand) : radicand) };
}
