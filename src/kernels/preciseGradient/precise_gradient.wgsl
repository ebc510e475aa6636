// Gradient of every feature under some columns in about float64: x^T residuals, one partial sum a block of rows.
//
// x, x_low    [tile][word][quad of the tile]   blocks of four features of four rows; what they have beyond f32
// residuals   [column][row]                    one residual each, as four pieces; 0 in padding rows
// partials    [column][block][word][2]         out: high and low parts of four features
//
// An invocation owns one word (four features) of one block of rows of one column; the host adds the blocks in float64.
// Grid: ceil(words / WORKGROUP) x blocks x columns. Sizes: WORKGROUP, TILE_QUADS.
struct Params {
  zero: u32,        // see twofold.wgsl
  words: u32,
  quads: u32,       // quads of this chunk
  offset: u32,      // quads before this chunk
  stride: u32,      // quads of all chunks
  block: u32,       // blocks before this chunk
  blocks: u32,      // blocks of all chunks
  tiles: u32,       // tiles a block
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> residuals: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> partials: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let word = id.x;
  if (word >= params.words) { return; }
  var sum = Sum();
  let begin = group.y * params.tiles * TILE_QUADS;
  let end = min(begin + params.tiles * TILE_QUADS, params.quads);
  for (var quad = begin; quad < end; quad++) {
    let at = (quad / TILE_QUADS * params.words + word) * TILE_QUADS + quad % TILE_QUADS;
    let rows = by_row(at);
    let low = low_by_row(at);
    let row = (group.z * params.stride + params.offset + quad) * 4u;
    sum = add_product(sum, rows[0], low[0], residuals[row]);
    sum = add_product(sum, rows[1], low[1], residuals[row + 1u]);
    sum = add_product(sum, rows[2], low[2], residuals[row + 2u]);
    sum = renormalised(add_product(sum, rows[3], low[3], residuals[row + 3u]));
  }
  let out = ((group.z * params.blocks + params.block + group.y) * params.words + word) * 2u;
  partials[out] = sum.high;
  partials[out + 1u] = sum.low;
}
