// margins.wgsl for adapters with subgroups: same buffers, same sums in the same order.
//
// A load from the same address by every lane is not free: lavapipe makes it as many loads as there are lanes. So each lane
// of a subgroup loads the weights of another word, and the subgroup hands them round. An invocation owns QUADS quads.
//
// Grid: ceil(quads / (WORKGROUP * QUADS)) x groups. WORKGROUP is a multiple of the subgroup's lanes: a lane that is not
// there has nothing to hand on. Sizes: MODELS, WORKGROUP, TILE_QUADS, QUADS.
@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  // Lanes past the end stay to hand weights round; they read the last quads and write nothing.
  let quad = min(id.x * QUADS, params.quads - QUADS);
  let first = params.first + group.y * MODELS;
  var sums = array<array<vec4f, QUADS>, MODELS>();
  var at = (quad / TILE_QUADS) * params.words * TILE_QUADS + quad % TILE_QUADS;
  for (var begin = 0u; begin < params.words; begin += lanes) {
    let weight = first * params.words + min(begin + lane, params.words - 1u) * MODELS;
    var own = array<vec4f, MODELS>();
    for (var m = 0u; m < MODELS; m++) { own[m] = weights[weight + m]; }
    let count = min(lanes, params.words - begin);
    for (var word = 0u; word < count; word++) {
      var features = array<mat4x4f, QUADS>();
      for (var q = 0u; q < QUADS; q++) { features[q] = by_feature(at + q); }
      at += TILE_QUADS;
      for (var m = 0u; m < MODELS; m++) {
        let w = subgroupShuffle(own[m], word);
        for (var q = 0u; q < QUADS; q++) {
          sums[m][q] += features[q][0] * w.x;
          sums[m][q] += features[q][1] * w.y;
          sums[m][q] += features[q][2] * w.z;
          sums[m][q] += features[q][3] * w.w;
        }
      }
    }
  }
  if (id.x * QUADS >= params.quads) { return; }
  for (var m = 0u; m < MODELS; m++) {
    let column = columns[first + m];
    for (var q = 0u; q < QUADS; q++) {
      let i = column.slot * params.stride + params.offset + quad + q;
      margins[i] += column.step * direction[i];
      direction[i] = sums[m][q];
    }
  }
}
