// gradient.wgsl for adapters with subgroups: same buffers, same grid, same sums in the same order.
//
// A load from the same address by every lane is not free: lavapipe makes it as many loads as there are lanes. So each lane
// of a subgroup loads the residuals of another quad, and the subgroup hands them round. WORKGROUP is a multiple of the
// subgroup's lanes: a lane that is not there has nothing to hand on.
@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  // Lanes past the end stay to hand residuals round; they read the last word and write nothing.
  let word = min(id.x, params.words - 1u);
  let first = params.first + group.y * MODELS;
  var slots = array<u32, MODELS>();
  for (var m = 0u; m < MODELS; m++) {
    slots[m] = columns[first + m].slot * params.stride + params.offset;
  }
  var totals = array<vec4f, MODELS>();
  let begin = group.z * params.tiles * TILE_QUADS;
  let end = min(begin + params.tiles * TILE_QUADS, params.quads);
  for (var tile = begin; tile < end; tile += TILE_QUADS) {
    let at = tile * params.words + word * TILE_QUADS;
    var sums = array<vec4f, MODELS>(); // of one tile: short f32 runs
    for (var q = 0u; q < TILE_QUADS; q += lanes) {
      var own = array<vec4f, MODELS>();
      for (var m = 0u; m < MODELS; m++) { own[m] = residuals[slots[m] + min(tile + q + lane, params.quads - 1u)]; }
      // Quads are whole tiles. A bound known only at run time keeps drivers from unrolling past the instruction cache.
      let count = min(min(lanes, TILE_QUADS - q), params.quads);
      for (var i = 0u; i < count; i++) {
        let rows = by_row(at + q + i);
        for (var m = 0u; m < MODELS; m++) {
          let r = subgroupShuffle(own[m], i);
          sums[m] += rows[0] * r.x;
          sums[m] += rows[1] * r.y;
          sums[m] += rows[2] * r.z;
          sums[m] += rows[3] * r.w;
        }
      }
    }
    for (var m = 0u; m < MODELS; m++) { totals[m] += sums[m]; }
  }
  if (id.x >= params.words) { return; }
  for (var m = 0u; m < MODELS; m++) {
    partials[((params.block + group.z) * params.columns + first + m) * params.words + word] = totals[m];
  }
}
