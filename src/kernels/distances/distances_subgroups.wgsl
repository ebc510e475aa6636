// distances.wgsl for adapters with subgroups: same buffers, same sums in the same order.
//
// Every lane needs the same centers, and a load from one address by all of them is not free. So each lane of a subgroup loads the
// centers of another word, and the subgroup hands them round.
//
// Grid: ceil(quads to do / WORKGROUP) x sets. WORKGROUP is a multiple of the subgroup's lanes: a lane that is not there has nothing
// to hand on. Sizes: ALL, MANHATTAN (0 or 1), MODELS, WORKGROUP, TILE_QUADS.
@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  // Lanes past the end stay to hand centers round; they read the last quad and write nothing.
  let quad = min(params.first + id.x, params.end - 1u);
  let batch = group.y; // the set: WGSL keeps that word for itself
  let out = params.offset + id.x;
  let begin = (quad / TILE_QUADS) * params.words * TILE_QUADS + quad % TILE_QUADS;
  let real = params.first + id.x < params.end;
  var best = Best();
  for (var first = 0u; first < params.centers; first += MODELS) {
    var sums = array<vec4f, MODELS>();
    for (var start = 0u; start < params.words; start += lanes) {
      let own_word = min(start + lane, params.words - 1u);
      let own_scale = scales[own_word];
      var own = array<vec4f, MODELS>();
      // Behind the last center it stands again, and is not looked at.
      for (var m = 0u; m < MODELS; m++) { own[m] = centers[(batch * params.centers + min(first + m, params.centers - 1u)) * params.words + own_word]; }
      let count = min(lanes, params.words - start);
      for (var word = 0u; word < count; word++) {
        let features = by_feature(begin + (start + word) * TILE_QUADS);
        let scale = subgroupShuffle(own_scale, word);
        for (var m = 0u; m < MODELS; m++) { sums[m] += part(features, subgroupShuffle(own[m], word), scale); }
      }
    }
    for (var m = 0u; m < MODELS; m++) {
      let center = first + m;
      if (center < params.centers && real) {
        best = better(best, center, sums[m]);
        if (ALL == 1) { distances[(batch * params.centers + center) * params.stride + out] = sums[m]; }
      }
    }
  }
  if (!real) { return; }
  nearest[batch * params.stride + out] = best.code;
  if (ALL == 0) { distances[batch * params.stride + out] = best.distance; }
}
