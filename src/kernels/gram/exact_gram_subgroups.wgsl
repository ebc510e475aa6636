// exact_gram.wgsl for adapters with subgroups: the same sums, with less work where bytes are zero.
//
// order       [word]                           words as pairs have them: those first that are zero in most rows
//
// Lanes own words side by side, all of them with the same ACROSS words before those, and a load from one address by every lane is
// not free. So each lane of a subgroup loads another quad of these, and the subgroup hands them round: those quads in which any of
// them is not zero, so that few words that are mostly zero share their quads. An invocation owns ACROSS x DOWN pairs of words.
// Products of bytes are one instruction for eight lanes on lavapipe, which multiplies and adds floats in two.
//
// Grid: ceil(words / ACROSS) x ceil(words / (WORKGROUP * DOWN)) x blocks. WORKGROUP is a multiple of the subgroup's lanes: a lane
// that is not there has nothing to hand on. Sizes: ACROSS, DOWN, WORKGROUP, TILE_QUADS; FOUR is 4.
struct Params {
  words: u32,
  first: u32,       // row of this chunk where the range begins
  end: u32,         // row behind its last
  block: u32,       // rows a block, at most EXACT_ROWS
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> partials: array<vec4u>;

fn place_of(quad: u32) -> u32 {
  return quad / TILE_QUADS * params.words * TILE_QUADS + quad % TILE_QUADS;
}

// A block as four words, one a feature, whose bytes are four rows.
fn by_rows(rows: vec4u) -> vec4u {
  let even = rows & vec4u(0x00ff00ffu);
  let odd = (rows >> vec4u(8u)) & vec4u(0x00ff00ffu);
  let first = even.xz | (even.yw << vec2u(8u)); // features 0 and 2 of rows 0 and 1, of rows 2 and 3
  let second = odd.xz | (odd.yw << vec2u(8u)); // features 1 and 3
  return vec4u(
    (first.x & 0xffffu) | (first.y << 16u),
    (second.x & 0xffffu) | (second.y << 16u),
    (first.x >> 16u) | (first.y & 0xffff0000u),
    (second.x >> 16u) | (second.y & 0xffff0000u));
}

// Of such a word, the bytes of rows that are in a range.
fn bytes_inside(quad: u32, begin: u32, end: u32) -> vec4u {
  let bytes = select(vec4u(), vec4u(0xffu, 0xff00u, 0xff0000u, 0xff000000u), inside(quad, begin, end));
  return vec4u(bytes.x | bytes.y | bytes.z | bytes.w);
}

// Of four features with one, over four rows.
fn products(four: vec4u, one: u32) -> vec4u {
  return vec4u(dot4U8Packed(four.x, one), dot4U8Packed(four.y, one), dot4U8Packed(four.z, one), dot4U8Packed(four.w, one));
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  let a = group.x * ACROSS;
  let least = a + group.y * WORKGROUP * DOWN;
  if (least >= params.words) { return; }
  let b = least + local / lanes * lanes * DOWN + lane;
  let begin = params.first + group.z * params.block;
  let end = min(begin + params.block, params.end);
  // Behind the last word it stands again, and is not written.
  var left_at = array<u32, ACROSS>();
  for (var i = 0u; i < ACROSS; i++) { left_at[i] = order[min(a + i, params.words - 1u)] * TILE_QUADS; }
  var right_at = array<u32, DOWN>();
  for (var j = 0u; j < DOWN; j++) { right_at[j] = order[min(b + j * lanes, params.words - 1u)] * TILE_QUADS; }
  let last = (end + 3u) / 4u;
  var sums = array<array<array<vec4u, FOUR>, DOWN>, ACROSS>();
  for (var start = begin / 4u; start < last; start += lanes) {
    let mine = min(start + lane, last - 1u);
    let counted = bytes_inside(mine, begin, end);
    var own = array<vec4u, ACROSS>();
    var some = vec4u();
    for (var i = 0u; i < ACROSS; i++) {
      own[i] = by_rows(x[place_of(mine) + left_at[i]]) & counted;
      some |= own[i];
    }
    // Behind the last quad it stands again, and does not count.
    let filled = subgroupBallot(any(some != vec4u()) && start + lane < last);
    for (var part = 0u; part < lanes; part += 32u) {
      // What a subgroup votes on is the same for all of its lanes, which only the compiler cannot know.
      @diagnostic(off, subgroup_uniformity)
      for (var rest = filled[part / 32u]; rest != 0u; rest &= rest - 1u) {
        let quad = part + firstTrailingBit(rest);
        let at = place_of(start + quad);
        var right = array<vec4u, DOWN>();
        for (var j = 0u; j < DOWN; j++) { right[j] = by_rows(x[at + right_at[j]]); }
        for (var i = 0u; i < ACROSS; i++) {
          let left = subgroupShuffle(own[i], quad);
          for (var j = 0u; j < DOWN; j++) {
            for (var c = 0u; c < FOUR; c++) { sums[i][j][c] += products(left, right[j][c]); }
          }
        }
      }
    }
  }
  for (var i = 0u; i < ACROSS; i++) {
    for (var j = 0u; j < DOWN; j++) {
      let word = b + j * lanes;
      if (word >= a + i && word < params.words) {
        let out = pair_at(group.z, a + i, word) * FOUR;
        for (var c = 0u; c < FOUR; c++) { partials[out + c] = sums[i][j][c]; }
      }
    }
  }
}
