// dense_layer.wgsl for adapters with subgroups: same buffers, same sums in the same order.
//
// Every lane needs the same weights, and a load from one address by all of them is not free. So each lane of a subgroup loads those
// of another input, and the subgroup hands them round.
//
// Grid: ceil(outQuads / ACROSS) x ceil(ceil(rows / 4) / WORKGROUP). WORKGROUP is a multiple of the subgroup's lanes: a lane that is
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
  let out = group.x * ACROSS;
  let at = places_of(row);
  var sums = constants(out);
  let count = params.presentQuads * 4u;
  for (var begin = 0u; begin < count; begin += lanes) {
    var own = array<vec4f, ACROSS>();
    let mine = min(begin + lane, count - 1u);
    let quad = present[params.presentAt + mine / 4u];
    let input = (quad * 4u + mine % 4u) * params.outQuads;
    for (var u = 0u; u < ACROSS; u++) { own[u] = weights[input + quad_of(out + u)]; }
    let end = min(lanes, count - begin);
    for (var k = 0u; k < end; k += 4u) {
      let here = at + subgroupShuffle(quad, k);
      let rows = mat4x4f(inputs[here.x], inputs[here.y], inputs[here.z], inputs[here.w]);
      for (var i = 0u; i < FOUR; i++) {
        for (var u = 0u; u < ACROSS; u++) {
          let weight = subgroupShuffle(own[u], k + i);
          for (var r = 0u; r < FOUR; r++) { sums[u][r] += rows[r][i] * weight; }
        }
      }
    }
  }
  write_made(row, out, sums);
}
