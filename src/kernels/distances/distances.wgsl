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
struct Params {
  words: u32,
  centers: u32,   // centers a set
  first: u32,     // quad of this chunk where this launch begins
  end: u32,       // quad of this chunk where it ends
  offset: u32,    // where its outputs begin
  stride: u32,    // quads of outputs
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> scales: array<vec4f>;
@group(0) @binding(3) var<storage, read> centers: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> nearest: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> distances: array<vec4f>;

fn part(away: vec4f) -> vec4f {
  if (MANHATTAN == 1) { return abs(away); }
  return away * away;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let quad = params.first + id.x;
  if (quad >= params.end) { return; }
  let batch = group.y; // the set: WGSL keeps that word for itself
  let out = params.offset + id.x;
  let begin = (quad / TILE_QUADS) * params.words * TILE_QUADS + quad % TILE_QUADS;
  var best = vec4f();
  var code = vec4u();
  for (var first = 0u; first < params.centers; first += MODELS) {
    var sums = array<vec4f, MODELS>();
    var starts = array<u32, MODELS>();
    // Behind the last center it stands again, and is not looked at.
    for (var m = 0u; m < MODELS; m++) { starts[m] = (batch * params.centers + min(first + m, params.centers - 1u)) * params.words; }
    for (var word = 0u; word < params.words; word++) {
      let features = by_feature(begin + word * TILE_QUADS);
      let s = scales[word];
      for (var m = 0u; m < MODELS; m++) {
        let c = centers[starts[m] + word];
        sums[m] += part((features[0] - c.x) * s.x);
        sums[m] += part((features[1] - c.y) * s.y);
        sums[m] += part((features[2] - c.z) * s.z);
        sums[m] += part((features[3] - c.w) * s.w);
      }
    }
    for (var m = 0u; m < MODELS; m++) {
      let center = first + m;
      if (center < params.centers) {
        let closer = (sums[m] < best) | vec4<bool>(center == 0u);
        best = select(best, sums[m], closer);
        code = select(code, vec4u(center), closer);
        if (ALL == 1) { distances[(batch * params.centers + center) * params.stride + out] = sums[m]; }
      }
    }
  }
  nearest[batch * params.stride + out] = code;
  if (ALL == 0) { distances[batch * params.stride + out] = best; }
}
