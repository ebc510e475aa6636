// Mean grey value of each picture: one invocation a row of bytes, four to a word.
struct Params {
  rows: u32,
  words: u32, // a row
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> pixels: array<u32>;
@group(0) @binding(2) var<storage, read_write> ink: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.rows) { return; }
  var sum = 0u;
  for (var i = 0u; i < params.words; i++) {
    let four = unpack4xU8(pixels[id.x * params.words + i]);
    sum += four.x + four.y + four.z + four.w;
  }
  ink[id.x] = f32(sum) / f32(params.words * 4u);
}
