// Rows of bytes: one vec4u holds four features (the bytes of a word) of four rows (the words).
@group(0) @binding(1) var<storage, read> x: array<vec4u>;

// A block as four columns, one a feature, of four rows.
fn by_feature(at: u32) -> mat4x4f {
  let rows = x[at];
  return mat4x4f(
    vec4f(rows & vec4u(255u)),
    vec4f((rows >> vec4u(8u)) & vec4u(255u)),
    vec4f((rows >> vec4u(16u)) & vec4u(255u)),
    vec4f(rows >> vec4u(24u)));
}

// A block as four columns, one a row, of four features.
fn by_row(at: u32) -> mat4x4f {
  let rows = x[at];
  return mat4x4f(vec4f(unpack4xU8(rows.x)), vec4f(unpack4xU8(rows.y)), vec4f(unpack4xU8(rows.z)), vec4f(unpack4xU8(rows.w)));
}
