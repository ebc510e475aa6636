// A step of the weights of a layer: the gradient of its rows and of the L2 penalty, and what the solver makes of it.
//
// inputs    [row][inQuad]           f32 of four inputs
// deltas    [row][outQuad]          how the loss of a row changes with the sums of four units; row 0 is the first of the batch
// weights   [input][outQuad]        in, out: f32 of four units; behind the inputs of all quads, a row of constant terms
// moments   [2][as weights]         in, out: Adam's means of gradients and of their squares; the last step of descent with momentum
// squares   [workgroup]             out, from squaresAt on: sum of the squares of the weights before the step, without constant terms
//
// An invocation has four inputs and four units; those of the quad behind the last have a constant term. Grid: ceil((inQuads + 1) *
// outQuads / WORKGROUP). Sizes: WORKGROUP.
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

var<workgroup> own: array<f32, WORKGROUP>;

fn take(at: u32, sum: vec4f, alpha: f32) {
  let before = weights[at];
  let gradient = (sum + alpha * before) / params.weightSum;
  if (params.solver == 0u) {
    let second = (params.inQuads * 4u + 1u) * params.outQuads + at;
    let m = params.first * moments[at] + (1.0 - params.first) * gradient;
    let v = params.second * moments[second] + (1.0 - params.second) * gradient * gradient;
    moments[at] = m;
    moments[second] = v;
    weights[at] = before - params.rate * m / (sqrt(v) + params.epsilon);
    return;
  }
  let velocity = params.first * moments[at] - params.rate * gradient;
  moments[at] = velocity;
  weights[at] = before + select(velocity, params.first * velocity - params.rate * gradient, params.solver == 2u);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let out = id.x % params.outQuads;
  let quad = id.x / params.outQuads;
  var square = 0.0;
  if (quad < params.inQuads) {
    var a = vec4f();
    var b = vec4f();
    var c = vec4f();
    var d = vec4f();
    var source = params.firstRow * params.inQuads + quad;
    var to = out;
    for (var row = 0u; row < params.rows; row++) {
      let input = inputs[source];
      let delta = deltas[to];
      a += input.x * delta;
      b += input.y * delta;
      c += input.z * delta;
      d += input.w * delta;
      source += params.inQuads;
      to += params.outQuads;
    }
    let at = quad * 4u * params.outQuads + out;
    let w0 = weights[at];
    let w1 = weights[at + params.outQuads];
    let w2 = weights[at + 2u * params.outQuads];
    let w3 = weights[at + 3u * params.outQuads];
    square = dot(w0, w0) + dot(w1, w1) + dot(w2, w2) + dot(w3, w3);
    take(at, a, params.alpha);
    take(at + params.outQuads, b, params.alpha);
    take(at + 2u * params.outQuads, c, params.alpha);
    take(at + 3u * params.outQuads, d, params.alpha);
  } else if (quad == params.inQuads) {
    var sum = vec4f();
    for (var row = 0u; row < params.rows; row++) { sum += deltas[row * params.outQuads + out]; }
    take(params.inQuads * 4u * params.outQuads + out, sum, 0.0);
  }
  own[lane] = square;
  workgroupBarrier();
  if (lane == 0u) {
    var sum = 0.0;
    for (var i = 0u; i < WORKGROUP; i++) { sum += own[i]; }
    squares[params.squaresAt + group.x] = sum;
  }
}
