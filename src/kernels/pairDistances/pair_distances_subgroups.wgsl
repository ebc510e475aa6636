// pair_distances.wgsl for adapters with subgroups: same buffers, same grid, same sums in the same order.
//
// A load from the same address by every lane is not free: lavapipe makes it as many loads as there are lanes. So each lane
// of a subgroup loads the rows of another word, and the subgroup hands them round. WORKGROUP is a multiple of the subgroup's
// lanes: a lane that is not there has nothing to hand on.
@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  // Lanes past the end stay to hand rows round; they read the last quad and write nothing.
  let quad = min(group.y * WORKGROUP + local, params.asked - 1u);
  let block = params.first + group.x * QUADS;
  var at = quad / X_TILE * params.words * X_TILE + quad % X_TILE;
  let row = block / ROW_TILE * params.words * ROW_TILE + block % ROW_TILE;
  var sums = array<array<Sums, FOUR>, QUADS>();
  for (var begin = 0u; begin < params.words; begin += lanes) {
    let mine = row + min(begin + lane, params.words - 1u) * ROW_TILE;
    var own = array<Block, QUADS>();
    for (var q = 0u; q < QUADS; q++) { own[q] = rows[mine + q]; }
    let count = min(lanes, params.words - begin);
    for (var word = 0u; word < count; word++) {
      let asked = x[at];
      for (var q = 0u; q < QUADS; q++) {
        let four = Block(
          subgroupShuffle(own[q][0], word), subgroupShuffle(own[q][1], word), subgroupShuffle(own[q][2], word), subgroupShuffle(own[q][3], word));
        if (adds(four)) {
          for (var r = 0u; r < FOUR; r++) { sums[q][r] = added(sums[q][r], asked, four[r]); }
        }
      }
      at += X_TILE;
    }
  }
  if (group.y * WORKGROUP + local >= params.asked) { return; }
  for (var q = 0u; q < QUADS; q++) {
    if (block + q < params.end) {
      let out = (group.x * QUADS + q) * 4u;
      for (var r = 0u; r < FOUR; r++) { distances[(out + r) * params.asked + quad] = distance_of(sums[q][r], quad, block + q, r); }
    }
  }
}
