// The line search of L-BFGS-B, More-Thuente's dcsrch and dcstep (MINPACK-2) as SciPy calls them: lineSearch.reference.ts, with
// values as pairs and as differences from the value at step 0, so that f32 steps see what a loss changes by however large it is.
// Every lane searches alike, on `it`. Drivers put every call in line, so the cases share what they can.
struct Sample {
  value: vec2f,
  slope: vec2f,
}

const SUFFICIENT_DECREASE = vec2f(1e-3, -4.7497451e-11);
const CURVATURE = vec2f(0.9, 2.3841858e-8);

fn start_search(first_step: f32) {
  it.step = first_step;
  it.most_step = MOST_STEP;
  it.width = MOST_STEP;
  it.previous_width = 2.0 * MOST_STEP;
  it.lower = 0.0;
  it.upper = 5.0 * first_step;
  it.modified = 1u;
  it.closed = 0u;
  it.best_step = 0.0;
  it.best = Sample(vec2f(), it.slope);
  it.other_step = 0.0;
  it.other = it.best;
}

// Whether the step tried is accepted; else `it.step` is another.
fn advance(sample: Sample) -> bool {
  let step = it.step;
  if (!is_finite(sample.value.x)) {
    // A tenth of the way, and never as far again.
    it.most_step = step;
    it.upper = step;
    it.step = it.best_step + (step - it.best_step) / 10.0;
    return false;
  }
  let slope_test = times(SUFFICIENT_DECREASE, it.slope);
  let is_low = !below(times_number(slope_test, step), sample.value);
  if (is_low && sample.slope.x >= 0.0) { it.modified = 0u; }
  let stuck = (it.closed == 1u && out_of_room(step)) ||
    (step == it.most_step && is_low && !below(slope_test, sample.slope)) ||
    (step == 0.0 && (!is_low || !below(sample.slope, slope_test)));
  if (stuck || (is_low && !below(times(CURVATURE, -it.slope), size(sample.slope)))) { return true; }

  // In stage 1 both ends are taken less the line of sufficient decrease, and the line is added back.
  let is_modified = it.modified == 1u && !is_low && !below(it.best.value, sample.value);
  let line = select(vec2f(), slope_test, is_modified);
  add_line(-line);
  var next = next_step(Sample(minus(sample.value, times_number(line, step)), minus(sample.slope, line)));
  add_line(line);
  if (it.closed == 1u) {
    let span = abs(it.other_step - it.best_step);
    if (span >= 0.66 * it.previous_width) { next = it.best_step + 0.5 * (it.other_step - it.best_step); }
    it.previous_width = it.width;
    it.width = span;
    it.lower = min(it.best_step, it.other_step);
    it.upper = max(it.best_step, it.other_step);
  } else {
    it.lower = next + 1.1 * (next - it.best_step);
    it.upper = next + 4.0 * (next - it.best_step);
  }
  next = min(max(next, 0.0), it.most_step);
  it.step = select(next, it.best_step, it.closed == 1u && out_of_room(next));
  return false;
}

fn out_of_room(step: f32) -> bool {
  return step <= it.lower || step >= it.upper || it.upper - it.lower <= 0.1 * it.upper;
}

fn add_line(line: vec2f) {
  it.best.value = plus(it.best.value, times_number(line, it.best_step));
  it.best.slope = plus(it.best.slope, line);
  it.other.value = plus(it.other.value, times_number(line, it.other_step));
  it.other.slope = plus(it.other.slope, line);
}

// dcstep: the next trial from the interval and the newest sample; moves the interval's ends.
fn next_step(sample: Sample) -> f32 {
  let step = it.step;
  let is_higher = below(it.best.value, sample.value);
  let is_turned = !is_higher && sample.slope.x * sign(it.best.slope.x) < 0.0;
  let is_flatter = !is_higher && !is_turned && below(size(sample.slope), size(it.best.slope));
  let is_open = !is_higher && !is_turned && !is_flatter;
  // The cubic through the trial and one end: the best, but for a trial that is lower and no flatter.
  var end = it.best;
  var x = it.best_step;
  if (is_open) {
    end = it.other;
    x = it.other_step;
  }
  let rise = over(minus(end.value, sample.value), two_sum(step, -x));
  let theta = plus(plus(times_number(rise, 3.0), end.slope), sample.slope);
  // Squares of very small or large numbers: by a power of two to about 1.
  let scale = scale_of(larger(size(theta), larger(size(end.slope), size(sample.slope))).x);
  let scaled = theta * scale;
  let gamma = root(minus(times(scaled, scaled), times(end.slope * scale, sample.slope * scale))) / scale;
  // From the end to the trial where that is higher, else from the trial to the end.
  let begin = select(step, x, is_higher);
  let way = select(x - step, step - x, is_higher);
  let from_slope = select(sample.slope, end.slope, vec2<bool>(is_higher));
  let to_slope = select(end.slope, sample.slope, vec2<bool>(is_higher));
  let signed = select(gamma, -gamma, vec2<bool>(way < 0.0));
  let part = minus(signed, from_slope);
  let share = over(plus(part, theta), plus(plus(part, signed), to_slope));
  let by_cubic = begin + way * share.x;
  // Its fellow: a quadratic by both values, or the secant of the slopes.
  let other_way = over(from_slope, select(minus(from_slope, to_slope), plus(rise, end.slope), vec2<bool>(is_higher)));
  let by_other = begin + way * other_way.x * select(1.0, 0.5, is_higher);
  var next: f32;
  if (is_higher) {
    next = select(by_cubic + (by_other - by_cubic) / 2.0, by_cubic, abs(by_cubic - x) < abs(by_other - x));
    it.closed = 1u;
  } else if (is_turned) {
    next = select(by_other, by_cubic, abs(by_cubic - step) > abs(by_other - step));
    it.closed = 1u;
  } else if (is_flatter) {
    // The cubic only where it points onwards.
    let onwards = select(select(it.lower, it.upper, step > x), by_cubic, share.x < 0.0 && gamma.x != 0.0);
    if (it.closed == 1u) {
      next = select(by_other, onwards, abs(onwards - step) < abs(by_other - step));
      let cap = step + 0.66 * (it.other_step - step);
      next = select(max(cap, next), min(cap, next), step > x);
    } else {
      next = select(by_other, onwards, abs(onwards - step) > abs(by_other - step));
      next = max(it.lower, min(it.upper, next));
    }
  } else if (it.closed == 1u) {
    next = by_cubic;
  } else {
    next = select(it.lower, it.upper, step > it.best_step);
  }
  if (is_higher) {
    it.other_step = step;
    it.other = sample;
  } else {
    if (is_turned) {
      it.other_step = it.best_step;
      it.other = it.best;
    }
    it.best_step = step;
    it.best = sample;
  }
  return next;
}

// A power of two that brings the number to between 1 and 2; 1 for 0 and what is as small.
fn scale_of(number: f32) -> f32 {
  let exponent = (bitcast<u32>(number) >> 23u) & 255u;
  return select(bitcast<f32>((254u - exponent) << 23u), 1.0, exponent == 0u || exponent >= 254u);
}
