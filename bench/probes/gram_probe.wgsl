// The loads and the multiply-adds of exact_gram_subgroups.wgsl, as many and from the same places, and nothing else: nothing is turned,
// masked or kept, so that the numbers mean nothing; what is zero there is left out here too. What a sum of products of bytes can
// reach on this device at best. Words are handed round as they are there: LLVM makes one instruction of eight products only where it sees
// in the same stretch of code that their factors are bytes.
// Grid and sizes: those of exact_gram_subgroups.wgsl.
struct Params {
  words: u32,
  quads: u32,
  block: u32, // quads a block: what its workgroups load stays in the cache
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4u>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  let a = group.x * ACROSS;
  let least = a + group.y * WORKGROUP * DOWN;
  if (least >= params.words) { return; }
  let b = least + local / lanes * lanes * DOWN + lane;
  var left_at = array<u32, ACROSS>();
  for (var i = 0u; i < ACROSS; i++) { left_at[i] = order[min(a + i, params.words - 1u)] * TILE_QUADS; }
  var right_at = array<u32, DOWN>();
  for (var j = 0u; j < DOWN; j++) { right_at[j] = order[min(b + j * lanes, params.words - 1u)] * TILE_QUADS; }
  var own_sums = array<array<array<vec4u, FOUR>, DOWN>, ACROSS>();
  let end = min((group.z + 1u) * params.block, params.quads);
  for (var start = group.z * params.block; start < end; start += lanes) {
    let mine = min(start + lane, end - 1u);
    var left = array<vec4u, ACROSS>();
    var some = vec4u();
    for (var i = 0u; i < ACROSS; i++) {
      left[i] = x[place_of(mine) + left_at[i]];
      some |= left[i];
    }
    let filled = subgroupBallot(any(some != vec4u()) && start + lane < end);
    for (var part = 0u; part < lanes; part += 32u) {
      // What a subgroup votes on is the same for all of its lanes, which only the compiler cannot know.
      @diagnostic(off, subgroup_uniformity)
      for (var rest = filled[part / 32u]; rest != 0u; rest &= rest - 1u) {
        let quad = part + firstTrailingBit(rest);
        let at = place_of(start + quad);
        var right = array<vec4u, DOWN>();
        for (var j = 0u; j < DOWN; j++) { right[j] = x[at + right_at[j]]; }
        for (var i = 0u; i < ACROSS; i++) {
          let four = subgroupShuffle(left[i], quad);
          for (var j = 0u; j < DOWN; j++) {
            for (var c = 0u; c < FOUR; c++) {
              let one = right[j][c];
              own_sums[i][j][c] += vec4u(dot4U8Packed(four.x, one), dot4U8Packed(four.y, one), dot4U8Packed(four.z, one), dot4U8Packed(four.w, one));
            }
          }
        }
      }
    }
  }
  var all = vec4u();
  for (var i = 0u; i < ACROSS; i++) {
    for (var j = 0u; j < DOWN; j++) {
      for (var c = 0u; c < FOUR; c++) { all ^= own_sums[i][j][c]; }
    }
  }
  sums[((group.z * groups.y + group.y) * groups.x + group.x) * WORKGROUP + local] = all;
}

fn place_of(quad: u32) -> u32 {
  return quad / TILE_QUADS * params.words * TILE_QUADS + quad % TILE_QUADS;
}
