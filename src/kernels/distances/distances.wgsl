// Distances of every row to every center of some sets, and the nearest center of each set: the sum of (scale * (x - center))^2,
// or of |scale * (x - center)|. Differences come first, so that nothing cancels.
//
// x          [tile][word][quad of the tile]  blocks of four features of four rows
// scales     [word]                          f32 of four features; 0 for the constant and behind it
// centers    [set][center][word]             f32 of four features
// nearest    [set][quad]                     out: the first of the nearest centers of each of four rows
// distances  ALL: [set][center][quad], else [set][quad], of the nearest   out: f32 of four rows
//
// An invocation owns four rows and takes MODELS centers at a time.
// Grid: ceil(quads to do / WORKGROUP) x sets. Sizes: ALL, MANHATTAN (0 or 1), MODELS, WORKGROUP, TILE_QUADS.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let quad = params.first + id.x;
  if (quad >= params.end) { return; }
  let batch = group.y; // the set: WGSL keeps that word for itself
  let out = params.offset + id.x;
  let begin = (quad / TILE_QUADS) * params.words * TILE_QUADS + quad % TILE_QUADS;
  var best = Best();
  for (var first = 0u; first < params.centers; first += MODELS) {
    var sums = array<vec4f, MODELS>();
    var starts = array<u32, MODELS>();
    // Behind the last center it stands again, and is not looked at.
    for (var m = 0u; m < MODELS; m++) { starts[m] = (batch * params.centers + min(first + m, params.centers - 1u)) * params.words; }
    for (var word = 0u; word < params.words; word++) {
      let features = by_feature(begin + word * TILE_QUADS);
      let scale = scales[word];
      for (var m = 0u; m < MODELS; m++) { sums[m] += part(features, centers[starts[m] + word], scale); }
    }
    for (var m = 0u; m < MODELS; m++) {
      let center = first + m;
      if (center < params.centers) {
        best = better(best, center, sums[m]);
        if (ALL == 1) { distances[(batch * params.centers + center) * params.stride + out] = sums[m]; }
      }
    }
  }
  nearest[batch * params.stride + out] = best.code;
  if (ALL == 0) { distances[batch * params.stride + out] = best.distance; }
}
