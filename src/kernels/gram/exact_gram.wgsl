// Products of every two features of bytes, summed over blocks of a range of rows: X^T X, without any rounding.
//
// x           [tile][word][quad of the tile]   blocks of four features of four rows
// partials    [block][pair of words][4][2]     out: as gram.wgsl writes them
//
// As gram.wgsl, for bytes that count once each, at a tenth of its work: f32 holds the sum of 256 products of bytes, and high
// and low parts hold the sums of those as far as 2^48, 4e9 rows.
// Grid: ceil(words / SIDE) x ceil(words / SIDE) x blocks. Sizes: SIDE, TILE_QUADS; FOUR is 4.
struct Params {
  zero: u32,        // see twofold.wgsl
  words: u32,
  first: u32,       // row of this chunk where the range begins
  end: u32,         // row behind its last
  block: u32,       // rows a block
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>;

const EXACT_QUADS = 64u; // 256 * 255 * 255 < 2^24

@compute @workgroup_size(SIDE, SIDE)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = id.x;
  let b = id.y;
  if (b < a || b >= params.words) { return; }
  let begin = params.first + id.z * params.block;
  let end = min(begin + params.block, params.end);
  let last = (end + 3u) / 4u;
  var totals = array<Sum, FOUR>();
  for (var start = begin / 4u; start < last; start += EXACT_QUADS) {
    var sums = array<vec4f, FOUR>();
    let to = min(start + EXACT_QUADS, last);
    for (var quad = start; quad < to; quad++) {
      let at = quad / TILE_QUADS * params.words * TILE_QUADS + quad % TILE_QUADS;
      let left = by_row(at + a * TILE_QUADS);
      let right = by_feature(at + b * TILE_QUADS);
      let counted = vec4f(inside(quad, begin, end));
      for (var c = 0u; c < FOUR; c++) { sums[c] += left * (right[c] * counted); }
    }
    for (var c = 0u; c < FOUR; c++) { totals[c] = renormalised(two_sum(totals[c], sums[c])); }
  }
  let out = pair_at(id.z, a, b);
  for (var c = 0u; c < FOUR; c++) {
    partials[out + c * 2u] = totals[c].high;
    partials[out + c * 2u + 1u] = totals[c].low;
  }
}
