// Rows of bytes as floats on the scale of their columns. Bytes take a quarter of what the host would have to copy.
//
// bytes     [row][quad]             u32 of four features
// scaling   [3][quad]               f32 of four features: whole parts of their shifts, what is left of these, factors
// x         [row][quad]             out: (byte - shift) * factor; no digit of a shift is lost, since bytes are whole numbers
//
// An invocation has a quad of EACH rows. Grid: ceil(quads / WORKGROUP) x ceil(rows / EACH). Sizes: EACH, WORKGROUP.
struct Params {
  rows: u32,
  quads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> bytes: array<u32>;
@group(0) @binding(2) var<storage, read> scaling: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> x: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.quads) { return; }
  let whole = scaling[id.x];
  let rest = scaling[params.quads + id.x];
  let factor = scaling[2u * params.quads + id.x];
  let begin = id.y * EACH;
  let end = min(begin + EACH, params.rows);
  for (var row = begin; row < end; row++) {
    let at = row * params.quads + id.x;
    let word = bytes[at];
    let four = vec4f((vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(0xffu));
    x[at] = ((four - whole) - rest) * factor;
  }
}
