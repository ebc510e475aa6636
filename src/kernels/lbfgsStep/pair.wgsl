// Numbers as the sum of two f32, high and low: about 46 significant bits. A solver in f32 alone stops early, since it must see
// the loss fall by less than f32 tells of it. Every rounding error is computed and kept (Knuth's two-sum, Dekker's product).
fn two_sum(a: f32, b: f32) -> vec2f {
  let high = hidden(a + b);
  let added = hidden(high - a);
  let kept = hidden(high - added);
  return vec2f(high, (a - kept) + (b - added));
}

// Where |a| >= |b|.
fn quick_sum(a: f32, b: f32) -> vec2f {
  let high = hidden(a + b);
  return vec2f(high, b - hidden(high - a));
}

// Products of 12 significant bits each are exact.
fn two_product(a: f32, b: f32) -> vec2f {
  let high = hidden(a * b);
  let a_top = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let b_top = bitcast<f32>(bitcast<u32>(b) & 0xfffff000u);
  let a_rest = a - a_top;
  let b_rest = b - b_top;
  return vec2f(high, (((a_top * b_top - high) + a_top * b_rest) + a_rest * b_top) + a_rest * b_rest);
}

fn plus(a: vec2f, b: vec2f) -> vec2f {
  let sum = two_sum(a.x, b.x);
  return quick_sum(sum.x, sum.y + (a.y + b.y));
}

fn minus(a: vec2f, b: vec2f) -> vec2f {
  return plus(a, -b);
}

// A pair and a number.
fn more(a: vec2f, b: f32) -> vec2f {
  let sum = two_sum(a.x, b);
  return quick_sum(sum.x, sum.y + a.y);
}

fn times(a: vec2f, b: vec2f) -> vec2f {
  let product = two_product(a.x, b.x);
  return quick_sum(product.x, product.y + (a.x * b.y + a.y * b.x));
}

fn times_number(a: vec2f, b: f32) -> vec2f {
  let product = two_product(a.x, b);
  return quick_sum(product.x, product.y + a.y * b);
}

// What a / b by f32 leaves over is divided in turn, so it matters little how well a device divides.
fn over(a: vec2f, b: vec2f) -> vec2f {
  let first = hidden(a.x / b.x);
  return quick_sum(first, minus(a, times_number(b, first)).x / b.x);
}

fn root(a: vec2f) -> vec2f {
  let first = hidden(sqrt(max(a.x, 0.0)));
  return quick_sum(first, select(minus(a, two_product(first, first)).x / (2.0 * first), 0.0, first == 0.0));
}

fn size(a: vec2f) -> vec2f {
  return select(a, -a, a.x < 0.0);
}

fn below(a: vec2f, b: vec2f) -> bool {
  return a.x < b.x || (a.x == b.x && a.y < b.y);
}

fn larger(a: vec2f, b: vec2f) -> vec2f {
  return select(a, b, below(a, b));
}

// By its bits: a compiler may take it for granted that there is no other number.
fn is_finite(a: f32) -> bool {
  return (bitcast<u32>(a) & 0x7f800000u) != 0x7f800000u;
}

// The same value, hidden from the compiler: WGSL permits rewriting (a + b) - a as b, and Mesa does. `params.zero` is 0.
fn hidden(value: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(value) ^ params.zero);
}
