// Products of rows of bytes with some others and nothing else: what of a device's arithmetic is left where rows are loaded, handed round
// in subgroups and multiplied as neighbours and clusters have to, every product of them, and each sum is written once.
//
// x, rows   [tile][word][quad of the tile]   blocks of four features of four rows, bytes
// products  [row][quad of x]                 out: u32 of four rows of x
//
// An invocation owns four rows of x and QUADS quads of the others. Grid: ceil(quads of x / WORKGROUP) x quads of rows / QUADS.
// Of each of those quads it takes EACH rows, up to four.
// Sizes: QUADS, EACH, WORKGROUP, TILE_QUADS.
struct Params { words: u32, quads: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> rows: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> products: array<vec4u>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  let quad = min(group.x * WORKGROUP + local, params.quads - 1u);
  var at = quad / TILE_QUADS * params.words * TILE_QUADS + quad % TILE_QUADS;
  let first = group.y * QUADS;
  let row = first / TILE_QUADS * params.words * TILE_QUADS + first % TILE_QUADS;
  var sums = array<array<vec4u, EACH>, QUADS>();
  for (var begin = 0u; begin < params.words; begin += lanes) {
    let mine = row + min(begin + lane, params.words - 1u) * TILE_QUADS;
    var own = array<vec4u, QUADS>();
    for (var q = 0u; q < QUADS; q++) { own[q] = rows[mine + q]; }
    let count = min(lanes, params.words - begin);
    for (var word = 0u; word < count; word++) {
      let asked = x[at];
      for (var q = 0u; q < QUADS; q++) {
        for (var r = 0u; r < EACH; r++) {
          let one = subgroupShuffle(own[q][r], word);
          sums[q][r] += vec4u(dot4U8Packed(asked.x, one), dot4U8Packed(asked.y, one), dot4U8Packed(asked.z, one), dot4U8Packed(asked.w, one));
        }
      }
      at += TILE_QUADS;
    }
  }
  if (group.x * WORKGROUP + local >= params.quads) { return; }
  for (var q = 0u; q < QUADS; q++) {
    for (var r = 0u; r < EACH; r++) { products[((first + q) * 4u + r) * params.quads + quad] = sums[q][r]; }
  }
}
