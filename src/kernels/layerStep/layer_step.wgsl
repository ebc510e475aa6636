// A step of the weights of a layer: the gradient of its rows and of the L2 penalty, and what the solver makes of it.
//
// inputs    [row][inQuad]           f32 of four inputs
// deltas    [row][outQuad]          how the loss of a row changes with the sums of four units; row 0 is the first of the batch
// weights   [input][outQuad]        in, out: f32 of four units; behind the inputs of all quads, a row of constant terms
// moments   [2][as weights]         in, out: Adam's means of gradients and of their squares; the last step of descent with momentum
// squares   [workgroup]             out, from squaresAt on: sum of the squares of the weights before the step, without constant terms
//
// An invocation has four inputs and ACROSS quads of units; those of the quad behind the last have a constant term. Grid:
// ceil(outQuads / ACROSS) x ceil((inQuads + 1) / WORKGROUP). Sizes: ACROSS, FOUR (4), WORKGROUP.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let quad = group.y * WORKGROUP + lane;
  let out = group.x * ACROSS;
  var sums = array<mat4x4f, ACROSS>();
  if (quad <= params.inQuads) {
    var source = params.firstRow * params.inQuads + min(quad, params.inQuads - 1u);
    for (var row = 0u; row < params.rows; row++) {
      let input = select(inputs[source], vec4f(1.0, 0.0, 0.0, 0.0), quad == params.inQuads);
      source += params.inQuads;
      for (var u = 0u; u < ACROSS; u++) {
        let delta = deltas[row * params.outQuads + quad_of(out + u)];
        for (var k = 0u; k < FOUR; k++) { sums[u][k] += input[k] * delta; }
      }
    }
  }
  take_all(quad, out, sums, group.y * groups.x + group.x, lane);
}
