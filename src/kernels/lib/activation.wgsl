// What units make of their sums, by number: 0 identity, 1 logistic, 2 tanh, 3 relu.
fn activate(kind: u32, sum: vec4f) -> vec4f {
  switch kind {
    case 1u: { return 1.0 / (1.0 + exp(-sum)); }
    case 2u: { return tanh(clamp(sum, vec4f(-20.0), vec4f(20.0))); }
    case 3u: { return max(sum, vec4f()); }
    default: { return sum; }
  }
}

// Slope of that, from what was made.
fn slope(kind: u32, made: vec4f) -> vec4f {
  switch kind {
    case 1u: { return made * (1.0 - made); }
    case 2u: { return 1.0 - made * made; }
    case 3u: { return select(vec4f(), vec4f(1.0), made != vec4f()); }
    default: { return vec4f(1.0); }
  }
}
