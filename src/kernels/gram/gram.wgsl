// Weighted products of every two features, summed over blocks of a range of rows, in about float64: X^T W X.
//
// x, x_low    [tile][word][quad of the tile]   blocks of four features of four rows; what they have beyond f32
// weights     [quad]                           f32 of four rows
// partials    [block][pair of words][4][2]     out: for each feature of the second word, high and low parts of its sums
//                                              with the four of the first
//
// An invocation owns one pair of words, the second not before the first, over one block of rows; the host adds the blocks
// in float64. Rows outside the range weigh nothing, so that a range begins and ends anywhere.
// Grid: ceil(words / SIDE) x ceil(words / SIDE) x blocks. Sizes: SIDE, TILE_QUADS; FOUR is 4.
struct Params {
  zero: u32,        // see twofold.wgsl
  words: u32,
  offset: u32,      // quads before this chunk
  first: u32,       // row of this chunk where the range begins
  end: u32,         // row behind its last
  block: u32,       // rows a block
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> partials: array<vec4f>;

@compute @workgroup_size(SIDE, SIDE)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = id.x;
  let b = id.y;
  if (b < a || b >= params.words) { return; }
  let begin = params.first + id.z * params.block;
  let end = min(begin + params.block, params.end);
  var sums = array<Sum, FOUR>();
  for (var quad = begin / 4u; quad < (end + 3u) / 4u; quad++) {
    let at = quad / TILE_QUADS * params.words * TILE_QUADS + quad % TILE_QUADS;
    let left = by_row(at + a * TILE_QUADS);
    let left_low = low_by_row(at + a * TILE_QUADS);
    let right = by_row(at + b * TILE_QUADS);
    let right_low = low_by_row(at + b * TILE_QUADS);
    let weight = select(vec4f(), weights[params.offset + quad], inside(quad, begin, end));
    for (var r = 0u; r < FOUR; r++) {
      // The weighted features as three pieces: the f32 product to 12 bits, its rest, and what the rounding left out.
      let product = opaque(right[r] * weight[r]);
      let z_top = top_of(right[r]);
      let z_rest = right[r] - z_top;
      let w = vec4f(weight[r]);
      let w_top = top_of(w);
      let w_rest = w - w_top;
      let left_out = (z_top * w_top - product) + z_top * w_rest + z_rest * w_top + z_rest * w_rest + right_low[r] * w;
      let head = top_of(product);
      let tail = product - head;
      for (var c = 0u; c < FOUR; c++) {
        sums[c] = add_product(sums[c], left[r], left_low[r], vec4f(head[c], tail[c], left_out[c], 0.0));
      }
    }
    for (var c = 0u; c < FOUR; c++) { sums[c] = renormalised(sums[c]); }
  }
  let out = pair_at(id.z, a, b) * 8u;
  for (var c = 0u; c < FOUR; c++) {
    partials[out + c * 2u] = sums[c].high;
    partials[out + c * 2u + 1u] = sums[c].low;
  }
}

fn top_of(value: vec4f) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(value) & vec4u(0xfffff000u));
}
