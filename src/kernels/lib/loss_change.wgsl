// log(1 + p * (exp(d) - 1)): how the loss of a row changes when the score of the classes it does not have (share p) moves
// by d against its own. For small d it is exact to f32's relative precision, so that a line search sees decreases far
// below the rounding of the loss itself; WGSL has neither expm1 nor log1p.
fn small_change(p: f32, d: f32) -> f32 {
  return log1p(p * small_expm1(d));
}

// exp(d) - 1 by its series, |d| <= 0.5
fn small_expm1(d: f32) -> f32 {
  return d * (1.0 + d * (0.5 + d * (0.16666667 + d * (0.041666668 + d * (0.008333334 + d * (0.0013888889 + d * (0.0001984127 + d * 0.000024801588)))))));
}

// 2 atanh(u / (2 + u)) by its series, exact to f32 for u in [-0.4, 0.65].
fn log1p(u: f32) -> f32 {
  let s = u / (2.0 + u);
  let q = s * s;
  return 2.0 * s * (1.0 + q * (0.33333334 + q * (0.2 + q * (0.14285715 + q * (0.11111111 + q * 0.09090909)))));
}

// log(1 + exp(z)), exact to f32 where it is tiny too.
fn softplus(z: f32) -> f32 {
  let e = exp(-abs(z));
  return max(z, 0.0) + select(log(1.0 + e), log1p(e), e < 0.5);
}

// log(1 + sum of exp(scores)), where `rest` is that sum times exp(-largest) and largest >= 0.
fn log_total(largest: f32, rest: f32) -> f32 {
  let small = largest == 0.0 && rest < 0.5;
  return select(largest + log(exp(-largest) + rest), log1p(rest), small);
}
