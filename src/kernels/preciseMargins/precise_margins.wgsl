// Margins of every row under some columns in about float64: x weights, for what f32 cannot tell from zero.
//
// x, x_low    [tile][word][quad of the tile]  blocks of four features of four rows; what they have beyond f32
// weights     [column][word][4]               one feature of a column each, as four pieces
// margins     [column][quad][2]               out: high and low parts of four rows
//
// An invocation owns four rows of one column. Grid: ceil(quads / WORKGROUP) x columns. Sizes: WORKGROUP, TILE_QUADS.
struct Params {
  zero: u32,        // see twofold.wgsl
  words: u32,
  quads: u32,       // quads of this chunk
  offset: u32,      // quads before this chunk
  stride: u32,      // quads of all chunks
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> margins: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let quad = id.x;
  if (quad >= params.quads) { return; }
  var sum = Sum();
  var at = (quad / TILE_QUADS) * params.words * TILE_QUADS + quad % TILE_QUADS;
  var weight = group.y * params.words * 4u;
  for (var word = 0u; word < params.words; word++) {
    let features = by_feature(at);
    let low = low_by_feature(at);
    sum = add_product(sum, features[0], low[0], weights[weight]);
    sum = add_product(sum, features[1], low[1], weights[weight + 1u]);
    sum = add_product(sum, features[2], low[2], weights[weight + 2u]);
    sum = renormalised(add_product(sum, features[3], low[3], weights[weight + 3u]));
    at += TILE_QUADS;
    weight += 4u;
  }
  let out = (group.y * params.stride + params.offset + quad) * 2u;
  margins[out] = sum.high;
  margins[out + 1u] = sum.low;
}
