// Sums of squares of rows of bytes, in whole numbers.
//
// x         [tile][word][quad of the tile]  blocks of four features of four rows, bytes
// squares   [quad]                          out: u32 of four rows, the constant's 1 among them
//
// Grid: ceil(quads / WORKGROUP). Sizes: WORKGROUP, TILE_QUADS.
struct Params {
  words: u32,
  quads: u32,     // quads of this chunk
  offset: u32,    // quads before this chunk
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> squares: array<vec4u>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let quad = id.x;
  if (quad >= params.quads) { return; }
  let at = quad / TILE_QUADS * params.words * TILE_QUADS + quad % TILE_QUADS;
  var sums = vec4u();
  for (var word = 0u; word < params.words; word++) {
    let rows = x[at + word * TILE_QUADS];
    sums += vec4u(dot4U8Packed(rows.x, rows.x), dot4U8Packed(rows.y, rows.y), dot4U8Packed(rows.z, rows.z), dot4U8Packed(rows.w, rows.w));
  }
  squares[params.offset + quad] = sums;
}
