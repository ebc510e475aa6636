// Poisson loss of a value whose mean is exp(margin): exp(margin) - value * margin, half the deviance but for a constant.
fn loss_change(truth: f32, origin: f32, moved: f32) -> f32 {
  let mean = exp(origin);
  let small = (mean - truth) * moved + mean * moved * moved * small_rest(moved);
  return select(exp(origin + moved) - mean - truth * moved, small, abs(moved) <= 0.5);
}

fn loss_slope(truth: f32, margin: f32) -> f32 {
  return exp(margin) - truth;
}

// (exp(d) - 1 - d) / d^2 by its series, |d| <= 0.5
fn small_rest(d: f32) -> f32 {
  return 0.5 + d * (0.16666667 + d * (0.041666668 + d * (0.008333334 + d * (0.0013888889 + d * (0.0001984127 + d * 0.000024801588)))));
}
