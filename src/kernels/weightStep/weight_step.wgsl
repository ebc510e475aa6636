// A step of the weights of a layer: the gradient of its rows and of the L2 penalty, and what the solver makes of it.
//
// parts     [part][quad]            sums over rows, whose sum over parts is the gradient of four weights
// weights   [quad]                  in, out: f32 of four weights; the last of them, from `constants` on, are constant terms
// moments   [2][quad]               in, out: as in moved.wgsl
// squares   [workgroup]             out, from squaresAt on: sum of the squares of the weights before the step, without constant terms
//
// An invocation has EACH quads: a sum over a workgroup costs more than a step. Grid: ceil(quads / (EACH * WORKGROUP)).
// Sizes: EACH, WORKGROUP.
struct Params {
  quads: u32,
  constants: u32,
  parts: u32,
  // as in moved.wgsl
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
@group(0) @binding(1) var<storage, read> parts: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> moments: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> squares: array<f32>;

var<workgroup> lane_squares: array<f32, WORKGROUP>;

// Takes a step of four weights. Gives the square of what was there.
fn take(at: u32, alpha: f32) -> f32 {
  var sum = vec4f();
  for (var part = 0u; part < params.parts; part++) { sum += parts[part * params.quads + at]; }
  let before = weights[at];
  weights[at] = moved(params.solver, params.quads, at, before, (sum + alpha * before) / params.weightSum);
  return dot(before, before);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var square = 0.0;
  for (var i = 0u; i < EACH; i++) {
    let at = (group.x * EACH + i) * WORKGROUP + lane;
    if (at < params.quads) {
      let is_weight = at < params.constants;
      let was = take(at, select(0.0, params.alpha, is_weight));
      square += select(0.0, was, is_weight);
    }
  }
  lane_squares[lane] = square;
  workgroupBarrier();
  if (lane == 0u) {
    var sum = 0.0;
    for (var i = 0u; i < WORKGROUP; i++) { sum += lane_squares[i]; }
    squares[params.squaresAt + group.x] = sum;
  }
}
