// layer_back.wgsl for adapters with subgroups: same buffers, same sums in the same order.
//
// As in dense_layer_subgroups.wgsl, each lane of a subgroup loads the weights of another unit, and the subgroup hands them round.
//
// Grid: ceil(inQuads / ACROSS) x ceil(ceil(rows / 4) / WORKGROUP). WORKGROUP is a multiple of the subgroup's lanes: a lane that is
// not there has nothing to hand on. Sizes: ACROSS, FOUR (4), WORKGROUP.
@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  // Lanes past the last row stay to hand weights round.
  let row = (group.y * WORKGROUP + local) * 4u;
  let quad = group.x * ACROSS;
  var at = places_of(row);
  var sums = Sums();
  let count = params.outQuads * 4u;
  for (var begin = 0u; begin < count; begin += lanes) {
    var own = array<vec4f, ACROSS>();
    for (var u = 0u; u < ACROSS; u++) { own[u] = weights_of(quad + u, min(begin + lane, count - 1u)); }
    let end = min(lanes, count - begin);
    for (var k = 0u; k < end; k += 4u) {
      let rows = mat4x4f(deltas[at.x], deltas[at.y], deltas[at.z], deltas[at.w]);
      at += vec4u(1u);
      for (var i = 0u; i < FOUR; i++) {
        for (var u = 0u; u < ACROSS; u++) {
          let weight = subgroupShuffle(own[u], k + i);
          for (var r = 0u; r < FOUR; r++) { sums[u][r] += rows[r][i] * weight; }
        }
      }
    }
  }
  write_before(row, quad, sums);
}
