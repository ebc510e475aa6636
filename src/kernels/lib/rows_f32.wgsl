// Rows of f32: one matrix holds four features of four rows.
@group(0) @binding(1) var<storage, read> x: array<mat4x4f>;

// A block as four columns, one a feature, of four rows.
fn by_feature(at: u32) -> mat4x4f {
  return transpose(x[at]);
}

// A block as four columns, one a row, of four features.
fn by_row(at: u32) -> mat4x4f {
  return x[at];
}
