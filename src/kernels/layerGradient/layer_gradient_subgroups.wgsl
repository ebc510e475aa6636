// layer_gradient.wgsl for adapters with subgroups: same buffers, same sums in the same order.
//
// Every lane needs the same deltas, and a load from one address by all of them is not free. So each lane of a subgroup loads those of
// another row, and the subgroup hands them round.
//
// Grid: ceil(outQuads / ACROSS) x ceil((inQuads + 1) / WORKGROUP) x parts. WORKGROUP is a multiple of the subgroup's lanes: a lane that
// is not there has nothing to hand on. Sizes: ACROSS, FOUR (4), WORKGROUP.
@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  // Lanes behind the last quad stay to hand deltas round.
  let place = group.y * WORKGROUP + local;
  let quad = quad_at(place);
  let out = group.x * ACROSS;
  var sums = Sums();
  // A workgroup has no rows to look at where none of its quads is there.
  let last = select(0u, min((group.z + 1u) * params.partRows, params.rows), group.y * WORKGROUP <= params.presentQuads);
  for (var begin = group.z * params.partRows; begin < last; begin += lanes) {
    var own = array<vec4f, ACROSS>();
    let row = min(begin + lane, last - 1u) * params.outQuads;
    for (var u = 0u; u < ACROSS; u++) { own[u] = deltas[row + quad_of(out + u)]; }
    let count = min(lanes, last - begin);
    for (var i = 0u; i < count; i++) {
      let input = inputs_of(begin + i, quad);
      for (var u = 0u; u < ACROSS; u++) {
        let delta = subgroupShuffle(own[u], i);
        for (var k = 0u; k < FOUR; k++) { sums[u][k] += input[k] * delta; }
      }
    }
  }
  write_sums(group.z, place, quad, out, sums);
}
