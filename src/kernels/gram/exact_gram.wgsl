// Products of every two features of bytes, summed over blocks of a range of rows: X^T X, without any rounding.
//
// x           [tile][word][quad of the tile]   blocks of four features of four rows
// partials    [block][pair of words][4]        out: u32 of each feature of the second word with the four of the first
//
// As gram.wgsl, for bytes that count once each, at a tenth of its work: f32 holds the sum of 256 products of bytes, and u32 that of
// EXACT_ROWS. An invocation owns ACROSS x ACROSS pairs of words, so that each block that it loads and takes apart is used as often.
// Grid: ceil(words / (SIDE * ACROSS)) in x and y, x blocks. Sizes: SIDE, ACROSS, TILE_QUADS; FOUR is 4.
struct Params {
  words: u32,
  first: u32,       // row of this chunk where the range begins
  end: u32,         // row behind its last
  block: u32,       // rows a block, at most EXACT_ROWS
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4u>;

const EXACT_QUADS = 64u; // 256 * 255 * 255 < 2^24

@compute @workgroup_size(SIDE, SIDE)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = id.x * ACROSS;
  let b = id.y * ACROSS;
  if (b + ACROSS <= a || a >= params.words || b >= params.words) { return; }
  let begin = params.first + id.z * params.block;
  let end = min(begin + params.block, params.end);
  let last = (end + 3u) / 4u;
  var totals = array<array<array<vec4u, FOUR>, ACROSS>, ACROSS>();
  for (var start = begin / 4u; start < last; start += EXACT_QUADS) {
    var sums = array<array<array<vec4f, FOUR>, ACROSS>, ACROSS>();
    let to = min(start + EXACT_QUADS, last);
    for (var quad = start; quad < to; quad++) {
      let at = quad / TILE_QUADS * params.words * TILE_QUADS + quad % TILE_QUADS;
      let counted = vec4f(inside(quad, begin, end));
      var left = array<mat4x4f, ACROSS>();
      // Behind the last word it stands again, and is not written.
      for (var i = 0u; i < ACROSS; i++) { left[i] = by_row(at + min(a + i, params.words - 1u) * TILE_QUADS); }
      for (var j = 0u; j < ACROSS; j++) {
        let right = by_feature(at + min(b + j, params.words - 1u) * TILE_QUADS);
        for (var c = 0u; c < FOUR; c++) {
          let rows = right[c] * counted;
          for (var i = 0u; i < ACROSS; i++) { sums[i][j][c] += left[i] * rows; }
        }
      }
    }
    for (var i = 0u; i < ACROSS; i++) {
      for (var j = 0u; j < ACROSS; j++) {
        for (var c = 0u; c < FOUR; c++) { totals[i][j][c] += vec4u(sums[i][j][c]); }
      }
    }
  }
  for (var i = 0u; i < ACROSS; i++) {
    for (var j = 0u; j < ACROSS; j++) {
      if (b + j >= a + i && b + j < params.words) {
        let out = pair_at(id.z, a + i, b + j) * FOUR;
        for (var c = 0u; c < FOUR; c++) { partials[out + c] = totals[i][j][c]; }
      }
    }
  }
}
