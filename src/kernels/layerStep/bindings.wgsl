// What both forms of layer_step.wgsl share.
struct Params {
  rows: u32,
  firstRow: u32,
  inQuads: u32,
  outQuads: u32,
  // 0 adam, 1 descent with momentum, 2 with Nesterov's
  solver: u32,
  squaresAt: u32,
  alpha: f32,
  weightSum: f32,
  rate: f32,
  // beta1, or the momentum
  first: f32,
  second: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> inputs: array<vec4f>;
@group(0) @binding(2) var<storage, read> deltas: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> weights: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> moments: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> squares: array<f32>;

var<workgroup> lane_squares: array<f32, WORKGROUP>;

// Quads behind the last one are the last one again, and not written.
fn quad_of(out: u32) -> u32 { return min(out, params.outQuads - 1u); }

// Takes a step of four units of an input, whose gradient is a sum over rows. Gives the square of what was there.
fn take(at: u32, sum: vec4f, alpha: f32) -> f32 {
  let before = weights[at];
  let gradient = (sum + alpha * before) / params.weightSum;
  if (params.solver == 0u) {
    let second = (params.inQuads * 4u + 1u) * params.outQuads + at;
    let m = params.first * moments[at] + (1.0 - params.first) * gradient;
    let v = params.second * moments[second] + (1.0 - params.second) * gradient * gradient;
    moments[at] = m;
    moments[second] = v;
    weights[at] = before - params.rate * m / (sqrt(v) + params.epsilon);
  } else {
    let velocity = params.first * moments[at] - params.rate * gradient;
    moments[at] = velocity;
    weights[at] = before + select(velocity, params.first * velocity - params.rate * gradient, params.solver == 2u);
  }
  return dot(before, before);
}

// Steps of a quad of inputs, that behind the last for constant terms, and ACROSS quads of units. Every lane comes here. A loop that no
// compiler unrolls: a text of as many steps takes llvmpipe 20 seconds.
fn take_all(quad: u32, out: u32, sums: array<mat4x4f, ACROSS>, group: u32, lane: u32) {
  var square = 0.0;
  let inputs_here = select(select(0u, 1u, quad == params.inQuads), 4u, quad < params.inQuads);
  let quads_here = min(ACROSS, params.outQuads - out);
  for (var i = 0u; i < inputs_here * quads_here; i++) {
    let unit = i % quads_here;
    let input = i / quads_here;
    var sum = vec4f();
    for (var u = 0u; u < ACROSS; u++) {
      for (var k = 0u; k < FOUR; k++) { sum = select(sum, sums[u][k], u == unit && k == input); }
    }
    let was = take((quad * 4u + input) * params.outQuads + out + unit, sum, select(0.0, params.alpha, quad < params.inQuads));
    square += select(0.0, was, quad < params.inQuads);
  }
  lane_squares[lane] = square;
  workgroupBarrier();
  if (lane == 0u) {
    var sum = 0.0;
    for (var i = 0u; i < WORKGROUP; i++) { sum += lane_squares[i]; }
    squares[params.squaresAt + group] = sum;
  }
}
