// layer_step.wgsl for adapters with subgroups: same buffers, same sums in the same order.
//
// Every lane needs the same deltas, and a load from one address by all of them is not free. So each lane of a subgroup loads those of
// another row, and the subgroup hands them round.
//
// Grid: ceil(outQuads / ACROSS) x ceil((inQuads + 1) / WORKGROUP). WORKGROUP is a multiple of the subgroup's lanes: a lane that is
// not there has nothing to hand on. Sizes: ACROSS, FOUR (4), WORKGROUP.
@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  let quad = group.y * WORKGROUP + local;
  let out = group.x * ACROSS;
  var sums = array<mat4x4f, ACROSS>();
  // Lanes behind the last quad stay to hand deltas round.
  var source = params.firstRow * params.inQuads + min(quad, params.inQuads - 1u);
  for (var begin = 0u; begin < params.rows; begin += lanes) {
    var own = array<vec4f, ACROSS>();
    let row = min(begin + lane, params.rows - 1u) * params.outQuads;
    for (var u = 0u; u < ACROSS; u++) { own[u] = deltas[row + quad_of(out + u)]; }
    let count = min(lanes, params.rows - begin);
    for (var i = 0u; i < count; i++) {
      let input = select(inputs[source], vec4f(1.0, 0.0, 0.0, 0.0), quad == params.inQuads);
      source += params.inQuads;
      for (var u = 0u; u < ACROSS; u++) {
        let delta = subgroupShuffle(own[u], i);
        for (var k = 0u; k < FOUR; k++) { sums[u][k] += input[k] * delta; }
      }
    }
  }
  take_all(quad, out, sums, group.y * groups.x + group.x, local);
}
