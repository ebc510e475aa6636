// Sums in about twice f32's digits: `high + low`, where low holds what high cannot. Every product here is exact, because its
// factors have 12 significant bits each; every rounding error of adding them is computed (Knuth's two-sum) and kept.
struct Sum {
  high: vec4f,
  low: vec4f,
}

// sum + (z + low) * w, where low is what a feature has beyond f32, and w is the sum of `pieces` (see `piecesOf` in twofold.ts).
fn add_product(sum: Sum, z: vec4f, low: vec4f, pieces: vec4f) -> Sum {
  let top = bitcast<vec4f>(bitcast<vec4u>(z) & vec4u(0xfffff000u));
  let rest = z - top;
  var next = two_sum(sum, top * pieces.x);
  next = two_sum(next, top * pieces.y);
  next = two_sum(next, rest * pieces.x);
  next.low += rest * (pieces.y + pieces.z) + top * pieces.z + top * pieces.w + low * (pieces.x + pieces.y);
  return next;
}

fn two_sum(sum: Sum, term: vec4f) -> Sum {
  let high = opaque(sum.high + term);
  let added = opaque(high - sum.high);
  let error = (sum.high - (high - added)) + (term - added);
  return Sum(high, sum.low + error);
}

// Moves as much of low into high as goes there.
fn renormalised(sum: Sum) -> Sum {
  let high = opaque(sum.high + sum.low);
  return Sum(high, sum.low - (high - sum.high));
}

// The same value, hidden from the compiler: WGSL permits rewriting (a + b) - a as b, and Mesa does. `params.zero` is 0.
fn opaque(value: vec4f) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(value) ^ vec4u(params.zero));
}
