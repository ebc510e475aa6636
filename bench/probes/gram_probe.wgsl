// The loads and the multiply-adds of exact_gram_subgroups.wgsl, as many and from the same places, and nothing else: nothing is turned,
// handed round or kept, so that the numbers mean nothing. What a sum of products of bytes can reach on this device at best.
// Grid and sizes: those of exact_gram_subgroups.wgsl.
struct Params {
  words: u32,
  quads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read_write> sums: array<vec4u>;

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
  var own_sums = array<array<array<vec4u, FOUR>, DOWN>, ACROSS>();
  for (var start = 0u; start < params.quads; start += lanes) {
    let mine = min(start + lane, params.quads - 1u);
    var left = array<vec4u, ACROSS>();
    for (var i = 0u; i < ACROSS; i++) { left[i] = x[place_of(mine) + min(a + i, params.words - 1u) * TILE_QUADS]; }
    let count = min(lanes, params.quads - start);
    for (var quad = 0u; quad < count; quad++) {
      let at = place_of(start + quad);
      var right = array<vec4u, DOWN>();
      for (var j = 0u; j < DOWN; j++) { right[j] = x[at + min(b + j * lanes, params.words - 1u) * TILE_QUADS]; }
      for (var i = 0u; i < ACROSS; i++) {
        for (var j = 0u; j < DOWN; j++) {
          for (var c = 0u; c < FOUR; c++) {
            let one = right[j][c];
            own_sums[i][j][c] += vec4u(dot4U8Packed(left[i].x, one), dot4U8Packed(left[i].y, one), dot4U8Packed(left[i].z, one), dot4U8Packed(left[i].w, one));
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
  sums[(group.y * params.words + group.x) * WORKGROUP + local] = all;
}

fn place_of(quad: u32) -> u32 {
  return quad / TILE_QUADS * params.words * TILE_QUADS + quad % TILE_QUADS;
}
