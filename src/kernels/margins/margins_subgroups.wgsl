// margins.wgsl for adapters with subgroups: same buffers, same grid, same sums in the same order.
//
// A load from the same address by every lane is not free: lavapipe makes it as many loads as there are lanes. So each lane
// of a subgroup loads the weights of another word, and the subgroup hands them round.
struct Params {
  words: u32,
  quads: u32,       // quads of this chunk
  offset: u32,      // quads before this chunk
  stride: u32,      // quads of all chunks
  first: u32,
  weight: u32,      // where the group's weights begin
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read> columns: array<Column>;
@group(0) @binding(4) var<storage, read_write> direction: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> margins: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32, @builtin(subgroup_size) lanes: u32) {
  // Lanes past the end stay to hand weights round; they read the last quad and write nothing.
  let quad = min(id.x, params.quads - 1u);
  var sums: array<vec4f, MODELS>;
  var at = (quad / TILE_QUADS) * params.words * TILE_QUADS + quad % TILE_QUADS;
  for (var begin = 0u; begin < params.words; begin += lanes) {
    let weight = params.weight + min(begin + lane, params.words - 1u) * MODELS;
    var own: array<vec4f, MODELS>;
    for (var m = 0u; m < MODELS; m++) { own[m] = weights[weight + m]; }
    let count = min(lanes, params.words - begin);
    for (var word = 0u; word < count; word++) {
      let features = by_feature(at);
      at += TILE_QUADS;
      for (var m = 0u; m < MODELS; m++) {
        let w = subgroupShuffle(own[m], word);
        sums[m] += features[0] * w.x;
        sums[m] += features[1] * w.y;
        sums[m] += features[2] * w.z;
        sums[m] += features[3] * w.w;
      }
    }
  }
  if (id.x >= params.quads) { return; }
  for (var m = 0u; m < MODELS; m++) {
    let column = columns[params.first + m];
    let i = column.slot * params.stride + params.offset + quad;
    margins[i] += column.step * direction[i];
    direction[i] = sums[m];
  }
}
